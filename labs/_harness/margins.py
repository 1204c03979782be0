"""How far each claim of a lab is from turning, in spreads between runs.

    make margins slug=<slug>

A spread is what lies between the least and the greatest that several runs gave: the recorded run and its replications,
or the quick runs (.quick/trials/) of a lab that has none yet. Each value that a claim reads is moved by itself, down and
up, until the verdict turns. A claim that turns within a spread is a coin that was thrown once.
"""

import ast
import math
import sys
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from _harness import LabError, claims, replications, results
from _harness.results import Results, ResultsError, Value, format_value

ROOT = Path(__file__).resolve().parents[2]
REACH = 100  # times the greatest that a run gave
STEPS = [REACH / 1.25**n for n in range(84)]  # down to a millionth of it


@dataclass(frozen=True)
class Margin:
    """A value that a claim reads, the least and the greatest that the runs gave, and where the verdict turns, or None."""

    value: Value
    least: float
    greatest: float
    turns: float | None

    @property
    def spreads(self):
        """From the value to the turn; infinite if there is no turn, or no spread."""
        if self.turns is None or self.least == self.greatest:
            return math.inf
        return abs(self.turns - self.value.value) / (self.greatest - self.least)


def margins(claim, runs, constants=()):
    """The Margin of each value that the function `claim` reads in the first of `runs`, the nearest to its turn first.

    constants: numbers to try beside large and small steps, none of which would meet the one at which `== 0` turns.
    """
    read = [value for value in reads(claim, runs[0]) if value.value is not None]
    tried = [*constants, *(value.value for value in read)]
    return sorted((_margin(claim, value, runs, tried) for value in read), key=lambda margin: margin.spreads)


def _margin(claim, value, runs, tried):
    found = [run.values[value.key].value for run in runs if value.key in run.values]
    measured = [number for number in found if number is not None]
    least, greatest, scale = min(measured), max(measured), max(map(abs, measured)) or 1

    def moved(number):
        return holds(claim, replaced(runs[0], replace(value, value=number)))

    return Margin(value, least, greatest, nearest_turn(moved, value.value, scale, tried))


def nearest_turn(verdict, value, scale, tried=()):
    """The number nearest to `value` at which `verdict` says something else, or None.

    It looks as far as REACH times `scale`, and at the numbers `tried` wherever they are.
    """
    base, found = verdict(value), []
    for side in (-1, 1):
        inside = value
        numbers = {value + side * step * scale for step in STEPS} | {number for number in tried if side * (number - value) > 0}
        for number in sorted(numbers, reverse=side < 0):
            if verdict(number) != base:
                found.append(_edge(lambda middle: verdict(middle) == base, inside, number))
                break
            inside = number
    return min(found, key=lambda number: abs(number - value), default=None)


def _edge(is_inside, inside, outside):
    """The number outside that is nearest to `inside`."""
    while not math.isclose(inside, outside, rel_tol=1e-9, abs_tol=1e-12):
        middle = (inside + outside) / 2
        if is_inside(middle):
            inside = middle
        else:
            outside = middle
    return outside


def functions(lab, source):
    """The claims of the text `source` by their ids, as functions over results."""
    module = {"__name__": f"claims of {lab.name}"}
    try:
        exec(compile(source, lab / "test_claims.py", "exec"), module)
    except Exception as error:
        raise LabError(f"labs/{lab.name}/test_claims.py: {type(error).__name__}: {error}; mend the file") from None
    return [(name, module["test_" + name.replace("-", "_")]) for name in claims.fingerprints(source)]


def holds(claim, run):
    """Whether the claim holds in `run`; one that cannot be computed from its numbers does not."""
    try:
        claim(run)
    except Exception:  # a refutation, a ratio to nothing, a value that was not measured
        return False
    return True


def reads(claim, run):
    """The values that the claim reads in `run`, in that order; None if the run lacks one."""
    run.reads.clear()
    try:
        claim(run)
    except ResultsError:
        if all(run.values[key].value is not None for key in run.reads):
            return None
    except Exception:
        pass
    return [run.values[key] for key in run.reads]


def replaced(run, value):
    """`run` with `value` in place of what it has under that key."""
    moved = copy(run)
    moved.values, moved.reads = run.values | {value.key: value}, []
    return moved


def report(lab):
    """The lines that say how far each claim of the lab in the folder `lab` is from turning."""
    source = claims.read(lab)
    numbers = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and type(node.value) in (int, float)]
    kinds = {"full": _full_runs(lab), "quick": _trials(lab)}
    for name, claim in functions(lab, source):
        judges = {kind: [run for run in runs if reads(claim, run) is not None] for kind, runs in kinds.items()}
        kind = next((kind for kind, runs in judges.items() if runs), None)
        if kind is None:
            yield f"{name}: no run has its values; make lab slug={lab.name} quick=1, some five times"
            continue
        runs = judges[kind]
        yield f"{name}: holds in {sum(holds(claim, run) for run in runs)} of {len(runs)} {kind} runs"
        yield from (f"  {_told(margin, len(runs))}" for margin in margins(claim, runs, numbers))


def _full_runs(lab):
    return [replications.recorded(lab), *replications.load(lab)] if (lab / "results.json").exists() else []


def _trials(lab):
    """The quick runs of `lab`, the newest first."""
    paths = (lab / ".quick" / "trials").glob("*.json")
    runs = [Results(path, *results.read(path, "remove it")) for path in paths]
    return sorted(runs, key=lambda run: run.receipt["started"], reverse=True)


def _told(margin, runs):
    def text(number):
        return format_value(number, margin.value.unit)

    found = f"{margin.value.key} {text(margin.value.value)}"
    if runs > 1:
        found += f" ({text(margin.least)} to {text(margin.greatest)})" if margin.least < margin.greatest else " (each time)"
    if margin.turns is None:
        return f"{found}: never turns by itself"
    if math.isclose(margin.turns, margin.value.value, rel_tol=1e-6, abs_tol=1e-6):
        return f"{found}: any change turns it"
    turns = f"{found}: turns at {text(round(margin.turns, 9) + 0.0)}"
    if math.isinf(margin.spreads):
        return turns
    return f"{turns}, {format_value(margin.spreads, 'x')} the spread between runs away"


def main(slug):
    lab = ROOT / "labs" / slug
    if not (lab / "run").is_file():
        raise LabError(f"no lab {slug!r}; name one of labs/ with slug=…")
    print("\n".join(report(lab)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make margins slug=<slug>")
    try:
        main(sys.argv[1])
    except LabError as error:
        sys.exit(str(error))
