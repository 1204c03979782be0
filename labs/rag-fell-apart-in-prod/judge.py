"""What an answer is worth on its day: judged by the source of that day, never by an older one."""

from dataclasses import dataclass

import numpy as np

from replay import live_chunks

RESAMPLES = 10_000


@dataclass(frozen=True)
class Answers:
    """Top-5 of each question asked on a day; arrays are (questions, 5) but for `asked`.

    live: the text is in the source. right: and it is in the section asked for. labelled: the
    row was written from the section asked for, in whichever version.
    """

    asked: np.ndarray
    columns: np.ndarray
    similarity: np.ndarray
    live: np.ndarray
    right: np.ndarray
    labelled: np.ndarray
    sections: np.ndarray

    def per_question(self):
        """{measure: value for each question asked}, shares as 0 to 1."""
        ordered = np.sort(self.sections, axis=1)
        return {
            "live_hit": self.right.any(1).astype(float),
            "label_hit": self.labelled.any(1).astype(float),
            "stale_slots": (~self.live).mean(1),
            "stale_top1": (~self.live[:, 0]).astype(float),
            "distinct_sections": (1 + (np.diff(ordered, axis=1) > 0).sum(1)) / ordered.shape[1],
            "similarity_top1": self.similarity[:, 0].astype(float),
            "similarity_top5": self.similarity.mean(1).astype(float),
        }


class Judge:
    """Knows each question's right chunks in each version of its page."""

    def __init__(self, world, space):
        self.world, self.space = world, space
        self._gold = np.zeros((len(world.gold), len(world.questions), len(world.texts)), bool)
        for version, answers in enumerate(world.gold):
            for question, ids in enumerate(answers):
                self._gold[version, question, list(ids)] = True
        self._asked = self._gold.any(2)
        self._labelled = self._gold.any(0)

    def asked(self, calendar, day):
        """Numbers of the questions that the source of `day` answers."""
        versions = calendar.versions(day)[self.world.question_page]
        return np.flatnonzero(self._asked[versions, np.arange(len(versions))])

    def gold(self, calendar, day, question):
        """Chunk ids that answer `question` on `day`."""
        version = calendar.versions(day)[self.world.question_page[question]]
        return np.flatnonzero(self._gold[version, question])

    def exact(self, calendar, day, present, asked=None):
        """Answers by exact search over the columns `present`."""
        asked = self.asked(calendar, day) if asked is None else asked
        return self.answers(calendar, day, asked, *self.space.nearest(asked, present))

    def answers(self, calendar, day, asked, columns, similarity):
        """The Answers that a search returned as (questions, 5) columns and similarities."""
        chunks = self.space.chunk[columns]
        versions = calendar.versions(day)[self.world.question_page[asked]]
        return Answers(
            asked,
            columns,
            similarity,
            live_chunks(self.world, calendar, day)[chunks],
            self._gold[versions[:, None], asked[:, None], chunks],
            self._labelled[asked[:, None], chunks],
            self.world.section_of[chunks],
        )


def clustered(values, clusters, seed):
    """(low, high): 95 % bootstrap interval of the mean, 10,000 resamples of whole clusters.

    Questions about one page succeed and fail together; Miller, Adding Error Bars to Evals, 2024.
    """
    _, numbers = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(numbers, values), np.bincount(numbers)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES)
    means = drawn @ sums / (drawn @ counts)
    return tuple(float(bound) for bound in np.percentile(means, [2.5, 97.5]))
