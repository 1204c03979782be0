"""One clause broken at a time: of the answers that it touches and that were there while it was kept, how many are lost."""

from encode import WINDOW
from search import SHARE
from sizes import LARGE, SIZES

READ = SIZES[0]


def record(lab, compared, found, pooled, filtered):
    """pooled and filtered: the hits of `pooling.measure` and `filtered.measure`."""
    small, large = (found.hit[size, "dense", WINDOW]["context"] for size in (READ, LARGE))
    past = found.read[LARGE, WINDOW] < SHARE
    words = [found.hit[size, "bm25", None]["context"] for size in (READ, LARGE)]
    table = [
        _lost(compared, "unread", "text past the window", small, large, past),
        _lost(compared, "unread_bm25", "the same chunks, BM25", *words, past),
        _lost(compared, "pooling", "another pooling of the same weights", pooled["right"], pooled["affected_4"]),
        _lost(compared, "filter", "a filter after the neighbours", filtered["kept"], filtered["broken"]),
        _lost(compared, "knob_rrf", "RRF's constant, 60 to 10", *(found.hit[READ, way, WINDOW]["context"] for way in ("rrf", "rrf10"))),
        _lost(compared, "knob_sum", "a sum of scores for RRF", *(found.hit[READ, way, WINDOW]["context"] for way in ("rrf", "convex"))),
    ]
    columns = {
        "clause": {"label": "changed", "unit": None},
        "value": {"label": "of the answers it touches, lost", "unit": "%"},
        "low": {"label": "low", "unit": "%"},
        "high": {"label": "high", "unit": "%"},
        "n": {"label": "answers touched", "unit": "count"},
    }
    lab.table("breaches", columns, table)


def _lost(compared, key, title, kept, broken, touched=None):
    row = compared.row(~broken, kept if touched is None else kept & touched)
    compared.record(f"breach.{key}.lost_percent", row, "%", f"of the answers that it touches, lost: {title}")
    compared.difference(f"breach.{key}.net", kept, broken, f"change for the questions that it touches, answers gained included: {title}", touched)
    return {"clause": title} | row
