"""The extension by itself, on the sample site: what it binds, what it rebuilds, and what it lets through."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
from trenches.author.scaffold import scaffold
from trenches.essays.owner import owners_words

ROOT = Path(__file__).resolve().parents[1]
SECOND = "designing-for-failure"
OWNER = owners_words(ROOT)


def build(site: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", *options, site, site / "_html"]
    subprocess.run(command, check=True, env={**os.environ, "SITE": str(ROOT)})
    return site / "_html"


@pytest.fixture
def sample(tmp_path):
    return Path(shutil.copytree(ROOT / "tests" / "roots" / "evidence", tmp_path / "site"))


@pytest.fixture
def essay(sample):
    return read(build(sample) / "essays/query-optimization.html")


def read(page: Path) -> lxml.html.HtmlElement:
    """The page, from its bytes: lxml takes a path with a % in it for an address."""
    return lxml.html.document_fromstring(page.read_bytes())


def text(element) -> str:
    return " ".join(element.text_content().split())


def test_a_bound_number_shows_its_unit_and_leads_to_its_row_in_the_panel(essay):
    """A reader who doubts a number must reach its spread and its key in one step."""
    link = essay.xpath("//p/a[contains(@class,'result')]")[0]
    row = essay.get_element_by_id(link.get("href").removeprefix("#"))
    assert text(link) == "1,230 ms"
    assert "1,200 to 1,300 ms (p5-p95)" in text(row) and "sample.latency_ms" in text(row)


def test_a_claim_shows_its_sentence_status_and_values(essay):
    """A claim that fails stays on the page with its reason, and never by colour alone."""
    holds, fails = (essay.get_element_by_id(f"query-optimization-claim-{name}") for name in ("thesis", "refuted"))
    assert "Thesis ✓ Holds" in text(holds) and "at most ten pages" in text(holds) and "6 pages" in text(holds)
    assert "Claim ✗ Fails" in text(fails) and "The sample took longer." in text(fails)


def test_the_byline_says_when_where_and_how_many_claims(essay):
    """The line under the title is all the evidence most readers see."""
    assert text(essay.find_class("byline")[0]) == (
        "22 November 2026 · 1 min · measured 2026-11-20 on 2 cores of Sample CPU, 8 GiB; claims: 1 hold, 1 fail")


def test_a_figure_is_numbered_described_and_has_its_numbers_behind_a_disclosure(essay):
    """A drawing alone is lost on a screen reader and cannot be checked."""
    figure = essay.get_element_by_id("query-optimization-sample")
    assert text(figure).startswith("Figure 1")
    assert figure.xpath(".//svg/@aria-label") == ["One point."]
    assert "a | b" in text(figure.getnext()) and figure.getnext().tag == "details"
    assert essay.xpath("//a[@href='#query-optimization-sample'][.='Figure 1']")


def test_what_an_essay_shows_is_published_beside_it(essay, sample):
    """The panel links to the results and a listing to its file: both must be fetched from the site itself."""
    for name in ("results.json", "test_claims.py", "sample.sql", "figures/sample.svg"):
        assert (sample / "_html/labs/query-optimization" / name).is_file()


def test_a_claim_is_stale_half_a_year_after_its_measurement(sample):
    """A number is not true for ever; the date is given, so that the page does not depend on the clock."""
    page = read(build(sample, "-D", "trenches_build_date=2027-06-01") / "essays/query-optimization.html")
    assert "≈ Stale" in text(page.get_element_by_id("query-optimization-claim-thesis"))
    assert "✗ Fails" in text(page.get_element_by_id("query-optimization-claim-refuted"))


def test_markup_in_results_stays_text(sample):
    """A label or version comes from a lab's tools; it must not become an element of the page."""
    path = sample / "labs/query-optimization/results.json"
    path.write_text(path.read_text().replace("a sample's latency", "<script>alert(1)</script>")
                    .replace("Sample 1.0", "<b>1.0</b>").replace("a | b", "<img src=x> {{ 1 }}"))
    html = (build(sample) / "essays/query-optimization.html").read_text()
    assert "<script>alert" not in html and "<b>1.0" not in html and "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html


def add_second_essay(sample: Path) -> None:
    first = "query-optimization"
    shutil.copytree(sample / "labs" / first, sample / "labs" / SECOND)
    for results in (sample / "labs" / SECOND).rglob("*.json"):
        results.write_text(results.read_text().replace(f'"lab": "{first}"', f'"lab": "{SECOND}"'))
    words = (sample / f"essays/{first}.md").read_text(encoding="utf-8").replace(first, SECOND)
    for key in ("title", "summary"):
        words = words.replace(OWNER[first][key], OWNER[SECOND][key])
    (sample / f"essays/{SECOND}.md").write_text(words, encoding="utf-8")
    index = sample / "index.md"
    index.write_text(index.read_text().replace(f"essays/{first}", f"essays/{SECOND}\nessays/{first}"))


def test_a_changed_result_rebuilds_only_the_pages_that_use_it(sample):
    """A full rebuild for every measurement would make authors skip the build."""
    add_second_essay(sample)
    pages = {name: build(sample) / f"{name}.html" for name in ("essays/query-optimization", f"essays/{SECOND}", "index")}
    before = {name: page.stat().st_mtime_ns for name, page in pages.items()}
    path = sample / "labs/query-optimization/results.json"
    path.write_text(path.read_text().replace("1234.5", "1334.5"))
    build(sample)
    changed = {name for name, page in pages.items() if page.stat().st_mtime_ns != before[name]}
    assert changed == {"essays/query-optimization"}
    assert "1,330\N{NO-BREAK SPACE}ms" in pages["essays/query-optimization"].read_text()


def test_a_claim_over_what_was_not_measured_can_only_be_refuted(sample):
    """Its comparison raises TypeError, which pytest takes for the failure that was expected."""
    path = sample / "labs/query-optimization/test_claims.py"
    path.write_text(path.read_text().replace('results["sample.latency_ms"]', 'results["sample.missing"]'))
    box = read(build(sample) / "essays/query-optimization.html").get_element_by_id("query-optimization-claim-refuted")
    assert "✗ Fails" in text(box) and "not measured" in text(box)


def test_an_essay_lists_those_it_shares_a_tag_with_and_forgets_those_it_no_longer_does(sample):
    """A page that names other pages is not rewritten by Sphinx when those change."""
    add_second_essay(sample)
    first, second = (sample / "essays" / f"{slug}.md" for slug in ("query-optimization", SECOND))
    first.write_text(first.read_text().replace("[databases, testing]", "[databases]"))
    page = build(sample) / "essays/query-optimization.html"
    assert OWNER[SECOND]["title"] in text(read(page).find_class("related")[0])
    second.write_text(second.read_text().replace("[databases, testing]", "[testing]"))
    build(sample)
    assert not read(page).find_class("related")


def test_what_machines_read_does_not_depend_on_which_pages_were_written(sample):
    """A sitemap or twin of the pages that this build wrote is right in clean builds only."""
    add_second_essay(sample)
    results = sample / "labs/query-optimization/results.json"
    build(sample)
    results.write_text(results.read_text().replace("1234.5", "1334.5"))
    built = build(sample)
    build(sample)
    again = build(Path(shutil.copytree(sample, sample.parent / "clean", ignore=shutil.ignore_patterns("_doctrees", "_html"))))
    files = ["sitemap.xml", "llms.txt", "robots.txt", "feed.json", "404.html", "essays/query-optimization.md",
             f"essays/{SECOND}.md", f"essays/{SECOND}.html"]
    assert [(built / name).read_text() for name in files] == [(again / name).read_text() for name in files]
    assert "took 1,330\N{NO-BREAK SPACE}ms and" in (built / "essays/query-optimization.md").read_text(encoding="utf-8")


def test_a_twin_goes_with_its_essay(sample):
    """Sphinx leaves behind what it once wrote, and machines went on reading it."""
    add_second_essay(sample)
    twin = build(sample) / f"essays/{SECOND}.md"
    assert twin.is_file()
    (sample / f"essays/{SECOND}.md").unlink()
    (sample / "index.md").write_text((sample / "index.md").read_text().replace(f"\nessays/{SECOND}", ""))
    assert SECOND not in (build(sample) / "sitemap.xml").read_text() and not twin.exists()


def test_a_closing_tag_in_a_label_ends_no_script(sample):
    """In a script element `</script>` ends the script, also inside a JSON string."""
    path = sample / "labs/query-optimization/results.json"
    path.write_text(path.read_text().replace("pages of a sample", "</script><b>pages"))
    html = (build(sample) / "essays/query-optimization.html").read_text(encoding="utf-8")
    data = lxml.html.document_fromstring(html).xpath("string(//script[@type='application/ld+json'])")
    dataset = next(node for node in json.loads(data)["@graph"] if node["@type"] == "Dataset")
    assert dataset["variableMeasured"][0]["name"] == "</script><b>pages"
    assert "</script><b>" not in html


def test_the_search_index_does_not_depend_on_which_pages_a_build_reads(sample):
    """Sphinx's own index forgot what an incremental build did not read again, and kept what was deleted."""
    def index() -> dict[str, bytes]:
        folder = build(sample) / "search"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.js")}

    alone = index()
    add_second_essay(sample)
    both = index()
    assert set(both) - set(alone) == {f"essays/{SECOND}.js"}
    (sample / f"essays/{SECOND}.md").touch()
    assert index() == both
    (sample / f"essays/{SECOND}.md").unlink()
    (sample / "index.md").write_text((sample / "index.md").read_text().replace(f"essays/{SECOND}\n", ""))
    assert index() == alone


def test_a_scaffolded_essay_is_whole_and_never_overwrites(tmp_path):
    """An author's first command must not lose the work of their second."""
    shutil.copyfile(ROOT / "owner.toml", tmp_path / "owner.toml")
    files = scaffold(tmp_path, SECOND, datetime.date(2026, 11, 22))
    assert {path.name for path in files} == {
        f"{SECOND}.md", "run", "test_claims.py", "README.md", "sums.vl.json", "system.pic", "sum.mjs", "listings.toml", "requirements.txt", "closed_form.py", "one_by_one.py"}
    assert os.access(tmp_path / f"labs/{SECOND}/run", os.X_OK) and not [path for path in files if "{{" in path.read_text(encoding="utf-8")]
    with pytest.raises(ValueError, match="exists; nothing was written"):
        scaffold(tmp_path, SECOND, datetime.date(2026, 11, 22))
    with pytest.raises(ValueError, match="unknown slug 'cats'"):
        scaffold(tmp_path, "cats", datetime.date(2026, 11, 22))
