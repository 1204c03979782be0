"""The link contract: whatever a reader can link to has a label, its id in the page is that label, and a move leaves a trace.

Other teams' documents point here for years, so no id may follow from a heading's words, which are edited.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .basics import EssayError

# Sphinx registers these, and the site builds none of them.
UNBUILT = ("genindex", "modindex", "py-modindex")


def keep_only_labels(app: Sphinx, doctree: nodes.document) -> None:
    """Take from each heading the id made of its words, and refuse one that has no other."""
    labels = {doctree.nameids[name] for name, explicit in doctree.nametypes.items() if explicit}
    for section in doctree.findall(nodes.section):
        section["ids"] = [anchor for anchor in section["ids"] if anchor in labels]
        if not section["ids"]:
            raise EssayError(f"{app.env.docname}.md:{section.line}: the heading “{section[0].astext()}” has no label; "
                             f"put ({app.env.docname.rpartition('/')[2]}-word)= and a blank line above it")


def label_terms(app: Sphinx, doctree: nodes.document) -> None:
    """A glossary's terms become labels too, so that one syntax links to everything."""
    for term in doctree.findall(nodes.term):
        for anchor in term["ids"]:
            # References to labels are lower-cased before they are looked up.
            note_label(app.env, anchor.lower(), term.astext(), anchor)


class MappingDirective(SphinxDirective):
    """``{mapping}``: the line that another project needs in its conf.py, with the address this site is built for."""

    def run(self) -> list[nodes.Node]:
        line = f'intersphinx_mapping = {{"trenches": ("{self.config.html_baseurl}", None)}}'
        return [nodes.literal_block(line, line, language="python")]


def note_label(env: BuildEnvironment, label: str, title: str, anchor: str = "") -> None:
    """Register ``label``, the id of something on the page being read unless ``anchor`` is, for references to it."""
    env.domains.standard_domain.note_hyperlink_target(label, env.docname, anchor or label, title)


def redirect_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Let the labels that `trenches_moved` retires lead to those that took their place."""
    std = env.domains.standard_domain
    for name in UNBUILT:
        std.labels.pop(name, None)
        std.anonlabels.pop(name, None)
    for old, new in app.config.trenches_moved.items():
        page, _, anchor = old.partition("#")
        if page not in env.found_docs or not anchor or new not in std.labels:
            raise EssayError(f"conf.py: trenches_moved: {old!r}: {new!r} does not lead from an id of a page "
                             "(page#id) to a label that exists; mend the entry")
        std.labels[anchor], std.anonlabels[anchor] = std.labels[new], std.anonlabels[new]


def moved_from(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give a page the anchors that moved away from it, as (id, address, title)."""
    std, uri = app.env.domains.standard_domain, app.builder.get_relative_uri
    context["moved"] = [
        (old.partition("#")[2], f"{uri(pagename, page)}#{anchor}", title)
        for old, new in app.config.trenches_moved.items() if old.partition("#")[0] == pagename
        for page, anchor, title in [std.labels[new]]]


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_moved", {}, "env", dict)
    app.add_directive("mapping", MappingDirective)
    app.connect("doctree-read", keep_only_labels)
    app.connect("doctree-read", label_terms)
    app.connect("env-updated", redirect_labels)
    app.connect("html-page-context", moved_from)
