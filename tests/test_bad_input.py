"""Each mistake a new author makes ends in one clear line, a non-zero exit, and the last good build left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "roots" / "evidence"
ESSAY = "essays/query-optimization.md"
RESULTS = "labs/query-optimization/results.json"
CLAIMS = "labs/query-optimization/test_claims.py"


def build(site: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


@pytest.fixture
def sample(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "site"))


def edit(site: Path, name: str, old: str, new: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    (site / name).write_text(text.replace(old, new), encoding="utf-8")


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


def test_an_essay_that_is_not_utf_8_is_named(sample):
    """Sphinx ends in a UnicodeDecodeError that does not name the file."""
    path = sample / ESSAY
    path.write_bytes(path.read_bytes().replace(b"A note.", "Ein Maß.".encode("latin-1")))
    result = build(sample)
    assert result.returncode != 0
    assert f"{ESSAY}:47: not UTF-8; save the file as UTF-8" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", [RESULTS, CLAIMS])
def test_an_essay_without_its_lab_is_refused(sample, name):
    """An essay without evidence would be an opinion with a byline that says it was measured."""
    (sample / name).unlink()
    result = build(sample)
    assert result.returncode != 0
    assert f"{name} is missing; " in result.stderr
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
