"""What contributors and those who cite expect at the root: in force, true of the tree, and of one mind with the settings."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import editorconfig
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = runpy.run_path(str(ROOT / "conf.py"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
# After these a line stands one step further in.
OPENS = re.compile(r"[:{(\[]\s*$")
TREE = ("--cached", "--others", "--exclude-standard")
NO_CODE = ("", ".md", ".txt", ".csv", ".cff")


def listed(*options: str) -> list[str]:
    done = subprocess.run(["git", "-c", "core.quotepath=off", "ls-files", *options], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def texts() -> dict[str, bytes]:
    """Every text file of the tree that git does not leave alone."""
    names = (line.split("\t", 1)[1] for line in listed("--eol", *TREE) if not line.startswith("i/-text"))
    return {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}


@pytest.fixture
def tree(tmp_path) -> Path:
    """The tree in a repository of its own: hooks mend what they find, and refuse settings that are not in the index."""
    for name in listed(*TREE):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_every_file_is_as_the_editors_are_told(texts):
    """An editor that obeys a file which is not true changes lines that nobody touched."""
    steps: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for name, data in texts.items():
        told = editorconfig.get_properties(str(ROOT / name))
        lines = data.decode(told["charset"]).splitlines()
        assert b"\r" not in data and (not data or data.endswith(b"\n")), f"{name}: its line ends are not those of .editorconfig"
        assert not [line for line in lines if line != line.rstrip()], f"{name}: blanks at a line's end"
        if told["indent_style"] == "space":
            assert not [line for line in lines if line.startswith("\t")], f"{name}: indented by tabs; give its kind a section in .editorconfig"
            if Path(name).suffix not in NO_CODE:
                steps[Path(name).suffix, told["indent_size"]].update(
                    len(after) - len(after.lstrip()) - len(line) + len(line.lstrip()) for line, after in zip(lines, lines[1:], strict=False)
                    if OPENS.search(line) and after.strip())
    assert len(steps) > 10
    for (suffix, size), counted in steps.items():
        usual = counted.most_common(1) or [(int(size), 0)]
        assert usual[0][0] == int(size), f"*{suffix} is indented by {usual[0][0]}, .editorconfig says {size}"


def test_what_runs_before_a_commit_passes_on_every_file(tree):
    """Hooks that were never run on the whole tree change files that a commit has nothing to do with."""
    done = subprocess.run([sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"], cwd=tree, capture_output=True, text=True,
                          env=os.environ | {"PRE_COMMIT_HOME": str(Path(sys.prefix, "pre-commit"))})
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = re.findall(r"\.(Passed|Skipped|\(no files to check\)Skipped)$", done.stdout, re.MULTILINE)
    assert outcomes == ["Passed"] * len(HOOKS), f"a hook finds no file to look at:\n{done.stdout}"


def test_a_tool_has_one_version():
    """The spelling that a commit passed failed the tests."""
    pins = {pin for name in ("requirements.txt", "tests/requirements.txt") for pin in (ROOT / name).read_text(encoding="utf-8").splitlines()}
    wanted = [pin for pin in HOOKS[0]["additional_dependencies"] if pin.startswith("typos")]
    assert wanted and set(wanted) <= pins


def test_a_citation_says_what_the_site_says():
    """Its schema is a hook's; that the name or the address is another's, no schema sees."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["title"] == SETTINGS["project"] and cited["abstract"] == SETTINGS["trenches_subtitle"]
    assert cited["url"] == SETTINGS["SITE_URL"]
    assert cited["authors"] == [{"name": SETTINGS["author"], "website": SETTINGS["SITE_URL"]}], "the site is the author; invent no person"
    assert cited["license"] == SETTINGS["trenches_licence"].replace(" ", "-")


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "HOSTING.md", "CITATION.cff", ".editorconfig", ".pre-commit-config.yaml"])
def test_what_stands_at_the_root_is_short_and_the_readme_leads_to_it(name):
    """What nobody is led to is kept by nobody, and of what is long the first half is read."""
    assert f"[{name}]({name})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= (100 if name == "HOSTING.md" else 50)


def test_links_among_the_documents_lead_somewhere():
    """They are no pages of the site, whose build would find it."""
    for path in ROOT.glob("*.md"):
        words = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", words):
            assert (ROOT / target).exists(), f"{path.name} leads to {target}"
