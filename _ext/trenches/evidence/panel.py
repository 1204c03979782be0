"""The ``evidence`` directive: the panel that says what ran, where, when, and how to run it again."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from _harness.results import format_value

from .claims import claims_of
from .results import anchor, is_draft, lab_of, not_run, render, results_of


class evidence(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The panel; its children are the known limits that the author lists. ``also`` are keys that others show of this page."""


class EvidenceDirective(SphinxDirective):
    """``{evidence}``: the panel of this page's lab. Its content says the known limits, in a sentence or two."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        node = evidence("", ids=["evidence-panel"])
        self.set_source_info(node)
        node += self.parse_content_to_nodes()
        return [node]


def fill(app: Sphinx, doctree: nodes.document) -> None:
    """Collect, in the page's order, every value the page shows: those in its sentences and those behind its claims."""
    for node in list(doctree.findall(evidence)):
        docname = app.env.docname
        results, claims = results_of(app.env, docname), tuple(claims_of(app, docname).values())
        if not results.receipt:
            node.replace_self([nodes.paragraph("", "", not_run("evidence")), *node.children])
            continue
        keys = [ref["result"] for ref in doctree.findall(nodes.reference) if "result" in ref]
        keys += [value.key for claim in claims for value in claim.values]
        keys += node.get("also", ())
        node["values"] = [results.value(key) for key in dict.fromkeys(keys)]
        node["claims"] = claims
        node["receipt"] = results.receipt
        node["sha256"] = results.sha256
        node["lab"] = lab_of(docname)
        node["refuri"] = relative_uri(docname, f"{node['lab']}/{'.quick/' * is_draft(app.env, docname)}results.json")


def visit_evidence(translator, node: evidence) -> None:
    translator.body.append(render(translator, "evidence/evidence-head", panel=node))


def depart_evidence(translator, node: evidence) -> None:
    translator.body.append(render(translator, "evidence/evidence-foot", panel=node, row_of=anchor, show=format_value))


def setup(app: Sphinx) -> None:
    app.add_node(evidence, html=(visit_evidence, depart_evidence))
    app.add_directive("evidence", EvidenceDirective)
    app.connect("doctree-read", fill)
