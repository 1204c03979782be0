"""What a quick run gave beside what is recorded, and what so short a run cannot show: how `make lab slug=<slug> quick=1` ends.

Of a lab with many values it shows those that claims read; results.json has them all.
"""

import textwrap
from collections import Counter

from _harness import claims, margins, replications
from _harness.results import format_number

MOST = 100  # values that somebody looks through


def report(lab, quick):
    """The lines about `quick`, the Results of a quick run of the lab in the folder `lab`."""
    if not (lab / "results.json").exists():
        return [f"labs/{lab.name} has no recorded run to set beside this; make lab slug={lab.name} records one"]
    runs = [replications.recorded(lab), *replications.load(lab)]
    recorded, tests = runs[0], margins.functions(lab, claims.read(lab))
    both = [key for key in recorded.values if key in quick.values]
    inputs = [key for key in both if key.startswith("inputs.")]
    title, measured = _shown([key for key in both if key not in inputs], tests, recorded)
    others = [key for key in inputs if quick.values[key].value != recorded.values[key].value]
    rows = [("", "quick", f"recorded {recorded.receipt['started'][:10]}", "")]
    rows += _section(title, [(*_texts(key, quick, recorded), _spread(key, runs)) for key in measured])
    rows += _section("claims", [(name, _verdict(claim, quick), _verdict(claim, recorded), "") for name, claim in tests])
    rows += _section("inputs that differ, so the rest may", [(*_texts(key, quick, recorded), "") for key in others])
    return ["", *_aligned(rows), *_lacking(recorded, both)]


def _shown(keys, tests, recorded):
    """What is shown, in words, and `keys`, or those of them that claims read if there are many."""
    if len(keys) <= MOST:
        return "values", keys
    read = {value.key for _, claim in tests for value in margins.reads(claim, recorded) or ()}
    return f"values that claims read, of {len(keys)}", [key for key in keys if key in read]


def _texts(key, *runs):
    return key, *(run.values[key].text for run in runs)


def _verdict(claim, run):
    if margins.reads(claim, run) is None:
        return "not run"
    return "holds" if margins.holds(claim, run) else "fails"


def _spread(key, runs):
    """How far the recorded value varied: between runs, or within its one."""
    value, found = runs[0].values[key], [run.values[key].value for run in runs if key in run.values]
    if None in found:
        return ""
    if len(found) > 1:
        return f"{_span(value, min(found), max(found))} in {len(found)} runs" if len(set(found)) > 1 else f"the same in {len(found)} runs"
    return f"{_span(value, value.low, value.high)} ({value.interval})" if value.interval else ""


def _span(value, low, high):
    return f"{format_number(low, value.unit)} to {format_number(high, value.unit)}"


def _section(title, rows):
    return [(title, "", "", ""), *((f"  {name}", *cells) for name, *cells in rows)] if rows else []


def _aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, quick, recorded, spread in rows:
        yield f"{name:<{widths[0]}}  {quick:>{widths[1]}}  {recorded:>{widths[2]}}  {spread}".rstrip()


def _lacking(recorded, both):
    """What only a full run shows, by the first word of its key."""
    counts = Counter(key.partition(".")[0] for key in recorded.values.keys() - set(both))
    if not counts:
        return []
    words = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return textwrap.wrap(f"Only a full run has the other {counts.total()} of {len(recorded.values)} recorded values: {words}.", 100)
