"""The ``finding`` directive: what survived of the thesis, in one sentence at the top, with its verdict.

It is the switch to the form of page in which the body shows few claims: the panel lists the others (panel.py), and in
the boxes fold the values that the prose says.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ..build.errors import SourceError
from ..text.words import words_of
from .claims import SUPPORTS, Claim, box, claim, known_claim
from .results import lab_of, quoted_keys, render

logger = logging.getLogger(__name__)

COMMITTED = "as committed before the run"


class finding(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The finding's box: its sentence, unless that is the thesis, and the thesis, which folds beneath a sentence. ``words`` is the
    sentence, ``rests`` the claims that it rests on and does not show."""


class FindingDirective(SphinxDirective):
    """``{finding} id, id``: its content is the sentence, or nothing where the thesis is the finding; beneath it stands the
    verdict of the thesis as committed, which folds. It rests on the claims of those ids."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        content = self.parse_content_to_nodes()
        try:
            claims = self._claims()
            thesis = known_claim(self.env, "thesis")
            sentence = self._sentence(content, thesis, claims)
        except ValueError as error:
            logger.error("%s", error, location=self.get_location(), type="trenches", subtype="finding")
            return []
        node = finding("", words=sentence, rests=tuple(c for c in claims if c.id != "thesis" or sentence != thesis.sentence), classes=["finding"])
        self.set_source_info(node)
        if sentence != thesis.sentence:
            content[0]["classes"].append("finding-text")
            node += [*content, box(self.env, thesis, node.source, node.line, brief=True, beneath=True, since=COMMITTED)]
        else:
            node += box(self.env, thesis, node.source, node.line, brief=True, kind="The finding", since=COMMITTED)
        return [node]

    def _claims(self) -> list[Claim]:
        """The claims that the finding rests on. Raises ValueError."""
        ids = dict.fromkeys(" ".join(self.arguments).replace(",", " ").split())
        if not ids:
            raise ValueError("a finding rests on claims; name them on its first line, {finding} thesis")
        claims = [known_claim(self.env, wanted) for wanted in ids]
        for one in claims:
            if one.status not in SUPPORTS:
                raise ValueError(f"the finding rests on the claim {one.id}, which {_said(one)}; say what the evidence leaves standing, and rest "
                                 f"it on claims of {lab_of(self.env.docname)}/test_claims.py that hold")
        return claims

    def _sentence(self, content: list[nodes.Node], thesis: Claim, claims: list[Claim]) -> str:
        """What the finding says. Raises ValueError."""
        if not content and thesis in claims:
            return thesis.sentence
        if len(content) != 1 or not isinstance(content[0], nodes.paragraph):
            raise ValueError("a finding is one sentence; write it as the content of {finding}, or rest it on the thesis and leave it out where that "
                             "is the finding")
        return words_of(content[0])


def _said(claim: Claim) -> str:
    return "fails" if claim.status == "fails" else f"is {claim.status} ({claim.rests})"


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """On a page with a finding, the values of a claim's box that the prose says stand behind a disclosure. Raises SourceError
    where a claim that the finding rests on stands nowhere."""
    boxes, keys = list(doctree.findall(claim)), quoted_keys(doctree)
    boxed = [node["shown"] for node in boxes]
    for found in doctree.findall(finding):
        for one in found["rests"]:
            if one not in boxed:
                raise SourceError(f"{app.env.docname}.md:{found.line}: no box shows {one.id}, on which the finding rests; end the page with an "
                                  "{evidence} panel, which lists it")
        for node in boxes:
            node["folded"] = keys


def visit_finding(translator, node: finding) -> None:
    translator.body.append(translator.starttag(node, "div"))
    # Where it is the thesis, the thesis says its verdict.
    if len(node) > 1:
        translator.body.append(render(translator, "evidence/finding-head", rests=node["rests"]) + "\n")


def depart_finding(translator, node: finding) -> None:
    translator.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    app.add_node(finding, html=(visit_finding, depart_finding))
    app.add_directive("finding", FindingDirective)
    app.connect("doctree-read", fold)
