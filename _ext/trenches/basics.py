"""What every module of the extension needs: the error, the build's date, where things are, and templates."""

from __future__ import annotations

import datetime
import os

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import get_node_line, get_node_source


class EssayError(SystemExit):
    """A mistake in an essay or its lab, told as ``file:line: what; cure``. It stops the build before it writes.

    Sphinx answers any other exception, its own SphinxError too, with forty lines and a traceback.
    """


def is_essay(docname: str) -> bool:
    return docname.startswith("essays/")


def lab_of(docname: str) -> str:
    """The folder of an essay's lab, relative to the site: an essay and its lab share one slug."""
    return "labs/" + docname.rpartition("/")[2]


def ctime(path: str) -> int:
    """When the file was last changed or put in its place, in ns; 0 if it is not there. Unlike its date, nobody can set it."""
    try:
        return os.stat(path).st_ctime_ns
    except OSError:
        return 0


def build_date(app: Sphinx) -> datetime.date:
    """The date that staleness and future dates are judged against. Raises EssayError if it was not given."""
    try:
        return datetime.date.fromisoformat(app.config.trenches_build_date)
    except ValueError:
        raise EssayError("BUILD_DATE is not an ISO date; build with `make html`, which sets it, or set it") from None


def keep_by_page(app: Sphinx, *names: str) -> None:
    """Give the environment a dictionary by page under each of ``names``; a page that is read anew or gone leaves them."""

    def init(app: Sphinx) -> None:
        for name in names:
            if not hasattr(app.env, name):
                setattr(app.env, name, {})

    def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        for name in names:
            getattr(env, name).pop(docname, None)

    app.connect("builder-inited", init)
    app.connect("env-purge-doc", purge)


def differs(env: BuildEnvironment, name: str, value: object) -> bool:
    """Whether ``value`` is another than the last build kept under ``name``; it is kept for the next."""
    before = getattr(env, name, None)
    setattr(env, name, value)
    return value != before


def place(node: nodes.Node) -> str:
    """Where ``node`` stands, as file:line; docutils gives some nodes no line of their own."""
    return f"{get_node_source(node)}:{get_node_line(node)}"


def render(translator, template: str, **context: object) -> str:
    """Fill _templates/trenches/``template``.html; those templates escape whatever they are given."""
    return translator.builder.templates.render(f"trenches/{template}.html", context)
