"""The ``listing`` directive: code and recorded output, included from the page's lab and linked to it."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from ..links.labels import note_label
from ..text.files import read
from .results import lab_of

logger = logging.getLogger(__name__)

MOST_LINES, MOST_COLUMNS = 24, 68
LANGUAGES = {".sql": "sql", ".py": "python", ".java": "java", ".go": "go", ".mjs": "javascript", ".json": "json", ".yaml": "yaml",
             ".txt": "text"}
DOLLARS = "$$"  # quotes a function's body in PostgreSQL's SQL, and Pygments' lexer of all SQL stumbles over it


class ListingDirective(SphinxDirective):
    """``{listing} path``: the file labs/<slug>/path, whole, under its name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = f"{lab_of(self.env.docname)}/{self.arguments[0]}"
        path = Path(self.env.srcdir, name)
        problem = self._problem(path)
        if problem:
            logger.error("listing %s: %s", name, problem, location=self.get_location(), type="trenches")
            return []
        self.env.note_dependency(name)
        text = read(path).rstrip("\n")
        language = "postgresql" if DOLLARS in text else LANGUAGES[path.suffix]
        block = nodes.literal_block(text, text, language=language)
        caption = nodes.caption("", "", nodes.reference("", self.arguments[0], refuri=relative_uri(self.env.docname, name), internal=True))
        label = nodes.make_id(name.removeprefix("labs/"))
        box = nodes.container("", caption, block, literal_block=True, classes=["literal-block-wrapper"], ids=[label])
        note_label(self.env, label, self.arguments[0], self.get_source_info()[1])
        self.set_source_info(box)
        return [box]

    def _problem(self, path: Path) -> str:
        lab = Path(self.env.srcdir, lab_of(self.env.docname)).resolve()
        if "\0" in str(path) or not path.is_file() or ".." in path.parts or not path.resolve().is_relative_to(lab):
            return "no such file; a listing is a file of the page's own lab"
        if path.suffix not in LANGUAGES:
            return f"unknown kind of file; the kinds are {', '.join(LANGUAGES)}"
        try:
            lines = read(path).splitlines()
        except UnicodeDecodeError:
            return "not UTF-8; save the file as UTF-8"
        if len(lines) > MOST_LINES or max(map(len, lines), default=0) > MOST_COLUMNS:
            return f"over {MOST_LINES} lines or {MOST_COLUMNS} columns; shorten the file"
        return ""


def setup(app: Sphinx) -> None:
    app.add_directive("listing", ListingDirective)
