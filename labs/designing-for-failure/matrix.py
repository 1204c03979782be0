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
    "budget": ("3 retries, 10% budget", "budget", RETRY | {"budget": 100}),
    "breaker": ("3 retries, breaker", "breaker", RETRY | {"breaker": True}),
    "budget_breaker": (
        "3 retries, budget and breaker",
        "both",
        RETRY | {"budget": 100, "breaker": True},
    ),
    "budget_per_success": (
        "3 retries, 10% budget of successes",
        "budget of successes",
        RETRY | {"budget": 100, "earns": "success"},
    ),
}
CROSSED = [name for name in POLICIES if name != "budget_per_success"]  # with every server rule
CAREFUL = ("budget", "breaker", "budget_breaker")
DISCIPLINES = {
    "fifo": ("first in, first out", "FIFO"),
    "expired": ("refuses expired work", "expired-only deadline"),
    "feasible": ("refuses what cannot finish", "feasible deadline"),
    "bounded": ("queue bounded by deadline", "bounded queue"),
    "lifo": ("last in first out, refuses expired work", "LIFO + expiry"),
    "shed": ("sheds when 4 wait", "shed above 4"),
}
EXPONENTIAL = [("fifo", "backoff"), ("fifo", "budget")] + [(name, "retry") for name in DISCIPLINES]
RETRIED = [(rule, "retry") for rule in DISCIPLINES]
# What the finding and the claims name.
HEADLINE = RETRIED + [("fifo", name) for name in POLICIES if name not in ("retry", "budget_breaker")]
HEADLINE += [("bounded", "backoff")]
EXPONENTIAL_HEADLINE = [("expired", "retry"), ("feasible", "retry")]
PUBLISHED = 4  # runs that the first edition's claims count
QUICK = [("fifo", name) for name in ("none", "retry", "backoff", "budget")] + [("expired", "retry"), ("feasible", "retry")]
BEGIN, END, SLOWER = 5, 9, 5  # the trigger, in seconds, and by how much it slows the service
SHOWN = [("fifo", name) for name in ("none", "retry", "backoff", "budget", "breaker")] + [
    ("feasible", "retry")
]
LOAD_PERCENT = 70


def trigger(begin, end, slower):
    return [[begin, f"slow {slower}"], [end, "slow 1"]]


def seeds(lab, cell, headline):
    """How often a cell runs: the comparison of combinations needs 10,000 requests of each for its p99.9."""
    if lab.quick:
        return range(1)
    return range(outcomes.HEADLINE if cell in headline else PUBLISHED if cell[1] in CAREFUL else 2)


def client(lab, capacity, policy):
    """The matrix's clients: one load, one trigger."""
    return {
        "seconds": 14 if lab.quick else 48,
        "rates": [[0, LOAD_PERCENT / 100 * capacity]],
        "events": trigger(BEGIN, END, SLOWER),
        "policy": policy,
    }


def jobs(lab, capacity):
    every = [(rule, policy) for rule in DISCIPLINES for policy in CROSSED] + [("fifo", "budget_per_success")]
    parts = [
        ("matrix", QUICK if lab.quick else every, "fixed", HEADLINE),
        ("exponential", EXPONENTIAL_HEADLINE if lab.quick else EXPONENTIAL, "exponential", EXPONENTIAL_HEADLINE),
    ]
    return [
        pair(
            (name, rule, policy),
            lab.seed + seed,
            {"discipline": rule, "spread": spread},
            client(lab, capacity, POLICIES[policy][2]),
        )
        for name, cells, spread, headline in parts
        for rule, policy in cells
        for seed in seeds(lab, (rule, policy), headline)
    ]


def record(lab, runs):
    """Record each cell; {(rule, policy): runs} of those with a fixed and of those with an exponential service time."""
    for name, value, unit, label in (
        ("load_percent", LOAD_PERCENT, "%", "load, of measured capacity"),
        ("trigger_s", END - BEGIN, "s", "length of the trigger"),
        ("trigger_x", SLOWER, "x", "how much slower the service is during the trigger"),
        ("retries", 3, "1", "retries after the first attempt"),
        ("budget_percent", 10, "%", "retry budget, of first attempts"),
        ("backoff_s", 1, "s", "longest first pause of the backoff; it doubles with each retry"),
    ):
        lab.value(f"inputs.{name}", value, unit, label)
    cells = outcomes.cells(runs)
    for (name, rule, policy), cell in cells.items():
        key, title = f"{name}.{rule}.{policy}", f"{POLICIES[policy][0]}; server {DISCIPLINES[rule][0]}"
        title += ", exponential service" if name == "exponential" else ""
        outcomes.record(lab, key, title, cell, END, counted=PUBLISHED)
        outcomes.latency(lab, key, title, cell)
        outcomes.wasted(lab, key, title, cell)
    parts = [{key[1:]: cell for key, cell in cells.items() if key[0] == part} for part in ("matrix", "exponential")]
    tables(lab, parts[0])
    return parts


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
        if policy in CROSSED
    ]
    lab.table("matrix", columns, rows)
