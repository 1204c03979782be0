"""A draft, an essay whose lab has recorded no run, is seen by its author from the first minute and by nobody else."""

from __future__ import annotations

import datetime
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pytest
from trenches.author.scaffold import NEXT, scaffold
from trenches.essays.owner import owners_words

ROOT = Path(__file__).resolve().parents[1]
SLUG, FINISHED = "designing-for-failure", "query-optimization"
DRAFT, ESSAY = f"essays/{SLUG}.md", f"essays/{FINISHED}.md"
LAB = f"labs/{SLUG}"
TITLE = owners_words(ROOT)[SLUG]["title"]
SHOWN = "-D", "trenches_drafts=1"
LEFT_OUT = f"Left out as drafts, since their labs have no results.json: essays/{SLUG}; `make serve` shows them\n"


def build(site: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", *options, site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


def built(site: Path, *options: str) -> Path:
    result = build(site, *options)
    assert (result.returncode, result.stderr) == (0, "")
    return site / "_html"


def edit(site: Path, name: str, old: str, new: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    (site / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def site(tmp_path) -> Path:
    """The sample site of one essay, with a draft as the scaffold makes it."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))
    scaffold(site, SLUG, datetime.date(2026, 11, 22))
    edit(site, DRAFT, "[architecture]", "[databases, testing]")
    return site


def run_quick(site: Path) -> None:
    """Have the draft's lab run its short form, whichever lab holds the machine, and draw what that gave."""
    shutil.copytree(ROOT / "labs/_harness", site / "labs/_harness", dirs_exist_ok=True)
    shutil.copy(ROOT / "_static/trenches.css", site / "_static")
    for command in ([f"{LAB}/run", "--quick"], ["-m", "_harness.redraw"]):
        subprocess.run([sys.executable, *command], cwd=site, check=True, capture_output=True,
                       env=os.environ | {"PYTHONPATH": "labs", "TMPDIR": str(site.parent)})


def read(page: Path) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page.read_bytes())


def text(element) -> str:
    return " ".join(element.text_content().replace("\N{NO-BREAK SPACE}", " ").split())


# Published: nothing


def as_it_is(site: Path) -> None:
    """As the scaffold leaves it."""


def listed(site: Path) -> None:
    edit(site, "index.md", f"essays/{FINISHED}", f"essays/{SLUG}\nessays/{FINISHED}")


def broken(site: Path) -> None:
    edit(site, DRAFT, "blogpost: true", "blogpost: [")
    edit(site, f"{LAB}/test_claims.py", "def ", "deff ")


def linking(site: Path) -> None:
    edit(site, DRAFT, "# read_next: slug-of-an-essay", f"read_next: {FINISHED}\nread_next_because: It follows.")
    edit(site, DRAFT, f"({SLUG}-sources)=", f"See [the other](#{FINISHED}-figure-heading).\n\n({SLUG}-sources)=")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def without(tmp_path_factory) -> dict[str, bytes]:
    """What is published of the sample site when it has no draft."""
    return files(built(Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path_factory.mktemp("alone") / "site"))))


@pytest.mark.parametrize("prepare", [as_it_is, listed, run_quick, broken, linking])
def test_a_draft_changes_no_byte_of_what_is_published(site, without, prepare):
    """What is half written, and not measured, would be found, quoted and read in feeds for years."""
    prepare(site)
    # That run has the whole site's, which the sample's figure does without.
    shutil.copy(ROOT / "tests/roots/evidence/_static/trenches.css", site / "_static")
    result = build(site)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", LEFT_OUT)
    with_it = files(site / "_html")
    for name, data in with_it.items():
        assert not [word for word in (SLUG, TITLE, "Adding one by one") if word.encode() in data], name
        assert name == ".buildinfo" or data == without[name], name
    assert with_it.keys() == without.keys()


def test_a_draft_is_in_no_book(site):
    """The book is made by a builder of its own."""
    listed(site)
    result = build(site, "-b", "epub", "-D", "version=1", "-D", "copyright=Sample")
    assert result.returncode == 0 and LEFT_OUT in result.stdout, result.stderr
    assert SLUG not in {path.stem for path in (site / "_html").rglob("*.xhtml")}


def test_an_essay_comes_and_goes_with_its_labs_results(site):
    """The list of pages is made before Sphinx looks what changed."""
    results = f"labs/{FINISHED}/results.json"
    listed(site)
    built(site)
    (site / LAB / "results.json").write_text((site / results).read_text().replace(f'"lab": "{FINISHED}"', f'"lab": "{SLUG}"'))
    assert "no value 'inputs.sums'" in build(site).stderr
    (site / LAB / "results.json").unlink()
    before = {path.name for path in (built(site) / "essays").iterdir()}
    (site / results).rename(site / "away")
    assert f"essays/{SLUG}, essays/{FINISHED}" in build(site).stdout
    assert before == {f"{FINISHED}.html", f"{FINISHED}.md"} and not (site / "_html/essays").exists()


LINKS = [f"[a section](#{SLUG}-rule)", f"[the essay](#{SLUG})", f"[the page]({SLUG}.md)", f"[a claim](#{SLUG}-claim-thesis)", f"{{doc}}`{SLUG}`",
         f"{{ref}}`{SLUG}-sums`", f"{{doc}}`/essays/{SLUG}`", f"{{ref}}`its code <{SLUG}-closed-form-py>`"]


@pytest.mark.parametrize(("options", "page", "old", "links"), [
    ((), ESSAY, "A note.", LINKS), (SHOWN, ESSAY, "A note.", LINKS), ((), "index.md", "The sample's lede.", LINKS[:1])],
    ids=["published", "served", "from another page"])
def test_what_links_to_a_draft_is_refused(site, options, page, old, links):
    """Its link would be broken on the site and whole on the author's machine."""
    edit(site, page, old, "\n\n    ".join(links))
    result = build(site, *options)
    said = result.stderr.replace(f"{site}/", "").splitlines()
    assert result.returncode and len({line.split(":")[1] for line in said}) == len(said) == len(links), result.stderr
    assert all(re.search(rf"^{page}:\d+: “\S+” is in a draft, {DRAFT}; link to it once its lab has results$", line) for line in said)


def test_a_finished_essay_that_sends_its_reader_on_to_a_draft_is_refused(site):
    """The page would promise what is not there."""
    edit(site, ESSAY, "figure_claim: thesis", f"figure_claim: thesis\nread_next: {SLUG}\nread_next_because: It follows.")
    assert f"{ESSAY}:8: `read_next: {SLUG}` is a draft; name the slug of an essay whose lab has results\n" == build(site).stderr


# Served: everything that there is


def test_a_scaffolded_essay_is_shown_at_once(site):
    """An author who sees nothing before the full run writes prose for twenty minutes of machine time and cannot read it."""
    page = read(built(site, *SHOWN) / f"essays/{SLUG}.html")
    assert "Its lab has not run" in text(page.find_class("draft")[0]) and f"make lab slug={SLUG} quick=1" in text(page.find_class("draft")[0])
    assert [text(place) for place in page.xpath("//code[contains(@class, 'not-run')]")] == [
        "inputs.sums: not run", "sums.wrong: not run", "system: not run", "sums.growth: not run", "sums: not run", "sum: not run",
        "evidence: not run"]
    for claim, sentence in ("thesis", "The closed form gives what adding one by one gives."), ("growth", "Twice the numbers make at most twice the sum."):
        box = page.get_element_by_id(f"{SLUG}-claim-{claim}")
        assert "Not run yet" in text(box) and sentence in text(box) and not box.xpath(".//li | .//*[@class='claim-reason']")
    assert TITLE in text(read(site / "_html/index.html").find_class("draft")[0])
    # Feeds, claims and archive say when and on which machine; a draft has neither.
    for name in ("atom.xml", "feed.json", "claims.html", "claims.json", "archive.html", "archive/tag/databases.html", "llms.txt"):
        assert SLUG not in (site / "_html" / name).read_text(encoding="utf-8"), name


def test_a_quick_run_fills_in_its_numbers_and_says_so(site):
    """A number of a run that records nothing must not pass for one that was recorded."""
    built(site, *SHOWN)
    run_quick(site)
    page = read(built(site, *SHOWN) / f"essays/{SLUG}.html")
    assert "only a quick run, of 20" in text(page.find_class("draft")[0])
    assert [text(link) for link in page.xpath("//p/a[contains(@class, 'result')]")] == ["4 runs (quick)", "0 runs (quick)", "3.6× (quick)"]
    assert page.xpath("//figure//svg/@aria-label") and "quick=1" in text(page.get_element_by_id("evidence-panel"))
    assert "Not run yet" in text(page.get_element_by_id(f"{SLUG}-claim-thesis")) and not page.xpath("//*[contains(@class, 'claim-values')]/li")
    links = [href for href in page.xpath("//main//a/@href | //*[@role='main']//a/@href") if "/labs/" in href]
    assert links and all((site / "_html/essays" / href).resolve().is_file() for href in links)


def test_a_number_that_is_nowhere_stays_an_error_in_a_finished_essay(site):
    """A placeholder on a page that readers see would be a hole in it."""
    edit(site, ESSAY, "{result}`sample.pages`", "{result}`sample.page`")
    assert "no value 'sample.page'" in build(site, *SHOWN).stderr


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    (DRAFT, "blogpost: true", "blogpost: [", f"{DRAFT}:6: broken YAML"),
    (DRAFT, "tags: [databases, testing]", "tags: [cats]", f"{DRAFT}:6: unknown tag `cats`"),
    (DRAFT, f"({SLUG}-rule)=\n", "", "has no label"),
    (DRAFT, "{claim} growth", "{claim} size", "no claim 'size'"),
    (f"{LAB}/test_claims.py", "def test_growth", "deff test_growth", f"{LAB}/test_claims.py:13: SyntaxError"),
    (f"{LAB}/figures/sums.vl.json", '"mark"', "'mark'", "chart 'sums'"),
])
def test_a_mistake_in_a_draft_is_one_line(site, name, old, new, said):
    """A draft is where mistakes are made."""
    edit(site, name, old, new)
    result = build(site, *SHOWN)
    assert result.returncode and said in result.stderr.replace(f"{site}/", "") and "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


# make serve


class Served:
    """``make serve`` in the folder ``site``, without a browser. What it says is kept in a file."""

    def __init__(self, site: Path) -> None:
        self.said = site / "_said"
        with self.said.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", ROOT / "_ext/trenches/build/make.py", "serve", "_build"], cwd=site, stdout=out, stderr=out,
                start_new_session=True, env=os.environ | {"SITE": str(ROOT), "PYTHONPATH": "labs", "PYTHONUNBUFFERED": "1", "BROWSER": "true"})

    def until(self, happened: Callable[[], object]) -> None:
        """Wait for something that is to happen; give up after as long as a machine may be busy with others."""
        end = time.monotonic() + 120
        while not happened():
            assert self.process.poll() is None and time.monotonic() < end, self.said.read_text()
            time.sleep(.1)

    def says(self, words: str) -> bool:
        return words in self.said.read_text()

    def page(self) -> str:
        """The draft's page; nothing while there is no server yet, or while the page is being written."""
        address = re.search(r"Serving on (http://[\d.:]+)", self.said.read_text())
        try:
            with urllib.request.urlopen(f"{address[1]}/essays/{SLUG}.html") as answer:
                return answer.read().decode().replace("\N{NO-BREAK SPACE}", " ")
        except (OSError, TypeError, http.client.IncompleteRead):
            return ""


@pytest.fixture
def served(site):
    for name in ("_ext", "_templates"):
        (site / name).symlink_to(ROOT / name)
    run_quick(site)
    made = Served(site)
    yield made
    # Interrupted, it leaves behind the processes that build for it.
    os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()


def test_serve_shows_what_is_saved_and_keeps_it_when_that_is_broken(site, served):
    """The figure's source was edited, and nothing happened until somebody remembered `make figures`."""
    served.until(lambda: "3.6× (quick)" in served.page())
    assert "how many were summed" not in served.page()
    edit(site, f"{LAB}/figures/sums.vl.json", "numbers summed", "how many were summed")
    served.until(lambda: "how many were summed" in served.page())
    quick = site / LAB / ".quick/results.json"
    found = json.loads(quick.read_text())
    found["values"]["sums.growth"]["value"] = 3.7
    quick.write_text(json.dumps(found))
    served.until(lambda: "3.7×" in served.page())
    edit(site, f"{LAB}/figures/sums.vl.json", '"numbers"', '"cats"')
    served.until(lambda: served.says("field 'cats' is not a column"))
    edit(site, DRAFT, "blogpost: true", "blogpost: [")
    served.until(lambda: served.says(f"{DRAFT}:6: broken YAML"))
    assert "how many were summed" in served.page() and "3.7×" in served.page() and not served.says("Traceback")


def test_two_sources_of_one_drawing_do_not_end_the_server(site):
    """It was a traceback before the build, for as long as both were there."""
    run_quick(site)
    (site / LAB / "figures/sums.pic").write_text('box "one"\n')
    done = subprocess.run([sys.executable, "-m", "_harness.redraw"], cwd=site, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": "labs"})
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1) and "figures/sums.pic: sums.vl.json is drawn to sums.svg too; give one of them another name" in done.stdout


def test_a_scaffolded_essay_is_whole_once_its_lab_has_run(site):
    """Whoever replaces part after part must be able to build after each; a line of why is for authors alone."""
    run_quick(site)
    shutil.copytree(site / LAB / ".quick", site / LAB, dirs_exist_ok=True)
    edit(site, f"{LAB}/results.json", '"mode": "quick"', '"mode": "full"')
    shutil.copy(site / f"labs/{FINISHED}/figures/card.png", site / LAB / "figures")
    listed(site)
    html = built(site)
    page = read(html / f"essays/{SLUG}.html")
    assert [text(page.get_element_by_id(f"{SLUG}-claim-{claim}").find_class("status")[0]) for claim in ("thesis", "growth")] == ["✓ Holds", "✗ Fails"]
    assert len(page.xpath("//figure//svg")) == 2 and page.find_class("finding") and page.find_class("form") and page.find_class("sd-tab-set") and page.find_class("literal-block-wrapper") and not page.find_class("draft")
    said = {name: data for name, data in files(html).items() if SLUG.encode() in data}
    assert f"essays/{SLUG}.md" in said and not [name for name, data in said.items() if b"The opening: one case" in data or b"A schematic shows" in data]


def test_an_essay_is_shown_before_its_card_is_drawn(site):
    """Between the run and the card stands the prose, which no author could have seen."""
    (site / f"labs/{FINISHED}/figures/card.png").unlink()
    assert f"{FINISHED}/figures/card.png is missing" in build(site).stderr
    assert (built(site, *SHOWN) / ESSAY.replace(".md", ".html")).is_file()


# Before the run


@pytest.mark.parametrize(("results", "ended", "said"), [
    (None, 0, "2 skipped"), (None, 0, "not run: a draft's claims are settled by make lab slug=demo"),
    ("{", 1, "damaged JSON"), ("{}", 1, "is a required property")])
def test_claims_can_be_committed_before_the_run_that_settles_them(tmp_path, results, ended, said):
    """A suite that is red until the run has claims committed after it. What is there and damaged is no draft's."""
    shutil.copy(ROOT / "labs/conftest.py", tmp_path)
    shutil.copytree(ROOT / "_ext/trenches/author/template/lab", tmp_path / "demo")
    if results:
        (tmp_path / "demo/results.json").write_text(results)
    done = subprocess.run([sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", tmp_path], cwd=tmp_path, capture_output=True,
                          text=True, env=os.environ | {"PYTHONPATH": str(ROOT / "labs"), "COLUMNS": "200"})
    assert done.returncode == ended and said in done.stdout, done.stdout


def test_the_scaffold_and_the_readme_lead_the_same_way():
    """Two lists of one order part ways, and a claim that is written after its run is fitted to it."""
    steps = ["Hypotheses", "Commit", "Quick", "Full", "Replication", "Prose", "Card", "Ledger", "Queries"]
    assert re.findall(r"^\d\. (\w+)", NEXT, re.MULTILINE) == steps
    assert re.findall(r"^\d\. \*\*(\w+)\.?\*\*", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE) == steps
