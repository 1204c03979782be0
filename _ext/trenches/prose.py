"""The prose check: numbers without a source, and phrases the site does not use. Each is a warning, so a build error.

A number may stand in a sentence if it comes out of the lab (the ``result`` role), is our own choice (``stated``), is
code, or shares its sentence with a link to whoever measured it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging

from .basics import is_essay
from .claims import claim

logger = logging.getLogger(__name__)

UNIT = (r"(?:ns|µs|us|ms|s|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|weeks?|%|percent|[x×]|times|fold|[KMGT]i?B|bytes|"
        r"(?:thousand|million|billion)\b(?: \w+)?|rows?|pages?|quer(?:y|ies)|requests?|tenants?|calls?|users?|"
        r"rps|qps|rpm|cores?|connections?|threads?|tokens?|dollars?|per (?:second|minute|hour|day))")
NUMBER = re.compile(rf"(?<![\w.,§#-])[$€]?\d[\d,.]*[ \N{{NO-BREAK SPACE}}-]?{UNIT}(?!\w)|[$€]\d[\d,.]*")
SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*[.!?]*\s*")

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
DIGIT = re.compile(r"\d")
DASHES_PER_1000_WORDS = 3


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every problem in the prose of this page, with its file and line."""
    if app.env.docname == app.config.root_doc:
        return
    if is_essay(app.env.docname):
        front = app.env.trenches_front[app.env.docname]
        for shown in filter(None, (front.figure_words, front.read_next_because)):
            for _, problem in problems(shown, []):
                logger.warning(problem, location=(app.env.docname, 1), type="trenches", subtype="prose")
    words = dashes = 0
    for block in list(blocks(doctree))[2 if is_essay(app.env.docname) else 0:]:
        text, linked = _flatten(block)
        words, dashes = words + len(text.split()), dashes + text.count("—")
        for offset, problem in problems(text, linked):
            line = (block.line or block.parent.line or 1) + text[:offset].count("\n")
            logger.warning(problem, location=(app.env.docname, line), type="trenches", subtype="prose")
    if dashes * 1000 > DASHES_PER_1000_WORDS * max(words, 1000):
        logger.warning("%d em dashes in %d words; at most %d per 1,000", dashes, words, DASHES_PER_1000_WORDS,
                       location=app.env.docname, type="trenches", subtype="prose")


def problems(text: str, linked: list[int]) -> Iterator[tuple[int, str]]:
    """Yield (offset, problem) for a block's text; ``linked`` holds the offsets of its external links."""
    for sentence in SENTENCE.finditer(text) if DIGIT.search(text) else ():
        if any(sentence.start() <= offset < sentence.end() for offset in linked):
            continue
        for match in NUMBER.finditer(sentence[0]):
            yield (sentence.start() + match.start(), f"“{match[0]}” has no source; bind it with {{result}}, link "
                   "its source in the same sentence, or mark our own choice with {stated}")
    plain = text.lower().replace("’", "'")
    for match in BANNED.finditer(text) if any(banned in plain for banned in BANNED_TEXTS) else ():
        yield match.start(), f"“{match[0]}” is on the site's list of phrases to do without; say what is meant"
    for match in re.finditer(r"!(?=\s|$)", text):
        yield match.start(), "an exclamation mark; end the sentence with a full stop"


def blocks(doctree: nodes.document) -> Iterator[nodes.TextElement]:
    """Yield the titles, paragraphs and terms that the author wrote."""
    for node in doctree.findall(nodes.TextElement):
        if not isinstance(node, (nodes.title, nodes.paragraph, nodes.term)):
            continue
        around = node.parent
        while around is not None and not _is_not_ours(around):
            around = around.parent
        if around is None:
            yield node


def _is_not_ours(node: nodes.Element) -> bool:
    """Whether nobody wrote the text in ``node`` here: a quotation, a claim held to its by a test."""
    return isinstance(node, (nodes.block_quote, claim))


def _flatten(block: nodes.TextElement) -> tuple[str, list[int]]:
    """Return the block's text with bound and quoted parts blanked, and the offsets of links to other sites."""
    text, linked = "", []
    for node in block.findall():
        if isinstance(node, nodes.reference) and node.get("refuri", "").startswith("http"):
            linked.append(len(text))
        if isinstance(node, nodes.Text):
            text += " " * len(node) if _exempt(node, block) else str(node)
    return re.sub(r"“[^”]*”", lambda quote: re.sub(r"[^\n]", "_", quote[0]), text), linked


def _exempt(node: nodes.Node, block: nodes.Node) -> bool:
    while node is not block:
        if isinstance(node, (nodes.literal, nodes.math, addnodes.pending_xref, nodes.footnote_reference)):
            return True
        if isinstance(node, nodes.Element) and {"result", "stated"} & set(node["classes"]):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", check)
