"""Documentation as words on pages, and questions whose answers are known to the word.

The parser and the download are the lab's of `rag-fell-apart-in-prod`; a question here is a heading, or the words of a link to
another page, and its answer is the section that it names.
"""

import tarfile
from collections import Counter
from dataclasses import dataclass

import numpy as np
import rst

RELEASE = "4.2"
ASKED_WORDS = 3  # of a heading or a link; fewer say too little to be looked for
ANSWER_WORDS = range(20, 201)
TRIAL_PAGES = 40  # on which the thresholds of the claims were set
OTHERS = {"SQLAlchemy": ("SQLAlchemy==2.0.36", "doc/build/"), "Celery": ("celery==5.4.0", "docs/")}
HISTORY = ("changelog/", "history/")  # change logs say each thing once more


@dataclass(frozen=True)
class Question:
    """Answered by the words [start, stop) of a page, counted from 0."""

    text: str
    page: int
    start: int
    stop: int


class Corpus:
    """paths: page names in order; bodies: the text of each page, headings left out; words: the same as words; questions."""

    def __init__(self, pages):
        """pages: {path: reStructuredText}."""
        parsed = {path: rst.parse(text) for path, text in sorted(pages.items())}
        self.paths = list(parsed)
        self.bodies = ["".join(page.sections.values()) for page in parsed.values()]
        self.words = [body.split() for body in self.bodies]
        self._spans = dict(_spans(parsed))
        asked = _asked(parsed)
        self.questions = [Question(text, *self._spans[place]) for text, place in sorted(asked.items()) if self._answers(place)]

    def windows(self, words, step=None):
        """(page, start, stop) of chunks of so many words; the next begins `step` words on, by default where one ends."""
        return [
            (page, start, min(start + words, len(text)))
            for page, text in enumerate(self.words)
            for start in range(0, len(text), step or words)
        ]

    def text(self, chunk):
        page, start, stop = chunk
        return " ".join(self.words[page][start:stop])

    def _answers(self, place):
        _, start, stop = self._spans[place]
        return stop - start in ANSWER_WORDS


def django(materials):
    """{path: text} of Django's documentation, without release notes."""
    return materials.pages(RELEASE)


def tried(pages, seed):
    """Paths of the pages on which the thresholds of the claims were set."""
    return set(np.random.default_rng(seed).permutation(sorted(pages))[:TRIAL_PAGES].tolist())


def other(materials, name):
    """{path: text} of another project's documentation, without its change logs."""
    pin, folder = OTHERS[name]
    with tarfile.open(materials.archive(pin)) as archive:
        below = [(member, member.name.partition(f"/{folder}")[2]) for member in archive]
        return {
            path: archive.extractfile(member).read().decode()
            for member, path in below
            if path.endswith((".rst", ".txt")) and not path.startswith(HISTORY)
        }


def record(lab, corpus, held_out):
    """What is asked of what. held_out: of each question, whether its page was not among those tried first."""
    lab.version("Django documentation", RELEASE)
    for name, (pin, _) in OTHERS.items():
        lab.version(f"{name} documentation", pin.partition("==")[2])
    lab.value("inputs.pages", len(corpus.paths), "pages", "pages of Django's documentation, without release notes")
    lab.value("inputs.words", sum(map(len, corpus.words)), "words", "words on them, without headings")
    lab.value("inputs.questions", len(corpus.questions), "questions", "questions whose answer is one section of 20 to 200 words")
    lab.value("inputs.held_out", int(held_out.sum()), "questions", "questions about pages on which no threshold was set")


def _spans(parsed):
    """((path, anchor), (page, start, stop)): which words of its page each section is."""
    for number, (path, page) in enumerate(parsed.items()):
        start = 0
        for anchor, body in page.sections.items():
            yield (path, anchor), (number, start, start := start + len(body.split()))


def _asked(parsed):
    """{question: (path, anchor) of its answer}: headings that no other section bears, and links to a section elsewhere that all who use their words mean."""
    titles = Counter(title for page in parsed.values() for title in page.titles.values())
    targets = {label: (path, anchor) for path, page in parsed.items() for label, anchor in page.labels.items()}
    asked = {}
    for path, page in parsed.items():
        for anchor, title in page.titles.items():
            if titles[title] == 1:
                asked.setdefault(title, set()).add((path, anchor))
        for words, label in page.links:
            if label in targets and targets[label][0] != path:
                asked.setdefault(words, set()).add(targets[label])
    return {text: places.pop() for text, places in asked.items() if len(places) == 1 and len(text.split()) >= ASKED_WORDS}
