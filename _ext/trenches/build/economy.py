"""What a build can do without: collections of garbage, pages kept in memory, work whose result is known or not used.

Each piece says what the build of 1,000 generated essays (labs/about/corpus.py) spends without it: its share of the CPU time
of one run in which the function was Sphinx's own, measured on 2026-11-28. What is under 1 % there does not pay for its lines.
None changes a byte of the site: built with ``-D trenches_economy=0`` it does without them all, and tests/test_rooms.py
compares. Those that replace a function belong upstream, and are refused where it is not the one they were written against.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator

from docutils import nodes
from docutils.frontend import Values
from docutils.utils import DependencyList
from myst_parser.mdit_to_docutils import base as myst
from pygments.formatter import Formatter
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.highlighting import PygmentsBridge
from sphinx.util import docutils as sphinx_docutils

from .upstream import Replacement, check


def findall(theirs: Callable) -> Callable:
    """``Node.findall`` with a stack: docutils resumes as many generators for a node as it lies deep. 3.9 and 9.9 %."""

    def found(self: nodes.Node, condition=None, include_self: bool = True, descend: bool = True, siblings: bool = False,
              ascend: bool = False) -> Iterator[nodes.Node]:
        if not include_self or not descend or siblings or ascend:
            return theirs(self, condition, include_self, descend, siblings, ascend)
        return _below(self, condition)

    return found


def _below(node: nodes.Node, condition) -> Iterator[nodes.Node]:
    kind, accepts = (condition, None) if isinstance(condition, type) else (nodes.Node, condition)
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, kind) and (accepts is None or accepts(node)):
            yield node
        if node.children:
            pending.extend(node.children[::-1])


def clear_doc(theirs: Callable) -> Callable:
    """Look for what is left of a page only if it was read before: Sphinx goes through every label for every new page. 2.9 %."""

    def clear(self: BuildEnvironment, docname: str) -> None:
        if docname in self.all_docs:
            theirs(self, docname)

    return clear


def no_relations(theirs: Callable) -> Callable:
    """The titles of the pages before, after and above, rendered for each page, which shows none. 1.5 %."""
    return lambda env: {}


def kept_by_class(theirs: Callable[..., Values]) -> Callable[..., Values]:
    """Keep settings by the classes they are for: docutils builds a parser of command lines for each page. 2.0 %, and 1.1 %."""
    kept: dict[tuple[type, ...], Values] = {}

    def settings(*components, **given) -> Values:
        classes = tuple(part if isinstance(part, type) else type(part) for part in components)
        if classes not in kept:
            kept[classes] = theirs(*components, **given)
        found = copy.copy(kept[classes])
        found.record_dependencies = DependencyList()
        return found

    return settings


def get_formatter(theirs: Callable[..., Formatter]) -> Callable[..., Formatter]:
    """Keep the formatters of code; each new one works out the same stylesheet. 1.3 %."""

    def formatter(self: PygmentsBridge, **options) -> Formatter:
        kept = vars(self).setdefault("trenches_formatters", {})
        key = repr(options)
        if key not in kept:
            kept[key] = theirs(self, **options)
        return kept[key]

    return formatter


def toctrees_only(theirs: Callable) -> Callable:
    """Keep no page's headings as a tree of nodes, which only a book shows: every build loads and saves the environment, of
    13.1 MB with them and of 9.6 MB without."""

    def note(app: Sphinx, doctree: nodes.document) -> None:
        if next(doctree.findall(addnodes.toctree), None):
            theirs(app, doctree)
        else:
            app.env.tocs[app.env.docname], app.env.toc_num_entries[app.env.docname] = nodes.bullet_list(), 0

    return note


REPLACEMENTS = (
    Replacement(nodes.Node, "findall", 1943608232, findall),
    Replacement(BuildEnvironment, "clear_doc", 2631763068, clear_doc),
    Replacement(BuildEnvironment, "collect_relations", 3453155309, no_relations),
    Replacement(PygmentsBridge, "get_formatter", 1370757022, get_formatter),
    Replacement(sphinx_docutils, "_get_settings", 184794213, kept_by_class),
    Replacement(myst, "get_default_settings", 599452155, kept_by_class),
)
# Sphinx has taken the function for a listener by the time that it sets up extensions, so that is exchanged there.
LISTENER = Replacement(TocTreeCollector, "process_doc", 3400327749, toctrees_only)
check((*REPLACEMENTS, LISTENER))


def exchange_listener(app: Sphinx) -> None:
    if app.builder.name != "html":
        return
    theirs = next(listener for listener in app.events.listeners["doctree-read"]
                  if getattr(listener.handler, "__func__", None) is LISTENER.theirs)
    app.disconnect(theirs.id)
    app.connect("doctree-read", LISTENER.instead(theirs.handler))


def no_navigation_tree(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Keep Furo from rendering the whole site's tree for every page: no template of ours shows it. Nine tenths."""
    context.pop("toctree", None)


def forget(app: Sphinx, *_: object) -> None:
    """Let go of pages; Sphinx keeps each that it has read until it is written, though it is on disk as well.

    At 1,000 essays they were three quarters of 0.84 GB; reading each again costs a twentieth of the build's CPU time.
    """
    app.env._write_doc_doctree_cache.clear()
    app.env._pickled_doctree_cache.clear()


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_economy", True, "env", bool)
    if not app.config.trenches_economy:
        return
    # A build makes millions of nodes and few cycles: 16.7 %, for 127 MB.
    gc.set_threshold(200_000, 20, 20)
    for one in REPLACEMENTS:
        one.put()
    app.connect("builder-inited", exchange_listener)
    # After sphinx-notfound-page has put in its own, before Furo asks for it.
    app.connect("html-page-context", no_navigation_tree, priority=450)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-resolved", forget)
