"""Essays: an essay's head, the owner's words, its record, its changes, and what stands around it.

It knows what an essay is made of; nothing of search, nor of the forms in which it leaves the site.
"""

from __future__ import annotations

from collections.abc import Iterable

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..build import kept
from ..build.kept import Kept, Shown
from . import around, corrections, drafts, heads, record, shape, words


def _essays(env: BuildEnvironment, before: object, now: object) -> Iterable[str]:
    return list(env.trenches_essays)


def _landing_page(env: BuildEnvironment, before: object, now: object) -> Iterable[str]:
    return [env.config.root_doc]


KEPT = (
    Kept("trenches_essays", dict, "record.gather", "the record of each essay", by_page=True),
    Kept("trenches_measured", dict, "record.gather", "that of each other page with a lab", by_page=True),
    Kept("trenches_contents", dict, "around.note_contents", "anchor and heading of an essay's sections", by_page=True),
    # Filled before Sphinx purges what it is about to read, so this one is not kept by page.
    Kept("trenches_front", dict, "heads.check_heads", "the front matter of each essay"),
)
SHOWN = (
    Shown("tags", around.tagged, _essays),
    Shown("landing", around.landing_rows, _landing_page),
    Shown("measured", record.all_measured),
)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_config_value("trenches_tags", {}, "env", dict)
    kept.declare(app, KEPT, SHOWN)
    for module in (drafts, heads, record, corrections, words, shape, around):
        module.setup(app)
    return {"env_version": 2, "parallel_read_safe": False, "parallel_write_safe": True}
