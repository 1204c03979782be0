"""Colours of figures: names of custom properties on a page, and their values wherever the page's stylesheet is not."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from ..build.errors import SourceError
from ..text.files import read

VARIABLE = re.compile(r"var\((--[\w-]+)\)")
SIZE = re.compile(r'viewBox="0 0 (\S+) (\S+)"')


def stylesheet(app: Sphinx) -> Path:
    """The file that gives the custom properties their values."""
    return Path(app.confdir, app.config.evidence_stylesheet)


def coloured(app: Sphinx, name: str, text: str) -> str:
    """``text`` of the file ``name`` for where the page's stylesheet is not: with values in place of its variables, and
    of those the first, the light page's. Raises SourceError for a variable that it has not."""
    def value(found: re.Match) -> str:
        defined = re.search(rf"{found[1]}:\s*([^;]+);", css)
        if defined is None:
            raise SourceError(f"{name}: {app.config.evidence_stylesheet} has no {found[1]}; use a name that labs/_harness/vega.json uses")
        return VARIABLE.sub(value, defined[1].replace('"', "'"))

    css = read(stylesheet(app)) if VARIABLE.search(text) and stylesheet(app).is_file() else ""
    return VARIABLE.sub(value, text)


def sized(svg: str) -> str:
    """A drawing of the size that it was drawn for."""
    return SIZE.sub(r'\g<0> width="\1" height="\2"', svg, count=1)


def alone(svg: str) -> str:
    """A drawing that is a file of its own: of the size it was drawn for, and in the page's colours on the page's paper,
    because a feed reader may be dark while the machine is light."""
    if not VARIABLE.search(svg):
        return sized(svg)
    return re.sub(r"(<svg\b[^>]*>)", r'\1<rect width="100%" height="100%" fill="var(--page)"/>', sized(svg), count=1)


def setup(app: Sphinx) -> None:
    app.add_config_value("evidence_stylesheet", "_static/palette.css", "html", str)
