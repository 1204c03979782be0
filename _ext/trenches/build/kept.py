"""What the environment keeps from one build to the next, and what of it pages show that is not their own.

Each room declares what it keeps as a table of ``Kept``, and what its pages list as ``Shown``: a page that lists what
others say must be written anew when they say something else, and Sphinx writes what it has read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


@dataclass(frozen=True)
class Kept:
    """An attribute of the environment. One ``by_page`` is a dictionary that a page leaves when it is read anew or gone."""

    name: str
    type: type
    writer: str
    holds: str
    by_page: bool = False


LISTS = Kept("trenches_shown", dict, "kept.compare", "what each list showed, by its name")


@dataclass(frozen=True)
class Shown:
    """``what(env)`` is shown on pages that it is not from; where it differs from what the last build kept under ``name``,
    ``pages(env, before, now)`` are the documents to write anew. The pages made of no document ask ``changed``."""

    name: str
    what: Callable[[BuildEnvironment], object]
    pages: Callable[[BuildEnvironment, object, object], Iterable[str]] = lambda env, before, now: ()


def every_document(env: BuildEnvironment, before: object, now: object) -> Iterable[str]:
    return sorted(env.found_docs)


def those_that_differ(env: BuildEnvironment, before: dict | None, now: dict) -> Iterable[str]:
    """For what is shown by page: the pages for which it is another, or is there no more."""
    before = before or {}
    return [page for page in {**before, **now} if page in env.found_docs and before.get(page) != now.get(page)]


def declare(app: Sphinx, kept: Iterable[Kept], shown: Iterable[Shown] = ()) -> None:
    """Keep a room's attributes, and compare what its pages show with what the last build's showed."""
    app.connect("builder-inited", lambda app: [_begin(app, one) for one in kept])
    by_page = [one.name for one in kept if one.by_page]
    app.connect("env-purge-doc", lambda app, env, docname: [getattr(env, name).pop(docname, None) for name in by_page])
    # By whichever room comes first: another project may take one alone.
    if not hasattr(app, "trenches_lists"):
        app.trenches_lists = []
        app.connect("builder-inited", lambda app: _begin(app, LISTS))
        # After labels are redirected and whatever else is made of all pages.
        app.connect("env-updated", compare, priority=900)
    app.trenches_lists += shown


def _begin(app: Sphinx, one: Kept) -> None:
    if not hasattr(app.env, one.name):
        setattr(app.env, one.name, one.type())


def compare(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Note which lists changed; return the documents that show them."""
    app.trenches_changed, pages = set(), []
    for one in app.trenches_lists:
        before, now = env.trenches_shown.get(one.name), one.what(env)
        env.trenches_shown[one.name] = now
        if now != before:
            app.trenches_changed.add(one.name)
            pages += one.pages(env, before, now)
    return pages


def ctime(path: str) -> int:
    """When the file was last changed or put in its place, in ns; 0 if it is not there. Unlike its date, nobody can set it."""
    try:
        return os.stat(path).st_ctime_ns
    except OSError:
        return 0
