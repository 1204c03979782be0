"""One codebase, today and two years ago: what is counted in it, and what the independent tools say of it."""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import lifetimes
import witnesses
from corpus import Codebase, codebases, paths
from counting import count
from rules import shape

WORKERS = 2


@dataclass
class Surveyed:
    """places: {pattern: how many places it could be in}; near: the share of lines with code that have a comment within a line; fates: {pattern: Fate};
    agreed and suppressed: as witnesses.py gives them."""

    codebase: Codebase
    hits: list
    places: Counter
    files: int
    damaged: int
    lines: int
    near: float
    fates: dict
    agreed: dict
    suppressed: dict

    @property
    def language(self):
        return self.codebase.language

    def of_shape(self, wanted):
        return [hit for hit in self.hits if shape(hit.pattern) == wanted]

    def density(self, pattern):
        """Hits in 10,000 lines of code."""
        return 10_000 * sum(hit.pattern == pattern for hit in self.hits) / self.lines


def measure(lab, folders):
    """The Surveyed of each codebase, in the list's order."""
    tools = witnesses.Witnesses(lab)
    with ProcessPoolExecutor(min(WORKERS, len(os.sched_getaffinity(0)))) as pool:
        asked = [pool.submit(_survey, one, folders[one, "today"], folders[one, "earlier"], tools) for one in codebases(lab.quick)]
        found = []
        for future in asked:
            found.append(future.result())
            lab.log(f"{found[-1].codebase.name}: {found[-1].lines:,} lines, {len(found[-1].hits)} hits")
    return found


def _survey(codebase, today, earlier, tools):
    names = paths(today, codebase.language)
    counted = count(today, names)
    fates = lifetimes.fates(count(earlier, paths(earlier, codebase.language)), counted)
    every, heeded = tools.flags(codebase.language, today)
    lines = counted.lines[codebase.language]
    return Surveyed(codebase, counted.hits, Counter(place.pattern for place in counted.places), counted.files, counted.damaged, lines, counted.near / lines,
                    fates, witnesses.agreement(every, counted.hits, set(names), codebase.language), witnesses.suppressed(every, heeded, set(names)))
