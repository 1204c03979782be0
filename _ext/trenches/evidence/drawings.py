"""What lab drawings have in common, charts and schematics alike: a figure of the page, numbered, labelled and said in words."""

from __future__ import annotations

import html
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from _harness.results import ResultsError

from ..text.files import read
from ..text.words import text_of
from .results import is_draft, lab_of, render

logger = logging.getLogger(__name__)

# Rows of (text, whether it is a number), the head first.
Table = list[list[tuple[str, bool]]]


class drawing(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A drawn figure; its children are the caption's paragraphs. ``table`` holds the numbers behind it, if it has any, and
    no nodes, because a page has more cells than anything else and every transform visits each."""


class DrawingDirective(SphinxDirective):
    """``{kind} name``: labs/<slug>/figures/name.svg; the content is the caption, whose first sentence is the finding.

    ``:name:`` is its label and ``:alt:`` says the finding and the shape to those who cannot see it.
    """

    suffix: ClassVar[str]
    required_arguments = 1
    has_content = True
    option_spec = {"name": directives.unchanged_required, "alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name, lab, draft = self.arguments[0], lab_of(self.env.docname), is_draft(self.env, self.env.docname)
        drawn, source = f"{lab}/{'.quick/' * draft}figures/{name}.svg", f"{lab}/figures/{name}{self.suffix}"
        try:
            text = self._read(source)
            self.check(text)
            if draft and not Path(self.env.srcdir, drawn).is_file():
                svg, table = f'<code class="not-run">{html.escape(name)}: not run</code>', []
            else:
                svg, table = self.shown(self._read(drawn), text, source)
            label, alt = (self.options[key] for key in ("name", "alt"))
        except (OSError, LookupError, TypeError, ValueError, RecursionError, ResultsError) as error:
            logger.error("%s %r: %s; a %s needs :name:, :alt: and figures/%s%s drawn to .svg (make figures)", self.name, name,
                         error, self.name, name, self.suffix, location=self.get_location(), type="trenches")
            return []
        svg = svg.replace('aria-label=""', f'aria-label="{html.escape(alt)}"', 1)
        node = drawing("", kind=self.name, svg=svg, file=drawn, label=label, alt=alt, table=table)
        self.set_source_info(node)
        self.add_name(node)
        node += self.parse_content_to_nodes()
        # What a link to it shows in other documents, where it has another number or none.
        node["title"] = text_of(node).partition("\n")[0].rstrip(".")
        return [node]

    def _read(self, name: str) -> str:
        self.env.note_dependency(name)
        return read(Path(self.env.srcdir, name))

    def check(self, source: str) -> None:
        """Raise ValueError for a source that cannot be read, drawn or not."""

    def shown(self, svg: str, source: str, path: str) -> tuple[str, Table]:
        """The drawing as it stands in the page, and the numbers behind it; ``path`` is where its ``source`` is."""
        raise NotImplementedError


def number(app: Sphinx, doctree: nodes.document) -> None:
    """Number the drawings of a page from 1, so that a reference without text reads "Figure 2"."""
    labels = app.env.get_domain("std").labels
    for count, node in enumerate(doctree.findall(drawing), 1):
        node["number"] = count
        labels[node["label"]] = (app.env.docname, node["ids"][0], f"Figure {count}")


def visit_drawing(translator, node: drawing) -> None:
    translator.body.append(render(translator, "evidence/drawing-head", drawing=node))


def depart_drawing(translator, node: drawing) -> None:
    translator.body.append(render(translator, "evidence/drawing-foot", drawing=node))


def setup(app: Sphinx) -> None:
    app.add_node(drawing, html=(visit_drawing, depart_drawing))
    app.connect("doctree-read", number)
