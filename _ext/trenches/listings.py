"""The ``listing`` directive: code and recorded output, included from the essay's lab and linked to it."""

from __future__ import annotations

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from _harness.results import plain

from .basics import ctime, lab_of
from .charts import STYLESHEET, alone, coloured
from .links import note_label
from .outputs import finished, output, own
from .texts import read

logger = logging.getLogger(__name__)

MOST_LINES, MOST_COLUMNS = 24, 68
LANGUAGES = {".sql": "sql", ".py": "python", ".java": "java", ".go": "go", ".mjs": "javascript", ".txt": "text"}


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
        block = nodes.literal_block(text, text, language=LANGUAGES[path.suffix])
        caption = nodes.caption("", "", nodes.reference("", self.arguments[0], refuri=f"../{name}", internal=True))
        label = nodes.make_id(name.removeprefix("labs/"))
        box = nodes.container("", caption, block, literal_block=True, classes=["literal-block-wrapper"], ids=[label])
        note_label(self.env, label, self.arguments[0], self.get_source_info()[1])
        self.set_source_info(box)
        return [box]

    def _problem(self, path: Path) -> str:
        lab = Path(self.env.srcdir, lab_of(self.env.docname)).resolve()
        if "\0" in str(path) or not path.is_file() or ".." in path.parts or not path.resolve().is_relative_to(lab):
            return "no such file; a listing is a file of the essay's own lab"
        if path.suffix not in LANGUAGES:
            return f"unknown kind of file; the kinds are {', '.join(LANGUAGES)}"
        try:
            lines = read(path).splitlines()
        except UnicodeDecodeError:
            return "not UTF-8; save the file as UTF-8"
        if len(lines) > MOST_LINES or max(map(len, lines), default=0) > MOST_COLUMNS:
            return f"over {MOST_LINES} lines or {MOST_COLUMNS} columns; shorten the file"
        return ""


def publish(app: Sphinx, error: Exception | None) -> None:
    """Copy every lab file that an essay shows to the same path under the site, so that its evidence can be fetched. A figure
    and its spec name the page's colours, which mean nothing outside of it: the copies have the colours themselves."""
    if not finished(app, error):
        return
    labs = os.path.join(app.srcdir, "labs", "")
    restyled = ctime(os.path.join(app.srcdir, STYLESHEET))
    # A path that climbs out of labs/ would climb out of the site too.
    shown = {os.path.normpath(os.path.join(app.srcdir, name)) for names in app.env.dependencies.values()
             for name in map(os.fspath, names)}
    for source in sorted(path for path in shown if path.startswith(labs)):
        changed, name = ctime(source), source.removeprefix(os.path.join(app.srcdir, ""))
        if changed:
            own(app, name)
            target = os.path.join(app.outdir, name)
            # The date of a file from a backup may be anything; ctime is when it came.
            if max(changed, restyled) > ctime(target):
                output(app, name).write_bytes(_published(app, name, Path(source)))


def _published(app: Sphinx, name: str, source: Path) -> bytes:
    """The file as it is hashed and shown, whatever line ends the checkout has; a drawing as it stands alone."""
    if name.endswith(".png"):
        return source.read_bytes()
    text = plain(source.read_bytes())
    if not name.endswith((".svg", ".vl.json")):
        return text
    drawing = text.decode("utf-8")
    return coloured(app, name, alone(drawing) if name.endswith(".svg") else drawing).encode()


def setup(app: Sphinx) -> None:
    app.add_directive("listing", ListingDirective)
    app.connect("build-finished", publish)
