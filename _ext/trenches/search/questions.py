"""The questions that a section answers, in readers' words: an author writes them beneath its heading, as comments.

Whoever has the trouble does not know the essay's words for it yet. The questions are taken off the page before anything
counts or writes it, since Sphinx prints comments into the HTML.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..build.errors import SourceError
from ..text.files import read

MARK = "asked:"
MEANT = ("ask", "asks", "asking", "question", "questions")
CURE = "write each question as a line of its own, `% asked: …`, right beneath the heading of the section that answers it"


def take(app: Sphinx, doctree: nodes.document) -> None:
    """Move each question to its section's ``asked``. SourceError for those that are misspelt or ask of no section."""
    problems = []
    for comment in list(doctree.findall(nodes.comment)):
        # MyST makes one comment of lines that follow each other.
        lines = [line.strip() for line in comment.astext().splitlines() if line.strip()]
        if not any(map(_is_meant, lines)):
            continue
        wrong = [line for line in lines if not line.startswith(f"{MARK} ")]
        if wrong:
            problems.append(f"{_place(app.env, wrong[0])}: “% {wrong[0]}” is no question; {CURE}")
        elif not _is_beneath_heading(comment):
            problems.append(f"{_place(app.env, lines[0])}: the question “{lines[0].removeprefix(MARK).strip()}” stands beneath no heading; {CURE}")
        else:
            asked = comment.parent.setdefault("asked", [])
            asked += [line.removeprefix(MARK).strip() for line in lines]
            comment.parent.remove(comment)
    if problems:
        raise SourceError("\n".join(problems))


def _is_meant(line: str) -> bool:
    """Whether a comment's line is meant as a question, rightly spelt or not; any other comment is the author's own."""
    word, colon, _ = line.lower().partition(":")
    if not colon:
        return word.split()[0] == "asked"
    return word.strip() in MEANT or bool(difflib.get_close_matches(word.strip(), ["asked"], cutoff=0.7))


def _is_beneath_heading(comment: nodes.comment) -> bool:
    before = comment.parent.children[:comment.parent.index(comment)]
    # docutils puts a message between, where two headings have the same words.
    allowed = nodes.title, nodes.comment, nodes.system_message
    return isinstance(comment.parent, nodes.section) and all(isinstance(node, allowed) for node in before)


def _place(env: BuildEnvironment, line: str) -> str:
    """MyST gives a comment the line of what stands before it."""
    written = [source.strip().removeprefix("%").strip() for source in read(Path(env.doc2path(env.docname))).split("\n")]
    return f"{env.docname}.md:{written.index(line) + 1 if line in written else 1}"


def setup(app: Sphinx) -> None:
    # Before all that looks at what a section begins with.
    app.connect("doctree-read", take, priority=100)
