"""The ways out of a shared schema, a step at a time: the safe orders of one rename, a third team's service under the lock, CPU and lines."""

import inspect
import statistics

from builds import COPIES, OUTBOX
from changes import CHANGES
from lock import migrate
from services import Service


def record(lab, found, locked, costs):
    events = sum(len(inspect.getsource(one).splitlines()) for one in (Service.event, Service.publish, Service.relay))
    own = events + _lines(COPIES) + _lines(OUTBOX)
    expanded = _migrations("expand")
    rows = [_row(found, locked, costs, *step) for step in (
        ("shared schema, renamed at once", "shared", "rename", "plain", _migrations("rename")),
        ("the same, with a lock_timeout and retries", "shared", "rename", "short", len(inspect.getsource(migrate).splitlines())),
        ("expand and contract", "shared", "expand", "short", expanded),
        ("own data, strict readers", "strict", "expand", None, expanded + own),
        ("own data, tolerant readers", "tolerant", "expand", "own", expanded + own),
        ("the same, until the old key is gone", "tolerant", "retire", "own", expanded + own),
        ("the same, a server for each service", "servers", "expand", None, expanded + own),
        ("one process", "monolith", "expand", None, expanded),
    )]
    columns = {"step": ("step", None), "safe": ("safe orders", None), "percent": ("share of all orders", "%"), "served": ("third service answers in time", "%"),
               "cpu_ms": ("CPU of a purchase", "ms"), "lines": ("lines for it", "count")}
    lab.table("ladder", {name: {"label": label, "unit": unit} for name, (label, unit) in columns.items()}, rows)


def _row(found, locked, costs, step, build, change, treatment, lines):
    """None for what was not run in that step."""
    lattice = found[build, change][0]
    cpu = [cost.cpu_ms for cost in costs if cost.build == build]
    return {
        "step": step, "safe": f"{lattice.safe} of {lattice.possible:,}", "percent": lattice.percent,
        "served": statistics.median(run.within for run in locked[treatment]) if treatment else None,
        "cpu_ms": statistics.median(cpu) if cpu else None, "lines": lines,
    }


def _migrations(change):
    return sum(map(_lines, CHANGES[change].migrations.values()))


def _lines(text):
    return len(text.strip().splitlines())
