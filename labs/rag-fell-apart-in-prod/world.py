"""The source of truth, day by day: which pages stand in which version, what their chunks are,
which questions have an answer and in which chunks it stands.

Days -6 to 0 replay Django 3.1 to 3.2, days 1 to 21 replay 4.0, 4.1 and 4.2, a week each.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

import rst

WEEK = 7
PRE_ROLL = range(-6, 1)
DAYS = range(1, 22)
CHUNKERS = {"small": (180, 30), "large": (360, 60)}  # words, overlap
QUESTION_WORDS = 3
LAUNCH = 1  # the version that stands when the incremental job begins: Django 3.2


@dataclass(frozen=True)
class Question:
    """Asked in `text`; answered by the section that `anchor` (of kind heading) or label names."""

    kind: str
    text: str
    path: str
    anchor: str


class World:
    """Pages, chunks and questions of five releases.

    paths: page names; texts: the text of each chunk id; page_of: the page number of each
    chunk id; section_of: a number for the section it was first seen in; chunks[chunker]
    [version][page]: chunk ids in order; questions; gold[version][question]: the chunk ids of
    its answer in that version of its page, under any chunker, or nothing.
    A chunk id stands for (page, text): the same text on the same page is the same chunk.
    """

    def __init__(self, releases):
        """releases: [{path: text}] in order of version."""
        self.paths = sorted(set().union(*releases))
        self._numbers = {path: number for number, path in enumerate(self.paths)}
        self.texts, self.page_of, self.section_of = [], [], []
        self._ids, self._sections = {}, {}
        parsed = [{path: rst.parse(text) for path, text in pages.items()} for pages in releases]
        self._answers = [self._chunk(pages) for pages in parsed]
        self.chunks = {
            name: [self._page_chunks(answers, name) for answers in self._answers] for name in CHUNKERS
        }
        self._ask(parsed)
        self.page_of, self.section_of = np.array(self.page_of), np.array(self.section_of)

    def changed(self, version):
        """Numbers of the pages whose chunks differ between `version` - 1 and `version`."""
        before, after = (self.chunks["small"][each] for each in (version - 1, version))
        return [page for page in range(len(self.paths)) if before[page] != after[page]]

    def _chunk(self, pages):
        """{(path, anchor): {chunker: chunk ids}} of one release."""
        return {
            (path, anchor): {
                name: [self._id(path, anchor, text) for text in rst.chunks(body, *size)]
                for name, size in CHUNKERS.items()
            }
            for path, page in sorted(pages.items())
            for anchor, body in page.sections.items()
        }

    def _id(self, path, anchor, text):
        key = path, text
        if key not in self._ids:
            self._ids[key] = len(self.texts)
            self.texts.append(text)
            self.page_of.append(self._numbers[path])
            self.section_of.append(self._sections.setdefault((path, anchor), len(self._sections)))
        return self._ids[key]

    def _page_chunks(self, answers, chunker):
        pages = [[] for _ in self.paths]
        for (path, _), by_chunker in answers.items():
            pages[self._numbers[path]] += by_chunker[chunker]
        return [list(dict.fromkeys(ids)) for ids in pages]

    def _ask(self, parsed):
        """Questions of all releases; one is asked while its page has an answer to it."""
        by_version = [_questions(pages) for pages in parsed]
        self.questions = sorted(
            set().union(*by_version), key=lambda each: (each.path, each.kind, each.text, each.anchor)
        )
        self.question_page = np.array([self._numbers[each.path] for each in self.questions])
        self.gold = [
            [self._gold(answers, asked.get(question)) for question in self.questions]
            for answers, asked in zip(self._answers, by_version, strict=True)
        ]

    def _gold(self, answers, place):
        return frozenset(number for ids in answers.get(place, {}).values() for number in ids)


def _questions(pages):
    """{Question: (path, anchor) of its answer} for one release.

    Headings of three words or more that no other section bears, and the words of links
    to a section of another page. Neither stands in the answer's own chunks.
    """
    titles = Counter(title for page in pages.values() for title in page.titles.values())
    targets = {label: (path, anchor) for path, page in pages.items() for label, anchor in page.labels.items()}
    asked = {
        Question("heading", title, path, anchor): (path, anchor)
        for path, page in pages.items()
        for anchor, title in page.titles.items()
        if titles[title] == 1 and len(title.split()) >= QUESTION_WORDS
    }
    for path, page in pages.items():
        for words, label in page.links:
            if label in targets and targets[label][0] != path and len(words.split()) >= QUESTION_WORDS:
                asked[Question("link", words, targets[label][0], label)] = targets[label]
    return asked


class Calendar:
    """Which version each page has on each day; one seed, one order of edits.

    edits[day]: [(page, version)] in the order in which the nightly job takes them.
    """

    def __init__(self, world, seed):
        generator = np.random.default_rng(seed)
        self.edits = {day: [] for day in [*PRE_ROLL, *DAYS]}
        for version in range(1, len(world.gold)):
            first = PRE_ROLL.start + WEEK * (version - 1)
            pages = generator.permutation(world.changed(version))
            for place, page in enumerate(pages):
                self.edits[first + place * WEEK // len(pages)].append((int(page), version))
        self._versions = {PRE_ROLL.start - 1: np.zeros(len(world.paths), int)}
        for day, edits in self.edits.items():
            versions = self._versions[day - 1].copy()
            for page, version in edits:
                versions[page] = version
            self._versions[day] = versions

    def versions(self, day):
        """The version of every page at the end of `day`."""
        return self._versions[day]
