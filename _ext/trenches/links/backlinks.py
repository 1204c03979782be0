"""Linked from: which pages link to a page, from which section, in which sentence.

Links are noted when a page is read and resolved once all are; a page is written anew when what links to it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import docname_join

from ..text.words import Text, text_of, words_of

# No author's text has it: the build refuses control characters.
LINK = "\x00"


@dataclass(frozen=True)
class Link:
    """A link as it was read: the sentence before, within and after it; ``words`` is None where the target's title stands."""

    docname: str
    section: str
    heading: str
    before: str
    words: str | None
    after: str
    target_page: str | None
    target_label: str | None


@dataclass(frozen=True)
class Backlink:
    """A link as the page that it leads to shows it: ``section`` is the label of the ``heading`` under which ``sentence`` stands."""

    docname: str
    title: str
    section: str
    heading: str
    sentence: str


def note_links(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what a page links to, with the sentences that do; one sentence is one line of the source."""
    app.env.trenches_links[app.env.docname] = tuple(_links(app.env.docname, doctree))


def _links(docname: str, doctree: nodes.document) -> Iterator[Link]:
    for node in doctree.findall(addnodes.pending_xref):
        section = _enclosing(node, nodes.section)
        if node["reftype"] not in ("ref", "doc", "myst") or section is None:
            continue
        is_page = "doc" in (node["reftype"], node.get("refdomain"))
        before, after = _around(node)
        yield Link(docname, section["ids"][0], words_of(section[0]), before,
                   text_of(node) if node.get("refexplicit") else None, after,
                   docname_join(docname, node["reftarget"]) if node["reftype"] == "doc" else
                   node["reftarget"] if is_page else None,
                   node.get("reftargetid") if is_page else node["reftarget"])


def _enclosing(node: nodes.Node, kind: type) -> nodes.Element | None:
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node


def _around(link: nodes.Node) -> tuple[str, str]:
    """The text of the line before and after ``link``, without marks of footnotes."""
    block = link.parent
    while isinstance(block, nodes.Inline):
        block = block.parent
    before, _, after = _Around(link).of(block).partition(LINK)
    return before.rpartition("\n")[2], after.partition("\n")[0]


class _Around(Text):
    """The text around ``link``, of which a mark says where it stands."""

    def __init__(self, link: nodes.Node) -> None:
        self.link = link

    def of(self, node: nodes.Node) -> str:
        return LINK if node is self.link else super().of(node)


def backlinks(env: BuildEnvironment) -> dict[str, list[Backlink]]:
    """Links turned around, for the pages that show them."""
    labels = env.domains.standard_domain.labels
    found: dict[str, list[Backlink]] = {}
    for docname in sorted(env.trenches_links):
        for link in env.trenches_links[docname]:
            page, _, title = labels.get((link.target_label or "").lower(), (link.target_page, "", ""))
            if page == docname or page not in env.found_docs or not fnmatchcase(page, env.config.trenches_linked_from):
                continue
            words = link.words or title or env.titles[page].astext()
            found.setdefault(page, []).append(Backlink(
                docname, env.titles[docname].astext(), link.section, link.heading, link.before + words + link.after))
    return found


def context(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    context["backlinks"] = app.env.trenches_shown["backlinks"].get(pagename, [])


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_linked_from", "*", "html", str)
    app.connect("doctree-read", note_links)
    app.connect("html-page-context", context)
