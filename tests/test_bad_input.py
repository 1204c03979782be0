"""Each mistake a new author makes ends in one clear line, a non-zero exit, and the last good build left alone."""

from __future__ import annotations

import codecs
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from _harness.results import load
from trenches.evidence.claims import evaluate
from trenches.text import files

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "roots" / "evidence"
ESSAY = "essays/query-optimization.md"
RESULTS = "labs/query-optimization/results.json"
CLAIMS = "labs/query-optimization/test_claims.py"


def build(site: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", *options, site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


@pytest.fixture
def sample(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "site"))


def edit(site: Path, name: str, old: str, new: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    (site / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("variable", ["CI", "FORCE_COLOR", "FORCE_COLOUR"])
def test_a_tool_says_the_same_words_wherever_the_suite_runs(sample, monkeypatch, variable):
    """Six tests of the first word on a line passed on every desk and failed in CI, where Sphinx colours its lines."""
    monkeypatch.setenv(variable, "true")
    edit(sample, ESSAY, "{claim} refuted", "{claim} unproven")
    assert build(sample).stderr.startswith(f"{sample}/{ESSAY}:22: ERROR: no claim")


def test_the_undamaged_sample_builds(sample):
    """Otherwise every test below would pass for the wrong reason."""
    result = build(sample)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    (ESSAY, "date: 2026-11-22\n", "", f"{ESSAY}:1: no `date:`"),
    (ESSAY, "date: 2026-11-22", "date: 2031-01-01", f"{ESSAY}:3: `date: 2031-01-01` is after the build date"),
    (ESSAY, "date: 2026-11-22", "date: 03/04/2026", f"{ESSAY}:3: `date: 03/04/2026` is not a date; write"),
    (ESSAY, "date: 2026-11-22", "date: '12'", f"{ESSAY}:3: `date: 12` is not a date"),
    (ESSAY, "[databases, testing]", "[databases, cats]", f"{ESSAY}:4: unknown tag `cats`; choose from"),
    (ESSAY, "[databases, testing]", "[databases, '']", f"{ESSAY}:4: empty tag; choose from"),
    (ESSAY, "[databases, testing]", "databases", f"{ESSAY}:4: `tags:` must be a list"),
    (ESSAY, "blogpost: true", "blogpost: false", f"{ESSAY}:2: `blogpost:` must be true"),
    (ESSAY, "blogpost: true", "blogpost: [true", f"{ESSAY}:3: broken YAML"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges: yesterday", f"{ESSAY}:3: `changes:` must be a list"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges:\n- date: 2026-11-22", f"{ESSAY}:3: an entry of `changes:` has no `what:`"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges:\n- date: soon\n  what: Better.", f"{ESSAY}:4: `date: soon` is not a date"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges:\n- date: 2026-11-22\n  what: Better.\n  corrects: cats",
     f"{ESSAY}:1: `corrects: cats` is no label of this essay"),
    (ESSAY, "blogpost: true", "blogpost: true\ndate: 2026-11-21", f"{ESSAY}:4: broken YAML: `date:` stands on line 3 already"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges:\n- date: 2026-11-22\n  what: Better.\n  what: Worse.",
     f"{ESSAY}:6: broken YAML: `what:` stands on line 5 already"),
    (ESSAY, "tags: [databases, testing]", "tags: [databases, testing]\n'tags': [testing]", f"{ESSAY}:5: broken YAML: `tags:` stands on line 4"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges: [{date: 2026-11-22, what: Better.,\n  date: 2026-11-21}]",
     f"{ESSAY}:4: broken YAML: `date:` stands on line 3 already"),
    (RESULTS, '"unit": "pages", "label": "pages of', '"unit": "rows", "unit": "pages", "label": "pages of', "the key 'unit' twice in one object"),
    (RESULTS, '"label": "pages of a sample"', '"label": "pages of a sample", "sample": "touched"',
     f"{RESULTS}: values name the samples 'touched', and labs/query-optimization/samples/touched.csv is not there; take it from git again, or run"),
    (CLAIMS, "def test_refuted", "def test_thesis", f"{CLAIMS}:10: test_thesis stands on line 4 already"),
    ("conf.py", "trenches_tags = {", "trenches_tags = {'C++': 'A language.', ", "conf.py: the tag 'C++' cannot be part of an address"),
    (ESSAY, "blogpost: true", "blogpost: true\nchanges:\n- date: 2026-11-22\n  what: A `key` was wrong.",
     f"{ESSAY}:5: `what:` has markup, “`”, which is shown as it stands; write plain words"),
    (ESSAY, "figure_words: pages for", "figure_words: _pages_ for", f"{ESSAY}:6: `figure_words:` has markup, “_p”"),
    (ESSAY, "figure_words: pages for", "figure_words: pages&nbsp;for", f"{ESSAY}:6: `figure_words:` has markup, “&nbsp;”"),
    (ESSAY, "blogpost: true", "blogpost: true\nread_next: java-backend-architecture\nread_next_because: It is **better**.",
     f"{ESSAY}:4: `read_next_because:` has markup, “*”"),
    ("conf.py", '"databases": "Sample', '"databases": "[Sample](x)', "conf.py: the words of 'databases' have markup, “[”"),
    (CLAIMS, "The sample took longer.", "The `sample` took longer.", "the reason of the mark of test_refuted has markup, “`”"),
    (RESULTS, '"sample.missing"', '"sample_pages"', f"{RESULTS}: values/sample_pages: its row in the panel has the id of sample.pages's"),
    (CLAIMS, "def test_refuted", "def test_größer", f"{CLAIMS}:9: test_größer gives the label “query-optimization-claim-größer”"),
    (CLAIMS, "def test_refuted", "def test_Refuted", f"{CLAIMS}:9: test_Refuted gives the label"),
    (CLAIMS, "def test_refuted", "def test_not__true", f"{CLAIMS}:9: test_not__true gives the label"),
    (ESSAY, "---\n\n(query", "...\n\n(query", f"{ESSAY}:8: this line must be --- and nothing else: column 1 has U+002E FULL STOP"),
    (ESSAY, "---\n\n(query", "\n(query", f"{ESSAY}:1: the front matter that begins here has no end"),
    (ESSAY, "---\nblogpost", "\N{EM DASH}-\nblogpost", f"{ESSAY}:1: this line must be --- and nothing else: column 1 has U+2014 EM DASH"),
    (ESSAY, "---\nblogpost", " ---\nblogpost", f"{ESSAY}:1: this line must be --- and nothing else: column 1 has U+0020 SPACE"),
    (ESSAY, "---\nblogpost", "\n---\nblogpost", "column 1 has the end of the line where U+002D HYPHEN-MINUS must be"),
    (ESSAY, "# Database Query", "# Database\N{NO-BREAK SPACE}Query",
     f"{ESSAY}:12: the title is not the owner's; this line must read: # Database Query Optimization: From Slow Queries to Sub-Millisecond "
     "(column 11 has U+00A0 NO-BREAK SPACE where U+0020 SPACE must be)"),
    (ESSAY, "# Database Query", "#\tDatabase Query", "(column 2 has U+0009 without a name where U+0020 SPACE must be)"),
    (ESSAY, "Sub-Millisecond\n", "Sub\N{NON-BREAKING HYPHEN}Millisecond\n", "has U+2011 NON-BREAKING HYPHEN where U+002D HYPHEN-MINUS must be"),
    (ESSAY, "A systematic approach", "A systema\N{ZERO WIDTH SPACE}tic approach", "(column 10 has U+200B ZERO WIDTH SPACE where U+0074"),
    (ESSAY, "A systematic approach", "A systematic a\N{COMBINING ACUTE ACCENT}pproach", "has U+0301 COMBINING ACUTE ACCENT where U+0070"),
    (ESSAY, "MySQL systems.\n", "MySQL systems.\N{NO-BREAK SPACE}\n", "has U+00A0 NO-BREAK SPACE where the end of the line must be"),
    (ESSAY, "(query-optimization)=", "(query-optimizati\N{CYRILLIC SMALL LETTER O}n)=", "has U+043E CYRILLIC SMALL LETTER O where U+006F"),
    (ESSAY, "date: 2026-11-22", "date: 2026-11-22\N{ZERO WIDTH SPACE}", "(column 17 has U+200B ZERO WIDTH SPACE)"),
    (ESSAY, "date: 2026-11-22", "date:\N{NO-BREAK SPACE}2026-11-22", "(column 6 has U+00A0 NO-BREAK SPACE)"),
    (ESSAY, "[databases, testing]", "[databases, test\N{SOFT HYPHEN}ing]", "(column 23 has U+00AD SOFT HYPHEN)"),
    (ESSAY, "A note.", "A\N{LINE SEPARATOR}note.", f"{ESSAY}:47: the control character '\\u2028'; remove it"),
    ("index.md", "The sample's lede.", "The\x0csample's lede.", "index.md:5: the control character '\\x0c'; remove it"),
    ("index.md", "\nessays/query-optimization", "", "index.md:7: the toctree lacks `essays/query-optimization`; add a line for it, in the owner’s"),
    ("index.md", "essays/query-optimization", "essays/query-optimization\nessays/none", "index.md:11: there is no page `essays/none`; write"),
    ("index.md", "essays/query-optimization", "essays/query-optimization\nessays/query-optimization.md",
     "index.md:11: `essays/query-optimization` is listed on line 10 already; keep one"),
    ("index.md", "essays/query-optimization", "essays/*", "index.md:10: there is no page `essays/*`"),
    ("index.md", "```{toctree}", "```{contents}", "index.md:1: no toctree; add one"),
    (ESSAY, "(query-optimization-figure-heading)=\n", "", f"{ESSAY}:25: the heading “A heading” has no label"),
    (CLAIMS, "at most ten pages", "at most `ten` pages", "has markup"),
    (ESSAY, "blogpost: true", "blogpost: true\nmood: good", f"{ESSAY}:3: unknown key `mood:`"),
    (ESSAY, "# Database Query Optimization:", "Database Query Optimization:", f"{ESSAY}:12: the title is not"),
    (ESSAY, "A systematic approach", "An approach", f"{ESSAY}:14: the summary is not the owner's"),
    (ESSAY, "(query-optimization)=", "(queries)=", f"{ESSAY}:10: the label is not"),
    (ESSAY, "(query-optimization-figure-heading)=", "(query-optimization-evidence)=", f"{ESSAY}:40: WARNING: Duplicate explicit target name"),
    (ESSAY, "A note.", "A [note](#nowhere).", f"{ESSAY}:47: WARNING: 'myst' cross-reference target not found"),
    (ESSAY, "A note.", "A [note](nowhere.md).", f"{ESSAY}:47: WARNING"),
    (ESSAY, "A note.", "It took 12.4 ms.", f"{ESSAY}:47: WARNING: “12.4 ms” has no source; bind it"),
    (ESSAY, "A note.", "We leverage a note.", f"{ESSAY}:47: WARNING: “leverage” is on the site's list"),
    (ESSAY, "{result}`sample.pages`", "{result}`sample.page`", "no value 'sample.page'; nearest: sample.pages"),
    (ESSAY, "{result}`sample.pages`", "{result}`sample.missing`", "sample.missing was not measured (the server refused)"),
    (ESSAY, "## A heading\n", "## A heading\n\n% ask: does it work\n", f"{ESSAY}:28: “% ask: does it work” is no question; write each question"),
    (ESSAY, "## A heading\n", "## A heading\n\n% asked: does it work\n% aksed: does it not\n", f"{ESSAY}:29: “% aksed: does it not” is no question"),
    (ESSAY, "## A heading\n", "## A heading\n\n% asked does it work\n", f"{ESSAY}:28: “% asked does it work” is no question"),
    (ESSAY, "## A heading\n", "## A heading\n\n% asked:\n", f"{ESSAY}:28: “% asked:” is no question"),
    (ESSAY, "(query-optimization-figure-heading)=", "% asked: does it work\n\n(query-optimization-figure-heading)=",
     f"{ESSAY}:25: the question “does it work” stands beneath no heading"),
    (ESSAY, "A note.", "A note.\n\n% asked: does it work", f"{ESSAY}:49: the question “does it work” stands beneath no heading; write each"),
    (ESSAY, "{claim} refuted", "{claim} unproven", f"{ESSAY}:22: ERROR: no claim 'unproven'"),
    (ESSAY, "figure: sample.pages", "figure: sample.page", "no value 'sample.page'"),
    (ESSAY, "figure_claim: thesis", "figure_claim: thesis\nread_next: none\nread_next_because: It is not there.",
     f"{ESSAY}:8: `read_next: none` is no other essay"),
    (ESSAY, "figure_claim: thesis", "figure_claim: theses", f"{ESSAY}:1: `figure_claim: theses` is no claim"),
    (ESSAY, "{chart} sample", "{chart} samples", f"{ESSAY}:30: ERROR: chart 'samples'"),
    (ESSAY, "{listing} sample.sql", "{listing} none.sql", f"{ESSAY}:37: ERROR: listing"),
    (RESULTS, '"unit": "pages", "label": "pages of', '"label": "pages of', '"unit" is a required property'),
    (RESULTS, '"mode": "full",', '"mode": "full"', f"{RESULTS}:4: damaged JSON"),
    (CLAIMS, "<= 10", "<= 5", f"{CLAIMS}:4: test_thesis no longer holds"),
    (CLAIMS, "< 1000", "< 9000", f"{CLAIMS}:9: test_refuted is marked as failing but holds"),
    (CLAIMS, '    """The sample touches at most ten pages."""\n', "", f"{CLAIMS}:4: test_thesis has no docstring"),
])
def test_a_mistake_is_one_line_that_names_file_and_cure(sample, name, old, new, said):
    """ABlog and Sphinx answer most of these with a traceback, a silent draft, or nothing."""
    edit(sample, name, old, new)
    result = build(sample)
    assert result.returncode != 0
    assert said in result.stderr.replace(str(sample) + "/", "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("old", "new", "said"), [
    ("<= 10", "<= 5", "test_thesis no longer holds: sample.pages is 6 pages; mend the essay"),
    ("<= 10", '<= 10 < results["sample.latency_ms"] < 20', "no longer holds: sample.pages is 6 pages, sample.latency_ms is 1,230 ms; mend"),
    ("<= 10", "<= 5, 'too many pages'", "no longer holds (too many pages): sample.pages is 6 pages; mend the essay"),
    ("<= 10", "in 10", "test_thesis raised TypeError (argument of type 'int' is not iterable): sample.pages is 6 pages; mend the test"),
    ('results["sample.pages"]', "11", "test_thesis no longer holds: it read no value; mend the essay"),
    ("< 1000", "< 9000", "test_refuted is marked as failing but holds: sample.latency_ms is 1,230 ms; remove the mark"),
])
def test_a_claim_that_the_results_contradict_says_what_it_read(sample, old, new, said):
    """The line said that the thesis no longer holds, and empty brackets; the values had to be looked up."""
    edit(sample, CLAIMS, old, new)
    with pytest.raises(SystemExit) as refused:
        evaluate(sample / CLAIMS.removesuffix("/test_claims.py"), load(sample / RESULTS))
    assert said in str(refused.value).replace("\N{NO-BREAK SPACE}", " ") and "\n" not in str(refused.value)


def test_an_essay_that_is_not_utf_8_is_named(sample):
    """Sphinx ends in a UnicodeDecodeError that does not name the file."""
    path = sample / ESSAY
    path.write_bytes(path.read_bytes().replace(b"A note.", "Ein Maß.".encode("latin-1")))
    result = build(sample)
    assert result.returncode != 0
    assert f"{ESSAY}:47: not UTF-8; save the file as UTF-8" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["index.md", "about.md"])
def test_a_page_of_the_site_that_is_not_utf_8_is_named_too(sample, name):
    """Only essays were looked at, and for the others Sphinx did not say which."""
    edit(sample, "conf.py", '"index.md", ', '"index.md", "about.md", ')
    (sample / "about.md").write_text("(about)=\n\n# About\n", encoding="utf-8")
    edit(sample, "index.md", "essays/query-optimization", "essays/query-optimization\nabout")
    good = (sample / name).read_bytes()
    (sample / name).write_bytes(good + "Maß".encode("latin-1"))
    result = build(sample)
    assert result.returncode
    assert result.stderr == f"{name}:{len(good.splitlines()) + 1}: not UTF-8; save the file as UTF-8\n"


def test_essays_out_of_the_owners_order_are_refused(sample):
    """The book has the toctree's order, the landing page the owner's, and nothing said that they differ."""
    slug, later = "designing-for-failure", "query-optimization"
    shutil.copy(sample / ESSAY, sample / f"essays/{slug}.md")
    edit(sample, "index.md", f"essays/{later}", f"essays/{later}\nessays/{slug}")
    assert f"index.md:11: `essays/{slug}` comes before `essays/{later}` in the owner's order" in build(sample).stderr
    edit(sample, "index.md", f"essays/{later}\nessays/{slug}", f"essays/{slug}\nessays/{later}")
    assert "index.md" not in build(sample).stderr


@pytest.mark.parametrize("builder", ["latex", "text", "man", "singlehtml", "json", "dirhtml", "texinfo", "gettext"])
def test_a_builder_that_is_not_served_is_told_in_one_line(sample, builder):
    """Each ended in warnings about nodes, half a site, or pages that nobody has looked at."""
    result = build(sample, "-b", builder)
    assert result.returncode
    assert result.stderr == f"conf.py: the builder '{builder}' is not served; this site is built by `make html` and `make epub`\n"


@pytest.mark.parametrize("jobs", ["2", "4"])
def test_jobs_of_a_strict_build_are_told_in_one_line(sample, jobs):
    """ABlog lets pages be read one after another only, Sphinx warns of it, and -W fails for a warning that names no cure."""
    result = build(sample, "-j", jobs)
    assert result.returncode
    assert result.stderr.startswith(f"conf.py: -j {jobs} with -W is not served") and "`make html`" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def saved(data: bytes, end: bytes) -> bytes:
    return codecs.BOM_UTF8 + data.replace(b"\n", end)


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["crlf", "cr"])
def test_line_ends_marks_and_blanks_of_other_editors_change_no_byte_of_the_site(sample, end):
    """An essay saved on Windows had "no front matter", and its listing and results another hash than those on the site."""
    edit(sample, ESSAY, "A note.\n", "A note.")

    def files() -> dict[str, bytes]:
        shutil.rmtree(sample / "_doctrees", ignore_errors=True)
        result = build(sample)
        assert (result.returncode, result.stderr) == (0, "")
        return {path.relative_to(sample).as_posix(): path.read_bytes() for path in (sample / "_html").rglob("*") if path.is_file()}

    before = files()
    lab = sample / "labs/query-optimization"
    for path in (sample / ESSAY, sample / "index.md", *lab.glob("*.*"), lab / "figures/sample.svg", lab / "figures/sample.vl.json"):
        path.write_bytes(saved(path.read_bytes(), end))
    path = sample / ESSAY
    for line in (b"---", b"(query-optimization)=", b"Sub-Millisecond", b"MySQL systems."):
        path.write_bytes(path.read_bytes().replace(line + end, line + b" \t" + end))
    after = files()
    assert not {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} - {".buildinfo"}


def test_the_toml_files_may_come_from_any_editor_too(tmp_path, monkeypatch):
    """A mark at the start of owner.toml ended in a traceback from the import of the extension."""
    path = tmp_path / "words.toml"
    monkeypatch.chdir(tmp_path)
    path.write_bytes(saved(b'[a]\ntitle = "A"\n', b"\r\n"))
    assert files.read_toml(path) == {"a": {"title": "A"}}
    for words, said in ((b'[a]\nx = 1\nx = 2\n', ":3: "), (b"[a]\n[a]\n", ":2: "), (b"a = \n", ":1: "), ("a = 'ß'".encode("latin-1"), ":1: ")):
        path.write_bytes(words)
        with pytest.raises(SystemExit, match=f"^words.toml{said}.*; mend the file"):
            files.read_toml(path)


def test_checkouts_have_one_kind_of_line_end():
    """A machine that turns line ends would draw, hash and publish other bytes."""
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    odd = [line for line in listed if not line.startswith(("i/lf    w/lf    attr/text=auto eol=lf", "i/-text w/-text", "i/none"))]
    assert listed and not odd, f"{odd}: give each kind of file its line in .gitattributes"


def test_an_essay_without_its_claims_is_refused(sample):
    """An essay without evidence would be an opinion with a byline that says it was measured; without results it is a draft."""
    (sample / CLAIMS).unlink()
    result = build(sample)
    assert result.returncode != 0
    assert f"{CLAIMS} is missing; " in result.stderr
    assert "Traceback" not in result.stderr


def test_an_essay_without_its_card_is_refused(sample):
    """A link to it would unfold to a broken picture on other people's sites, where we do not see it."""
    (sample / "labs/query-optimization/figures/card.png").unlink()
    result = build(sample)
    assert result.returncode != 0
    assert (f"{ESSAY}:1: labs/query-optimization/figures/card.png is missing; run: make figures slug=query-optimization"
            in result.stderr)
    assert "Traceback" not in result.stderr


def test_a_failed_build_leaves_the_last_good_site_and_the_next_one_mends_it(tmp_path):
    """Sphinx keeps the pages of a failed strict build, and the next build then passes without the warning."""
    tracked = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, tracked):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, target)
    venv = Path(sys.prefix)

    def make():
        return subprocess.run(["make", "--old-file", venv / "site", "html", f"VENV={venv}", "BUILD_DATE=2099-01-01"],
                              cwd=tmp_path, capture_output=True, text=True)

    def fingerprint():
        return {p: p.read_bytes() for p in (tmp_path / "_build/html").rglob("*") if p.is_file()}

    assert make().returncode == 0
    good = fingerprint()
    about = tmp_path / "about.md"
    text = about.read_text(encoding="utf-8")
    for attempt in range(2):
        about.write_text(text + f"\n[nowhere](#nowhere-{attempt})\n", encoding="utf-8")
        assert make().returncode != 0, "the second strict build forgot the first one's warning"
        assert fingerprint() == good
    about.write_text(text, encoding="utf-8")
    assert make().returncode == 0
