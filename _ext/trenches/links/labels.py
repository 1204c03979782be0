"""The link contract: whatever a reader can link to has a label, and its id in the page is that label.

Other teams' documents point here for years, so no id may follow from a heading's words, which are edited.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from ..build.errors import SourceError
from ..text.files import line_of, read
from ..text.words import words_of

# Sphinx registers these, and the site builds none of them.
UNBUILT = ("genindex", "modindex", "py-modindex")
# Where an author gives a label: a target, an option, a footnote.
WRITTEN = re.compile(r"^[ \t>]*(?:\((.+)\)=[ \t]*$|:(?:name|label):(.+)$|\[\^([^\]\n]+)\]:)", re.MULTILINE)
# The ids of a panel's rows, of templates, theme, script and tabs, and of Sphinx's own pages; tests/test_links.py finds more.
PLACE = re.compile(r"id\d+")
RESERVED = re.compile(PLACE.pattern + r"|(result|svg|sd-tab)-.*|note-\d+|evidence-panel|furo-main-content|local-contents-title|"
                      "site-drawer|search|claims|corrections|archive(-.*)?|" + "|".join(UNBUILT))
# Nobody links to these: a reference to a footnote is where its link back leads.
UNLINKED = (nodes.footnote_reference, nodes.citation_reference, nodes.problematic, nodes.system_message)


def keep_only_labels(app: Sphinx, doctree: nodes.document) -> None:
    """Take from each heading the id made of its words, and refuse one that has no other; the others lead to what it says."""
    labels = {doctree.nameids[name] for name, explicit in doctree.nametypes.items() if explicit}
    for section in doctree.findall(nodes.section):
        section["ids"] = [anchor for anchor in section["ids"] if anchor in labels]
        if not section["ids"]:
            raise SourceError(f"{app.env.docname}.md:{section.line}: the heading “{words_of(section[0])}” has no label; "
                             f"put ({app.env.docname.rpartition('/')[2]}-word)= and a blank line above it")
        for anchor in section["ids"]:
            # Sphinx took its title for the label with the marks of footnotes in it.
            note_label(app.env, anchor, words_of(section[0]), section.line)


def label_terms(app: Sphinx, doctree: nodes.document) -> None:
    """A glossary's terms become labels too, so that one syntax links to everything."""
    lines = [line.strip() for line in read(Path(app.env.doc2path(app.env.docname))).split("\n")]
    for term in doctree.findall(nodes.term):
        # MyST counts a glossary's lines from the glossary's own first.
        words = words_of(term)
        line = lines.index(words) + 1 if words in lines else term.line
        for anchor in term["ids"]:
            # A term whose words give no id, or one that is taken, gets a number for its place.
            if re.fullmatch(r"term-\d+", anchor) and anchor[5:] not in words:
                raise SourceError(f"{app.env.docname}.md:{line}: the term “{words}” has no id of its own; write it "
                                 "with Latin letters that no other term has")
            # References to labels are lower-cased before they are looked up.
            note_label(app.env, anchor.lower(), words, line, anchor)


def name_notes(app: Sphinx, doctree: nodes.document) -> None:
    """A footnote that the author calls by a number gets an id of it; docutils gives it one that follows from its place."""
    for note in doctree.findall(nodes.footnote):
        for name in filter(str.isdigit, note["names"]):
            place, doctree.nameids[name] = note["ids"][0], f"note-{name}"
            note["ids"] = [f"note-{name}"]
            for reference in doctree.findall(nodes.footnote_reference):
                if reference.get("refid") == place:
                    reference["refid"] = f"note-{name}"


def check_ids(app: Sphinx, doctree: nodes.document) -> None:
    """Refuse a label that is not its own id, one that the site needs, an id that follows from a place, and one that comes twice."""
    docname, problems = app.env.docname, []
    text = read(Path(app.env.doc2path(docname)))
    written = {nodes.fully_normalize_name(name): (name, line_of(text, found.start(found.lastindex)))
               for found in WRITTEN.finditer(text) for name in [found[found.lastindex].strip()]}
    labels = [name for name, explicit in doctree.nametypes.items() if explicit and doctree.nameids[name]]
    for label in labels:
        anchor = doctree.nameids.get(label, label)
        typed, line = written.get(nodes.fully_normalize_name(label), (label, doctree.ids[anchor].line if anchor in doctree.ids else 1))
        if not (typed == anchor == nodes.make_id(typed) or anchor == f"note-{typed}"):
            problems.append((line, f"the label “{typed}” cannot be an id as it is, so that links to it would need another name; "
                                   f"write {nodes.make_id(typed) or 'a word of a-z, digits and hyphens'}"))
        elif RESERVED.fullmatch(typed):
            problems.append((line, f"the label “{typed}” is an id that the site's own pages use; put the essay's slug before it"))
    seen: set[str] = set()
    for node in doctree.findall(nodes.Element):
        for anchor in node["ids"]:
            if anchor in seen:
                problems.append((node.line, f"“{anchor}” is on this page already; show a claim, listing or panel once, and give "
                                            "two things two names"))
            elif PLACE.fullmatch(anchor) and not isinstance(node, UNLINKED) and anchor not in labels:
                problems.append((node.line, f"this {node.tagname} gets a link, and its id follows from its place; give it a label of "
                                            f"its own, :name: {docname.rpartition('/')[2]}-word"))
            seen.add(anchor)
    if problems:
        raise SourceError("\n".join(f"{docname}.md:{line}: {what}" for line, what in sorted(problems, key=lambda found: found[0] or 0)))


class WrappedOnce(SphinxPostTransform):
    """Furo 2025.12 puts tables and equations into a box with the same id; the id stays with what the caption's link is in."""

    default_priority = 501

    def run(self) -> None:
        for box in self.document.findall(nodes.container):
            if {"table-wrapper", "math-wrapper"} & set(box["classes"]):
                box["ids"] = []


def is_own_id(name: str) -> bool:
    """Whether docutils makes the id ``name`` of the label ``name``."""
    return name == nodes.make_id(name)


def note_label(env: BuildEnvironment, label: str, title: str, line: int | None, anchor: str = "") -> None:
    """Register ``label``, the id of something on the page being read unless ``anchor`` is, for references to it."""
    here = (env.docname, anchor or label)
    there = env.domains.standard_domain.anonlabels.get(label, here)
    if there != here:
        raise SourceError(f"{env.docname}.md:{line}: the label “{label}” is that of {there[0]}.md#{there[1]} already; rename one")
    env.domains.standard_domain.note_hyperlink_target(label, *here, title)


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", keep_only_labels)
    app.connect("doctree-read", label_terms)
    app.connect("doctree-read", name_notes)
    # After every module that gives something an id.
    app.connect("doctree-read", check_ids, priority=900)
    app.add_post_transform(WrappedOnce)
