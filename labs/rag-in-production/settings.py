"""What is recorded of `sizes`: a share for each setting, and the differences that the essay is about."""

import numpy as np

from _harness.form import form
from encode import WIDER, WINDOW
from sizes import K, LARGE, MEASURES, SIZES
from search import SHARE

RANKERS = {
    "dense": "dense",
    "bm25": "BM25",
    "static": "static vectors",
    "rrf": "RRF",
    "rrf10": "RRF with a constant of 10",
    "convex": "sum of scores",
}
WORDS = {"k5": f"in {K} chunks", "context": "in 720 words"}
SMALLEST, LARGEST = SIZES[0], SIZES[-1]


def record(lab, corpus, compared, found, pieces):
    _record_unread(lab, corpus, found, pieces)
    rows = [_setting(compared, found, setting, measure) for setting in found.hit for measure in MEASURES]
    columns = {
        "words": {"label": "words a chunk", "unit": "words"},
        "ranker": {"label": "ranked by", "unit": None},
        "window": {"label": "window", "unit": None},
        "measure": {"label": "answered", "unit": None},
        "value": {"label": "questions answered", "unit": "%"},
        "low": {"label": "low", "unit": "%"},
        "high": {"label": "high", "unit": "%"},
    }
    lab.table("settings", columns, rows)
    _record_window(lab, compared, found)
    _record_sizes(compared, found)
    _record_fusion(compared, found)


def _record_unread(lab, corpus, found, pieces):
    """The form's table: the share of text that its arithmetic foretells from averages, beside the share of pieces that was counted."""
    words = sum(map(len, corpus.words))
    of_a_word = float(pieces.present([" ".join(text) for text in corpus.words]).sum()) / words
    lab.value("inputs.pieces_per_word", of_a_word, "1", "word pieces for each word of Django's documentation", n=words)
    rows = [
        {"window": window, "chunk": size, "pieces": round(of_a_word, 2), "text": round(words / len(corpus.words)), "measured": 100 * share}
        for (size, window), share in found.unread.items()
    ]
    form(lab, "unread", rows, unit="%", label="text never read")


def _setting(compared, found, setting, measure):
    size, ranker, window = setting
    hit = found.hit[setting][measure]
    place = f"{ranker}.w{size}" + (f"_at_{window}" if window else "")
    at = f", window of {window}" if window else ""
    compared.share(f"{place}.{measure}", hit, f"questions answered {WORDS[measure]} by {RANKERS[ranker]}, chunks of {size} words{at}")
    row = {name: bound for name, bound in compared.row(hit).items() if name != "n"}
    return {"words": size, "ranker": RANKERS[ranker], "window": str(window or "–"), "measure": WORDS[measure]} | row


def _record_window(lab, compared, found):
    """The same chunks read through two windows, and the questions by what of their answer the smaller one lets in."""
    past = found.read[LARGE, WINDOW] < SHARE
    lab.value("window.past", int((past & compared.held_out).sum()), "questions", "questions most of whose answer lies past the window, chunks of 360 words", n=int(compared.held_out.sum()))
    narrow, wide = (found.hit[LARGE, "dense", window]["context"] for window in (WINDOW, WIDER))
    words = found.hit[LARGE, "bm25", None]["context"]
    plain = [found.hit[size, "static", None]["context"] for size in (SMALLEST, LARGE)]
    small, small_words = (found.hit[SMALLEST, ranker, at]["context"] for ranker, at in (("dense", WINDOW), ("bm25", None)))
    for name, among, whose in (("past", past, "answers past the smaller window"), ("read", ~past, "answers inside it"), ("all", np.ones_like(past), "all answers")):
        compared.difference(f"window.{name}", narrow, wide, f"change from a window of 256 to 512, {whose}", among)
        compared.difference(f"cut.{name}.dense", small, narrow, f"change from 90 to 360 words a chunk, dense, {whose}", among)
        compared.difference(f"cut.{name}.static", *plain, f"change from 90 to 360 words a chunk, static vectors, {whose}", among)
        compared.difference(f"cut.{name}.bm25", small_words, words, f"change from 90 to 360 words a chunk, BM25, {whose}", among)
        for key, hit, what in ((f"window.{name}.at_256", narrow, "a window of 256"), (f"window.{name}.at_512", wide, "a window of 512"), (f"window.{name}.bm25", words, "BM25")):
            compared.share(key, hit, f"questions answered by {what}, {whose}", among)


def _record_sizes(compared, found):
    for ranker, window in (("dense", WINDOW), ("bm25", None), ("static", None)):
        for measure in MEASURES:
            small, large = (found.hit[size, ranker, window][measure] for size in (SMALLEST, LARGEST))
            compared.difference(f"size.{ranker}.{measure}", small, large, f"change from 90 to 720 words a chunk, {WORDS[measure]}, {RANKERS[ranker]}")


def _record_fusion(compared, found):
    for size, window in found.unread:
        words = found.hit[size, "bm25", None]["context"]
        for way in ("rrf", "rrf10", "convex"):
            fused = found.hit[size, way, window]["context"]
            compared.difference(f"fusion.w{size}_at_{window}.{way}", words, fused, f"{RANKERS[way]} against BM25 alone, chunks of {size} words, window of {window}")
        for way in ("rrf", "rrf10"):
            rrf, convex = (found.hit[size, one, window]["context"] for one in (way, "convex"))
            compared.difference(f"fusion.w{size}_at_{window}.convex_over_{way}", rrf, convex, f"sum of scores against {RANKERS[way]}, chunks of {size} words, window of {window}")
