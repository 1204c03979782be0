"""The ``evidence`` directive: the panel that says what ran, where, when, and how to run it again."""

from __future__ import annotations

import os

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from _harness.results import Results, ResultsError, Value

from ..build.errors import SourceError
from ..links.labels import note_label
from .claims import box, claim, claims_of
from .repository import Repository
from .results import anchor, is_draft, lab_of, not_run, quoted_keys, render, replications_of, results_of
from .spreads import Between, between, span, wants_samples

logger = logging.getLogger(__name__)

SPREADS = ("An interval describes one run: within this run is what the row says it is, and no forecast of another. Between runs is the least "
           "and the greatest of all that the lab has been run, of which this is the one quoted.")


class evidence(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The panel; its children are the claims that no other box of the page shows, and the known limits. ``also`` are keys that
    others show of this page, ``once`` those that the page itself has quoted."""


class limits(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The known limits that the author lists."""


class EvidenceDirective(SphinxDirective):
    """``{evidence}``: the panel of this page's lab. Its content says the known limits, in a sentence or two. ``:once:`` are the keys
    of values that the page quoted once and may be linked to: their rows stay."""

    has_content = True
    option_spec = {"once": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        once = tuple(self.options.get("once", "").split())
        try:
            for key in once:
                results_of(self.env, self.env.docname).value(key)
        except ResultsError as error:
            logger.error("%s", error, location=self.get_location(), type="trenches", subtype="evidence")
            return []
        node = evidence("", ids=["evidence-panel"], once=once)
        self.set_source_info(node)
        node += limits("", *self.parse_content_to_nodes())
        return [node]


def list_claims(app: Sphinx, doctree: nodes.document) -> None:
    """Put the claims that no box shows into the panel, so that none is hidden."""
    boxed = {node["shown"].id for node in doctree.findall(claim)}
    for node in doctree.findall(evidence):
        every = claims_of(app, app.env.docname).values()
        node["boxed"] = [c for c in every if c.id in boxed]
        node[:0] = [box(app.env, c, node.source, node.line, brief=True, kind=c.name) for c in every if c.id not in boxed]


def fill(app: Sphinx, doctree: nodes.document) -> None:
    """Collect, in the page's order, every value the page shows: those in its sentences and those behind its claims."""
    for node in list(doctree.findall(evidence)):
        docname = app.env.docname
        results, claims = results_of(app.env, docname), tuple(claims_of(app, docname).values())
        if not results.receipt:
            *listed, known = node.children
            node.replace_self([nodes.paragraph("", "", not_run("evidence")), *listed, *known.children])
            continue
        keys = quoted_keys(doctree)
        keys += [value.key for claim in claims for value in claim.values]
        keys += *node.get("also", ()), *node["once"]
        again = replications_of(app.env, docname)
        node["rows"] = [between(results.value(key), again) for key in dict.fromkeys(keys)]
        node["ratios"] = _ratios(doctree, results)
        node["receipt"] = results.receipt
        node["sha256"] = results.sha256
        node["lab"], draft = lab_of(docname), is_draft(app.env, docname)
        recorded = node["lab"] + "/.quick" * draft
        node["refuri"] = relative_uri(docname, f"{recorded}/results.json")
        node["again"] = [(run.receipt["started"], f"replications/{run.path.name}") for run in again]
        node["links"] = _label(app, node)
        repository = node["repository"] = app.config.trenches_repository and Repository(app.config.trenches_repository)
        left = () if draft else ("samples", *["replications"] * bool(again))
        node["parts"] = repository and repository.parts(node["lab"], results.receipt["commit"], *left)
        _note_samples(app, recorded, node["rows"])


def _label(app: Sphinx, panel: evidence) -> dict[str, tuple[str, str]]:
    """Give the value of each row a label, an id of the panel's; return by key the label and what a link to it shows."""
    links = {value.key: (f"{panel['lab'].removeprefix('labs/')}-{anchor(value.key)}", f"{value.text}: {value.label}")
             for value in (row.value for row in panel["rows"])}
    for label, title in links.values():
        panel["ids"].append(label)
        note_label(app.env, label, title, panel.line)
    return links


def _note_samples(app: Sphinx, recorded: str, rows: list[Between]) -> None:
    """Have the samples that rows name published with the page. Raises SourceError for those that are not there."""
    for name in dict.fromkeys(row.value.sample for row in rows if row.value.sample):
        path = f"{recorded}/samples/{name}.csv"
        if not os.path.isfile(os.path.join(app.srcdir, path)):
            raise SourceError(f"{recorded}/results.json: values name the samples {name!r}, and {path} is not there; take it from git again, or "
                              f"run `make lab slug={recorded.split('/')[1]}`")
        app.env.note_dependency(path)


def _ratios(doctree: nodes.document, results: Results) -> dict[str, list[tuple[str, Value]]]:
    """By key, what the page shows of a value as a ratio, and to what."""
    found: dict[str, list[tuple[str, Value]]] = {}
    for ref in doctree.findall(nodes.reference):
        if ref.get("base") and (shown := (ref.astext(), results.value(ref["base"]))) not in found.setdefault(ref["result"], []):
            found[ref["result"]].append(shown)
    return found


def visit_limits(translator, node: limits) -> None:
    translator.body.append("</dd></div>\n<div><dt>Known limits</dt><dd>")


def depart_limits(translator, node: limits) -> None:
    """The panel closes what is open."""


def visit_evidence(translator, node: evidence) -> None:
    translator.body.append(render(translator, "evidence/evidence-head", panel=node))


def depart_evidence(translator, node: evidence) -> None:
    translator.body.append(render(translator, "evidence/evidence-foot", panel=node, row_of=anchor, about=SPREADS, span=span, wants_samples=wants_samples))


def setup(app: Sphinx) -> None:
    app.add_node(evidence, html=(visit_evidence, depart_evidence))
    app.add_node(limits, html=(visit_limits, depart_limits))
    app.add_directive("evidence", EvidenceDirective)
    # Before whoever looks for a claim's box by its label.
    app.connect("doctree-read", list_claims, priority=350)
    app.connect("doctree-read", fill)
