"""What a verdict rests on: the recorded run and its replications, on the sample site, which has one."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import copies
import lxml.html
import pytest
from _harness import replications
from _harness.claims import fingerprints, read
from _harness.results import load
from test_finding import BOXES, CLAIMS, ESSAY, RESULTS, ROOT, SLUG, build, edit, lines_of, page, sphinx, text
from trenches.evidence.claims import Claim, evaluate

LAB = ROOT / f"tests/roots/evidence/labs/{SLUG}"
RUN = "replications/2026-11-21-1.json"
AGAIN = f"labs/{SLUG}/{RUN}"


@pytest.fixture
def sample(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))


def change(path: Path, **changes: object) -> Path:
    """Set what the results at ``path`` have: ``values__sample.pages__value=12``; None takes it out."""
    data = json.loads(path.read_text(encoding="utf-8"))
    for way, value in changes.items():
        *steps, last = way.split("__")
        place = data
        for step in steps:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def run_again(lab: Path, number: int, **changes: object) -> Path:
    """One more replication, of the day before the ``number``th."""
    path = lab / f"replications/2026-11-{number}-1.json"
    shutil.copy(LAB.parents[1] / AGAIN, path)
    return change(path, receipt__started=f"2026-11-{number}T12:00:00+00:00", **changes)


def parsed(markup: str):
    return lxml.html.fromstring(markup.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def judged(lab: Path) -> dict[str, Claim]:
    return evaluate(lab, load(lab / "results.json"), replications.load(lab))


# By the values of its further runs, each as (pages, latency in ms): the verdict on the thesis, at most 10 pages, and on the
# refuted claim, under 1000 ms. The recorded run has 6 and 1234.5.
UNSETTLED = "± Unsettled, holds in {} runs; “{}” is {} as recorded, {} in another"
PAGES, LATENCY = "pages of a sample", "a sample's latency"
VERDICTS = {
    "no other run": ([], "✓ Holds, 1 run", "✗ Fails, 1 run"),
    "another": ([(7, 1100)], "✓ Holds, 2 of 2 runs", "✗ Fails, 2 of 2 runs"),
    "three others": ([(7, 1100), (10, 1000), (0, 9000)], "✓ Holds, 4 of 4 runs", "✗ Fails, 4 of 4 runs"),
    "one that refutes": ([(12, 1100)], UNSETTLED.format("1 of 2", PAGES, "6 pages", "12 pages"), "✗ Fails, 2 of 2 runs"),
    "one that holds": ([(7, 800)], "✓ Holds, 2 of 2 runs", UNSETTLED.format("1 of 2", LATENCY, "1,230 ms", "800 ms")),
    "one of three": ([(7, 800), (11, 900), (7, 1100)], UNSETTLED.format("3 of 4", PAGES, "6 pages", "11 pages"),
                     UNSETTLED.format("2 of 4", LATENCY, "1,230 ms", "800 ms")),
    "one without the value": ([(None, 1100)], UNSETTLED.format("1 of 2", PAGES, "6 pages", "not measured"), "✗ Fails, 2 of 2 runs"),
}


@pytest.mark.parametrize(("runs", "thesis", "refuted"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_says_on_how_many_runs_it_rests(sample, runs, thesis, refuted):
    """One run is one draw, and was shown as the truth."""
    lab = sample / f"labs/{SLUG}"
    (sample / AGAIN).unlink()
    for number, (pages, latency) in enumerate(runs, 22):
        path = run_again(lab, number, **{"values__sample.latency_ms__value": latency})
        missing = {"value": None, "unit": "pages", "label": PAGES, "n": 0, "reason": "it crashed"}
        change(path, **{"values__sample.pages__value": pages} if pages is not None else {"values__sample.pages": missing})
    found = {name: claim.verdict.replace("\N{NO-BREAK SPACE}", " ") for name, claim in judged(lab).items()}
    assert found == {"thesis": thesis, "refuted": refuted}


A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


@pytest.mark.parametrize(("machines", "said"), [
    ((None,), "1 run"), ((A,), "1 run"), ((A, B), "2 of 2 runs on 2 machines"), ((A, A), "2 of 2 runs on 1 machine"),
    ((A, B, A), "3 of 3 runs on 2 machines"), ((A, B, C), "3 of 3 runs on 3 machines"), ((None, A), "2 of 2 runs"),
    ((None, A, A), "3 of 3 runs"), ((None, None), "2 of 2 runs"), ((None, A, B), "3 of 3 runs on at least 2 machines"),
    ((A, None, B, C), "4 of 4 runs on at least 3 machines"), ((A, None), "2 of 2 runs"),
])
def test_machines_are_counted_as_far_as_they_are_known(sample, machines, said):
    """A receipt without a machine is no second machine, and no first one either."""
    lab = sample / f"labs/{SLUG}"
    (sample / AGAIN).unlink()
    recorded, *others = machines
    change(lab / "results.json", **{"receipt__machine__id": recorded} if recorded else {})
    for number, machine in enumerate(others, 22):
        run_again(lab, number, receipt__machine__id=machine)
    thesis = judged(lab)["thesis"]
    assert thesis.rests == said
    assert thesis.machines == (None if None in machines else len(set(machines)))


def now(lab: Path) -> str:
    """The fingerprint that the thesis has."""
    return fingerprints(read(lab))["thesis"]


def two_parts(lab: Path) -> None:
    """The further run fails in the first, and lacks what the second reads."""
    edit(lab, "test_claims.py", "<= 10", '<= 10\n    assert results["sample.latency_ms"] > 0')
    change(lab / RUN, claims__thesis=now(lab), **{"values__sample.latency_ms": None})


def a_table(lab: Path) -> None:
    edit(lab, "test_claims.py", "assert results", 'assert results.table("sample") and results')
    change(lab / RUN, claims__thesis=now(lab))


FOREIGN = {
    "its threshold was another": lambda lab: edit(lab, "test_claims.py", "<= 10", "<= 100"),
    "its sentence was another": lambda lab: edit(lab, "test_claims.py", "at most ten pages", "ten pages at most"),
    "it was not there yet": lambda lab: change(lab / RUN, claims__thesis=None),
    "it had another name": lambda lab: edit(lab, "test_claims.py", "test_thesis", "test_pages"),
    "the run lacks its key": lambda lab: change(lab / RUN, **{"values__sample.pages": None}),
    "the run lacks a key that it had no need to read": two_parts,
    "the run lacks its table": a_table,
    "the run has it in another unit": lambda lab: change(lab / RUN, **{"values__sample.pages__unit": "rows"}),
}


@pytest.mark.parametrize("alter", FOREIGN.values(), ids=FOREIGN)
def test_a_run_counts_for_what_the_claim_was_when_it_ran(sample, alter):
    """A run that was made before the threshold was chosen may have been what it was chosen by."""
    lab = sample / f"labs/{SLUG}"
    change(sample / AGAIN, **{"values__sample.pages__value": 12})
    assert judged(lab)["thesis"].status == "unsettled"
    alter(lab)
    thesis, refuted = judged(lab).values()
    assert (thesis.verdict, refuted.rests) == ("✓ Holds, 1 run", "1 run" if "sample.latency_ms" not in replications.load(lab)[0].values else "2 of 2 runs")


@pytest.mark.parametrize(("assertion", "pages", "latency", "decides"), [
    ('results["sample.latency_ms"] > 0 and results["sample.pages"] <= 10', 12, 1100, "“pages of a sample” is 6 pages as recorded, 12 pages"),
    ('results["sample.pages"] <= results["sample.latency_ms"] / 100', 6, 400, "“a sample's latency” is 1,230 ms as recorded, 400 ms"),
    ('results["sample.pages"] <= results["sample.latency_ms"] / 100', 20, 1210, "“pages of a sample” is 6 pages as recorded, 20 pages"),
    ('10 * results["sample.pages"] <= results["inputs.limit"]', 12, 1234.5, "“pages of a sample” is 6 pages as recorded, 12 pages"),
    ('results["sample.latency_ms"] < 1234.6', 6, 1234.7, "“a sample's latency” is 1234.5 ms as recorded, 1234.7 ms"),
    ('len(results.table("sample")) == 1', 6, 1234.5, None),
], ids=["the second of two", "a ratio", "a ratio whose base moved too", "beside a limit that is the same", "by less than is shown", "a table"])
def test_the_value_that_decides_is_the_last_that_turns_the_verdict(sample, assertion, pages, latency, decides):
    """Of twelve values of a claim the reader would not find the one on which it hangs."""
    lab = sample / f"labs/{SLUG}"
    edit(lab, "test_claims.py", 'results["sample.pages"] <= 10', assertion)
    limit = {"value": 100, "unit": "1", "label": "limit", "n": 1}
    change(lab / "results.json", **{"values__inputs.limit": limit})
    rows = {"columns": {"name": {"label": "Name", "unit": None}}, "rows": []}
    run_again(lab, 21, claims=fingerprints(read(lab)), tables__sample=rows, **{
        "values__inputs.limit": limit, "values__sample.pages__value": pages, "values__sample.latency_ms__value": latency})
    thesis = judged(lab)["thesis"]
    said = thesis.verdict.replace("\N{NO-BREAK SPACE}", " ")
    assert said == f"± Unsettled, holds in 1 of 2 runs{f'; {decides} in another' if decides else ''}"


def test_one_flipped_value_unsettles_a_claim_wherever_it_stands(sample):
    """A verdict that one page shows as settled is quoted from there."""
    edit(sample, ESSAY, BOXES, "```{claim} thesis\n```\n")
    change(sample / AGAIN, **{"values__sample.pages__value": 12})
    html, label = build(sample), f"{SLUG}-claim-thesis"
    words = UNSETTLED.format("1 of 2", PAGES, "6 pages", "12 pages")
    essay, claims = page(html), page(html, "claims.html")
    data = {entry["label"]: entry for entry in json.loads((html / "claims.json").read_text(encoding="utf-8"))["claims"]}
    book = build(Path(shutil.copytree(sample, sample.with_name("book"), ignore=shutil.ignore_patterns("_*"))),
                 "-b", "epub", "-D", "copyright=2026, Sample", "-D", "version=1")
    with zipfile.ZipFile(next(book.glob("*.epub"))) as pages:
        chapter = pages.read(f"essays/{SLUG}.xhtml").decode()
    said = {
        "box": text(essay.get_element_by_id(label)), "panel": text(essay.get_element_by_id("evidence-panel")),
        "claims page": text(claims.get_element_by_id(label)), "book": text(parsed(chapter)),
        "feed": text(parsed(json.loads((html / "feed.json").read_text(encoding="utf-8"))["items"][0]["content_html"])),
        "twin": " ".join((html / f"essays/{SLUG}.md").read_text(encoding="utf-8").split()), "data": data[label]["verdict"],
    }
    said = {place: words_.replace("\N{NO-BREAK SPACE}", " ") for place, words_ in said.items()}
    phrase = dict.fromkeys(said, words) | {"panel": words.replace("Unsettled,", "Unsettled thesis,")}
    assert not {place: said[place] for place in said if phrase[place] not in said[place]}
    # The other claim, which the panel alone shows, is what it was.
    assert "✗ Fails refuted, 2 of 2 runs" in said["panel"] and "refuted: ✗ Fails, 2 of 2 runs" in said["twin"]
    assert "± Unsettled" in (html / "atom.xml").read_text(encoding="utf-8") and '"thesis": "unsettled"' in said["twin"]
    assert "Claim ± Unsettled" in (html / f"search/essays/{SLUG}.js").read_text(encoding="utf-8")
    assert "claims: 0 hold, 1 fail, 1 unsettled" in text(essay.find_class("byline")[0])
    assert text(claims.find_class("claim-group")[0]).count(": 0 hold, 1 fail, 1 unsettled.") == 1
    assert "unsettled" in claims.xpath("//select[@name='status']/option/text()")
    assert claims.get_element_by_id(label).get("data-status") == "unsettled"
    assert {key: data[label][key] for key in ("status", "runs", "held", "machines", "decides")} == {
        "status": "unsettled", "runs": 2, "held": 1, "machines": None,
        "decides": {"key": "sample.pages", "label": PAGES, "unit": "pages", "recorded": 6, "other": 12}}
    # Whoever doubts the count can fetch the run.
    address = f"https://sample.example/{AGAIN}"
    assert essay.xpath(f"//*[@id='evidence-panel']//dd[time]/a[@href='../{AGAIN}']") and (html / AGAIN).is_file()
    assert f'href="{address}"' in chapter and f"- Run again: {address}\n" in (html / f"essays/{SLUG}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("values", "rests", "said"), [
    ({"sample.pages": 12}, "thesis", f"thesis, which is unsettled (holds in 1 of 2 runs; “{PAGES}” is 6 pages as recorded, 12 pages in another)"),
    ({"sample.pages": 12}, "refuted thesis", "refuted, which fails"),
    ({"sample.latency_ms": 1}, "thesis, refuted", f"refuted, which is unsettled (holds in 1 of 2 runs; “{LATENCY}” is 1,230 ms as recorded, 1 ms in another)"),
    ({"sample.latency_ms": 1}, "thesis", None),
], ids=["the thesis", "one that fails and it", "one of two", "another is unsettled"])
def test_a_finding_rests_on_no_claim_that_is_unsettled(sample, values, rests, said):
    """What every reader retells would have hung on which of two runs was the first."""
    edit(sample, ESSAY, BOXES, f"```{{finding}} {rests}\nIt is small.\n```\n")
    change(sample / AGAIN, **{f"values__{key}__value": value for key, value in values.items()})
    done = sphinx(sample)
    assert bool(done.returncode) is bool(said) and "Traceback" not in done.stderr, done.stderr
    if said:
        ((line, refused),) = lines_of(done)
        wanted = f"the finding rests on the claim {said}; say what the evidence leaves standing, and rest it on claims of labs/{SLUG}/test_claims.py that hold [trenches.finding]"
        assert (line, refused.replace("\N{NO-BREAK SPACE}", " ")) == (19, wanted)


def test_a_claim_is_as_fresh_as_the_newest_run_with_its_verdict(sample):
    """A verdict that was confirmed last week was called stale for the date of the first run."""
    edit(sample, "conf.py", "2026-11-22", "2027-06-01")
    change(sample / RESULTS, receipt__started="2026-01-20T12:00:00+00:00")

    def stands(**changes: object) -> str:
        change(sample / AGAIN, **changes)
        return text(page(build(sample)).get_element_by_id(f"{SLUG}-claim-thesis"))

    assert "Thesis ✓ Holds, 2 of 2 runs" in stands(receipt__started="2027-02-01T12:00:00+00:00")
    assert "Thesis ≈ Stale, held in 2 of 2 runs" in stands(receipt__started="2026-11-30T12:00:00+00:00")
    assert "Thesis ± Unsettled, holds in 1 of 2 runs" in stands(**{"values__sample.pages__value": 12})
    assert "Thesis ≈ Stale, 1 run" in stands(receipt__started="2027-05-01T12:00:00+00:00", claims__thesis="0" * 16)


def test_an_incremental_build_knows_a_replication_as_the_clean_one_does(sample):
    """Sphinx sees that a file changed or went, and not that one came; told of the folder, it would read the page in every build."""
    def assert_as_clean(rests: str) -> None:
        assert rests in text(page(build(sample)).get_element_by_id(f"{SLUG}-claim-thesis"))
        clean = Path(shutil.copytree(sample, sample.with_name("clean"), ignore=shutil.ignore_patterns("_doctrees", "_html")))
        one, other = copies.files(sample / "_html"), copies.files(build(clean))
        shutil.rmtree(clean)
        assert not copies.difference(one, other)
        before = (sample / f"_html/essays/{SLUG}.html").stat().st_mtime_ns
        build(sample)
        assert (sample / f"_html/essays/{SLUG}.html").stat().st_mtime_ns == before, "it was read although nothing changed"

    path = sample / AGAIN
    path.rename(sample / "later.json")
    assert_as_clean("✓ Holds, 1 run")
    path.parent.mkdir(exist_ok=True)
    shutil.copy2(sample / "later.json", path)
    assert_as_clean("✓ Holds, 2 of 2 runs")
    change(path, **{"values__sample.pages__value": 12})
    assert_as_clean("± Unsettled, holds in 1 of 2 runs")
    path.rename(path.with_name("2026-11-21-2.json"))
    assert_as_clean("± Unsettled, holds in 1 of 2 runs")
    shutil.rmtree(path.parent)
    assert_as_clean("✓ Holds, 1 run")


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda path: change(path, lab="other"), "this is a run of 'other', not of 'query-optimization'; take it from git again, or remove it"),
    (lambda path: change(change(path, claims=None), mode="quick"), "results as a lab writes them; remove it, and take it in with `make replication slug=query-optimization file=…`"),
    (lambda path: shutil.copy(path.parents[1] / "results.json", path), "results as a lab writes them; remove it"),
    (lambda path: path.write_text("{"), "damaged JSON"),
    (lambda path: change(path, colour="red"), "'colour' was unexpected); take it from git again, or remove it"),
    (lambda path: shutil.copy(path, path.with_name("2026-11-21-2.json")), "the same run as 2026-11-21-1.json; remove one of them"),
], ids=["another lab's", "a quick run", "the recorded run", "damaged", "another schema's", "kept twice"])
def test_a_file_that_is_no_replication_is_one_line_and_the_old_site_stays(sample, spoil, said):
    """It would have counted as a run, or ended in a traceback."""
    before = copies.files(build(sample))
    spoil(sample / AGAIN)
    done = sphinx(sample)
    assert done.returncode and done.stderr.count("\n") == 1, done.stderr
    assert re.match(rf"{sample}/labs/{SLUG}/replications/2026-11-21-[12].json:", done.stderr) and said in done.stderr
    assert copies.files(sample / "_html") == before


def test_a_draft_has_no_replications(sample):
    """Its claims are not run, whatever the runs of its past said."""
    quick = sample / f"labs/{SLUG}/.quick/results.json"
    quick.parent.mkdir()
    change((sample / RESULTS).rename(quick), mode="quick")
    html = build(sample, "-D", "trenches_drafts=1")
    assert "Thesis – Not run yet #" in text(page(html).get_element_by_id(f"{SLUG}-claim-thesis"))
    assert "Run again" not in text(page(html).get_element_by_id("evidence-panel")) and not (html / AGAIN).exists()
