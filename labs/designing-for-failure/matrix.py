"""Every client policy against every server rule, after the same trigger at the same load."""

import statistics

import outcomes
from pairs import pair

RETRY = {"retries": 3}
# name: in a label, in a figure, and for a client what it does
POLICIES = {
    "none": ("no retry", "none", {}),
    "retry": ("3 retries", "retry", RETRY),
    "backoff": ("3 retries, backoff and jitter", "backoff", RETRY | {"backoff_s": 1}),
    "budget": ("3 retries, 10% budget", "budget", RETRY | {"budget": 0.1}),
    "breaker": ("3 retries, breaker", "breaker", RETRY | {"breaker": True}),
    "budget_breaker": (
        "3 retries, budget and breaker",
        "both",
        RETRY | {"budget": 0.1, "breaker": True},
    ),
}
DISCIPLINES = {
    "fifo": ("first in, first out", "FIFO"),
    "expired": ("refuses expired work", "expired-only deadline"),
    "feasible": ("refuses what cannot finish", "feasible deadline"),
    "bounded": ("queue bounded by deadline", "bounded queue"),
    "lifo": ("last in first out, refuses expired work", "LIFO + expiry"),
    "shed": ("sheds when 4 wait", "shed above 4"),
}
EXPONENTIAL = [("fifo", "backoff"), ("fifo", "budget")] + [(name, "retry") for name in DISCIPLINES]
QUICK = [
    ("fifo", "retry"),
    ("fifo", "backoff"),
    ("fifo", "budget"),
    ("expired", "retry"),
    ("feasible", "retry"),
]
BEGIN, END, SLOWER = 5, 9, 5  # the trigger, in seconds, and by how much it slows the service
SHOWN = [("fifo", name) for name in ("none", "retry", "backoff", "budget", "breaker")] + [
    ("feasible", "retry")
]
LOAD_PERCENT = 70


def trigger(begin, end, slower):
    return [[begin, f"slow {slower}"], [end, "slow 1"]]


def jobs(lab, capacity):
    every = [(rule, policy) for rule in DISCIPLINES for policy in POLICIES]
    cells = [("matrix", cell, "fixed") for cell in (QUICK if lab.quick else every)]
    cells += [("exponential", cell, "exponential") for cell in (QUICK[:1] if lab.quick else EXPONENTIAL)]
    client = {
        "seconds": 17 if lab.quick else 48,
        "rates": [[0, LOAD_PERCENT / 100 * capacity]],
        "events": trigger(BEGIN, END, SLOWER),
    }
    return [
        pair(
            (name, rule, policy),
            lab.seed + seed,
            {"discipline": rule, "spread": spread},
            client | {"policy": POLICIES[policy][2]},
        )
        for name, (rule, policy), spread in cells
        for seed in range(1 if lab.quick else 4 if spread == "fixed" else 2)
    ]


def record(lab, runs):
    """Record each cell; {(rule, policy): runs} of those with a fixed service time."""
    for name, value, unit, label in (
        ("load_percent", LOAD_PERCENT, "%", "load, of measured capacity"),
        ("trigger_s", END - BEGIN, "s", "length of the trigger"),
        ("trigger_x", SLOWER, "x", "how much slower the service is during the trigger"),
        ("retries", 3, "1", "retries after the first attempt"),
        ("budget_percent", 10, "%", "retry budget, of first attempts"),
        ("backoff_s", 1, "s", "longest first pause of the backoff; it doubles with each retry"),
    ):
        lab.value(f"inputs.{name}", value, unit, label)
    cells = {}
    for run in runs:
        cells.setdefault(run["key"], []).append(run)
    for (name, rule, policy), cell in cells.items():
        title = f"{POLICIES[policy][0]}; server {DISCIPLINES[rule][0]}"
        title += ", exponential service" if name == "exponential" else ""
        outcomes.record(lab, f"{name}.{rule}.{policy}", title, cell, END)
        outcomes.latency(lab, f"{name}.{rule}.{policy}", title, cell)
        wasted = [outcomes.wasted_percent(run) for run in cell]
        key = f"{name}.{rule}.{policy}.wasted_percent"
        outcomes.ranged(lab, key, wasted, "%", f"finished work that nobody waited for, at the end: {title}")
    fixed = {key[1:]: cell for key, cell in cells.items() if key[0] == "matrix"}
    tables(lab, fixed)
    return fixed


def tables(lab, cells):
    rows = []
    for rule, policy in SHOWN:
        for second in range(outcomes.window(cells["fifo", "retry"][0])):
            good = [run["seconds"]["good"][second] for run in cells.get((rule, policy), [])]
            name = POLICIES[policy][0] if rule == "fifo" else "3 retries, feasible deadline"
            rows += (
                [{"policy": name, "second": second, "good_per_s": statistics.median(good)}] if good else []
            )
    columns = {
        "policy": {"label": "policy", "unit": None},
        "second": {"label": "time", "unit": "s"},
        "good_per_s": {"label": "requests answered in time in that second, median", "unit": "1"},
    }
    lab.table("timeline", columns, rows)
    columns = {
        "policy": {"label": "client", "unit": None},
        "rule": {"label": "server", "unit": None},
        "recovered_percent": {"label": "share of runs that recovered", "unit": "%"},
        "goodput_percent": {"label": f"goodput in the last {outcomes.LAST} s, median", "unit": "%"},
        "runs": {"label": "runs", "unit": "runs"},
    }
    rows = [
        {
            "policy": POLICIES[policy][1],
            "rule": DISCIPLINES[rule][1],
            "recovered_percent": 100 * statistics.mean(map(outcomes.recovered, runs)),
            "goodput_percent": statistics.median(map(outcomes.goodput, runs)),
            "runs": len(runs),
        }
        for (rule, policy), runs in cells.items()
    ]
    lab.table("matrix", columns, rows)
