"""Fairness to backoff (waiting users, a burst) and to the trigger (its length)."""

import statistics

import outcomes
from matrix import BEGIN, END, LOAD_PERCENT, POLICIES, RETRY, SLOWER, trigger
from pairs import SERVICE_S, pair

THINK_S = 2
BURST = 200
LENGTHS_S = (0.25, 0.5, 1, 2, 4, 8)
BURSTS = {
    "at_once": ("3 retries at once", RETRY),
    "backoff": ("3 retries, backoff without jitter", RETRY | {"backoff_s": 1, "jitter": False}),
    "backoff_halved": ("3 retries, half that backoff without jitter", RETRY | {"backoff_s": 0.5, "jitter": False}),
    "jitter": ("3 retries, backoff with full jitter", RETRY | {"backoff_s": 1}),
    "jitter_doubled": ("3 retries, full jitter over twice the pause", RETRY | {"backoff_s": 2}),
}


def jobs(lab, capacity):
    load = LOAD_PERCENT / 100 * capacity
    seeds = range(1 if lab.quick else 3)
    policies = ("retry", "backoff") if lab.quick else ("none", "retry", "backoff")
    closed = {
        "seconds": 14 if lab.quick else 45,
        "users": round(load * (THINK_S + SERVICE_S)),
        "think_s": THINK_S,
        "events": trigger(BEGIN, END, SLOWER),
    }
    made = [
        pair(("closed", policy), lab.seed + seed, {}, closed | {"policy": POLICIES[policy][2]})
        for policy in policies
        for seed in seeds
    ]
    burst = {"seconds": 10 if lab.quick else 22, "bursts": [[0.5, BURST]]}
    made += [
        pair(("burst", name), lab.seed + seed, {}, burst | {"policy": policy})
        for name, (_, policy) in BURSTS.items()
        for seed in range(1 if lab.quick else 3)
    ]
    for length in (1,) if lab.quick else LENGTHS_S:
        short = {
            "seconds": 14 if lab.quick else 28,
            "rates": [[0, load]],
            "policy": RETRY,
            "events": trigger(BEGIN, BEGIN + length, SLOWER),
        }
        made += [
            pair(("trigger", length), lab.seed + seed, {}, short) for seed in range(1 if lab.quick else 2)
        ]
    return made


def record(lab, runs):
    lab.value("inputs.think_s", THINK_S, "s", "mean pause of a waiting user between two requests")
    lab.value("inputs.burst", BURST, "1", "requests of the synchronised burst")
    cells = outcomes.cells(runs)
    for (kind, name), cell in cells.items():
        if kind == "closed":
            title = f"{POLICIES[name][0]}, closed loop"
            users = cell[0]["job"]["client"]["users"]
            outcomes.record(lab, f"closed.{name}", title, cell, END)
            outcomes.latency(lab, f"closed.{name}", title, cell)
        elif kind == "burst":
            burst(lab, f"burst.{name}", BURSTS[name][0], cell)
        else:
            millis = round(1000 * name)
            title = f"3 retries, trigger of {millis} ms, {SLOWER} times slower"
            outcomes.record(lab, f"trigger.ms_{millis}", title, cell, BEGIN + -(-millis // 1000))
    lab.value("inputs.users", users, "1", "waiting users of the closed loop")
    fatal = [
        name
        for (kind, name), cell in cells.items()
        if kind == "trigger" and not any(map(outcomes.recovered, cell))
    ]
    reason = None if fatal else "every trigger tried was survived"
    label = "shortest trigger tried that no run survived"
    lab.value(
        "trigger.shortest_fatal_ms",
        1000 * min(fatal) if fatal else None,
        "ms",
        label,
        len(cells),
        reason=reason,
    )


def burst(lab, key, title, runs):
    good = [100 * outcomes.share(run, "good") for run in runs]
    outcomes.ranged(lab, f"{key}.goodput_percent", good, "%", f"share of a burst answered: {title}")
    attempts = [outcomes.share(run, "attempts") for run in runs]
    outcomes.ranged(lab, f"{key}.attempts_x", attempts, "x", f"attempts per request of a burst: {title}")
    last = [max(run["latency_ms"]) / 1000 for run in runs]
    lab.value(
        f"{key}.last_answer_s",
        statistics.median(last),
        "s",
        f"time to the last good answer: {title}",
        len(runs),
    )
