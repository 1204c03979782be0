"""Corpus A: every package drawn, alive or not, by treatment, date and interpreter."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import deaths
from packages import COHORTS, END, TREATMENTS, Trials, drawn

THESIS = "2020-01-03"
LATER = ("3.9", "3.10", "3.11", "3.12", "3.13")
NEWEST = LATER[-1]
WORKERS = 3  # on two cores: one of three waits for the index
QUICK_PACKAGES = 6
LATER_PACKAGES = 20  # of the later cohorts, the first drawn
FLOATING = ("unpinned", "direct")


@dataclass
class Cohort:
    """born: those alive at birth; unborn: those that were not; ended: {(treatment, package): Outcome at the end date}; newest: {package: Outcome
    of its lock on the newest interpreter}; died: {(treatment, package): Death}, "newest" standing for a lock there."""

    birth: str
    version: str
    born: list = field(default_factory=list)
    unborn: list = field(default_factory=list)
    ended: dict = field(default_factory=dict)
    newest: dict = field(default_factory=dict)
    died: dict = field(default_factory=dict)


class Survival:
    def __init__(self, lab, installer):
        self.lab, self.trials = lab, Trials(installer)
        self.cohorts = {birth: Cohort(birth, version) for birth, version in COHORTS.items() if not lab.quick or birth == THESIS}

    def measure(self):
        with ThreadPoolExecutor(WORKERS) as pool:
            self._pool = pool
            for cohort in self.cohorts.values():
                self._bear(cohort)
            # What was built with the tools of the birth date is built again with those of the end.
            self.trials.installer.forget_builds()
            for cohort in self.cohorts.values():
                self._end(cohort)
            self._bury(self.cohorts[THESIS])
        return self

    def _all(self, ask, cases):
        """{case: ask(*case)}"""
        cases = list(cases)
        return dict(zip(cases, self._pool.map(lambda case: ask(*case), cases), strict=True))

    def _bear(self, cohort):
        some = drawn(cohort.birth, QUICK_PACKAGES if self.lab.quick else None if cohort.birth == THESIS else LATER_PACKAGES)
        for one in self._pool.map(lambda package: self.trials.bear(package, cohort.version), some):
            (cohort.unborn if one.failure else cohort.born).append(one)
        self.lab.log(f"{cohort.birth}: {len(cohort.born)} of {len(some)} packages alive at birth on {cohort.version}")

    def _end(self, cohort):
        def at_the_end(treatment, born):
            return self.trials.outcome(born, born.requirements(treatment), cohort.version, END)

        def on_the_newest(born):
            return self.trials.outcome(born, born.lock, NEWEST, END)

        cohort.ended = self._all(at_the_end, ((treatment, born) for treatment in TREATMENTS for born in cohort.born))
        if cohort.birth == THESIS:
            cohort.newest = {born: outcome for (born,), outcome in self._all(on_the_newest, ((born,) for born in cohort.born)).items()}
        alive = {treatment: sum(cohort.ended[treatment, born].alive for born in cohort.born) for treatment in TREATMENTS}
        self.lab.log(f"{cohort.birth}: alive at the end {alive}, and {sum(one.alive for one in cohort.newest.values())} of {len(cohort.newest)} locks on {NEWEST}")

    def _bury(self, cohort):
        def floating(treatment, born):
            return deaths.floating(self.trials, born, treatment, cohort.version, END)

        def lock(_, born):
            return deaths.lock(self.trials, born, LATER, END)

        dead = [case for case, outcome in cohort.ended.items() if not outcome.alive and case[0] in FLOATING]
        cohort.died = self._all(floating, dead)
        cohort.died |= self._all(lock, (("newest", born) for born, outcome in cohort.newest.items() if not outcome.alive and cohort.ended["lock", born].alive))
        self.lab.log(f"{cohort.birth}: {len(cohort.died)} deaths attributed")
