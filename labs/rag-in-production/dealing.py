"""Which rows a store has, whose they are, and in which tenant each question is asked."""

import heapq
from dataclasses import dataclass

import numpy as np
from _harness import LabError

WORDS, STEP = 60, 7  # of a window, and between the starts of two: 119,000 windows in all
TENANTS = 40
FIXED_ROWS, FIXED_QUESTIONS = 175, 60  # of the tenant that stays as it is; of its questions there may be a few more
FIXED_OF_PAGE = 6  # questions of a page at the most, so that the fixed tenant has not a few long pages
FIXED = 0  # its number


@dataclass(frozen=True)
class Asked:
    """Questions, by number, and the tenant in which each is asked, a value of `column`."""

    column: str
    questions: np.ndarray
    tenants: np.ndarray


@dataclass(frozen=True)
class Rows:
    """texts and pages of the rows; the first FIXED_ROWS are the fixed tenant's, the rest in random order.

    columns: {how they are dealt: the tenant of each row}, "dealt" by pages at random, "subject" with neighbouring pages together,
    "fixed" with the fixed tenant and beside it those of "dealt". asked: {filter: Asked}. arrival: of each row, among all; a page's
    rows come one after another. sampled: row numbers, of which the first so many are a random sample.
    """

    texts: list
    pages: np.ndarray
    columns: dict
    asked: dict
    arrival: np.ndarray
    sampled: np.ndarray

    def arrived(self, numbers):
        """The same row numbers in the order in which they come into a table."""
        return numbers[np.argsort(self.arrival[numbers])]


def deal(corpora, count, questions, carried, seed):
    """So many Rows. corpora: {project: Corpus}; of the first's questions so many are asked under each filter. carried: a question's number."""
    generator = np.random.default_rng(seed)
    first, *_ = corpora.values()
    pages_of, windows = _windows(corpora)
    about = np.array([question.page for question in first.questions])
    fixed = _pages_with(FIXED_QUESTIONS, about, generator)
    kept = _kept(np.isin(pages_of, fixed), count, generator)
    pages = pages_of[kept]
    sizes = np.bincount(pages, minlength=pages_of[-1] + 1)
    dealt, subject = at_random(sizes, generator), _neighbours(sizes)
    own, others = (np.flatnonzero(np.isin(about, fixed, invert=invert)) for invert in (False, True))
    others = generator.choice(others, questions, replace=False)
    foreign = np.setdiff1d(subject, subject[: len(first.words)])
    in_dealt = Asked("dealt", others, dealt[about[others]])
    asked = {
        "random": in_dealt,
        "wide": in_dealt,
        "own": Asked("subject", others, subject[about[others]]),
        "foreign": Asked("subject", others, generator.choice(foreign, questions)),
        "growth": Asked("fixed", own, np.full(len(own), FIXED)),
        "story": Asked("dealt", np.array([carried]), dealt[about[[carried]]]),
    }
    beside = np.where(np.arange(count) < FIXED_ROWS, FIXED, 1 + dealt[pages])
    columns = {"dealt": dealt[pages], "subject": subject[pages], "fixed": beside}
    arrival = np.empty(count, int)
    arrival[np.lexsort((kept, generator.permutation(len(sizes))[pages]))] = np.arange(count)
    texts = [corpus.text(chunk) for corpus, chunk in (windows[number] for number in kept)]
    return Rows(texts, pages, columns, asked, arrival, generator.permutation(count))


def at_random(sizes, generator):
    """The tenant of each page, for pages of so many rows: in random order, each to the tenant that has the fewest."""
    fewest, tenant = [(0, number) for number in range(TENANTS)], np.zeros(len(sizes), int)
    for page in generator.permutation(len(sizes)):
        rows, tenant[page] = heapq.heappop(fewest)
        heapq.heappush(fewest, (rows + int(sizes[page]), int(tenant[page])))
    return tenant


def _neighbours(sizes):
    """The tenant of each page: as many rows each as whole pages allow, pages in order of project and path."""
    middles = np.cumsum(sizes) - sizes / 2
    return (middles * TENANTS / sizes.sum()).astype(int).clip(max=TENANTS - 1)


def _windows(corpora):
    """(the page of each window, numbered through the projects; (corpus, chunk) of each)."""
    pages, windows, before = [], [], 0
    for corpus in corpora.values():
        chunks = corpus.windows(WORDS, STEP)
        windows += [(corpus, chunk) for chunk in chunks]
        pages += [before + page for page, *_ in chunks]
        before += len(corpus.words)
    return np.array(pages), windows


def _pages_with(questions, about, generator):
    """Pages at random, as many as have so many questions. about: the page of each question."""
    counts = np.bincount(about)
    pages = generator.permutation(np.flatnonzero((counts > 0) & (counts <= FIXED_OF_PAGE)))
    enough = np.searchsorted(np.cumsum(counts[pages]), questions)
    return pages[: enough + 1]


def _kept(of_fixed, count, generator):
    """Numbers of windows: the fixed tenant's, then others. The rest of its pages nobody has: no tenant owns copies of another's."""
    own, others = (generator.permutation(np.flatnonzero(which)) for which in (of_fixed, ~of_fixed))
    if len(own) < FIXED_ROWS or FIXED_ROWS + len(others) < count:
        raise LabError(f"{len(others):,} windows are not enough for {count:,} rows; take fewer questions for the fixed tenant")
    return np.concatenate([own[:FIXED_ROWS], others[: count - FIXED_ROWS]])
