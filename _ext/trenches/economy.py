"""What a build can do without: collections of garbage, pages kept in memory, work whose result is known or not used.

Each piece says what it took off a build of 100 or 1,000 generated essays (labs/about/corpus.py) when it came, and none
changes a byte of the site. Those that replace a function of docutils, Sphinx or MyST belong upstream.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from functools import lru_cache

import yaml
from docutils import nodes
from docutils.frontend import Values
from docutils.utils import DependencyList
from myst_parser.mdit_to_docutils import base as myst
from pygments.formatter import Formatter
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import html as sphinx_html
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.highlighting import PygmentsBridge
from sphinx.util import docutils as sphinx_docutils

_docutils_findall = nodes.Node.findall
_sphinx_clear_doc = BuildEnvironment.clear_doc
_sphinx_settings, _myst_settings = sphinx_docutils._get_settings, myst.get_default_settings
_pygments_formatter = PygmentsBridge.get_formatter
_sphinx_checksum = sphinx_html._file_checksum


def findall(self: nodes.Node, condition=None, include_self: bool = True, descend: bool = True, siblings: bool = False,
            ascend: bool = False) -> Iterator[nodes.Node]:
    """``Node.findall`` with a stack: docutils 0.22.4 resumes as many generators for a node as it lies deep.

    It took a tenth off a build of 100 essays.
    """
    if not include_self or not descend or siblings or ascend:
        return _docutils_findall(self, condition, include_self, descend, siblings, ascend)
    return _below(self, condition)


def _below(node: nodes.Node, condition) -> Iterator[nodes.Node]:
    kind, accepts = (condition, None) if isinstance(condition, type) else (nodes.Node, condition)
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, kind) and (accepts is None or accepts(node)):
            yield node
        if node.children:
            pending.extend(node.children[::-1])


def clear_doc(self: BuildEnvironment, docname: str) -> None:
    """Look for what is left of a page only if it was read before: Sphinx 9.0 goes through every label for every new page.

    That was a tenth of a build of 1,000 essays.
    """
    if docname in self.all_docs:
        _sphinx_clear_doc(self, docname)


def kept_by_class(make: Callable[..., Values]) -> Callable[..., Values]:
    """``make`` with its settings kept by the classes they are for: docutils builds a parser of command lines for each page.

    Those took 3 % of a build of 100 essays.
    """
    kept: dict[tuple[type, ...], Values] = {}

    def settings(*components, **given) -> Values:
        classes = tuple(part if isinstance(part, type) else type(part) for part in components)
        if classes not in kept:
            kept[classes] = make(*components, **given)
        found = copy.copy(kept[classes])
        found.record_dependencies = DependencyList()
        return found

    return settings


def get_formatter(self: PygmentsBridge, **options) -> Formatter:
    """Keep the formatters of code; each new one works out the same stylesheet, which took 3 % of a build of 100 essays."""
    kept = vars(self).setdefault("trenches_formatters", {})
    key = repr(options)
    if key not in kept:
        kept[key] = _pygments_formatter(self, **options)
    return kept[key]


def note_toctrees_only(app: Sphinx) -> None:
    """Keep Sphinx from keeping each page's headings as a tree of nodes, which only a book shows.

    They were a fifth of the environment, which every build loads and saves, and 3 % of a build of 100 essays.
    """
    if app.builder.name != "html":
        return
    theirs = next(listener for listener in app.events.listeners["doctree-read"]
                  if getattr(listener.handler, "__func__", None) is TocTreeCollector.process_doc)

    def note(app: Sphinx, doctree: nodes.document) -> None:
        if next(doctree.findall(addnodes.toctree), None):
            theirs.handler(app, doctree)
        else:
            app.env.tocs[app.env.docname], app.env.toc_num_entries[app.env.docname] = nodes.bullet_list(), 0

    app.disconnect(theirs.id)
    app.connect("doctree-read", note)


def forget(app: Sphinx, *_: object) -> None:
    """Let go of pages; Sphinx keeps each that it has read until it is written, though it is on disk as well.

    At 1,000 essays they were three quarters of 0.84 GB; reading each again costs a twentieth of the build's CPU time.
    """
    app.env._write_doc_doctree_cache.clear()
    app.env._pickled_doctree_cache.clear()


def setup(app: Sphinx) -> None:
    # A build makes millions of nodes and few cycles: collecting less often, at 50,000, took a ninth off one of 100 essays.
    gc.set_threshold(200_000, 20, 20)
    nodes.Node.findall = findall
    BuildEnvironment.clear_doc = clear_doc
    # The titles of the pages before, after and above, rendered for each page, which shows none: 2 %.
    BuildEnvironment.collect_relations = lambda env: {}
    # The version of each stylesheet and script, computed from the file for every page that loads it: 1 %.
    sphinx_html._file_checksum = lru_cache(_sphinx_checksum)
    PygmentsBridge.get_formatter = get_formatter
    sphinx_docutils._get_settings, myst.get_default_settings = kept_by_class(_sphinx_settings), kept_by_class(_myst_settings)
    # libyaml reads what PyYAML's own loader does, which took 2 % of a build of 100 essays.
    yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    app.connect("builder-inited", note_toctrees_only)
    app.connect("env-purge-doc", forget)
    app.connect("doctree-resolved", forget)
