"""What the site and its documents say is spelt as the British spell it. The checker's settings and words are in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TYPOS = Path(sys.executable).with_name("typos")
# Whatever readers see: a claim's sentence and reason stand on the page as they stand in its test.
PROSE = "*.md", "*/test_claims.py"


def misspelt(folder: Path, files: list[str]) -> list[str]:
    """One line for each word, with its file, line and column, and how it is spelt."""
    found = subprocess.run([TYPOS, "--config", ROOT / "pyproject.toml", "--format", "brief", *files], cwd=folder, capture_output=True, text=True)
    assert found.returncode in (0, 2), found.stderr
    return found.stdout.splitlines()


def test_every_word_is_spelt_right():
    """Two of the words in print were spelt two ways, and each reader of a draft found another."""
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *PROSE], cwd=ROOT, check=True, capture_output=True,
                           text=True).stdout.splitlines()
    assert {"README.md", "about.md", "glossary.md", "labs/README.md", "labs/about/test_claims.py"} < set(files)
    wrong = misspelt(ROOT, [name for name in files if (ROOT / name).exists()])
    assert not wrong, "\n".join([*wrong, "spell them so, or add the field's own words to pyproject.toml"])


SAMPLE = "essays/query-optimization.md"


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    (SAMPLE, "A note.", "We recieve a note.", "47:10: error: `recieve` should be `receive`"),
    (SAMPLE, "A note.", "The behavior of a note.", "47:11: error: `behavior` should be `behaviour`"),
    (SAMPLE, "A note.", "It is normalized, and labeled.", "error: `labeled` should be `labelled`"),
    (SAMPLE, "## A heading", "## A seperate heading", "26:6: error: `seperate` should be `separate`"),
    (SAMPLE, "The finding comes first.", "The color comes first.", "34:5: error: `color` should be `colour`"),
    (SAMPLE, ":alt: One point.", ":alt: One favored point.", "32:11: error: `favored` should be `favoured`"),
    (SAMPLE, "figure_words: pages for", "figure_words: pages neccessary for", "6:21: error: `neccessary` should be `necessary`"),
    ("labs/query-optimization/test_claims.py", "at most ten pages", "at most ten pages, independant of rows", "error: `independant` should be `independent`"),
])
def test_a_misspelt_word_is_one_line_wherever_readers_see_it(tmp_path, name, old, new, said):
    """A caption, a claim and what the landing page says are read more often than the text."""
    shutil.copytree(ROOT / "tests/roots/evidence", tmp_path, dirs_exist_ok=True)
    words = (tmp_path / name).read_text()
    assert old in words and not misspelt(tmp_path, [name])
    (tmp_path / name).write_text(words.replace(old, new))
    found = misspelt(tmp_path, [name])
    assert any(line.startswith(f"{name}:") and line.endswith(said) for line in found), found


@pytest.mark.parametrize("words", ["`color: red`", "[where](../some/behavior.md)", "(query-optimization-color)=", "```css\ncolor: red\n```",
                                   "[Behavior of a Center](https://example.org/color)", ":name: query-optimization-color"])
def test_code_names_and_titles_of_others_are_left_alone(tmp_path, words):
    """Each would need a word in the list, which would then pass in a sentence too."""
    (tmp_path / "page.md").write_text(f"# A page\n\n{words}\n\nAnd a sentence.\n")
    assert misspelt(tmp_path, ["page.md"]) == []
