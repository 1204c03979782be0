"""Draw a chart: a Vega-Lite spec over a lab's tables.

Text is measured with the font in fonts/, which is the page's own, and with no font of the machine. Colours are CSS
custom properties (see vega.json).
"""

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import vl_convert

from _harness import LabError, legible
from _harness.drawing import FONTS, SVG, WIDEST, check_characters, for_inlining, hold_width, rounded

CONFIG = json.loads(Path(__file__).with_name("vega.json").read_text("utf-8"))
# What Vega writes of a text in the one face that is carried.
FACE = {"font-family": CONFIG["font"], "font-weight": "normal", "font-style": "normal"}


def _see_only_our_fonts():
    """Have vl-convert load the fonts in fonts/ and none of the machine's.

    It loads both when a folder is registered, the machine's by FONTCONFIG_FILE;
    the browsers and servers that a lab starts later need theirs.
    """
    machines = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
    vl_convert.register_font_directory(str(FONTS))
    del os.environ["FONTCONFIG_FILE"]
    if machines is not None:
        os.environ["FONTCONFIG_FILE"] = machines


_see_only_our_fonts()


def chart(path, found):
    """The SVG text of the spec file at `path` over the tables of the results `found`.

    LabError for damaged JSON, for a table or field that does not exist (Vega-Lite
    would draw nothing and say nothing), for text that the carried font cannot measure,
    for a figure wider than a page's column, and for words that a reader could not read.
    """
    try:
        spec = json.loads(path.read_text("utf-8"))
        _check_names(spec, found.tables)
        datasets = {name: table["rows"] for name, table in found.tables.items()}
        svg = vl_convert.vegalite_to_svg(
            spec | {"datasets": datasets}, config=CONFIG, allowed_base_urls=[]
        )
        root = ET.fromstring(svg)
        _check_text(root)
    except json.JSONDecodeError as error:
        raise LabError(f"{path}:{error.lineno}: damaged JSON: {error.msg}") from None
    except ValueError as error:
        raise LabError(f"{path}: {str(error).strip().splitlines()[0]}") from None
    if float(root.get("width")) > WIDEST:
        raise LabError(f"{path}: {root.get('width')} px wide, but a column has {WIDEST} px")
    svg = _restyled(root, path.name.removesuffix(".vl.json"))
    legible.check(svg, path)
    return svg


def _check_names(spec, tables):
    parts = list(_objects(spec))
    sources = [part["data"] for part in parts if isinstance(part.get("data"), dict)]
    for source in sources:
        if source.get("name") not in tables:
            raise ValueError(f"data is {source}, not one of the tables {', '.join(tables)}")
    known = {column for table in tables.values() for column in table["columns"]}
    for part in parts:
        made = part.get("as", [])
        known.update([made] if isinstance(made, str) else made)
    for part in parts:
        field = part.get("field")
        if isinstance(field, str) and field not in known:
            raise ValueError(f"field {field!r} is not a column; known: {', '.join(sorted(known))}")


def _check_text(root):
    """ValueError for text that would be measured with another face than shows it."""
    for element in root.iter(f"{SVG}text"):
        text = "".join(element.itertext())
        for key, carried in FACE.items():
            if (found := element.get(key, carried)) != carried:
                raise ValueError(f"{key} of {text!r} is {found!r}; figures have {carried!r} alone")
        check_characters(text)


def _objects(node):
    """All the dicts in parsed JSON, outermost first."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _objects(child)


def _restyled(root, name):
    """Make Vega's SVG scale with its column, stay silent and share no id with a neighbour."""
    for text in root.iter(f"{SVG}text"):
        for line in text.iter():
            if line.text and line.text.strip():
                hold_width(line, float(text.get("font-size").removesuffix("px")))
    # Vega numbers ids through the life of the process; count them from 1 in each figure.
    ids = {}
    for element in root.iter():
        for child in [child for child in element if _invisible(child)]:
            element.remove(child)
        if "id" in element.attrib:
            ids[element.get("id")] = f"{name}-{len(ids) + 1}"
    for element in root.iter():
        kept = {key: value for key, value in element.attrib.items() if not _noise(key, value)}
        element.attrib = {key: _tidy(key, value, ids) for key, value in kept.items()}
    return for_inlining(root, *root.get("viewBox").split()[2:])


def _invisible(element):
    """A path without ink: Vega draws an empty background for each group."""
    return element.tag == f"{SVG}path" and not (element.get("fill") or element.get("stroke"))


def _noise(key, value):
    unspoken = key.startswith("aria-") or key in ("class", "role", "pointer-events")
    return unspoken or (key, value) in {("opacity", "1"), ("font-weight", "normal")}


def _tidy(key, value, ids):
    if key == "font-family":
        return "var(--font-stack)"
    if key == "id":
        return ids[value]
    if value.startswith("url(#"):
        return f"url(#{ids[value[5:-1]]})"
    return rounded(value)
