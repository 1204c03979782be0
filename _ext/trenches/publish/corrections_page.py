"""The page of all corrections."""

from __future__ import annotations

from collections.abc import Iterator

from sphinx.application import Sphinx


def page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Newest first."""
    found = [(change, essay) for essay in app.env.trenches_essays.values() for change in essay.front.changes
             if change.corrects]
    found.sort(key=lambda pair: (pair[0].date, pair[1].number), reverse=True)
    yield "corrections", {"title": "Corrections", "corrections": found}, "corrections.html"


def setup(app: Sphinx) -> None:
    app.connect("html-collect-pages", page)
