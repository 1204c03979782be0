"""Corpus A: the packages drawn of 2020, alive or not, by treatment, date and interpreter."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import deaths
from packages import COHORTS, END, TREATMENTS, Trials, drawn

THESIS = "2020-01-03"
LATER = ("3.9", "3.10", "3.11", "3.12", "3.13")
NEWEST = LATER[-1]
WORKERS = 4  # on two cores: two of four wait for the index
PACKAGES, QUICK_PACKAGES = 140, 6  # the first of the draw, whose order is the draw's
CLIMBED = 100  # of these, those whose locks are tried on the interpreters between, too
FLOATING = ("unpinned", "direct")


@dataclass
class Cohort:
    """born: those alive at birth; unborn: those that were not; ended: {(treatment, package): Outcome at the end date}; newest: {package: Outcome
    of its lock on the newest interpreter}, moved: the same with nothing pinned; died: {(treatment, package): Death}, "newest" standing for a lock there."""

    birth: str
    version: str
    born: list = field(default_factory=list)
    unborn: list = field(default_factory=list)
    ended: dict = field(default_factory=dict)
    newest: dict = field(default_factory=dict)
    moved: dict = field(default_factory=dict)
    died: dict = field(default_factory=dict)

    @property
    def climbing(self):
        """Those whose locks are followed from interpreter to interpreter: of the first drawn, those alive on the first."""
        return [born for born in self.born if born.package.order <= CLIMBED and self.ended["lock", born].alive]


class Survival:
    def __init__(self, lab, installer):
        self.lab, self.trials, self.cohort = lab, Trials(installer), Cohort(THESIS, COHORTS[THESIS])

    def measure(self):
        """The Cohort, from its birth to the end."""
        with ThreadPoolExecutor(WORKERS) as self._pool:
            self._bear()
            self._end()
            self._bury()
        return self.cohort

    def _all(self, ask, cases):
        """{case: ask(*case)}"""
        cases = list(cases)
        return dict(zip(cases, self._pool.map(lambda case: ask(*case), cases), strict=True))

    def _bear(self):
        some, cohort = drawn(THESIS, QUICK_PACKAGES if self.lab.quick else PACKAGES), self.cohort
        for one in self._pool.map(lambda package: self.trials.bear(package, cohort.version), some):
            (cohort.unborn if one.failure else cohort.born).append(one)
        self.lab.log(f"{len(cohort.born)} of {len(some)} packages alive at birth on {cohort.version}")

    def _end(self):
        def on_the_birth_interpreter(treatment, born):
            return self.trials.outcome(born, born.requirements(treatment), cohort.version, END)

        def on_the_newest(treatment, born):
            return self.trials.outcome(born, born.requirements(treatment), NEWEST, END)

        cohort = self.cohort
        cohort.ended = self._all(on_the_birth_interpreter, ((treatment, born) for treatment in TREATMENTS for born in cohort.born))
        there = self._all(on_the_newest, ((treatment, born) for treatment in ("lock", "unpinned") for born in cohort.born))
        cohort.newest, cohort.moved = ({born: there[treatment, born] for born in cohort.born} for treatment in ("lock", "unpinned"))
        alive = {treatment: sum(cohort.ended[treatment, born].alive for born in cohort.born) for treatment in TREATMENTS}
        self.lab.log(f"alive at the end {alive}, and {sum(one.alive for one in cohort.newest.values())} of {len(cohort.newest)} locks on {NEWEST}")

    def _bury(self):
        def floating(treatment, born):
            return deaths.floating(self.trials, born, treatment, cohort.version, END)

        def lock(_, born):
            return deaths.lock(self.trials, born, (cohort.version, *LATER), END)

        cohort = self.cohort
        cohort.died = self._all(floating, (case for case, outcome in cohort.ended.items() if outcome.dead and case[0] in FLOATING))
        cohort.died |= self._all(lock, (("newest", born) for born in cohort.climbing if not cohort.newest[born].alive))
        self.lab.log(f"{len(cohort.died)} deaths attributed")
