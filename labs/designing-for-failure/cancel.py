"""The two deadline rules once more, on a server that also stops running work when its caller has left."""

import statistics

import outcomes
from matrix import DISCIPLINES, END, RETRY, client
from pairs import pair

RULES = ("expired", "feasible")
SPREADS = ("fixed", "exponential")


def jobs(lab, capacity):
    return [
        pair(
            ("cancel", spread, rule),
            lab.seed + seed,
            {"discipline": rule, "spread": spread, "cancels": True},
            client(lab, capacity, RETRY),
        )
        for spread in SPREADS
        for rule in RULES
        for seed in range(1 if lab.quick else outcomes.HEADLINE)
    ]


def record(lab, runs, fixed, exponential):
    """fixed, exponential: the matrix's cells, where running work is finished."""
    cells = outcomes.cells(runs)
    for (_, spread, rule), cell in cells.items():
        key = f"cancel.{spread}.{rule}"
        title = f"3 retries; server {DISCIPLINES[rule][0]}, cancels running work, {spread} service"
        outcomes.record(lab, key, title, cell, END)
        outcomes.wasted(lab, key, title, cell)
    rows = []
    for spread, finished in zip(SPREADS, (fixed, exponential)):
        for rule in RULES:
            rows.append(row(spread, rule, "finishes", finished[rule, "retry"]))
            rows.append(row(spread, rule, "cancels", cells["cancel", spread, rule]))
    columns = {
        "spread": {"label": "service times", "unit": None},
        "rule": {"label": "server", "unit": None},
        "running": {"label": "running work whose caller has left", "unit": None},
        "goodput_percent": {"label": "goodput at the end, median", "unit": "%"},
        "wasted_time_percent": {"label": "workers' time that nobody took, median", "unit": "%"},
        "recovered_runs": {"label": "runs that recovered", "unit": "runs"},
        "runs": {"label": "runs", "unit": "runs"},
    }
    lab.table("cancel", columns, rows)


def row(spread, rule, running, cell):
    return {
        "spread": spread,
        "rule": DISCIPLINES[rule][1],
        "running": running,
        "goodput_percent": statistics.median(map(outcomes.goodput, cell)),
        "wasted_time_percent": statistics.median(map(outcomes.wasted_time_percent, cell)),
        "recovered_runs": sum(map(outcomes.recovered, cell)),
        "runs": len(cell),
    }
