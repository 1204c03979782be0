"""Draw how a system works: a picture in pic, the language that Kernighan made for figures in print.

What stands where is the author's. The look is the house's, so that all schematics look like one hand drew them: what a
thing is, its class says, and a colour or face of its own is refused.
"""

import math
import re
import xml.etree.ElementTree as ET
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import rpic

from _harness import LabError
from _harness.drawing import SVG, WIDEST, check_characters, for_inlining, hold_width, rounded, width

PRELUDE = Path(__file__).with_name("schematic.pic").read_text("utf-8")
OWN_LINES = PRELUDE.count("\n")
PIN = re.search(r"^rpiclang==(\S+)", Path(__file__).with_name("requirements.txt").read_text("utf-8"), re.MULTILINE)[1]
INKS = {"accent": "var(--fig-1)", "quiet": "var(--fig-muted)"}
CLASSES = {*INKS, "filled", "queue", "store"}
# The words of pic, and of rpic's own pic, with which a thing gets another look.
OWN_LOOK = re.compile(
    r"\b(colou?r(ed)?|outlined?|shaded|fill|thick(ness)?|thin|linethick|rad|opacity|gradient|(cross)?hatch|rotated|aligned"
    r"|bold|italic|mono|font(size)?|big|small|textht|scaled?|reset|link|animate|draggable|texlabels)\b"
)
SIZE, LEADING, MARGIN = 14, 17, 2  # CSS px: text, from one of its lines to the next, around the drawing
LABEL = re.compile(r'(#.*|"(?:\\.|[^"\\])*")')
NUMBER = re.compile(r"\{(stated )?([^{}]*)\}")
# They stand around a number that has a source while rpic draws the label it is in.
MARKS = {"result": "\ue000", "stated": "\ue001"}
END = "\ue002"
MARKED = re.compile(f"([{''.join(MARKS.values())}])(.*?){END}")


def schematic(path, found):
    """The SVG text of the pic file at `path`.

    `{key}` in a label becomes that value of the results `found`, `{stated 4 workers}` a number that we chose, and the
    drawing tells both from a number that was typed. LabError, with the line, for what does not draw, for a key that is
    not in the results, for a look of its own, and for a label that is too wide or lies over something.
    """
    drawn = _compiled(path, found)
    root, things = ET.fromstring(drawn["svg"]), {thing["id"]: thing for thing in drawn["objects"]}
    taken, edges, labels, line = [], [], [], 1
    try:
        for group in root:
            thing = things[group.attrib.pop("id")]
            line = thing["line"] - OWN_LINES
            # Of a text alone, bbox is a guess at the room that it takes.
            if thing["kind"] != "text" and len(group) and (box := thing["bbox"]):
                taken.append((box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]))
            edges += [point for shape in group for point in _edge(shape)]
            ink = _in_the_houses_look(group)
            labels += [(line, text, room) for text, room in _lettered(group, thing["kind"], ink)]
        for number, (line, text, room) in enumerate(labels):
            if over := [other for _, other, there in labels[:number] if _overlap(room, there)]:
                raise ValueError(f"{text!r} lies over {over[0]!r}; move one of them")
            if any(_overlap(room, point + point) for point in edges):
                raise ValueError(f"a line runs through {text!r}; move one of them, or widen the box")
        return _framed(root, taken + [room for *_, room in labels])
    except ValueError as error:
        raise LabError(f"{path}:{line}: {error}") from None


def _compiled(path, found):
    """What rpic makes of the file: an SVG, and of each thing in it what it is and where in the source it stands."""
    if (installed := version("rpiclang")) != PIN:
        raise LabError(f"{path}: rpiclang {installed} would draw it, not {PIN}; make .venv/test installs what is pinned")
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise LabError(f"{path}: not UTF-8 ({error}); save it as UTF-8") from None
    filled = "\n".join(_filled(text, f"{path}:{number}", found) for number, text in enumerate(lines, 1))
    try:
        return rpic.compile(PRELUDE + filled, include_policy="deny", max_loop_iterations=10_000)
    except rpic.CompileError as error:
        line = error.info["line"] - OWN_LINES if error.info["line"] else _named(error.info["message"], lines)
        raise LabError(f"{path}:{line}: {error.info['message']}; correct the pic there") from None


def _filled(text, place, found):
    """A line of the source with the numbers in its labels marked, and the results among them filled in."""
    parts = LABEL.split(text)
    if any('"' in part for part in parts[::2]):
        raise LabError(f"{place}: unterminated string literal; a label ends on its line")
    if own := next(filter(None, map(OWN_LOOK.search, parts[::2])), None):
        raise LabError(f"{place}: {own[0]!r} would give it a look of its own; say what it is: dashed, or class {_listed(CLASSES)}")

    def number(mark):
        if mark[1]:
            return MARKS["stated"] + mark[2] + END
        value = found.value(mark[2])
        if value.value is None:
            raise LabError(f"{mark[2]} was not measured ({value.reason}); draw it without")
        check_characters(value.text)
        return MARKS["result"] + value.text + END

    try:
        for label in (part for part in parts if part.startswith('"')):
            check_characters(label)
        return "".join(NUMBER.sub(number, part) if part.startswith('"') else part for part in parts)
    except (LabError, ValueError) as error:
        raise LabError(f"{place}: {error}") from None


def _named(message, lines):
    """The line of an error that rpic does not place: the first with the name that it quotes, or the first of all."""
    name = re.search("`(.+?)`", message)
    return next((number for number, text in enumerate(lines, 1) if name and name[1] in text), 1)


def _listed(names):
    return ", ".join(f'"{name}"' for name in sorted(names))


def _edge(shape):
    """Points along a shape's straight lines, too near each other for a letter between them."""
    if shape.tag == f"{SVG}rect":
        x, y, w, h = _numbers(shape, "x", "y", "width", "height")
        corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
    elif shape.tag == f"{SVG}line":
        corners = [_numbers(shape, "x1", "y1"), _numbers(shape, "x2", "y2")]
    elif shape.tag == f"{SVG}polyline":
        corners = [map(float, corner.split(",")) for corner in shape.get("points").split()]
    else:
        corners = []
    for (x1, y1), (x2, y2) in pairwise(map(tuple, corners)):
        steps = int(math.hypot(x2 - x1, y2 - y1) // 2) + 1
        for step in range(steps + 1):
            yield x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps


def _numbers(shape, *keys):
    return [float(shape.get(key)) for key in keys]


def _in_the_houses_look(group):
    """Colour and shape what rpic drew of one thing as its classes say; the ink that it is drawn in."""
    classes = set(group.get("class", "").split())
    if unknown := classes - CLASSES:
        raise ValueError(f"no class {min(unknown)!r}; there are {_listed(CLASSES)}")
    ink = next((INKS[name] for name in sorted(classes & INKS.keys())), "var(--fig-ink)")
    paint = {"none": "var(--fig-rule)" if "filled" in classes else "none", "black": ink, "rgb(0,0,0)": ink}
    for shape in group:
        for key, value in shape.items():
            shape.set(key, paint[value] if key in ("fill", "stroke") else rounded(value))
        if shape.tag == f"{SVG}rect" and classes & {"queue", "store"}:
            shape.tag = f"{SVG}path"
            box = [float(shape.attrib.pop(key)) for key in ("x", "y", "width", "height")]
            shape.set("d", rounded(_cylinder(*box) if "store" in classes else _open(*box)))
    return ink


def _cylinder(x, y, w, h):
    half, lid, side = f"a{w / 2} 7 0 0", 7, h - 14
    return f"M{x} {y + lid}v{side}{half} 0 {w} 0v{-side}{half} 0 {-w} 0{half} 0 {w} 0"


def _open(x, y, w, h):
    """A box without the side by which a queue is entered, from the left or, where it is higher than wide, from above."""
    return f"M{x} {y}h{w}v{h}h{-w}" if w >= h else f"M{x} {y}v{h}h{w}v{-h}"


def _lettered(group, kind, ink):
    """Set the labels of one thing in the figures' face; each as its text and the room that its letters take."""
    labels = group.findall(f"{SVG}text")
    middle = sum(float(label.get("y")) for label in labels) / max(len(labels), 1)
    for number, label in enumerate(labels):
        # Of a line's two labels one stands above it and one below.
        y = float(label.get("y")) if kind == "path" else middle + (number - (len(labels) - 1) / 2) * LEADING
        x, anchor = float(label.get("x")), label.get("text-anchor")
        label.attrib = {"x": rounded(str(x)), "y": rounded(str(y)), "text-anchor": anchor, "fill": ink,
                        "font-family": "var(--font-stack)", "font-size": f"{SIZE}px"}
        text = _sourced(label)
        wide = width(text, SIZE)
        left = x - wide * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        yield text, (left, y - 0.7 * SIZE, left + wide, y + 0.2 * SIZE)


def _sourced(label):
    """Make each marked number of a label an element that says where it is from; the label's text as it is shown."""
    label.text, *marked = MARKED.split(label.text or "")
    for mark, number, rest in zip(marked[::3], marked[1::3], marked[2::3], strict=True):
        source = next(name for name, sign in MARKS.items() if sign == mark)
        ET.SubElement(label, f"{SVG}tspan", {"data-source": source}).text = number
        label[-1].tail = rest
    hold_width(label, SIZE)
    return "".join(label.itertext())


def _overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _framed(root, taken):
    """The drawing with all that it takes inside its frame, whatever room rpic thought that a label has."""
    if not taken:
        raise ValueError("nothing is drawn; the language is pic: box \"client\"; arrow; box \"server\"")
    left, top = (min(room[side] for room in taken) - MARGIN for side in (0, 1))
    wide, high = (max(room[side] for room in taken) + MARGIN - start for side, start in ((2, left), (3, top)))
    if wide > WIDEST:
        raise ValueError(f"the drawing is {wide:.0f} px wide, but a column has {WIDEST} px; let it go down")
    frame = ET.Element(f"{SVG}svg")
    ink = ET.SubElement(frame, f"{SVG}g", {"transform": rounded(f"translate({-left} {-top})")})
    ink.extend(shape for group in root for shape in group)
    return for_inlining(frame, math.ceil(wide), math.ceil(high))
