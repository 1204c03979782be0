"""Vectors of all chunks that any index ever holds, and exact search over any part of them."""

import numpy as np
from _harness import LabError

from replay import RECHUNK_DAY, SWAP_WEEK
from world import DAYS

K = 5
CANDIDATES = 400


class Space:
    """A column is one vector: a chunk as one encoder wrote it.

    vectors: (columns, 384); chunk: each column's chunk id; native, foreign: {chunk id: column}
    for the encoder in service and for the one it is swapped for; queries: (questions, 384).
    """

    def __init__(self, world, calendar, encode, encode_foreign):
        native = sorted(_small(world) | _large(world, calendar))
        foreign = sorted(_written(world, calendar, SWAP_WEEK))
        self.native = {each: column for column, each in enumerate(native)}
        self.foreign = {each: len(native) + column for column, each in enumerate(foreign)}
        self.chunk = np.array([*native, *foreign])
        self.is_foreign = np.arange(len(self.chunk)) >= len(native)
        texts = [world.texts[each] for each in self.chunk]
        self.queries = encode([question.text for question in world.questions])
        self.vectors = np.concatenate([encode(texts[: len(native)]), encode_foreign(texts[len(native) :])])
        self._rank()

    def _rank(self):
        similarity = self.queries @ self.vectors.T
        kept = min(CANDIDATES, similarity.shape[1])
        columns = np.argpartition(-similarity, kept - 1, axis=1)[:, :kept]
        values = np.take_along_axis(similarity, columns, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        self._columns = np.take_along_axis(columns, order, axis=1)
        self._similarity = np.take_along_axis(values, order, axis=1)

    def nearest(self, questions, present, k=K):
        """(columns, similarities), each (questions, k), best first: exact search over `present`.

        It reads the best candidates of all columns, ranked once, and takes those in the index;
        where a small index holds too few of them it searches plainly.
        """
        held = np.zeros(len(self.chunk), bool)
        held[present] = True
        held = held[self._columns[questions]]
        if held.sum(1).min() < k:
            return self._plain(questions, np.asarray(present), k)
        places = np.argsort(~held, axis=1, kind="stable")[:, :k]
        rows = np.asarray(questions)[:, None]
        return self._columns[rows, places], self._similarity[rows, places]

    def check(self, questions, present):
        """LabError unless a plain search over `present` finds the same similarities."""
        if not np.allclose(
            self._plain(questions, present, K)[1], self.nearest(questions, present)[1], atol=1e-5
        ):
            raise LabError("ranked candidates and plain search disagree")

    def _plain(self, questions, present, k):
        similarity = self.queries[questions] @ self.vectors[present].T
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        return present[order], np.take_along_axis(similarity, order, axis=1)


def _small(world):
    return {each for version in world.chunks["small"] for page in version for each in page}


def _large(world, calendar):
    late = [edit for day in DAYS if day >= RECHUNK_DAY for edit in calendar.edits[day]]
    return {each for page, version in late for each in world.chunks["large"][version][page]}


def _written(world, calendar, days):
    """Chunks of the pages that are due on `days`, under either chunker."""
    return {
        each
        for day in days
        for page, version in calendar.edits[day]
        for chunker in ("small", *(["large"] if day >= RECHUNK_DAY else []))
        for each in world.chunks[chunker][version][page]
    }
