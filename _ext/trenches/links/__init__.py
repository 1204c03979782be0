"""Links: labels that are ids and stay, what moved, and who links here.

It knows of labels and of the words around a link; nothing of what is behind them.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..build import kept
from ..build.kept import Kept, Shown, those_that_differ
from . import backlinks, labels, moved

KEPT = (
    Kept("trenches_links", dict, "backlinks.note_links", "what a page links to, and in which sentence", by_page=True),
)
SHOWN = (
    Shown("backlinks", backlinks.backlinks, those_that_differ),
)


def setup(app: Sphinx) -> dict[str, object]:
    kept.declare(app, KEPT, SHOWN)
    for module in (labels, moved, backlinks):
        module.setup(app)
    return {"env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
