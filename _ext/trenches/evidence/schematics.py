"""The ``schematic`` directive: how a system works, drawn from pic, inline in the size that it was drawn for."""

from __future__ import annotations

import html
import re

from sphinx.application import Sphinx
from sphinx.util import logging

from . import numbers
from .drawings import DrawingDirective, Table
from .palette import sized

logger = logging.getLogger(__name__)

LABEL = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
# A number with a source in a label as it was drawn, and in the line that it was drawn from.
SOURCED, BRACED = re.compile(r'<tspan data-source="(?:result|stated)">.*?</tspan>', re.DOTALL), re.compile(r"\{[^{}]*\}")


class SchematicDirective(DrawingDirective):
    suffix = ".pic"

    def shown(self, svg: str, source: str, path: str) -> tuple[str, Table]:
        """A number that a label shows is filled in from the results or marked as our choice, as in prose."""
        for label in LABEL.findall(svg):
            for _, number in numbers.unsourced(html.unescape(SOURCED.sub("\ue000", label))):
                lines = enumerate(source.split("\n"), 1)
                line = next((line for line, text in lines if number in BRACED.sub("", text)), 1)
                logger.error("“%s” has no source; write {key} of a result, or {stated %s} for our own choice, and draw it again with "
                             "make figures", number, number, location=f"{path}:{line}", type="trenches", subtype="prose")
        return sized(svg), []


def setup(app: Sphinx) -> None:
    app.add_directive("schematic", SchematicDirective)
