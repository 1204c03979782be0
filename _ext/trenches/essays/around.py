"""What stands around an essay: its contents, the essays with the same tags, its row on the landing page."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ..text.words import words_of
from .drafts import shown_drafts
from .frontmatter import is_essay
from .record import Essay, in_order

MOST_RELATED = 5


def note_contents(app: Sphinx, doctree: nodes.document) -> None:
    """Keep (anchor, heading) of each H2 of an essay."""
    if is_essay(app.env.docname):
        parts = next(doctree.findall(nodes.section))
        app.env.trenches_contents[app.env.docname] = [
            (f"#{part['ids'][0]}", words_of(part[0])) for part in parts if isinstance(part, nodes.section)]


def tagged(env: BuildEnvironment) -> dict[str, list[str]]:
    """Tag -> essays that have it; each essay's page lists those it shares tags with."""
    found = defaultdict(list)
    for essay in in_order(env):
        for tag in essay.front.tags:
            found[tag].append(essay.docname)
    return dict(found)


def related(env: BuildEnvironment, essay: Essay) -> list[Essay]:
    """The essays with the most tags in common, few of them, in the owner's order: the tag pages list all."""
    essays = env.trenches_essays
    common = Counter(docname for tag in essay.front.tags for docname in env.trenches_shown["tags"][tag])
    del common[essay.docname]
    return [essays[name] for name in heapq.nsmallest(MOST_RELATED, common, lambda name: (-common[name], essays[name].number))]


def landing_rows(env: BuildEnvironment) -> list[tuple]:
    rows = [(essay.docname, essay.title, essay.summary, essay.front, essay.figure) for essay in in_order(env)]
    return [*rows, *shown_drafts(env)]


def setup(app: Sphinx) -> None:
    # After links/labels.py has taken the other ids from the headings.
    app.connect("doctree-read", note_contents)
