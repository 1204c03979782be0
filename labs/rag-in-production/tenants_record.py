"""What is recorded of `tenants`: each cell, and the rows of two figures."""

from _harness.stats import distribution, percentile, wilson
from compare import HOW
from dealing import FIXED_ROWS, TENANTS, WORDS
from judge import clustered
from pgvector import K
from tenants import WAYS

FILTERS = {
    "random": "tenant of pages at random",
    "wide": "tenant of pages at random, vectors of 768 dimensions",
    "own": "tenant on the question's subject",
    "foreign": "tenant on a foreign subject",
    "growth": f"fixed tenant of {FIXED_ROWS} rows",
    "story": "tenant of the page that answers the essay's question",
}
SAMPLE, COLUMN = "tenants", "round_trip_ms"
SHARES = {
    "empty": "questions that get no row",
    "short": "questions that get fewer rows than their tenant could give",
    "by_graph": "queries that HNSW serves",
}
COLUMNS = {
    "filter": ("the question is asked in", None), "rows": ("rows in the table", "rows"), "way": ("asked by", None),
    "recall": (f"of the {K} nearest, found", "%"), "low": ("low", "%"), "high": ("high", "%"),
    "empty": ("questions without a row", "%"), "short": ("questions with too few rows", "%"),
    "by_graph": ("queries served by HNSW", "%"), "p50": ("round trip, median", "ms"),
}


def record(lab, found):
    for key, value, unit, label in (
        ("tenants", TENANTS, "tenants", "tenants to which rows are dealt"), ("words", WORDS, "words", "words of a row"),
        ("fixed_rows", FIXED_ROWS, "rows", "rows of the tenant that stays as it is"), ("k", K, "rows", "rows asked for"),
        ("questions", len(found.pages["random"]), "questions", "questions asked under each filter"),
        ("fixed_questions", len(found.pages["growth"]), "questions", "questions asked of the tenant that stays as it is"),
    ):
        lab.value(f"inputs.filter.{key}", value, unit, label)
    for (name, rows), share in found.shares.items():
        label = f"share of {rows:,} rows that a {FILTERS[name]} has, on average"
        lab.value(f"{_place(name, rows)}.share_percent", 100 * share, "%", label, len(found.pages[name]))
    cells = {cell: _record_cell(lab, found, *cell) for cell in found.cells}
    columns = {name: {"label": label, "unit": unit} for name, (label, unit) in COLUMNS.items()}
    lab.table("filters", columns, [row for (name, *_), row in cells.items() if name in ("random", "own", "foreign")])
    lab.table("growth", columns, [row for (name, *_), row in cells.items() if name == "growth"])
    series = {f"{_place(name, rows)}.{way}": _coarse(cell.ms) for (name, rows, way), cell in found.cells.items()}
    lab.sample(SAMPLE, distribution(series, COLUMN))


def _place(name, rows):
    return f"growth.r{rows}" if name == "growth" else f"filter.{name}.r{rows}"


def _coarse(times):
    """Two significant digits: many thousand times make a small file."""
    return [float(f"{time:.2g}") for time in times]


def _record_cell(lab, found, name, rows, way):
    """Record one cell; its row of a table comes back."""
    cell, key = found.cells[name, rows, way], f"{_place(name, rows)}.{way}"
    n, what = len(cell.recall), f"{FILTERS[name]}, {rows:,} rows, {WAYS[way].title}"
    row = {"filter": FILTERS[name], "rows": rows, "way": WAYS[way].title, "recall": 100 * float(cell.recall.mean())}
    row["low"], row["high"] = (100 * bound for bound in clustered(cell.recall, found.pages[name], lab.seed))
    lab.value(f"{key}.recall5_percent", row["recall"], "%", f"found of the {K} nearest rows: {what}", n, row["low"], row["high"], HOW)
    for share, label in SHARES.items():
        hits = int(getattr(cell, share).sum())
        low, high = (100 * bound for bound in wilson(hits, n))
        row[share] = 100 * hits / n
        lab.value(f"{key}.{share}_percent", row[share], "%", f"{label}: {what}", n, low, high, "Wilson 95 %")
    median = percentile(_coarse(cell.ms), 50)
    row["p50"] = median["value"]
    lab.value(f"{key}.p50_ms", unit="ms", label=f"median round trip of a query: {what}", sample=SAMPLE, **median)
    return row
