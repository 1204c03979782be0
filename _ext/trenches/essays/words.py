"""Which words of a page are the author's to edit: an essay's head is, the owner's title and summary are not."""

from __future__ import annotations

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.util import logging

from ..evidence.prose import Shown, problems, unquoted
from .frontmatter import FrontMatter, is_essay

logger = logging.getLogger(__name__)


def authors(app: Sphinx, docname: str, found: list[Shown]) -> None:
    """Leave in ``found``, what the page shows, what its author wrote. The landing page is the owner's, as are the settings."""
    if docname == app.config.root_doc:
        found.clear()
        _check_settings(app)
    if is_essay(docname):
        found[:2] = []
        found += [Shown(text, 1) for text in of_head(app.env.trenches_front[docname])]


def of_head(front: FrontMatter) -> Iterator[str]:
    """The texts of an essay's head. A change may quote what the essay said before."""
    yield from filter(None, (front.figure_words, front.read_next_because))
    for change in front.changes:
        yield unquoted(change.what)


def _check_settings(app: Sphinx) -> None:
    """Warn of what conf.py says on pages and to search engines."""
    for text in (app.config.trenches_subtitle, *app.config.trenches_tags.values()):
        for _, problem in problems(Shown(text, 1)):
            logger.warning("conf.py: “%s”: %s", text, problem, type="trenches", subtype="prose")


def setup(app: Sphinx) -> None:
    app.connect("prose-shown", authors)
