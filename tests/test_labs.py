"""Every lab keeps the contract of labs/README.md, and its page shows all that it claims."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from _harness.draw import figure, sources
from _harness.results import format_number, load
from trenches.evidence.results import has_results
from trenches.evidence.claims import claimed, evaluate

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path.stem: path for path in (ROOT / "about.md", *sorted((ROOT / "essays").glob("*.md")))}


# A draft's lab has nothing recorded yet; the page about the site is no essay, and never one.
FINISHED = [name for name in PAGES if name == "about" or has_results(ROOT, name)]


@pytest.fixture(params=FINISHED)
def lab(request):
    return ROOT / "labs" / request.param


def page(lab: Path) -> str:
    return PAGES[lab.name].read_text(encoding="utf-8")


def test_every_lab_has_its_page_and_every_essay_its_lab():
    """A lab without a page is dead code; both share one slug. Beside the essays, the page on the site has one."""
    assert sorted(PAGES) == sorted(path.parent.name for path in (ROOT / "labs").glob("*/run"))


def test_no_lab_writes_its_samples_itself():
    """The plans of a replication replaced those of the recorded run, which the essay shows: only the harness knows which run it is."""
    files = [path for path in (ROOT / "labs").glob("*/*") if path.suffix == ".py" or path.name == "run"]
    found = [str(path.relative_to(ROOT)) for path in files if path.parent.name != "_harness" and re.search(r"[\"'/]samples\b[\"'/]", path.read_text(encoding="utf-8"))]
    assert len(files) > 50 and not found, f"{found}: keep it with lab.sample or lab.text"


def test_results_were_recorded_by_a_full_run_of_a_committed_lab(lab):
    """A number from uncommitted code cannot be measured again."""
    results = load(lab / "results.json")
    assert results.lab == lab.name
    assert results.mode == "full"
    commit = results.receipt["commit"]
    assert re.fullmatch(r"[0-9a-f]{40}", commit), f"{commit}: commit the lab, then: make lab slug={lab.name}"
    assert results.receipt["duration_s"] < 20 * 60


def test_claims_and_their_thresholds_were_committed_before_the_run_that_settles_them(lab):
    """A threshold chosen after the result is a description of the result."""
    commit = load(lab / "results.json").receipt["commit"]
    if subprocess.run(["git", "cat-file", "-e", commit], cwd=ROOT, capture_output=True).returncode:
        pytest.fail(f"the receipt's commit {commit} is not in this clone; fetch the whole history")
    then = subprocess.run(["git", "show", f"{commit}:labs/{lab.name}/test_claims.py"], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout
    now = (lab / "test_claims.py").read_text(encoding="utf-8")
    assert asserted(now) == asserted(then), "a claim may gain an xfail mark after the run, and nothing else"


def asserted(source: str) -> list[str]:
    """Each claim's function without its marks: name, sentence and predicate."""
    return [test.strip() for test in re.findall(r"^def test_\w+\(.*?(?=^@|^def |\Z)", source, re.MULTILINE | re.DOTALL)]


def test_every_figure_is_what_its_results_draw(lab):
    """A figure edited by hand, or left behind by a new run, shows what was not measured."""
    drawn = sources(lab / "figures")
    assert drawn
    found = load(lab / "results.json")
    for name, source in drawn.items():
        assert source.with_name(f"{name}.svg").read_text(encoding="utf-8") == figure(source, found), f"redraw: make figures slug={lab.name}"


def test_the_page_shows_every_claim_and_every_figure(lab, site):
    """A refuted claim that no page shows was hidden."""
    (built,) = (tree for name, tree in site.pages.items() if Path(name).stem == lab.name)
    shown = {box.get("id") for box in built.find_class("claim")}
    claims = {claim.label for claim in evaluate(lab, load(lab / "results.json")).values()}
    assert shown == claims, f"show each claim of labs/{lab.name}/test_claims.py with the claim directive, or let the panel list it"
    figures = set(re.findall(r"\{(?:chart|schematic)\} ([\w-]+)", page(lab)))
    assert sources(lab / "figures").keys() == figures, "show each figure, or remove it"


@pytest.mark.parametrize("slug", PAGES)
def test_a_lab_is_described_and_can_be_run(slug):
    """The reader who checks a number has these files and nothing else. A draft has them before its first run."""
    lab = ROOT / "labs" / slug
    assert os.access(lab / "run", os.X_OK)
    readme = (lab / "README.md").read_text(encoding="utf-8").lower()
    for part in ("question", "bias", "hypotheses", "method", "cost"):
        assert part in readme, f"labs/{lab.name}/README.md says nothing of its {part}"
    assert claimed(lab), f"labs/{lab.name}/test_claims.py claims nothing"
    assert slug not in FINISHED or any((lab / "samples").iterdir())


def test_the_readme_says_how_long_each_lab_takes(lab):
    """Whoever had ten minutes began one of nineteen."""
    minutes = round(load(lab / "results.json").receipt["duration_s"] / 60)
    assert f"| {lab.name} | {minutes} min |" in (ROOT / "README.md").read_text(encoding="utf-8"), "as its receipt says"


# By what a lab's code has in it where it needs that.
INSTALLED = {r"\bPostgreSQL\(": "postgresql", r"\bMariaDB\(": "mariadb-server", r"\bRedis\(": "redis-server", r"\bjdk\(": "JDK 25",
             r"\bjars\(": "maven", r'"cargo"': "Rust", r'"gcc"': "gcc", r"\bBROWSERS\b": "chromium", r'\["ip", ': "iproute2",
             r'"promtool"': "prometheus"}


@pytest.mark.parametrize("slug", PAGES)
def test_a_lab_says_in_one_line_what_to_install(slug):
    """A reader learnt it from one failed run after the other, each of which named the next program that was missing."""
    lab = ROOT / "labs" / slug
    (line,) = re.findall(r"^Install, beside Python, make and git: (.*)\.$", (lab / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    files = [lab / "run", *(path for path in lab.rglob("*.py") if not any(part.startswith(".") for part in path.relative_to(lab).parts))]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    needed = {name for pattern, name in INSTALLED.items() if re.search(pattern, code)}
    assert {name for name in INSTALLED.values() if re.search(rf"\b{name}\b", line)} == needed, line
    assert needed or line == "nothing"


def test_the_table_of_builds_has_every_build():
    """`make bench` ended with a row of dots, and its figures had to be looked up in a file."""
    done = subprocess.run([sys.executable, ROOT / "labs/about/table.py"], capture_output=True, text=True, check=True)
    values = load(ROOT / "labs/about/results.json").values
    built = [value for key, value in values.items() if key.endswith((".cpu_s", ".wall_s", ".peak_mb", ".output_mb")) and value.value]
    assert len(built) > 60
    assert all(format_number(value.value, value.unit) in done.stdout for value in built)
