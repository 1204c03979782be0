"""Refuse a chart whose words a reader could not read: cut off, abbreviated, or blown up with the column.

It looks at the drawing alone, whatever drew it: each line of its text says how long it is, as drawings for inlining do.
"""

import math
import re
import xml.etree.ElementTree as ET

from _harness import LabError

SVG = "{http://www.w3.org/2000/svg}"
# CSS px. The page shows no figure narrower than this (27rem in trenches.css): one that was drawn narrower is
# enlarged with its text, even on a phone.
NARROWEST = 432
# Of a line's height, what stands over its baseline, and how far it may lie over the edge unseen.
ASCENT, OVER = 0.75, 1
START = {"start": 0, "middle": 0.5, "end": 1}
TRANSFORM = re.compile(r"(\w+)\(([^)]*)\)")


def check(svg, path):
    """LabError for words of the SVG text `svg`, drawn from `path`, that are cut, or that do not have their own size."""
    root = ET.fromstring(svg)
    wide, high = (float(side) for side in root.get("viewBox").split()[2:])
    if wide < NARROWEST:
        raise LabError(f"{path}: {wide:g} px wide, and the page enlarges it with its text; draw it {NARROWEST} to 500 px wide, as without a width of its own")
    for words, corners in _lines(root, (1, 0, 0, 1, 0, 0)):
        if words.endswith("…") or words.startswith("…"):
            raise LabError(f"{path}: {words!r} is cut short; give it room (labelLimit, columns, symbolLimit), or shorten the label")
        if any(not (-OVER <= x <= wide + OVER and -OVER <= y <= high + OVER) for x, y in corners):
            raise LabError(f"{path}: {words!r} runs over the drawing's edge; shorten it, or break it into lines")


def _lines(element, outer):
    """Each line of text below `element`, with the corners of the room that it takes in the drawing."""
    matrix = outer
    for name, numbers in TRANSFORM.findall(element.get("transform", "")):
        matrix = _joined(matrix, _one(name, [float(number) for number in re.split(r"[\s,]+", numbers.strip())]))
    if element.tag != f"{SVG}text":
        for child in element:
            yield from _lines(child, matrix)
        return
    size, anchor = float(element.get("font-size").removesuffix("px")), START[element.get("text-anchor", "start")]
    x, y = (float(element.get(key, 0)) for key in "xy")
    for line in element.iter():
        if line is not element:
            x, y = float(line.get("x", x)), float(line.get("y", y)) + float(line.get("dy", 0))
        if line.get("textLength"):
            length = float(line.get("textLength"))
            left, top = x - anchor * length, y - ASCENT * size
            room = [(left + right * length, top + down * size) for right in (0, 1) for down in (0, 1)]
            yield "".join(line.itertext()).strip(), [_at(matrix, *corner) for corner in room]


def _one(name, numbers):
    """One transformation as SVG's matrix of six."""
    if name == "translate":
        return (1, 0, 0, 1, *(*numbers, 0)[:2])
    if name == "rotate":
        turn = math.radians(numbers[0])
        return (math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn), 0, 0)
    if name == "scale":
        return (numbers[0], 0, 0, numbers[-1], 0, 0)
    return numbers


def _joined(outer, inner):
    a, b, c, d, *_ = outer
    p, q, r, s, x, y = inner
    return (a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, *_at(outer, x, y))


def _at(matrix, x, y):
    a, b, c, d, right, down = matrix
    return a * x + c * y + right, b * x + d * y + down
