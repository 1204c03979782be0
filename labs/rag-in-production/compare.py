"""Shares of questions and differences between two settings on the same questions, with intervals over whole pages."""

import numpy as np
from judge import clustered

HOW = "bootstrap 95 % over pages"


class Compared:
    """The questions that no threshold was set on; what is given for all questions is narrowed to them.

    pages: of each question. held_out: which questions these are, a boolean each. Differences are in points of the share that is answered.
    """

    def __init__(self, lab, corpus, tried):
        self._lab = lab
        self.pages = np.array([question.page for question in corpus.questions])
        self.held_out = np.array([corpus.paths[page] not in tried for page in self.pages])

    def share(self, key, hit, label, among=None):
        """Record the share of questions with a hit."""
        self.record(f"{key}_percent", self.row(hit, among), "%", label)

    def difference(self, key, before, after, label, among=None):
        """Record by how many points `after` is above `before`, question by question."""
        self.record(f"{key}_points", self.row(after.astype(float) - before, among), "points", label)

    def record(self, key, row, unit, label):
        self._lab.value(key, row["value"], unit, label, row["n"], row["low"], row["high"], HOW)

    def row(self, values, among=None):
        """{"value", "low", "high", "n"} in percent or points."""
        which = self.held_out if among is None else self.held_out & among
        low, high = clustered(values[which].astype(float), self.pages[which], self._lab.seed)
        return {"value": 100 * float(values[which].mean()), "low": 100 * low, "high": 100 * high, "n": int(which.sum())}
