"""A page with a finding, on the sample site: what it rests on, where its claims stand, what folds, and how rounded values read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import ledger
import lxml.html
import pytest

ROOT = Path(__file__).resolve().parents[1]
SLUG = "query-optimization"
ESSAY, CLAIMS, RESULTS = f"essays/{SLUG}.md", f"labs/{SLUG}/test_claims.py", f"labs/{SLUG}/results.json"
BOXES = "```{claim} thesis\n```\n\n```{claim} refuted\n```\n"
FINDING = "```{finding} brief\nThe sample touches few pages, however long it takes.\n```\n"
# Three claims more than the sample has: one that the finding rests on, one shown in the body, one that only the panel shows.
MORE = '''

def test_brief(results):
    """The sample touches fewer than a hundred pages."""
    assert results["sample.pages"] < 100


def test_shown(results):
    """The sample takes as long as a hundred pages would."""
    assert results["sample.latency_ms"] > 100 and results["sample.slowest_ms"] > 100


@pytest.mark.xfail(strict=True, reason="It is slower than that.")
def test_listed(results):
    """The slowest sample takes half a minute at most."""
    assert results["sample.slowest_ms"] < 30_000
'''
SLOWEST = '  "sample.slowest_ms": {"value": 35800, "unit": "ms", "label": "the slowest sample\'s latency", "n": 1},\n'


def edit(site: Path, name: str, old: str, new: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    (site / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def in_the_form(folder: Path) -> Path:
    """The sample site in the form with a finding; its thesis holds."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", folder / "site"))
    edit(site, ESSAY, BOXES, FINDING + "\n```{claim} shown\n```\n")
    edit(site, RESULTS, '  "sample.pages"', SLOWEST + '  "sample.pages"')
    with (site / CLAIMS).open("a", encoding="utf-8") as claims:
        claims.write(MORE)
    return site


@pytest.fixture
def sample(tmp_path) -> Path:
    return in_the_form(tmp_path)


def fail_the_thesis(site: Path) -> None:
    edit(site, CLAIMS, "def test_thesis", '@pytest.mark.xfail(strict=True, reason="The sample touched more.")\ndef test_thesis')
    edit(site, CLAIMS, "<= 10", "<= 5")


def sphinx(site: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", *options, site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


def build(site: Path, *options: str) -> Path:
    done = sphinx(site, *options)
    assert done.returncode == 0, done.stderr
    return site / "_html"


def page(html: Path, name: str = f"essays/{SLUG}.html") -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring((html / name).read_bytes())


def text(element) -> str:
    return " ".join(element.text_content().split())


def stands(element) -> str:
    """What is seen of ``element`` before anything is opened."""
    copy = lxml.html.fromstring(lxml.html.tostring(element))
    for folded in copy.xpath(".//details/*[not(self::summary)]"):
        folded.drop_tree()
    return text(copy)


def test_the_finding_stands_over_the_thesis_and_leads_to_what_it_rests_on(sample):
    """A thesis that failed stood at the top as the answer; then its sentence, a claim's id and labels of values stood where readers sought one sentence."""
    fail_the_thesis(sample)
    (box,) = page(build(sample)).find_class("finding")
    assert stands(box) == ("The finding ✓ Holds, 1 run The sample touches few pages, however long it takes. "
                           "Thesis ✗ Fails, 1 run")
    assert box.xpath(".//p[@class='finding-head']/a/@href") == [f"#{SLUG}-claim-brief"]
    (thesis,) = box.find_class("thesis")
    assert thesis.get("id") == f"{SLUG}-claim-thesis"
    assert text(thesis.find("details")).endswith("Thesis, as committed before the run # The sample touches at most ten pages. The sample touched more. pages of a sample 6 pages")
    twin = (sample / f"_html/essays/{SLUG}.md").read_text(encoding="utf-8")
    assert twin.index("few pages, however long") < twin.index("- Results:") < twin.index("The sample touches at most ten pages.")


@pytest.mark.parametrize("finding", ["```{finding} thesis\n```\n", "```{finding} thesis,\nThe sample touches\nat most {stated}`ten` pages.\n```\n"])
def test_a_thesis_that_holds_and_is_the_finding_stands_once(sample, finding):
    """The same sentence twice, one under the other, looks like a mistake."""
    edit(sample, ESSAY, FINDING, finding)
    html = build(sample)
    (box,) = page(html).find_class("finding")
    assert stands(box) == "The finding ✓ Holds, 2 of 2 runs, as committed before the run # The sample touches at most ten pages. 1 value"
    assert (html / f"essays/{SLUG}.md").read_text(encoding="utf-8").count("at most ten pages") == 1


# Each is a directive of its own on one page: what is refused leaves nothing behind.
REFUSED = {
    "```{finding} listed\nIt is slow.\n```\n": "the finding rests on the claim listed, which fails; say what the evidence leaves standing, and rest it on claims of",
    "```{finding} brief, refuted\nIt is slow.\n```\n": "the finding rests on the claim refuted, which fails",
    "```{finding} breif\nIt is slow.\n```\n": f"no claim 'breif' in labs/{SLUG}/test_claims.py; it has: thesis, refuted, brief, shown, listed",
    "```{finding} brief thesis shown none\nIt is slow.\n```\n": "no claim 'none' in",
    "```{finding}\nIt is slow.\n```\n": "a finding rests on claims; name them on its first line, {finding} thesis",
    "```{finding} ,\nIt is slow.\n```\n": "a finding rests on claims",
    "```{finding} brief\n```\n": "a finding is one sentence; write it as the content of {finding}, or rest it on the thesis",
    "```{finding} brief\nIt is slow.\n\nIt is.\n```\n": "a finding is one sentence",
    "```{finding} brief\n- It is slow.\n```\n": "a finding is one sentence",
    "```{finding} brief\n> It is slow.\n```\n": "a finding is one sentence",
    "```{finding} thesis\n```\n": "the finding rests on the claim thesis, which fails",
    "```{finding} thesis\nThe sample touches at most {stated}`ten pages`.\n```\n": "the finding rests on the claim thesis, which fails",
}


def lines_of(done: subprocess.CompletedProcess) -> list[tuple[int, str]]:
    """Line and message of what was said of the essay."""
    return [(int(line), said) for line, said in re.findall(rf"^\S*{ESSAY}:(\d+): \w+: (.*)$", done.stderr, re.MULTILINE)]


def test_a_finding_that_the_evidence_does_not_carry_is_refused_in_one_line(sample):
    """The one sentence that readers retell must not be the one that the lab contradicts."""
    fail_the_thesis(sample)
    edit(sample, ESSAY, FINDING, FINDING + "".join(f"\n{finding}" for finding in REFUSED))
    source = (sample / ESSAY).read_text(encoding="utf-8")
    done = sphinx(sample, "--keep-going")
    assert done.returncode and "Traceback" not in done.stderr
    found = lines_of(done)
    assert [line for line, _ in found] == [source[:source.index(finding)].count("\n") + 1 for finding in REFUSED], done.stderr
    assert not [(said, wanted) for (_, said), wanted in zip(found, REFUSED.values(), strict=True) if not said.startswith(wanted)]


def test_the_words_of_a_finding_are_prose_and_it_stands_once(sample):
    """A number typed at the top is the first that is quoted."""
    edit(sample, ESSAY, FINDING, "```{finding} brief\nIt is robust and takes 12 ms.\n```\n")
    said = [said for _, said in lines_of(sphinx(sample, "--keep-going"))]
    assert len(said) == 2 and said[0].startswith("“12 ms” has no source") and said[1].startswith("“robust” is on the site's list")
    edit(sample, ESSAY, "It is robust and takes 12 ms.", "It is slow.\n```\n\n```{finding} brief\nIt is not.")
    assert f"“{SLUG}-claim-thesis” is on this page already" in sphinx(sample).stderr


def test_a_finding_stands_on_claims_that_the_calendar_made_stale(sample):
    """A build that fails by the date alone fails on a day when nobody changed a thing."""
    box = page(build(sample, "-D", "trenches_build_date=2027-06-01")).find_class("finding")[0]
    assert text(box).startswith("The finding ≈ Stale")


def test_a_page_without_a_panel_cannot_list_its_claims(sample):
    """The finding led to a claim that stood nowhere on the page."""
    edit(sample, ESSAY, "```{evidence}\nIt is a sample.\n```\n", "Words.\n")
    assert f"{ESSAY}:19: no box shows brief, on which the finding rests; end the page with an {{evidence}} panel, which lists it" in sphinx(sample).stderr


def test_claims_that_no_box_shows_stand_in_the_panel_and_keep_their_places(sample):
    """Eleven boxes were a quarter of an essay's words; a claim that only a list of the lab knows is a claim that was hidden."""
    boxed = Path(shutil.copytree(sample, sample.parent / "boxed"))
    edit(boxed, ESSAY, FINDING, "".join(f"```{{claim}} {name}\n```\n" for name in ("thesis", "refuted", "brief", "listed")))
    before, html = build(boxed), build(sample)
    essay = page(html)
    panel = essay.get_element_by_id("evidence-panel")
    assert [stands(box) for box in panel.find_class("claim")] == [
        "✗ Fails refuted, 2 of 2 runs # The sample takes less than a second. Why it failed, and 1 value",
        "✓ Holds brief, 1 run # The sample touches fewer than a hundred pages. 1 value",
        "✗ Fails listed, 1 run # The slowest sample takes half a minute at most. Why it failed, and 1 value"]
    assert "It is slower than that. the slowest sample's latency 35,800 ms" in text(essay.get_element_by_id(f"{SLUG}-claim-listed"))
    assert [text(item) for item in panel.xpath(".//dd/ul/li")] == ["✓ Holds thesis, 2 of 2 runs", "✓ Holds shown, 1 run"]
    assert "claims: 3 hold, 2 fail" in text(essay.find_class("byline")[0])
    # Everything that could be linked to still can, and every reading of the page has the claim.
    assert not {line for line in ledger.published(before) if ledger.broken(html, line)}
    assert page(html, "claims.html").xpath(f"//a[@href='essays/{SLUG}.html#{SLUG}-claim-listed']")
    said = {name: (html / name).read_text(encoding="utf-8") for name in (f"essays/{SLUG}.md", f"search/essays/{SLUG}.js", "feed.json", "atom.xml", "claims.json")}
    assert not [name for name, words in said.items() if "takes half a minute at most" not in words]
    assert f'"{SLUG}-claim-listed"' in said[f"search/essays/{SLUG}.js"]


def test_a_label_and_a_correction_find_a_claim_in_the_panel(sample):
    """Both look for its box on the page."""
    edit(sample, ESSAY, "blogpost: true\n", f"blogpost: true\nchanges:\n- date: 2026-11-22\n  what: It had another unit.\n  corrects: {SLUG}-claim-listed\n")
    edit(sample, ESSAY, "See {ref}", f"See [](#{SLUG}-claim-listed) and {{ref}}")
    essay = page(build(sample))
    assert "Corrected 2026-11-22 It had another unit." in text(essay.get_element_by_id(f"{SLUG}-claim-listed").getprevious())
    assert [text(link) for link in essay.xpath(f"//p/a[@href='#{SLUG}-claim-listed']")][0] == "The slowest sample takes half a minute at most."
    edit(sample, ESSAY, "A note.", f"A note.\n\n({SLUG}-claim-listed)=\nWords.")
    assert f"“{SLUG}-claim-listed” is on this page already" in sphinx(sample).stderr


def test_values_that_the_prose_says_fold_on_a_page_with_a_finding_only(sample):
    """The same number in the sentence, in the box and in the panel: a reader meets it three times and looks for the difference."""
    label = f"{SLUG}-claim-shown"
    folded = stands(page(build(sample)).get_element_by_id(label))
    assert folded.endswith("would. the slowest sample's latency 35,800 ms 1 more value")
    edit(sample, ESSAY, "We stop", "It took {result}`sample.slowest_ms / sample.latency_ms` that.\nWe stop")
    assert stands(page(build(sample)).get_element_by_id(label)).endswith("would. 2 values")
    edit(sample, ESSAY, FINDING, "")
    assert stands(page(build(sample)).get_element_by_id(label)).endswith("a sample's latency 1,230 ms the slowest sample's latency 35,800 ms")


def test_the_row_of_a_value_that_the_prose_dropped_stays(sample):
    """A sentence was reworded, and the label of its number, to which other teams had linked, was gone."""
    panel = "```{evidence}\n"
    edit(sample, RESULTS, '  "sample.pages"', '  "sample.half_ms": {"value": 617.2, "unit": "ms", "label": "half a sample", "n": 1},\n  "sample.pages"')
    assert "half a sample" not in text(page(build(sample)).get_element_by_id("evidence-panel"))
    edit(sample, ESSAY, panel, panel + ":once: sample.half_ms\n\n")
    assert "half a sample" in text(page(build(sample)).get_element_by_id(f"{SLUG}-result-sample-half-ms"))
    edit(sample, ESSAY, "sample.half_ms", "sample.haf_ms")
    (_, said), = lines_of(sphinx(sample, "--keep-going"))
    assert "results.json: no value 'sample.haf_ms'; nearest: sample.half_ms" in said


FORMS = {"~sample.slowest_ms": "36,000 ms", "sample.slowest_ms / sample.latency_ms": "29 times", "sample.latency_ms / sample.slowest_ms": "3.4% of",
         "sample.half_ms / sample.latency_ms in words": "half of", "sample.share_percent in words": "about a quarter of"}


@pytest.fixture(scope="module")
def rounded(tmp_path_factory) -> Path:
    """The sample with values rounded in every way, built."""
    sample = in_the_form(tmp_path_factory.mktemp("rounded"))
    edit(sample, RESULTS, '  "sample.pages"', '  "sample.half_ms": {"value": 617.2, "unit": "ms", "label": "half a sample", "n": 1},\n'
         '  "sample.share_percent": {"value": 26.1, "unit": "%", "label": "share of samples", "n": 1},\n  "sample.pages"')
    edit(sample, ESSAY, "We stop", "".join(f"Here {{result}}`{form}` stands.\n" for form in FORMS) + "We stop")
    build(sample)
    return sample


def test_a_rounded_value_reads_the_same_wherever_the_page_is_read(rounded):
    """Each reading of a page that made its own text of a value would round it in its own way."""
    html = rounded / "_html"
    book = build(Path(shutil.copytree(rounded, rounded.with_name("book"), ignore=shutil.ignore_patterns("_doctrees", "_html"))),
                 "-b", "epub", "-D", "copyright=2026, Sample", "-D", "version=1")
    with zipfile.ZipFile(next(book.glob("*.epub"))) as pages:
        chapter = pages.read(f"essays/{SLUG}.xhtml").decode()
    feed = json.loads((html / "feed.json").read_text(encoding="utf-8"))["items"][0]["content_html"]
    said = {name: text(lxml.html.fromstring(words.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))) for name, words in {
        "page": lxml.html.tostring(page(html), encoding="unicode"), "feed": feed, "book": chapter,
        "twin": (html / f"essays/{SLUG}.md").read_text(encoding="utf-8"), "search": (html / f"search/essays/{SLUG}.js").read_text(encoding="utf-8")}.items()}
    assert not [(name, shown) for name, words in said.items() for shown in FORMS.values() if f"Here {shown} stands." not in words]


def test_a_ratio_leads_to_its_row_which_names_its_base(rounded):
    """"29 times" of what was nowhere said, and the exact number nowhere shown."""
    html = rounded / "_html"
    essay = page(html)
    links = {text(link): link for link in essay.xpath("//p/a[contains(@class, 'result')]")}
    assert {shown: links[shown].get("title") for shown in FORMS.values()} == {
        "36,000 ms": "35,800\N{NO-BREAK SPACE}ms", "29 times": "35,800\N{NO-BREAK SPACE}ms to 1,230\N{NO-BREAK SPACE}ms", "3.4% of": "1,230\N{NO-BREAK SPACE}ms to 35,800\N{NO-BREAK SPACE}ms",
        "half of": "617\N{NO-BREAK SPACE}ms to 1,230\N{NO-BREAK SPACE}ms", "about a quarter of": "26.1%"}
    assert links["1,230 ms"].get("title") == "between 2 runs 1,230 to 1,250\N{NO-BREAK SPACE}ms", "the exact value needs no other"
    row = essay.get_element_by_id(links["29 times"].get("href")[1:])
    assert (row[0].text, text(row[0][-1]), text(row[1])) == ("the slowest sample's latency", "shown as 29 times a sample's latency", "35,800 ms")
    assert row[0].xpath(".//a/@href") == [f"#{SLUG}-result-sample-slowest-ms", "#result-sample-latency-ms"] and essay.get_element_by_id("result-sample-half-ms") is not None
    assert "| the slowest sample's latency; `sample.slowest_ms`; shown as 29\N{NO-BREAK SPACE}times a sample's latency | 35,800" in (html / f"essays/{SLUG}.md").read_text(encoding="utf-8")


def test_a_rounding_that_misleads_is_one_line_with_its_place(sample):
    """What the rounding says of each is in test_rounding.py."""
    forms = ("~sample.missing", "sample.missing / sample.pages", "sample.pages / sample.latency_ms", "sample.pages in words", "sample.pages /sample.latency_ms")
    edit(sample, ESSAY, "We stop", "".join(f"It took {{result}}`{form}`.\n\n" for form in forms) + "We stop")
    done = sphinx(sample, "--keep-going")
    found = lines_of(done)
    assert done.returncode and "Traceback" not in done.stderr and len(found) == len(forms), done.stderr
    assert len({line for line, _ in found}) == len(forms) and all(re.search(r"sample\.(pages|missing) .*; ", said) for _, said in found), found
