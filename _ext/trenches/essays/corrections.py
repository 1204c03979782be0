"""Corrections stand where the wrong sentence stood, as in the essay's changelog and on the page of all corrections."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from ..build.errors import SourceError
from .frontmatter import is_essay


class correction(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A line that says when, and folded behind it what was wrong."""


class corrected(nodes.Part, nodes.TextElement):  # noqa: N801
    """When: the line that opens a correction."""


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Put a dated line under the heading, or before the claim or figure, that a correction in the front matter names."""
    docname = app.env.docname
    for change in app.env.trenches_front[docname].changes if is_essay(docname) else ():
        if change.corrects is None:
            continue
        target = next((node for node in doctree.findall(nodes.Element) if change.corrects in node["ids"]), None)
        if target is None:
            raise SourceError(f"{docname}.md:1: `corrects: {change.corrects}` is no label of this essay; "
                             "name the section, figure or claim that was wrong")
        line = correction("", corrected("", f"Corrected {change.date}"), nodes.paragraph("", change.what),
                          classes=["correction"], elsewhere="in the changelog")
        if isinstance(target, nodes.section):
            target.insert(1, line)
        else:
            target.parent.insert(target.parent.index(target), line)


def visit_correction(translator, node: correction) -> None:
    translator.body.append(translator.starttag(node, "details", **{"open": ""} if node.get("open") else {}))


def depart_correction(translator, node: correction) -> None:
    translator.body.append("</details>\n")


def visit_corrected(translator, node: corrected) -> None:
    translator.body.append("<summary>")


def depart_corrected(translator, node: corrected) -> None:
    translator.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    app.add_node(correction, html=(visit_correction, depart_correction))
    app.add_node(corrected, html=(visit_corrected, depart_corrected))
    # Before the numbers in the text are looked at, and after the essays' records are made.
    app.connect("doctree-read", place, priority=450)
