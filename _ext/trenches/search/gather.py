"""Search: what each page holds that can be found, gathered at reading; the index and the search page made of it.

Sphinx's own index is switched off: it finds pages where a reader wants sections, cuts identifiers in pieces, and
forgets entries in incremental builds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from . import index
from ..build.outputs import finished, output, own, to_write
from ..evidence.claims import claim
from ..evidence.drawings import drawing
from ..text.words import Text, words_of
from .index import Entry


@dataclass
class _Draft:
    """An entry in the making; ``code`` is kept apart, because a plan's output repeats words that say nothing of it."""

    anchor: str
    label: str
    heading: str
    section: str
    asked: str = ""
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)

    def done(self) -> Entry:
        text, code = (" ".join(" ".join(parts).split()) for parts in (self.text, self.code))
        return Entry(self.anchor, self.label, self.heading, text, code, self.asked, self.section)


class _Gatherer:
    """Drafts an entry of each section, claim and glossary term of a page, with the text that belongs to it."""

    def __init__(self, doctree: nodes.document) -> None:
        self.drafts: list[_Draft] = []
        self._notes: dict[str, _Draft] = {}
        self._walk(doctree, _Draft("", "", "", ""))

    def _walk(self, node: nodes.Element, draft: _Draft) -> None:
        for child in node.children:
            if isinstance(child, nodes.section):
                anchor = child["ids"][0]
                asked = "\n".join(child.attributes.pop("asked", ()))
                self._walk(child, self._begin(anchor, "", words_of(child[0]), anchor, asked))
            elif isinstance(child, claim):
                shown = child["shown"]
                begun = self._begin(child["ids"][0], f"Claim {shown.word}", shown.sentence, draft.section)
                begun.text.append("; ".join([shown.id, *(value.label for value in shown.values)]))
            elif isinstance(child, nodes.definition_list_item) and child[0]["ids"]:
                term, definition = child[0], child[-1]
                self._walk(definition, self._begin(term["ids"][0], "Term", words_of(term), draft.section))
            elif isinstance(child, nodes.literal_block):
                draft.code.append(child.astext())
            elif isinstance(child, nodes.footnote):
                # It stands at the end of the page and belongs where it is referred to, if anywhere.
                self._walk(child, self._notes.get(child["ids"][0], draft))
            elif isinstance(child, nodes.TextElement):
                draft.text.append(_Sought().of(child))
                self._notes |= {note.get("refid"): draft for note in child.findall(nodes.footnote_reference)}
            else:
                # A drawing's shape is said to those who cannot see it, and looked for by nobody: its caption is the finding.
                if not isinstance(child, drawing):
                    draft.text.append(child.get("alt", ""))
                self._walk(child, draft)

    def _begin(self, *names: str) -> _Draft:
        self.drafts.append(_Draft(*names))
        return self.drafts[-1]


class _Sought(Text):
    """The text that a reader would look for: nobody looks for a label's name, and a heading is an entry's own."""

    def of_pending_xref(self, node: addnodes.pending_xref) -> str:
        return self.inline(node) if node["reftype"] != "ref" or node["refexplicit"] else ""

    def of_title(self, node: nodes.title) -> str:
        return "" if isinstance(node.parent, nodes.section) else self.inline(node)


def gather(app: Sphinx, doctree: nodes.document) -> None:
    env = app.env
    if env.docname != app.config.root_doc:
        title = words_of(doctree.next_node(nodes.title))
        drafts = _Gatherer(doctree).drafts
        page, script = index.page(env.docname, title, [draft.done() for draft in drafts])
        env.trenches_search[env.docname] = page
        # Kept with the page, not with the environment, which every build loads whole.
        doctree["search"] = script


def no_index_of_sphinxs(app: Sphinx) -> None:
    app.builder.search = False


def search_page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """The page that lists every section, claim and term, and shows results to those who have a script."""
    context = {"title": "Search", "noindex": True, "found": sorted(app.env.trenches_search.items())}
    return to_write(app, [("search", context, "search.html")], "found")


def found(env: BuildEnvironment) -> dict[str, tuple]:
    """What the search page lists."""
    return {name: (page.title, page.heads) for name, page in env.trenches_search.items()}


def write_page(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if app.builder.name == "html" and doctree and "search" in doctree:
        index.write_script(output(app, f"search/{pagename}.js"), doctree["search"])


def write(app: Sphinx, error: Exception | None) -> None:
    if finished(app, error):
        for name, text in index.index(app.env.trenches_search).items():
            index.write_script(output(app, f"search/{name}.js"), text)
        for name in app.env.trenches_search:
            own(app, f"search/{name}.js")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", no_index_of_sphinxs)
    app.connect("doctree-read", gather)
    app.connect("html-collect-pages", search_page)
    app.connect("html-page-context", write_page)
    app.connect("build-finished", write)
