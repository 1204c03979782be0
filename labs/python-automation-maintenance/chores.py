"""Corpus B: the scripts at the end date and, unlocked, at each birthday, on the interpreter they were born on and on the newest."""

from dataclasses import dataclass

import scripts
from _harness import LabError
from installing import Failure
from leaving import leave
from listings.canary import canary
from packages import COHORTS, END, PATIENT_SECONDS, TREATMENTS
from survival import NEWEST

NEWEST_IN = {2020: "3.8", 2021: "3.9", 2022: "3.10", 2023: "3.11", 2024: "3.12", 2025: "3.13", 2026: "3.13"}
POLICIES = {"frozen": "on the interpreter that it was born on", "eager": "on the newest interpreter"}
UNDECIDED = "undecided"
QUICK = ("csv_report", "config")


@dataclass
class Chores:
    """ended: {(script, treatment, policy): Ran}; yearly: {(script, date): (Ran, canary's verdict, what it said)}, unlocked on the newest interpreter of
    that day; left: [Left], None of a script that is not right before anything is changed."""

    ended: dict
    yearly: dict
    left: list


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


class Desk:
    """Scripts, their locks, and what they said."""

    def __init__(self, lab, installer, pool):
        self.lab, self.installer, self.pool = lab, installer, pool
        self.scripts = [one for one in scripts.scripts() if not lab.quick or one.name in QUICK]

    def measure(self):
        locks = dict(zip(self.scripts, self.pool.map(self._lock, self.scripts), strict=True))
        ended = self._all(lambda script, treatment, policy: self._ended(script, locks[script], treatment, policy),
                          ((script, treatment, policy) for script in self.scripts for policy in POLICIES for treatment in _treatments(script)))
        dates = [(script, date) for script in self.scripts for date in birthdays(script, self.lab.quick)]
        yearly = self._all(self._unlocked, dates)
        left = list(self.pool.map(lambda script: self._left(script, locks[script]), self.scripts))
        self.lab.log(f"{len(self.scripts)} scripts: {sum(one.right for one in ended.values())} of {len(ended)} right at the end")
        return Chores(ended, yearly, left)

    def _all(self, ask, cases):
        cases = list(cases)
        return dict(zip(cases, self.pool.map(lambda case: ask(*case), cases), strict=True))

    def _lock(self, script):
        lock = self._resolve(script.needs, COHORTS[script.born], script.born)
        if isinstance(lock, Failure):
            raise LabError(f"{script.name} has no lock at its birth: {lock.words}")
        return lock

    def _ended(self, script, lock, treatment, policy):
        version = COHORTS[script.born] if policy == "frozen" else NEWEST
        wanted = {"unpinned": script.needs, "direct": tuple(pin for pin in lock if pin.partition("==")[0] in script.needs), "lock": lock}[treatment]
        pins = lock if treatment == "lock" else self._resolve(wanted, version, END)
        if isinstance(pins, Failure):
            return scripts.run(script, pins)
        with self.installer.environment(pins, version, END, PATIENT_SECONDS) as environment:
            return scripts.run(script, environment)

    def _unlocked(self, script, date):
        version = NEWEST_IN[int(date[:4])]
        pins = self._resolve(script.needs, version, date)
        if isinstance(pins, Failure):
            return unsaid(scripts.run(script, pins))
        with self.installer.environment(pins, version, date, PATIENT_SECONDS) as environment:
            ran = scripts.run(script, environment)
            return unsaid(ran) if isinstance(environment, Failure) else (ran, *asked(script, environment))

    def _left(self, script, lock):
        with self.installer.environment(lock, COHORTS[script.born], END, PATIENT_SECONDS) as environment:
            return None if isinstance(environment, Failure) else leave(script, environment)

    def _resolve(self, requirements, version, until):
        return self.installer.resolve(requirements, version, until) if requirements else ()


def unsaid(ran):
    """The answer where there was nothing to run."""
    return ran, UNDECIDED if ran.undecided else "broken", ran.words


def asked(script, environment):
    """(verdict, why) of the essay's canary, UNDECIDED where a run was cut off."""
    cut_off = []

    def run(*options):
        with scripts.desk(script) as (work, variables):
            done = environment.run([*options, "job.py"], work, environment=variables)
        cut_off.append(done.code is None)
        return Ended(1 if done.code is None else done.code, done.out, done.err)

    verdict, why = canary(run, script.expected)
    return (UNDECIDED, "it was cut off") if any(cut_off) else (verdict, why)


def _treatments(script):
    """A script without dependencies has nothing to pin."""
    return TREATMENTS if script.needs else ("lock",)


def birthdays(script, quick):
    """Its birth, each birthday and the end; in a short run the first and the last."""
    year, day = int(script.born[:4]), script.born[4:]
    return [script.born, END] if quick else [script.born, *(f"{later}{day}" for later in range(year + 1, int(END[:4]) + 1)), END]
