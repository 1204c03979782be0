"""The service has collapsed: what must an operator do to get it back within the window?"""

import outcomes
from matrix import LOAD_PERCENT, RETRY, trigger
from pairs import WORKERS, pair

BEGIN, END, SLOWER, ACT = 4, 6, 20, 9
WATCHED_S = 40
KEPT = (16, 24, 32)  # percent of the load that the operator lets through
STEPS = (2, 4, 6)  # percent, between the best of these that worked and the next
ACTIONS = {
    "flush": ("emptying the queue", "flush"),
    "retries_off": ("switching retries off", "retries 0"),
    "workers_25": ("a quarter more workers", f"workers {WORKERS * 5 // 4}"),
    "workers_100": ("twice the workers", f"workers {WORKERS * 2}"),
    "workers_200": ("three times the workers", f"workers {WORKERS * 3}"),
    "workers_300": ("four times the workers", f"workers {WORKERS * 4}"),
}


def job(lab, key, seed, capacity, kept=100, event=None):
    load = LOAD_PERCENT / 100 * capacity
    client = {
        "seconds": 18 if lab.quick else ACT + WATCHED_S,
        "rates": [[0, load], [ACT, load * kept / 100]],
        "policy": RETRY,
        "events": trigger(BEGIN, END, SLOWER) + ([[ACT, event]] if event else []),
    }
    return pair(key, lab.seed + seed, {}, client)


def jobs(lab, capacity):
    seeds = range(1 if lab.quick else 3)
    actions = ("flush",) if lab.quick else ACTIONS
    cuts = [
        job(lab, ("cut", seed, kept), seed, capacity, kept)
        for kept in (KEPT[:1] if lab.quick else KEPT)
        for seed in seeds
    ]
    return cuts + [
        job(lab, ("action", seed, name), seed, capacity, event=ACTIONS[name][1])
        for name in actions
        for seed in seeds
    ]


def survivors(runs):
    """{seed: the largest share of load, in percent, that was kept and brought the service back}."""
    best = {}
    for run in runs:
        kind, seed, kept = run["key"]
        if kind == "cut" and outcomes.recovered(run):
            best[seed] = max(best.get(seed, 0), kept)
    return best


def closer(lab, runs, capacity):
    """The second step of the search: jobs between what worked and what did not."""
    return [
        job(lab, ("cut", seed, kept + step), seed, capacity, kept + step)
        for seed, kept in survivors(runs).items()
        for step in STEPS
    ]


def record(lab, runs):
    lab.value("inputs.act_after_s", ACT - END, "s", "time between the trigger's end and the operator's act")
    lab.value("inputs.act_watched_s", WATCHED_S, "s", "time that the act is given to work")
    kept = list(survivors(runs).values())
    label = f"largest share of the load that can stay for the service to come back within {WATCHED_S} s"
    if kept:
        middle = outcomes.ranged(lab, "cure.kept_percent", kept, "%", label)
        lab.value(
            "cure.cut_percent",
            100 - middle,
            "%",
            "smallest cut of the load that brought the service back",
            len(kept),
        )
        share = middle * LOAD_PERCENT / 100
        lab.value("cure.load_percent", share, "%", "load left after that cut, of capacity", len(kept))
    else:
        lab.value(
            "cure.kept_percent", None, "%", label, len(runs), reason="no cut that was tried brought it back"
        )
    lab.value(
        "cure.threshold_kept_percent",
        100 * 100 / 4 / LOAD_PERCENT,
        "%",
        "share of the load at the predicted threshold",
    )
    for name in dict.fromkeys(run["key"][2] for run in runs if run["key"][0] == "action"):
        cell = [run for run in runs if run["key"][2] == name]
        title = f"after {ACTIONS[name][0]}, full load"
        good = [outcomes.goodput(run) for run in cell]
        outcomes.ranged(lab, f"cure.{name}.goodput_percent", good, "%", f"goodput at the end {title}")
        recovered = sum(map(outcomes.recovered, cell))
        lab.value(f"cure.{name}.recovered_runs", recovered, "runs", f"runs that came back {title}", len(cell))
        outcomes.times(lab, f"cure.{name}.recovery_s", f"time to come back {title}", cell, ACT)
