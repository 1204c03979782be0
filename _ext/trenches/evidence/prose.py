"""The prose check: numbers without a source, and phrases the site does not use. Each is a warning, so a build error.

A number may stand wherever a page shows words if it comes out of the lab (the ``result`` role), is our own choice
(``stated``), shares its sentence with a link to whoever measured it, or measures nothing (numbers.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

from _harness.results import Results

from . import numbers
from ..text.words import Text
from .claims import Claim, claim
from .results import lab_of, results_of

logger = logging.getLogger(__name__)

# A sentence ends at its full stop, not at that of an initial or an abbreviation.
SENTENCE = re.compile(r"(?:\b(?:[A-Z]|e\.g|i\.e|al(?!\.\s[A-Z])|cf|eds?|pp?|[Nn]o|[Vv]ol|[Ff]igs?|Art|Sec|Ch)\.|[^.!?…]|[.!?](?![\s”\")’\]\ue000]|$))*[.!?…]*[”\")’\]]*\s*")
QUOTATION = re.compile("“[^”]*”")
RELATION = re.compile(r"[=≈<>≤≥]|\\(?:approx|leq?|geq?|sim)\b")
# In a checked text these stand for a link to another site, and for what has a source.
CITED, BOUND = "\ue000", "\ue001"

BANNED_WORDS = """
delve delves tapestry landscape realm testament beacon embark unleash unlock unlocks harness leverage leveraging
empower elevate foster robust seamless seamlessly cutting-edge game-changer paradigm holistic synergy crucial pivotal
vital paramount myriad plethora intricate nuanced multifaceted ever-evolving fast-paced blazing lightning-fast
battle-tested production-grade enterprise-grade world-class best-in-class rock-solid magic journey
actually genuinely truly simply just obviously
""".split()
BANNED_PHRASES = (
    "silver bullet", "secret sauce", "of course", "in today's world", "when it comes to", "it's worth noting",
    "it is worth noting", "it is important to note", "at the end of the day", "the bottom line", "let's dive",
    "let's explore", "let's unpack", "here's the thing", "here's the kicker", "here's the catch", "spoiler",
    "buckle up", "that's where", "not just", "plays a key role", "the real question is", "in conclusion",
    "in summary", "ultimately", "hard-won lessons", "we learned the hard way", "studies show", "some argue",
    "orders of magnitude", "a client of ours", "in our experience", "last year we",
)
BANNED = re.compile(
    r"(?<![\w-])(?:" + "|".join(map(re.escape, (*BANNED_WORDS, *BANNED_PHRASES))).replace("'", "['’]") + r")(?![\w-])"
    r"|(?:^|(?<=[.!?]\s))(?:Moreover|Furthermore|Additionally)\b", re.IGNORECASE)
# What the pattern finds has one of these in it, and few paragraphs do: looking for each is faster than the pattern.
BANNED_TEXTS = ("moreover", "furthermore", "additionally", *BANNED_WORDS, *BANNED_PHRASES)
# After a word: n! is a factorial.
EXCLAMATION = re.compile(r"(?<=[^\W\d_]{2})!(?=\W|$)")
DASHES_PER_1000_WORDS = 3


@dataclass(frozen=True)
class Shown:
    """Some words that the page shows: ``text`` as Prose gives it, ``cited`` if the table's row or the quotation around it
    links to a source, ``quoted`` if somebody else's."""

    text: str
    line: int
    cited: bool = False
    quoted: bool = False


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every problem in what this page says, with its file and line.

    The event ``prose-shown`` gives the list of it, with the page's name, to who knows of words that are not the author's to
    edit, or of more that are his.
    """
    docname, found = app.env.docname, list(shown(doctree, Prose(app.config.html_baseurl)))
    app.emit("prose-shown", docname, found)
    words = dashes = 0
    for part in found:
        words, dashes = words + len(part.text.split()), dashes + part.text.count("—")
        for offset, problem in problems(part):
            logger.warning(problem, location=(docname, part.line + part.text[:offset].count("\n")), type="trenches", subtype="prose")
    if dashes * 1000 > DASHES_PER_1000_WORDS * max(words, 1000):
        logger.warning("%d em dashes in %d words; at most %d per 1,000", dashes, words, DASHES_PER_1000_WORDS,
                       location=docname, type="trenches", subtype="prose")
    for node in doctree.findall(claim):
        for number in _unbacked(node["shown"], results_of(app.env, docname)):
            logger.warning("%s/test_claims.py: “%s” in the reason of %s is in no result and not in its sentence; quote what was "
                           "measured", lab_of(docname), number, node["shown"].id, type="trenches", subtype="prose")


def problems(part: Shown) -> Iterator[tuple[int, str]]:
    """Yield (offset, problem) for what is wrong with ``part``."""
    for sentence in SENTENCE.finditer(part.text):
        for offset, number in () if part.cited or CITED in sentence[0] else numbers.unsourced(sentence[0]):
            yield (sentence.start() + offset, f"“{number}” has no source; bind it with {{result}}, link its source in the same "
                   "sentence, or mark our own choice with {stated}")
    if part.quoted:
        return
    ours = unquoted(part.text)
    plain = ours.lower().replace("’", "'")
    for match in BANNED.finditer(ours) if any(banned in plain for banned in BANNED_TEXTS) else ():
        yield match.start(), f"“{match[0]}” is on the site's list of phrases to do without; say what is meant"
    for match in EXCLAMATION.finditer(ours):
        yield match.start(), "an exclamation mark; end the sentence with a full stop"


def shown(node: nodes.Element, prose: Prose, line: int = 1, cited: bool = False, quoted: bool = False) -> Iterator[Shown]:
    """Yield all words under ``node``, in order: of sentences, headings, captions, cells, labels and alternative texts.

    Code answers for itself, a claim's sentence to its test, and what is shown ``elsewhere`` there.
    """
    if isinstance(node, nodes.block_quote):
        quoted = True
    cited = cited or isinstance(node, (nodes.block_quote, nodes.row)) and any(map(prose.is_source, node.findall(nodes.reference)))
    for child in node.children:
        at = child.line or line
        if isinstance(child, (claim, nodes.FixedTextElement, nodes.system_message, nodes.Text)) and not isinstance(child, nodes.math_block):
            continue
        if isinstance(child, nodes.TextElement):
            if text := prose.of(child):
                yield Shown(text, at, cited, quoted)
            continue
        if "elsewhere" in child:
            continue
        if child.get("alt"):
            yield Shown(child["alt"], at, cited, quoted)
        yield from shown(child, prose, at, cited, quoted)


def _unbacked(shown: Claim, results: Results) -> Iterator[str]:
    """The numbers in the reason of a refuted claim that are neither in its sentence nor among the lab's results."""
    backed = set(numbers.DIGITS.findall(" ".join([shown.sentence, *(value.text for value in results.values.values())])))
    for _, number in numbers.unsourced(shown.reason):
        if not set(numbers.DIGITS.findall(number)) <= backed:
            yield number


def unquoted(text: str) -> str:
    """``text`` with a mark for each sign between quotation marks: those words are somebody else's."""
    return QUOTATION.sub(_blank, text)


def _host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")


def _blank(found: re.Match) -> str:
    return re.sub(r"[^\n]", BOUND, found[0])


class Prose(Text):
    """A block's text in which a link to another site than ours, and whatever has a source, have marks of their own."""

    def __init__(self, ours: str) -> None:
        self.ours = _host(ours)

    def is_source(self, link: nodes.reference) -> bool:
        return link.get("refuri", "").startswith("http") and _host(link["refuri"]) != self.ours

    def of_reference(self, node: nodes.reference) -> str:
        if "result" in node["classes"]:
            return BOUND
        return (CITED if self.is_source(node) else "") + self.inline(node)

    def of_inline(self, node: nodes.inline) -> str:
        return BOUND if "stated" in node["classes"] else self.inline(node)

    def of_pending_xref(self, node: addnodes.pending_xref) -> str:
        """Where no words of this page stand for the target, it shows a title, which is checked where it stands."""
        return self.inline(node) if node.get("refexplicit") or node["reftype"] == "term" else BOUND

    def of_literal(self, node: nodes.literal) -> str:
        """A number is none the less one for being set as code."""
        text = node.astext()
        return text if numbers.is_amount(text) else BOUND

    def of_math(self, node: nodes.math) -> str:
        """A formula, unless it ends in an amount: its other numbers belong to it."""
        return text if numbers.is_amount(RELATION.split(text := node.astext())[-1]) else BOUND

    of_math_block = of_math


def setup(app: Sphinx) -> None:
    app.add_event("prose-shown")
    app.connect("doctree-read", check)
