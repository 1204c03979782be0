"""A retry budget has a limit of its own: near capacity it matters whether first attempts fill it or successes."""

import outcomes
from matrix import POLICIES, trigger
from pairs import pair
from sweep import BEGIN, END, SLOWER

LOAD_PERCENT = 93  # above capacity / 1.1, below capacity
FILLED = ("budget", "budget_per_success")


def jobs(lab, capacity):
    client = {
        "seconds": 14 if lab.quick else 66,
        "rates": [[0, LOAD_PERCENT / 100 * capacity]],
        "events": trigger(BEGIN, END, SLOWER),
    }
    return [
        pair(("limit", policy), lab.seed + seed, {}, client | {"policy": POLICIES[policy][2]})
        for policy in FILLED
        for seed in range(1 if lab.quick else outcomes.HEADLINE)
    ]


def record(lab, runs):
    lab.value("inputs.budget_load_percent", LOAD_PERCENT, "%", "load at which the two budgets are compared, of capacity")
    lab.value("budget.limit_percent", 100 / 1.1, "%", "predicted limit of a 10% budget of first attempts, of capacity")
    for (_, policy), cell in outcomes.cells(runs).items():
        title = f"{POLICIES[policy][0]}; load {LOAD_PERCENT}% of capacity"
        outcomes.record(lab, f"limit.{policy}", title, cell, END)
