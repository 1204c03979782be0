"""Mathematics: the TeX of ``{math}`` becomes MathML when the site is built, so that no reader needs a script or another host.

https://github.com/tmke8/math-core converts it. What is not MathML Core, and what needs a style of its own, which the site's
policy forbids, is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

import lxml.etree
from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from ..build.errors import place

logger = logging.getLogger(__name__)

# The converter ends the process some thousand braces deep.
LONGEST = 2000
# As many signs as a phone's line has room for; a formula in a sentence does not break.
WIDEST = 24
CONVERTER = LatexToMathML(xml_namespace=True, fancy_error=False)
# Formulas have no numbers, so the environments that give them are those that give none.
NUMBERED = re.compile(r"\\(begin|end)\{(align|split|gather|equation|multline)\*?\}")
UNNUMBERED = {"align": "aligned", "split": "aligned"}
CORE = {"math", "mi", "mn", "mo", "mtext", "mspace", "mrow", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
        "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom"}
# The converter's styles, as classes of trenches.css and book.css; what only moves something by a hair is left out.
CLASSES = {"text-align: left": "left", "text-align: right": "right", "padding-left: 0": "joined-left",
           "padding-right: 0": "joined-right", "padding-left:1em": "apart",
           "justify-items: start": "", "justify-items: end": "", "math-shift:compact": ""}
HAIR = "margin-left:"


class FormulaError(ValueError):
    """What is wrong with a formula."""


@lru_cache(maxsize=256)
def mathml(tex: str, display: bool) -> str:
    """``tex`` as a ``math`` element with the TeX in its ``alttext``, for who cannot show it. Raises FormulaError."""
    if not tex.strip():
        raise FormulaError("is empty")
    if len(tex) > LONGEST:
        raise FormulaError(f"has over {LONGEST:,} characters; divide it")
    try:
        text = CONVERTER.convert_with_local_state(_lines(NUMBERED.sub(_unnumbered, tex)), displaystyle=display)
    except LatexError as error:
        raise FormulaError("is not TeX: " + re.sub(r"^\d+: ", "", str(error)).rstrip(".") + "; mend it") from None
    # The one entity that XML does not know; a bar that browsers would combine with nothing.
    text = text.replace("&ApplyFunction;", "\N{FUNCTION APPLICATION}").replace("\N{COMBINING LOW LINE}", "\N{OVERLINE}")
    root = lxml.etree.fromstring(text)
    for element in root.iter():
        name = lxml.etree.QName(element).localname
        styles = [style for style in element.attrib.pop("style", "").split(";") if not style.startswith(HAIR)]
        if name not in CORE or not {*filter(None, styles)} <= set(CLASSES):
            raise FormulaError("has a colour, font, frame or rule of its own, which pages cannot show everywhere; do without")
        if name == "mtable":
            # MathML Core's; the Nu checker and epubcheck know MathML 3.
            element.attrib.pop("scriptlevel", None)
        if classes := " ".join(filter(None, (CLASSES.get(style) for style in styles))):
            element.set("class", classes)
    if not display and len("".join(root.itertext())) > WIDEST:
        raise FormulaError("is wider than a phone's line; let ```{math} show it by itself")
    root.set("alttext", " ".join(tex.split()))
    return lxml.etree.tostring(root, encoding="unicode")


def _unnumbered(found: re.Match) -> str:
    return rf"\{found[1]}{{{UNNUMBERED.get(found[2], 'gathered')}}}"


def _lines(tex: str) -> str:
    r"""``tex`` with its lines in an environment: outside of any, the converter runs what \\ parts together."""
    outside = re.sub(r"\\begin\{(\w+)\}.*?\\end\{\1\}", "", tex, flags=re.DOTALL)
    return rf"\begin{{aligned}}{tex}\end{{aligned}}" if r"\\" in outside else tex


def convert(node: nodes.math | nodes.math_block) -> str:
    """The MathML of a node; blank lines part the formulas of a block."""
    if isinstance(node, nodes.math):
        return mathml(node.astext(), False)
    return "".join(f"<div>{mathml(tex, True)}</div>" for tex in re.split(r"\n\s*\n", node.astext().strip()))


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Convert each formula of the page, so that what is wrong is told before anything is written."""
    for node in [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]:
        if problem := _problem(node):
            logger.error("the formula “%s” %s", " ".join(node.astext().split())[:60], problem, location=place(node),
                         type="trenches", subtype="math")
            node.parent.remove(node)


def _problem(node: nodes.math | nodes.math_block) -> str | None:
    if node.get("label"):
        return f"has no number; to link to it, put (slug-word)= and a blank line above it in place of `{node['label']}`"
    try:
        convert(node)
    except FormulaError as error:
        return str(error)
    return None


class EquationRole(SphinxRole):
    """``{eq}``, which shows a formula's number."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        logger.error("{eq}: formulas have no numbers; link to the label above one, as in [the bound](#%s)", self.text,
                     location=self.get_location(), type="trenches", subtype="math")
        return [], []


def visit_math(translator, node: nodes.math) -> None:
    translator.body.append(convert(node))
    raise nodes.SkipNode


def visit_math_block(translator, node: nodes.math_block) -> None:
    attributes = {"class": "formula", "tabindex": "0", "role": "group", "aria-label": "Formula"}
    translator.body += (translator.starttag(node, "div", **attributes), convert(node), "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    # With a second one, Sphinx does without MathJax.
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.add_role("eq", EquationRole(), override=True)
    app.connect("doctree-read", check)
