"""Building: which files the site owns, what must be built again, what a build can do without, publishing in one step.

It knows of documents, files and folders; nothing of what a page says.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import address, economy, freshness, kept, outputs
from .kept import Kept, Shown, every_document, those_that_differ

KEPT = (
    kept.LISTS,
    Kept("trenches_quotes", dict, "freshness.note_quotes", "the names of all that a page refers to", by_page=True),
    Kept("trenches_times", dict, "freshness.note_times", "when the files of a page were last changed", by_page=True),
    Kept("trenches_address", str, "freshness.outdated", "the address that the pages were read for"),
)
SHOWN = (
    Shown("assets", outputs.assets, every_document),
    Shown("quoted", freshness.quoted, those_that_differ),
)


def setup(app: Sphinx) -> dict[str, object]:
    kept.declare(app, KEPT, SHOWN)
    for module in (address, economy, outputs, freshness):
        module.setup(app)
    return {"env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
