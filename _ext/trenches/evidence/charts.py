"""The ``chart`` directive: a figure drawn from the lab's tables, inline, with its numbers behind a disclosure."""

from __future__ import annotations

import json

from sphinx.application import Sphinx

from _harness.results import CONTINUOUS, format_number

from .drawings import DrawingDirective, Table
from .results import results_of


class ChartDirective(DrawingDirective):
    suffix = ".vl.json"

    def check(self, source: str) -> None:
        json.loads(source)

    def shown(self, svg: str, source: str, path: str) -> tuple[str, Table]:
        return svg, rows_of(results_of(self.env, self.env.docname), json.loads(source)["data"]["name"])


def rows_of(results, name: str) -> Table:
    """The table ``name`` of the results, the units in the head."""
    columns, rows = results.tables[name]["columns"], results.table(name)
    head = [c["label"] + (f" ({c['unit']})" if c["unit"] in CONTINUOUS and c["unit"] != "1" else "") for c in columns.values()]
    texts = [head, *([_cell(row[key], column["unit"]) for key, column in columns.items()] for row in rows)]
    numeric = [column["unit"] is not None for column in columns.values()]
    return [list(zip(row, numeric, strict=True)) for row in texts]


def _cell(value, unit) -> str:
    if value is None:
        return "not measured"
    return str(value) if unit is None else format_number(value, unit)


def setup(app: Sphinx) -> None:
    app.add_directive("chart", ChartDirective)
