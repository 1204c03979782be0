"""What an operator sees: attempts, throughput and goodput each second, and capacity from the server's own counters."""

import statistics

import outcomes
from matrix import END

SHOWN = {("fifo", "retry"): "3 retries", ("fifo", "budget"): "3 retries, 10% budget"}
COUNTED = {"completed": "requests that the server finishes", "attempts": "attempts", "good": "good answers"}
COUNTING = {("fifo", "retry"): "in a collapse", ("fifo", "none"): "while a queue drains"}


def record(lab, fixed):
    rows = []
    for cell, title in SHOWN.items():
        for name, what in COUNTED.items():
            rates = [per_second(run, name) for run in fixed[cell]]
            last = [statistics.mean(rate[-outcomes.LAST :]) for rate in rates]
            label = f"{what} a second, at the end: {title}, first in, first out"
            outcomes.ranged(lab, f"state.{cell[1]}.{name}_per_s", last, "1", label)
            rows += [
                {"policy": title, "what": name, "second": second, "per_s": statistics.median(found)}
                for second, found in enumerate(zip(*rates))
            ]
    columns = {
        "policy": {"label": "client", "unit": None},
        "what": {"label": "what is counted", "unit": None},
        "second": {"label": "time", "unit": "s"},
        "per_s": {"label": "in that second, median", "unit": "1"},
    }
    lab.table("state", columns, rows)
    for cell, when in COUNTING.items():
        label = f"completions a second while no worker is idle: capacity, by the server's counters, {when}"
        outcomes.ranged(lab, f"capacity.counted_{cell[1]}_per_s", [counted(run) for run in fixed[cell]], "1", label)


def per_second(run, name):
    return run["servers"][0]["seconds"][name] if name == "completed" else run["seconds"][name]


def counted(run):
    """Completions a second, in the seconds in which no worker was ever idle, from the second after the trigger."""
    seconds = run["servers"][0]["seconds"]
    idle = seconds.get("idle", [0] * outcomes.window(run))
    return statistics.mean(done for done, idled in list(zip(seconds["completed"], idle))[END + 1 :] if not idled)
