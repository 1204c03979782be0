"""The two spreads of a value, within a run and between runs: what they are, and where the site shows them."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import lxml.etree
import lxml.html
import pytest
from test_extension import ROOT, SECOND, add_second_essay, build, read, text
from trenches.evidence.compared import Tally
from trenches.evidence.spreads import KINDS, Between, between, kind, span, wants_samples

from _harness import claims, results
from _harness.results import Results, Value

LABS = sorted(path.parent for path in (ROOT / "labs").glob("*/results.json"))
LAB = "labs/query-optimization"
MEASURED = "What was measured, and its key"


@pytest.fixture
def sample(tmp_path):
    return Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))


def edit(path: Path, old: str, new: str) -> None:
    words = path.read_text(encoding="utf-8")
    assert old in words, f"{path.name} no longer has {old!r}; mend this test"
    path.write_text(words.replace(old, new), encoding="utf-8")


def record(site: Path, changes: dict[str, dict]) -> None:
    """Add to values of the recorded run, by key."""
    data = json.loads((site / LAB / "results.json").read_text())
    for key, about in changes.items():
        data["values"].setdefault(key, {}).update(about)
    (site / LAB / "results.json").write_text(json.dumps(data, indent=1))


def again(site: Path, *runs: dict, lab: str = LAB) -> None:
    """Give the lab these replications and no other; each is the recorded run with other values by key, or without those of None."""
    shutil.rmtree(site / lab / "replications", ignore_errors=True)
    for day, changes in enumerate(runs, 21):
        data = json.loads((site / lab / "results.json").read_text())
        for key, about in changes.items():
            data["values"][key] = None if about is None else data["values"][key] | about
        data["values"] = {key: about for key, about in data["values"].items() if about}
        data["receipt"]["started"] = f"2026-11-{day}T09:00:00+00:00"
        path = site / lab / f"replications/2026-11-{day}-1.json"
        path.parent.mkdir(exist_ok=True)
        results.write(path, data | {"mode": "again", "claims": claims.fingerprints((site / lab / "test_claims.py").read_bytes())})


def row(page: lxml.html.HtmlElement, key: str) -> dict[str, str]:
    """The cells of a value's row in the panel, by their heads."""
    cells = page.get_element_by_id("result-" + key.replace(".", "-").replace("_", "-"))
    return dict(zip(map(text, cells.xpath("ancestor::table//th")), (" ".join(" ".join(cell.itertext()).split()).replace(". ", ".") for cell in cells), strict=True))


def number(page: lxml.html.HtmlElement, key: str) -> lxml.html.HtmlElement:
    return page.xpath("//p/a[@href=$row]", row="#result-" + key.replace(".", "-").replace("_", "-"))[0]


# What the spreads are


def value(number, low=None, high=None, unit="ms", **more):
    about = {"key": "a", "label": "a time", "n": 9, "interval": low is not None and "p5-p95" or None} | more
    return Value(value=number, unit=unit, low=low, high=high, **about)


@pytest.mark.parametrize(("recorded", "gave", "place", "said"), [
    (value(10, 9, 12), (), "equal", "1 run"),
    (value(10, 9, 12), (10,), "equal", "the same, 2 runs"),
    (value(10, 9, 12), (10, 10), "equal", "the same, 3 runs"),
    (value(10, 9, 12), (12,), "inside", "10 to 12\N{NO-BREAK SPACE}ms, 2 runs"),
    (value(10, 9, 12), (9, 10), "inside", "9 to 10\N{NO-BREAK SPACE}ms, 3 runs"),
    (value(10, 9, 12), (12.01,), "outside", "10 to 12\N{NO-BREAK SPACE}ms, 2 runs"),
    (value(10, 9, 12), (8, 10, 11), "outside", "8 to 11\N{NO-BREAK SPACE}ms, 4 runs"),
    (value(10), (11,), "changed", "10 to 11\N{NO-BREAK SPACE}ms, 2 runs"),
    (value(10), (10.001,), "changed", "10\N{NO-BREAK SPACE}ms, 2 runs"),
    (value(10, 9, 12), (None,), "changed", "10\N{NO-BREAK SPACE}ms or not measured, 2 runs"),
    (value(10, 9, 12), (None, 14), "outside", "10 to 14\N{NO-BREAK SPACE}ms or not measured, 3 runs"),
    (value(None, reason="it broke"), (None,), "equal", "the same, 2 runs"),
    (value(None, reason="it broke"), (3,), "changed", "3\N{NO-BREAK SPACE}ms or not measured, 2 runs"),
    (value(0, -1, 1, "points"), (-2,), "outside", "\N{MINUS SIGN}2 to 0\N{NO-BREAK SPACE}points, 2 runs"),
    (value(2, unit="pages"), (1,), "changed", "1 to 2\N{NO-BREAK SPACE}pages, 2 runs"),
])
def test_a_value_is_placed_by_its_furthest_replication(recorded, gave, place, said):
    """Of two replications the one inside the interval hid the other."""
    found = Between(recorded, gave)
    assert (found.place, found.text) == (place, said)


@pytest.mark.parametrize(("recorded", "gave", "title"), [
    (value(81.63, 80, 83, "%"), (74.06,), "between 2 runs 74.1 to 81.6%, outside its interval"),
    (value(81.63, 70, 83, "%"), (74.06,), "between 2 runs 74.1 to 81.6%"),
    (value(81.63, unit="%"), (74.06, 90), "between 3 runs 74.1 to 90%"),
    (value(32, unit="count"), (None,), "between 2 runs 32 or not measured"),
    (value(81.63, 80, 83, "%"), (81.63, 90), "between 3 runs 81.6 to 90%, outside its interval"),
    (value(81.63, 80, 83, "%"), (81.63,), ""),
    (value(81.63, 81.62, 81.64, "%"), (81.6,), ""),
    (value(81.63, 80, 83, "%"), (), ""),
])
def test_a_number_says_its_spread_between_runs_where_that_is_to_be_seen(recorded, gave, title):
    """“Between 81.6% and 81.6%” tells a reader nothing."""
    assert Between(recorded, gave).title == title


def run(**given):
    """A run with these values, each (value, unit)."""
    data = {"lab": "demo", "mode": "full", "receipt": {}, "tables": {},
            "values": {key: {"value": number, "unit": unit, "label": key, "n": 1} for key, (number, unit) in given.items()}}
    return Results(Path("results.json"), data, "")


def test_only_a_replication_that_has_the_value_in_its_unit_is_compared():
    """A later edition of a lab may measure in seconds what this one did in milliseconds, or no more at all."""
    runs = [run(a=(12, "ms")), run(a=(12, "s")), run(b=(12, "ms")), run(a=(9, "ms"))]
    assert between(value(10), runs).gave == (12, 9)


def test_a_ratio_is_compared_within_each_run():
    """The least of one over the greatest of the other is a ratio that no run gave."""
    base = value(5, key="b")
    runs = [run(a=(30, "ms"), b=(10, "ms")), run(a=(8, "ms"), b=(2, "ms")), run(a=(8, "ms")), run(a=(8, "ms"), b=(0, "ms")),
            run(a=(None, "ms"), b=(2, "ms")), run(a=(8, "ms"), b=(None, "ms")), run(a=(8, "ms"), b=(2, "s"))]
    found = between(value(10, 9, 12), runs, base)
    assert (found.value.value, found.gave, found.place) == (2, (3, 4), "changed")
    assert found.title == "between 3 runs 2 to 4×"


@pytest.mark.parametrize(("low", "high", "unit", "said"), [
    (1200, 1300, "ms", "1,200 to 1,300\N{NO-BREAK SPACE}ms"), (6, 6, "pages", "6\N{NO-BREAK SPACE}pages"), (0, 1, "pages", "0 to 1\N{NO-BREAK SPACE}page"),
    (1.2301, 1.2303, "x", "1.23×"), (-3, 2, "%", "\N{MINUS SIGN}3 to 2%")])
def test_a_span_says_its_unit_once(low, high, unit, said):
    """Two columns of spreads with each unit twice did not fit."""
    assert span(low, high, unit) == said


# Kinds


REAL = {
    "query-optimization": {
        "pg.newest20.no_index.rank1.median_ms": "wall time", "pg.orders_tenant.build_s": "wall time", "inputs.rows": "counts", "pg.spearman": "ratios",
        "pg.time_spread_x": "ratios", "pg.decay.history_left": "counts"},
    "java-high-throughput-apis": {
        "cost.jdk.json.at_rate.cpu_us": "CPU time", "cost.jetty.db.database_cpu_us": "CPU time", "warmup.plain.first_answer_cpu_s": "CPU time",
        "warmup.plain.first_answer_s": "wall time", "bill.jdk.cpu_cores": "CPU time", "bill.jetty.db_database_cores": "CPU time",
        "bill.jetty.cores_plus_0": "wall time", "slo.jetty.rate_per_s": "wall time", "inputs.fleet_rate": "wall time", "cost.jdk.memory_mb": "bytes",
        "cost.jdk.answer_bytes": "bytes", "cost.jdk.os_threads": "counts", "cost.jdk.json.at_rate.utilisation_percent": "ratios",
        "ratio.at_rate.jetty_over_go_x": "ratios"},
    "designing-for-failure": {
        "matrix.fifo.none.p99_ms": "wall time", "matrix.backoff_budget_logrank_p": "ratios", "hedging.client_cpu_max_percent": "ratios",
        "capacity.one_per_s": "wall time", "checks.attempts": "counts"},
    "rag-fell-apart-in-prod": {
        "encoder.cpu_per_text_ms": "CPU time", "repair.hash.cpu_s": "CPU time", "control.day21.cpu_p50_ms_served": "CPU time",
        "control.day21.similarity_top1_served": "ratios", "orders.rho": "ratios", "weights.cosine": "ratios", "hash.live_hit_p": "ratios",
        "hash.live_hit_lost_points": "ratios", "orders.days_worse": "counts"},
    "java-backend-architecture": {
        "matrix.read_committed.k50.violations_per_10k": "ratios", "matrix.serializable_jitter.k5.attempts": "ratios",
        "matrix.serializable_jitter.k5.aborts_a_departure": "ratios", "hops.http.r2": "ratios", "hops.http.h1_cpu_us": "CPU time",
        "matrix.for_update.k5.left_per_s": "wall time", "crash.outbox.orders_per_s": "wall time", "every.two.for_update.broken": "counts"},
    "about": {"ours.n12.cold.cpu_s": "CPU time", "ours.n12.cold.wall_s": "wall time", "inputs.limit_s": "CPU time", "ours.n12.cold.peak_mb": "bytes"},
}


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_values_kind_is_told_from_its_unit_key_and_label(lab):
    """A count holds between machines and a wall time does not; in one column they would have hidden each other."""
    found = results.load(lab / "results.json")
    assert {key: kind(found.value(key)) for key in REAL.get(lab.name, {})} == REAL.get(lab.name, {})
    for one in found.values.values():
        broken = one.unit == "1" and one.value is not None and one.value != int(one.value)
        assert not (kind(one) == "counts" and broken), (
            f"{one.key} is {one.value}, which counts nothing; name what it is in its key (_p, _rho, _per_s), or the word in COEFFICIENT or FOR_EACH of spreads.py")
    assert {kind(one) for one in found.values.values()} <= set(KINDS)


# Samples


@pytest.mark.parametrize(("key", "label", "wants"), [
    ("scan.p50_ms", "scan", True), ("scan.p95_ms", "scan", True), ("scan.client_p99_ms", "scan", True), ("scan.p999_ms", "scan", True),
    ("scan.median_ms", "scan", True), ("cpu_p50_ms_served", "CPU per query", True), ("orders.days", "days worse; median over orders", True),
    ("scan.ms", "CPU per query, p95, the week before", True), ("scan.ms", "p99.9 of a scan", True),
    ("slo.rate_per_s", "requests per second at which p99 stayed within 10 ms", False), ("pg.spearman", "rank correlation of pages and median time", False),
    ("speedup_x", "PostgreSQL: median without an index over the median with", False), ("hash.live_hit_p", "p of the sign test", False),
    ("scan.mean_ms", "mean", False), ("pages.p", "pages", False)])
def test_a_percentile_that_names_no_samples_is_found_by_its_key_or_label(key, label, wants):
    """Percentiles of latencies stood in the essay, and the file of its runs had no latencies."""
    assert wants_samples(value(1, key=key, label=label)) == wants
    assert not wants_samples(value(1, key=key, label=label, sample="scans"))
    assert not wants_samples(value(None, key=key, label=label, reason="it broke"))


# On the page


CASES = {
    "outside": ([{"value": 1400}], "1,230 to 1,400 ms, 2 runs, outside its interval", "between 2 runs 1,230 to 1,400 ms, outside its interval"),
    "inside": ([{"value": 1250}], "1,230 to 1,250 ms, 2 runs", "between 2 runs 1,230 to 1,250 ms"),
    "equal": ([{}, {}], "the same, 3 runs", None),
    "outside in one of two": ([{"value": 1000}, {"value": 1250}], "1,000 to 1,250 ms, 3 runs, outside its interval",
                              "between 3 runs 1,000 to 1,250 ms, outside its interval"),
    "not measured": ([{"value": None, "n": 0, "reason": "it broke"}], "1,230 ms or not measured, 2 runs", "between 2 runs 1,230 ms or not measured"),
    "another unit": ([{"unit": "s"}], "1 run", None),
    "no such value": ([None], "1 run", None),
}


@pytest.mark.parametrize(("runs", "cell", "title"), CASES.values(), ids=CASES)
def test_a_page_says_what_a_number_was_in_every_run(sample, runs, cell, title):
    """An interval of one run was read as one of the world, and the next run lay outside more often than in."""
    again(sample, *({"sample.latency_ms": changes} for changes in runs))
    page = read(build(sample) / "essays/query-optimization.html")
    found, link = row(page, "sample.latency_ms"), number(page, "sample.latency_ms")
    assert found["Within this run"] == "1,200 to 1,300 ms (p5-p95)" and found["Between runs"] == cell
    assert (link.get("title") and " ".join(link.get("title").split())) == title and text(link) == "1,230 ms"
    assert "An interval describes one run" in text(page.get_element_by_id("evidence-panel"))


def test_a_rounded_number_and_a_ratio_say_both_the_exact_one_and_the_spread(sample):
    """What is behind “twice” was one run's."""
    record(sample, {"sample.other_ms": {"value": 600, "unit": "ms", "label": "another", "n": 1}})
    edit(sample / "essays/query-optimization.md", "{result}`sample.latency_ms`", "{result}`~sample.latency_ms`, {result}`sample.latency_ms / sample.other_ms` another,")
    again(sample, {"sample.latency_ms": {"value": 1500}, "sample.other_ms": {"value": 500}})
    page = read(build(sample) / "essays/query-optimization.html")
    titles = [" ".join(link.get("title").split()) for link in page.xpath("//p/a[@href='#result-sample-latency-ms']")]
    assert titles == ["1,230 ms; between 2 runs 1,230 to 1,500 ms, outside its interval", "1,230 ms to 600 ms; between 2 runs 2.06 to 3×"]


def test_a_row_names_its_samples_and_the_line_that_recorded_it(sample):
    """Whoever doubted a percentile searched the lab for the line that had computed it."""
    (sample / LAB / "samples").mkdir()
    (sample / LAB / "samples/touched.csv").write_text("pages\n6\n")
    record(sample, {"sample.pages": {"sample": "touched", "where": f"{LAB}/run:5"},
                    "sample.p99_ms": {"value": 9, "unit": "ms", "label": "p99 <i>", "n": 9}})
    edit(sample / "essays/query-optimization.md", "See {ref}", "And {result}`sample.p99_ms`. See {ref}")
    html = build(sample)
    page = read(html / "essays/query-optimization.html")
    assert row(page, "sample.pages")[MEASURED] == f"pages of a sample sample.pages # from samples/touched.csv recorded at {LAB}/run:5"
    link = page.xpath("//tr[@id='result-sample-pages']//a[.='samples/touched.csv']/@href")[0]
    assert (html / "essays" / link).resolve().read_text() == "pages\n6\n"
    assert row(page, "sample.latency_ms")[MEASURED] == "a sample's latency sample.latency_ms #"
    assert row(page, "sample.p99_ms")[MEASURED] == "p99 <i> sample.p99_ms # names no samples to recompute it from"
    twin = (html / "essays/query-optimization.md").read_text(encoding="utf-8")
    assert f"`sample.pages`; from `samples/touched.csv`; recorded at `{LAB}/run:5` |" in twin and "`sample.p99_ms`; names no samples" in twin


def test_twin_feed_and_book_say_which_values_lie_outside(sample):
    """Readers of a feed are shown the same numbers."""
    again(sample, {"sample.latency_ms": {"value": 1400}})
    html = build(sample)
    atom = lxml.etree.fromstring((html / "atom.xml").read_bytes()).findtext(".//{*}content")
    read_in = {
        "twin": (html / "essays/query-optimization.md").read_text(encoding="utf-8").replace("**", ""),
        "feed": lxml.html.fromstring(json.loads((html / "feed.json").read_bytes())["items"][0]["content_html"]).text_content(),
        "atom": lxml.html.fromstring(atom).text_content()}
    for name, words in read_in.items():
        assert "1,230 to 1,400\N{NO-BREAK SPACE}ms, 2 runs, outside its interval" in words, name
        assert "took 1,230\N{NO-BREAK SPACE}ms and touched" in words, f"{name} has a mark in the sentence"
    shutil.rmtree(html)
    build(sample, "-b", "epub", "-D", "copyright=2026, Sample", "-D", "version=1")
    with zipfile.ZipFile(next((sample / "_html").glob("*.epub"))) as book:
        written = book.read(next(name for name in book.namelist() if name.endswith("query-optimization.xhtml")))
    lxml.etree.fromstring(written)  # a book is XML, in which every element is closed
    page = lxml.html.document_fromstring(written)
    assert row(page, "sample.latency_ms")["Between runs"] == "1,230 to 1,400 ms, 2 runs, outside its interval"


# The table of all labs


def table(html: Path) -> dict[str, list[str]]:
    rows = [[text(cell) for cell in line] for line in read(html / "index.html").xpath("//table//tr")]
    return {name: cells for name, *cells in rows}


def test_a_table_counts_where_values_and_verdicts_lie_and_follows_the_replications(sample):
    """The page about the site told how numbers come about, and not how they bear being asked again."""
    again(sample)
    add_second_essay(sample)
    edit(sample / "index.md", "# Sample", "# Sample\n\n```{replications}\n```\n")
    assert "No lab has run again yet." in text(read(build(sample) / "index.html"))
    again(sample, {"sample.latency_ms": {"value": 1400}})
    again(sample, {"sample.latency_ms": {"value": 1250}, "sample.pages": {"value": 7}}, {"sample.pages": {"value": 7}}, lab=f"labs/{SECOND}")
    build(sample)
    first, second = "query-optimization", SECOND
    heads = ["Equal", "Inside", "Outside", "No interval", "Same verdict"]
    expected = {"Values": heads, second: ["1", "1", "0", "1", "2 of 2"], first: ["2", "0", "1", "0", "2 of 2"], "Counts": ["1", "0", "0", "1", ""],
                "Wall time": ["2", "1", "1", "0", ""], "All labs": ["3", "1", "1", "1", "4 of 4"]}
    assert table(sample / "_html") == expected
    again(sample, {"sample.latency_ms": {"value": 900}})
    build(sample)
    assert table(sample / "_html")[first] == ["2", "0", "1", "0", "1 of 2"]
    again(sample, {"sample.pages": {"value": 7}}, lab=f"labs/{SECOND}")  # its page is read last, and stays the first of the table
    build(sample)
    assert read(sample / "_html/index.html").xpath("//table//a/@href") == [f"essays/{slug}.html#evidence-panel" for slug in (SECOND, "query-optimization")]
    again(sample)
    build(sample)
    assert set(table(sample / "_html")) == {"Values", second, "Counts", "Wall time", "All labs"}


def test_a_table_counts_only_what_further_runs_gave(sample):
    """A value that no further run has would count as one that stayed, and a verdict of one run as one that was confirmed."""
    record(sample, {"sample.cpu_ms": {"value": 5, "unit": "ms", "label": "time of a sample", "n": 1}})
    again(sample, {"sample.pages": None})
    edit(sample / "index.md", "# Sample", "# Sample\n\n```{replications}\n```\n")
    html = build(sample)
    whole = ["3", "0", "0", "0", "1 of 1"]
    assert table(html) == {"Values": ["Equal", "Inside", "Outside", "No interval", "Same verdict"], "query-optimization": whole, "All labs": whole,
                           "CPU time": ["1", "0", "0", "0", ""], "Wall time": ["2", "0", "0", "0", ""]}
    # In the box that scrolls where a phone is narrower, with numbers under numbers.
    (found,) = read(html / "index.html").xpath("//div[contains(@class, 'table-wrapper')]/table")
    assert all("text-right" in cell.get("class", "") for cell in found.xpath(".//tr/*[position() > 1]"))


def test_a_lab_whose_page_has_no_panel_is_not_in_the_table(sample):
    """Its row would lead to a place that is not there."""
    again(sample, {})
    edit(sample / "index.md", "# Sample", "# Sample\n\n```{replications}\n```\n")
    edit(sample / "essays/query-optimization.md", "```{evidence}\nIt is a sample.\n```", "It is a sample.")
    assert "No lab has run again yet." in text(read(build(sample) / "index.html"))


def test_tallies_of_labs_add_up():
    """The row of all labs is what the others are together."""
    one, other = Tally(Counter({("counts", "equal"): 2}), 1, 2), Tally(Counter({("counts", "equal"): 1, ("bytes", "outside"): 1}), 3, 3)
    assert (one + other).cells == ["3", "0", "1", "0", "4 of 5"] and (one + other).of("bytes").cells == ["0", "0", "1", "0", ""]
