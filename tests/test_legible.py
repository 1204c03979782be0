"""A figure whose words are cut off, abbreviated or blown up is refused; every figure of the site is read whole."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from _harness import LabError, draw, legible

ROOT = Path(__file__).resolve().parents[1]
NAMES = [f"clients that wait and try again, {number} times" for number in range(5)]
TABLES = {"t": {
    "columns": {"x": {"label": "x", "unit": "1"}, "y": {"label": "y", "unit": "1"}, "s": {"label": "s", "unit": None}},
    "rows": [{"x": number, "y": number * number, "s": NAMES[number % 5]} for number in range(10)]}}
X, Y = ({"field": field, "type": "quantitative"} for field in "xy")
LONG = "a title that is so long that it cannot fit over or under a drawing of this width, and runs over both of its edges"


def series(**legend: object) -> dict:
    return {"x": X, "y": Y, "color": {"field": "s", "type": "nominal", "legend": legend}}


def drawn(folder: Path, **spec: object) -> str:
    path = folder / "one.vl.json"
    path.write_text(json.dumps({"data": {"name": "t"}, "mark": "line"} | spec))
    return draw.figure(path, SimpleNamespace(tables=TABLES))


@pytest.mark.parametrize("spec", [
    {"encoding": {"x": X, "y": Y}}, {"encoding": series(columns=1)}, {"encoding": {"x": X, "y": Y}, "width": 440},
    {"encoding": {"x": {"field": "s", "type": "nominal", "axis": {"labelAngle": -90}}, "y": Y}, "mark": "bar", "height": 500},
], ids=["plain", "a legend in a column", "narrow", "labels turned"])
def test_a_figure_with_room_for_its_words_is_drawn(tmp_path, spec):
    """A check that refuses what is whole would be switched off."""
    assert "<text" in drawn(tmp_path, **spec)


@pytest.mark.parametrize(("spec", "said"), [
    ({"encoding": series()}, f"'{NAMES[1]}' runs over the drawing's edge; shorten it, or break it into lines"),
    ({"encoding": series(columns=1, labelLimit=60)}, "is cut short; give it room"),
    ({"encoding": series(columns=1, symbolLimit=3)}, "'…3 entries' is cut short"),
    ({"encoding": {"x": X, "y": Y}, "width": 300}, "300 px wide, and the page enlarges it with its text"),
    ({"encoding": {"x": X, "y": Y}, "width": 300, "autosize": "pad"}, "px wide, and the page enlarges it with its text"),
    ({"encoding": {"x": X | {"axis": {"title": LONG}}, "y": Y}}, f"'{LONG}' runs over the drawing's edge"),
    ({"encoding": {"x": X, "y": Y}, "title": {"text": LONG, "fontWeight": "normal"}}, f"'{LONG}' runs over the drawing's edge"),
    ({"encoding": {"x": {"field": "s", "type": "nominal", "axis": {"labelLimit": 50}}, "y": Y}, "mark": "bar"}, "is cut short"),
    ({"encoding": {"x": X, "y": Y | {"axis": {"title": LONG, "titleAngle": -90, "titleAnchor": "middle"}}}}, f"'{LONG}' runs over the drawing's edge"),
    ({"encoding": {"x": X, "y": Y}, "autosize": "none"}, "runs over the drawing's edge"),
], ids=["a legend in a row", "a legend abbreviated", "a legend cut", "enlarged", "enlarged without its axes", "the title of an axis", "the title",
        "labels of an axis", "a title turned", "axes left out of the size"])
def test_a_figure_whose_words_cannot_be_read_is_refused(tmp_path, spec, said):
    """A legend was cut in the middle of a word, and a small figure's labels were larger than the headings."""
    with pytest.raises(LabError, match=rf"^{re.escape(str(tmp_path))}/one\.vl\.json: .*{re.escape(said)}.*$"):
        drawn(tmp_path, **spec)


def test_the_narrowest_figure_is_as_wide_as_the_page_shows_any():
    """Two numbers that must agree stand in two files."""
    css = (ROOT / "_static/trenches.css").read_text(encoding="utf-8")
    assert f"min-width: {legible.NARROWEST / 16:g}rem" in css[css.index(".drawing-scroll svg {"):][:120]


def test_each_line_of_a_text_is_looked_at():
    """A label in two lines is one element, whose first line alone was measured."""
    lines = '<tspan textLength="60">first</tspan><tspan x="0" dy="17" textLength="{}">second</tspan>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 100"><g transform="translate(400,40)"><text font-size="14px">{lines}</text></g></svg>'
    legible.check(svg.format(60), "one")
    with pytest.raises(LabError, match="^one: 'second' runs over"):
        legible.check(svg.format(120), "one")
