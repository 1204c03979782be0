"""The ``chart`` directive: a figure drawn from the lab's tables, inline, with its numbers behind a disclosure."""

from __future__ import annotations

import html
import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from _harness.results import CONTINUOUS, ResultsError, format_number

from ..text.files import read
from .results import lab_of, render, results_of

logger = logging.getLogger(__name__)


class chart(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A drawn figure; its children are the caption's paragraphs. ``table`` holds its numbers: rows of (text, whether it is a
    number), the head first, and no nodes, because a page has more cells than anything else and every transform visits each."""


class ChartDirective(SphinxDirective):
    """``{chart} name``: labs/<slug>/figures/name.svg; the content is the caption, whose first sentence is the finding.

    ``:name:`` is its label and ``:alt:`` says the finding and the shape to those who cannot see it.
    """

    required_arguments = 1
    has_content = True
    option_spec = {"name": directives.unchanged_required, "alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name, figures = self.arguments[0], f"{lab_of(self.env.docname)}/figures"
        try:
            svg = self._read(f"{figures}/{name}.svg")
            spec = json.loads(self._read(f"{figures}/{name}.vl.json"))
            table = _table(results_of(self.env, self.env.docname), spec["data"]["name"])
            label, alt = (self.options[key] for key in ("name", "alt"))
        except (OSError, LookupError, TypeError, ValueError, RecursionError, ResultsError) as error:
            logger.error("chart %r: %s; a chart needs :name:, :alt: and figures/%s.vl.json drawn to .svg "
                         "(make figures)", name, error, name, location=self.get_location(), type="trenches")
            return []
        node = chart("", svg=_labelled(svg, alt), file=f"{figures}/{name}.svg", label=label, alt=alt, table=table)
        self.set_source_info(node)
        self.add_name(node)
        node += self.parse_content_to_nodes()
        return [node]

    def _read(self, name: str) -> str:
        self.env.note_dependency(name)
        return read(Path(self.env.srcdir, name))


def _labelled(svg: str, alt: str) -> str:
    return svg.replace('aria-label=""', f'aria-label="{html.escape(alt)}"', 1)


def _table(results, name: str) -> list[list[tuple[str, bool]]]:
    """The table ``name`` of the results as rows of (text, whether it is a number), the units in the head."""
    columns, rows = results.tables[name]["columns"], results.table(name)
    head = [c["label"] + (f" ({c['unit']})" if c["unit"] in CONTINUOUS and c["unit"] != "1" else "") for c in columns.values()]
    texts = [head, *([_cell(row[key], column["unit"]) for key, column in columns.items()] for row in rows)]
    numeric = [column["unit"] is not None for column in columns.values()]
    return [list(zip(row, numeric, strict=True)) for row in texts]


def _cell(value, unit) -> str:
    if value is None:
        return "not measured"
    return str(value) if unit is None else format_number(value, unit)


def number(app: Sphinx, doctree: nodes.document) -> None:
    """Number the charts of a page from 1, so that a reference without text reads "Figure 2"."""
    labels = app.env.get_domain("std").labels
    for count, node in enumerate(doctree.findall(chart), 1):
        node["number"] = count
        labels[node["label"]] = (app.env.docname, node["ids"][0], f"Figure {count}")


def visit_chart(translator, node: chart) -> None:
    translator.body.append(render(translator, "evidence/chart-head", chart=node))


def depart_chart(translator, node: chart) -> None:
    translator.body.append(render(translator, "evidence/chart-foot", chart=node))


def setup(app: Sphinx) -> None:
    app.add_node(chart, html=(visit_chart, depart_chart))
    app.add_directive("chart", ChartDirective)
    app.connect("doctree-read", number)
