"""Search: what can be found, and the index that the browser loads.

It knows pages as sections, claims and terms; nothing of what is published beside them.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from ..build import kept
from ..build.kept import Kept, Shown
from . import gather, questions

KEPT = (
    Kept("trenches_search", dict, "gather.gather", "what of a page can be found", by_page=True),
)
SHOWN = (
    Shown("found", gather.found),
)


def setup(app: Sphinx) -> dict[str, object]:
    kept.declare(app, KEPT, SHOWN)
    questions.setup(app)
    gather.setup(app)
    return {"env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
