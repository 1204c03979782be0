"""The form of an essay: how many words, numbers, boxes and lists it has, and where, against the limits of shape.toml.

A measured number is what a ``result`` role shows, or a sentence with a link to its source; our own choices, tables, folds,
claims, and what only looks like a number (evidence/numbers.py) are none. Words are what the page shows as text: headings, boxes
and captions too; code, formulas, and what stands under Evidence and Sources are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from ..evidence import numbers
from ..evidence.prose import BOUND, CITED, SENTENCE, Prose
from ..text.files import read_toml
from ..text.words import words_of

logger = logging.getLogger(__name__)

SHAPE = read_toml(Path(__file__).with_name("shape.toml"))
MOST, LEAST, SAYS_NOTHING = SHAPE["most"], SHAPE["least"], SHAPE["says_nothing"]
_, MONDAY, EVIDENCE, SOURCES = ENDS = SHAPE["ends"]
FINDING, SCHEMATIC, CHART, CLAIM, LIST = KINDS = "finding", "schematic", "chart", "claim", "bullet_list"
# Around what a role shows: a measured number, and a number of our choice.
MEASURED, STATED, END = "\ue002", "\ue003", "\ue004"
BY_ROLE = re.compile(f"([{MEASURED}{STATED}])([^{END}]*){END}")

Problem = tuple[int | None, str]


class Marked(Prose):
    """A block's text in which the numbers of the roles stand between marks."""

    def of_reference(self, node: nodes.reference) -> str:
        return f"{MEASURED}{node.astext()}{END}" if "result" in node["classes"] else super().of_reference(node)

    def of_inline(self, node: nodes.inline) -> str:
        return f"{STATED}{self.inline(node)}{END}" if "stated" in node["classes"] else super().of_inline(node)


@dataclass(frozen=True)
class Sentence:
    """A sentence, as Marked gives it; ``cited`` if what is around it has a source."""

    line: int
    text: str
    cited: bool

    @property
    def words(self) -> int:
        return len(self.text.split())

    @cached_property
    def measured(self) -> list[str]:
        """Its measured numbers, with what they are numbers of."""
        by_role = [text for mark, text in BY_ROLE.findall(self.text) if mark == MEASURED]
        if not self.cited and CITED not in self.text:
            return by_role
        return by_role + [number for _, number in numbers.unsourced(BY_ROLE.sub(BOUND, self.text))]

    @property
    def stated(self) -> list[str]:
        return [text for mark, text in BY_ROLE.findall(self.text) if mark == STATED]

    @property
    def start(self) -> str:
        """Its first words, as the page shows them."""
        words = BY_ROLE.sub(r"\2", self.text).replace(CITED, "").replace(BOUND, "…").split()
        return " ".join(words[:6]) + " …" * (len(words) > 6)


@dataclass(frozen=True)
class Place:
    """Where something stands: on which line, in which section of the page, within what, after how many words."""

    line: int
    section: nodes.section | None
    within: tuple[nodes.Element, ...]
    words_before: int

    def is_in(self, *kinds: str) -> bool:
        return any(kind_of(node) in kinds for node in self.within)


@dataclass(frozen=True)
class Block(Place):
    """A heading, a paragraph, a caption or a cell, with its text as Marked gives it."""

    text: str

    @cached_property
    def words(self) -> int:
        return len(self.text.split())

    @cached_property
    def sentences(self) -> list[Sentence]:
        # Of a quotation, who is quoted is linked under it.
        quotation = next((node for node in self.within if isinstance(node, nodes.block_quote)), None)
        cited = quotation is not None and next(quotation.findall(nodes.reference), None) is not None
        return [Sentence(self.line + self.text[:found.start()].count("\n"), found[0], cited) for found in SENTENCE.finditer(self.text)]

    @property
    def counts_numbers(self) -> bool:
        """Whether its numbers stand in sentences of ours or of a source."""
        return not self.is_in(CLAIM, "table", "fold")


def kind_of(node: nodes.Element) -> str:
    """What a node is: its class by name, for a drawing what it draws, for sphinx-design's dropdown a fold."""
    if node.get("design_component") == "dropdown":
        return "fold"
    return node["kind"] if type(node).__name__ == "drawing" else type(node).__name__


class Page:
    """What an essay shows outside Evidence and Sources, in order: its ``blocks``, and by kind its boxes, figures and lists."""

    def __init__(self, doctree: nodes.document, ours: str) -> None:
        self._prose, self.words = Marked(ours), 0
        self.top = next(doctree.findall(nodes.section))
        self.sections = [node for node in self.top if isinstance(node, nodes.section)]
        self.blocks: list[Block] = []
        self.found: dict[str, list[tuple[nodes.Element, Place]]] = {kind: [] for kind in KINDS}
        self._read(doctree, (), 1, None)

    def of(self, section: nodes.section) -> list[Block]:
        return [block for block in self.blocks if block.section is section]

    def named(self, heading: str) -> nodes.section | None:
        return next((section for section in self.sections if words_of(section[0]) == heading), None)

    def _read(self, node: nodes.Element, within: tuple[nodes.Element, ...], line: int, section: nodes.section | None) -> None:
        for child in node.children:
            if isinstance(child, (nodes.FixedTextElement, nodes.system_message, nodes.Text)) or "elsewhere" in child:
                continue
            at, here = child.line or line, child if child in self.sections else section
            if here is child and words_of(child[0]) in (EVIDENCE, SOURCES):
                continue
            if (kind := kind_of(child)) in KINDS:
                self.found[kind].append((child, Place(at, here, within, self.words)))
            if not isinstance(child, nodes.TextElement):
                self._read(child, (*within, child), at, here)
            elif text := self._prose.of(child):
                self.blocks.append(Block(at, here, within, self.words, text))
                self.words += self.blocks[-1].words


def problems(doctree: nodes.document, ours: str = "") -> Iterator[Problem]:
    """Yield (line, problem) for all in which an essay departs from the form; ``ours`` is the site's address."""
    page = Page(doctree, ours)
    yield from _of_order(page)
    yield from _of_length(page)
    yield from _of_boxes(page)
    yield from _of_monday(page)
    # The title and the summary are the owner's.
    for block in page.blocks[2:]:
        if not block.is_in(CLAIM, "block_quote"):
            yield from _of_sentences(block)
        if block.counts_numbers:
            yield from _of_numbers(block)
    yield from _of_density(page)


def _of_order(page: Page) -> Iterator[Problem]:
    """What stands where: the ends, the finding, the first schematic, the first chart."""
    found = [page.named(heading) for heading in ENDS]
    for heading in (heading for heading, section in zip(ENDS, found, strict=True) if section is None):
        yield 1, f"no section “{heading}”; an essay ends with the sections {', '.join(ENDS)}"
    if None not in found and page.sections[-len(ENDS):] != found:
        yield page.sections[-1].line, f"an essay ends with the sections {', '.join(ENDS)}, in this order; move them"
    for section in page.sections:
        heading = words_of(section[0])
        if re.sub(r"[^\w\s]|^(?:the|an?|some|our)\s", "", heading.lower()).strip() in SAYS_NOTHING:
            yield section.line, f"the heading “{heading}” could stand over any text; say what the section finds, or ask the reader's next question"
    yield from _late(page, FINDING, 0, MOST["words_before_the_finding"])
    yield from _late(page, SCHEMATIC, 0, MOST["words_before_the_first_schematic"])
    first = page.found[SCHEMATIC]
    start = first[0][1].words_before if first else MOST["words_before_the_first_schematic"]
    yield from _late(page, CHART, start, MOST["words_from_there_to_the_first_chart"], " after the first schematic")


def _late(page: Page, kind: str, start: int, most: int, whence: str = "") -> Iterator[Problem]:
    if not page.found[kind]:
        yield 1, f"no {kind}; put one within {most} words{whence}"
        return
    place = page.found[kind][0][1]
    if place.words_before - start > most:
        yield place.line, f"the first {kind} comes {place.words_before - start:,} words in{whence}; at most {most} words may stand before it: move it up"


def _of_length(page: Page) -> Iterator[Problem]:
    if page.words > MOST["words"]:
        yield 1, f"{page.words:,} words; at most {MOST['words']:,}: cut what changes no decision"
    if page.words < LEAST["words"]:
        yield 1, f"{page.words:,} words; at least {LEAST['words']:,}: say how it works, or why it matters"
    for section in page.sections:
        words, heading = sum(block.words for block in page.of(section)), words_of(section[0])
        if words > MOST["words_a_section"]:
            yield section.line, f"{words} words in the section “{heading}”; at most {MOST['words_a_section']}: cut it, or part it in two"
        if words < LEAST["words_a_section"] and heading not in ENDS:
            yield section.line, f"{words} words in the section “{heading}”; at least {LEAST['words_a_section']}: say more, or make it part of another"


def _of_boxes(page: Page) -> Iterator[Problem]:
    for node, place in page.found[FINDING]:
        # Its first child is the sentence, or the thesis where that is the finding.
        if (words := sum(len(words_of(child).split()) for child in node[:1])) > MOST["words_of_the_finding"]:
            yield place.line, f"{words} words in the finding; at most {MOST['words_of_the_finding']}: one proposition of one experiment"
    claims = [place for node, place in page.found[CLAIM] if node["shown"].id != "thesis"]
    for place in claims[MOST["claims_beside_the_thesis"]:]:
        yield place.line, (f"{len(claims)} claims in boxes beside the thesis; at most {MOST['claims_beside_the_thesis']}: take this box out, "
                           f"for {EVIDENCE} lists every claim")
    lists = [place for _, place in page.found[LIST] if place.section is None or words_of(place.section[0]) != MONDAY]
    for place in lists[MOST["lists"]:]:
        yield place.line, f"{len(lists)} lists beside numbered steps and the last sections; at most {MOST['lists']}: write an argument"


def _of_monday(page: Page) -> Iterator[Problem]:
    section = page.named(MONDAY)
    items = [] if section is None else [item for item in section.findall(nodes.list_item) if isinstance(item.parent.parent, nodes.section)]
    if section is not None and not items:
        yield section.line, f"no list under “{MONDAY}”; write at most {MOST['items_on_monday']} decisions"
    for item in items[MOST["items_on_monday"]:]:
        yield item.line, f"{len(items)} decisions on Monday; at most {MOST['items_on_monday']}: take one out"
    labels = {label for other in page.sections if other is not section for label in other["ids"]}
    for item in items:
        if (words := sum(block.words for block in page.blocks if item in block.within)) > MOST["words_of_an_item_on_monday"]:
            yield item.line, f"{words} words in a decision; at most {MOST['words_of_an_item_on_monday']}: the reasons stand in its section"
        if not labels & set(_targets(item)):
            yield item.line, "a decision without a link to its section; make its words a link, as in [first](#label)"


def _targets(item: nodes.list_item) -> Iterator[str]:
    """The labels that links of an item lead to."""
    for node in item.findall(nodes.Element):
        yield node.get("reftarget") or node.get("refid") or node.get("refuri", "").removeprefix("#")


def _of_sentences(block: Block) -> Iterator[Problem]:
    for sentence in block.sentences:
        if sentence.words > MOST["words_a_sentence"]:
            yield sentence.line, f"a sentence of {sentence.words} words, “{sentence.start}”; at most {MOST['words_a_sentence']}: make it two"


def _of_numbers(block: Block) -> Iterator[Problem]:
    for sentence in block.sentences:
        if (count := len(sentence.measured)) > MOST["numbers_a_sentence"]:
            yield sentence.line, (f"{count} measured numbers in the sentence “{sentence.start}”; at most {MOST['numbers_a_sentence']}: "
                                  "put them in a figure or a table")
        for number in numbers.DIGITS.findall(" ".join([*sentence.measured, *sentence.stated])):
            if (digits := len(_significant(number))) > MOST["digits_of_a_number"]:
                yield sentence.line, (f"{number} has {digits} digits; in a sentence at most {MOST['digits_of_a_number']}: round it, the exact "
                                      "value is one click away")
    if (count := _measured_in(block)) > MOST["numbers_a_paragraph"]:
        yield block.line, f"{count} measured numbers in a paragraph; at most {MOST['numbers_a_paragraph']}: put them in a figure or a table"


def _measured_in(*blocks: Block) -> int:
    return sum(len(sentence.measured) for block in blocks for sentence in block.sentences)


def _significant(number: str) -> str:
    """The digits of a number without the zeros that only say how large it is."""
    return re.sub(r"\D", "", number if "." in number else number.rstrip("0,")).lstrip("0")


def _of_density(page: Page) -> Iterator[Problem]:
    prose = [block for block in page.blocks[2:] if block.counts_numbers]
    words, count = sum(block.words for block in prose), _measured_in(*prose)
    if count * 100 > MOST["numbers_per_100_words"] * words:
        yield 1, (f"{count} measured numbers in {words:,} words of prose and captions; at most {MOST['numbers_per_100_words']} per 100: "
                  "keep those that change what the reader does")
    ours = [block for block in page.blocks[2:] if not block.is_in(CLAIM, "block_quote") and ";" in block.text]
    semicolons = [sentence.line for block in ours for sentence in block.sentences for _ in range(sentence.text.count(";"))]
    allowed = MOST["semicolons_per_1000_words"] * page.words // 1000
    if len(semicolons) > allowed:
        yield semicolons[allowed], (f"{len(semicolons)} semicolons in {page.words:,} words; at most {MOST['semicolons_per_1000_words']} per 1,000: "
                                    "end the sentence")


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every departure of an essay from the form. A page without a record is no essay, or none that is finished."""
    docname = app.env.docname
    if docname in app.env.trenches_essays and not any(fnmatch(docname, f"essays/{slug}") for slug in app.config.trenches_not_in_form):
        # What another parser made has no line.
        for line, problem in sorted((line or 1, problem) for line, problem in problems(doctree, app.config.html_baseurl)):
            logger.warning(problem, location=(docname, line), type="trenches", subtype="shape")


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_not_in_form", [], "env", list)
    # After the essay's record is made.
    app.connect("doctree-read", check)
