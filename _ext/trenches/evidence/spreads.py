"""The two spreads of a value: its interval, which describes the run that is quoted, and what further runs of the lab gave.

Nothing here needs Sphinx.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from _harness.results import CONTINUOUS, RATIOS, SIZES, TIMES, Results, Value, format_number, format_value

KINDS = ("counts", "bytes", "ratios", "CPU time", "wall time")
# Where what a further run gave lies, the furthest last.
PLACES = ("equal", "inside", "changed", "outside")
CPU = re.compile(r"\b(cpu|processor)\b", re.IGNORECASE)
RATE = re.compile(r"\bper (s|second)\b|s a second\b")
COEFFICIENT = re.compile(r"\b(cosine|p|r2|rho|similarity|spearman)\b")
FOR_EACH = re.compile(r"\bper \d|\bfor each\b|\ba transaction\b")
PERCENTILE = re.compile(r"\b(p\d+|median)\b")
PERCENTILE_OF = re.compile(r"(^|[,;] )(p\d+|median)\b")


def kind(value: Value) -> str:
    """Which of KINDS a value is. Its unit says it, but for two that say too little.

    A time is CPU time if its key or its label has the word CPU or processor, else wall time: PostgreSQL's "server time" is
    the clock's. A number without a unit is CPU time by the same words ("cores' worth of CPU time"), and wall time if it
    is so many per second, for a rate is measured with the clock. Before all that it is a ratio if its key says that it is a
    similarity, a correlation or a p, or its label that it is so many for each of something else, and else a count.
    """
    if value.unit == "bytes" or value.unit in SIZES:
        return "bytes"
    if value.unit in RATIOS:
        return "ratios"
    if value.unit in CONTINUOUS and (COEFFICIENT.search(_words(value.key)) or FOR_EACH.search(value.label)):
        return "ratios"
    if value.unit in CONTINUOUS and CPU.search(f"{_words(value.key)} {value.label}"):
        return "CPU time"
    if value.unit in TIMES or value.unit in CONTINUOUS and RATE.search(f"{_words(value.key)} {value.label}"):
        return "wall time"
    return "counts"


def wants_samples(value: Value) -> bool:
    """Whether a value is a percentile or a median, which only its samples can give again, and names none.

    Its key says so, or a part of its label begins with it; one that is compared with a median is none.
    """
    if value.value is None or value.sample:
        return False
    return bool(PERCENTILE.search(_words(value.key)) or PERCENTILE_OF.search(value.label))


def _words(key: str) -> str:
    return re.sub("[._]", " ", key)


def span(low: float, high: float, unit: str) -> str:
    """From one number to another, with the unit said once: "74.1 to 81.6%". One number where both are shown alike."""
    first, last = format_number(low, unit), format_value(high, unit)
    return last if format_number(high, unit) == first else f"{first} to {last}"


@dataclass(frozen=True)
class Between:
    """``value``, as the recorded run has it, and what each replication ``gave``: None where it could not be measured."""

    value: Value
    gave: tuple[float | None, ...]

    @property
    def runs(self) -> int:
        return 1 + len(self.gave)

    @property
    def place(self) -> str:
        """Where the furthest replication lies: equal, inside the value's interval, outside it, or changed where there is none."""
        return max(map(self._place, self.gave), key=PLACES.index, default="equal")

    def _place(self, number: float | None) -> str:
        value = self.value
        if number == value.value:
            return "equal"
        if number is None or value.low is None:
            return "changed"
        return "inside" if value.low <= number <= value.high else "outside"

    @property
    def spread(self) -> str:
        """From the least to the greatest of all runs; "the same" where they are equal."""
        if self.place == "equal":
            return "the same"
        numbers = (self.value.value, *self.gave)
        measured = [number for number in numbers if number is not None]
        return span(min(measured), max(measured), self.value.unit) + " or not measured" * (None in numbers)

    @property
    def text(self) -> str:
        """What a row of the panel says: "74.1 to 81.6%, 2 runs"."""
        return f"{self.spread}, {self.runs} runs" if self.gave else "1 run"

    @property
    def title(self) -> str:
        """What a number in a sentence says to whoever points at it; nothing where the runs are shown alike."""
        if len({format_value(number, self.value.unit) for number in (self.value.value, *self.gave)}) == 1:
            return ""
        return f"between {self.runs} runs {self.spread}" + ", outside its interval" * (self.place == "outside")


def between(value: Value, replications: Iterable[Results], base: Value | None = None) -> Between:
    """A value of the recorded run over the replications that have it in the same unit; or its ratio to ``base`` over those
    that have both, which has no interval."""
    if base is None:
        return Between(value, tuple(found[0] for run in replications if (found := _measured(run, value))))
    pairs = [found for run in replications if (found := _measured(run, value, base)) and None not in found and found[1]]
    ratio = replace(value, value=value.value / base.value, unit="x", low=None, high=None, interval=None)
    return Between(ratio, tuple(one / other for one, other in pairs))


def _measured(run: Results, *values: Value) -> tuple[float | None, ...] | None:
    """What ``run`` gave for the ``values``; None if it lacks one in its unit."""
    found = [run.values.get(value.key) for value in values]
    return tuple(other.value for other in found) if all(o and o.unit == v.unit for o, v in zip(found, values, strict=True)) else None
