"""What every drawing shares: the one face that its text is measured with, and its form for inlining in a page."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).with_name("fonts")
FONT = TTFont(FONTS / "figures.ttf")
WIDTHS = {
    chr(code): FONT["hmtx"][glyph][0] / FONT["head"].unitsPerEm  # em
    for code, glyph in FONT.getBestCmap().items()
}
WIDEST = 500  # CSS px; a column of text is not wider
FRACTION = re.compile(r"-?\d+(?:\.\d+(?:e-\d+)?|e-\d+)")
SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", SVG[1:-1])


def check_characters(text):
    """ValueError for a character that would be measured with another face than shows it."""
    for character in text:
        if character not in WIDTHS:
            raise ValueError(
                f"the figures' font has no {character!r} as in {text!r}; "
                "write another, or see labs/_harness/fonts/README.md"
            )


def width(text, size):
    """How wide `text` is in CSS px at that size."""
    return sum(WIDTHS[character] for character in text) * size


def rounded(value):
    """An attribute with its fractions rounded.

    The last digits of a float differ between processors; a hundredth of a pixel does not show.
    """
    return FRACTION.sub(lambda number: f"{round(float(number[0]), 2) + 0:g}", value)


def hold_width(line, size):
    """Keep a line of text as wide as it was measured.

    In a feed, a file of its own or a page whose font is late another font shows
    it, and a wider one would run over the edge or into a mark.
    """
    line.set("textLength", rounded(str(width("".join(line.itertext()).strip(), size))))
    line.set("lengthAdjust", "spacingAndGlyphs")


def for_inlining(root, width, height):
    """The text of a drawing that scales with its column and leaves its name to the page.

    The page fills the svg element's aria-label; its role img makes all of its
    children presentational.
    """
    root.attrib = {"role": "img", "aria-label": "", "viewBox": f"0 0 {width} {height}"}
    # A line per element, so that a changed mark is a changed line in a diff.
    return re.sub(r"(?<=>)(?=<(?!/|tspan data))", "\n", ET.tostring(root, encoding="unicode")) + "\n"
