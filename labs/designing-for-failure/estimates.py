"""The feasible rule with an estimate of the service time that is wrong, or learnt from what the server finished."""

import statistics

import outcomes
from matrix import BEGIN, END, RETRY, client, trigger
from pairs import pair

SPREADS = ("fixed", "exponential")
OF_TRUE = (50, 70, 85, 115, 150, 200)  # percent of the true mean; 100 is the matrix's
TOLERATED = [f"at_{percent}" for percent in OF_TRUE if percent >= 70]
LEARNS = {"learns": True}
STANDSTILL = 20  # times slower: every estimate that is learnt then is longer than every deadline
PROBE_S = 1
# name: title, what the server has besides the rule
LOCKED = {
    "learnt": ("learnt estimate", {"estimate": LEARNS}),
    "floor": ("learnt estimate, one request let through each second without any", {"estimate": LEARNS, "probe_s": PROBE_S}),
}


def jobs(lab, capacity):
    kinds = {f"at_{percent}": {"of_true": percent / 100} for percent in OF_TRUE[: 1 if lab.quick else None]}
    made = [
        job(lab, ("estimate", spread, name), seed, {"spread": spread, "estimate": estimate}, client(lab, capacity, RETRY))
        for spread in SPREADS[: 1 if lab.quick else None]
        for name, estimate in (kinds | {"learnt": LEARNS}).items()
        for seed in range(1 if lab.quick else 2)
    ]
    still = client(lab, capacity, RETRY) | {"events": trigger(BEGIN, END, STANDSTILL)}
    return made + [
        job(lab, ("locked", name), seed, server, still)
        for name, (_, server) in LOCKED.items()
        for seed in range(1 if lab.quick else outcomes.HEADLINE)
    ]


def job(lab, key, seed, server, clients):
    return pair(key, lab.seed + seed, {"discipline": "feasible"} | server, clients)


def record(lab, runs, fixed, exponential):
    """fixed, exponential: the matrix's cells, where the estimate is the true mean."""
    lab.value("inputs.standstill_x", STANDSTILL, "x", "how much slower the service is where the learnt estimate locks itself in")
    lab.value("inputs.probe_s", PROBE_S, "s", "time without a request begun after which one is let through")
    cells = outcomes.cells(runs)
    for key, cell in cells.items():
        if key[0] == "locked":
            title = f"3 retries; feasible deadline, {LOCKED[key[1]][0]}, {STANDSTILL} times slower"
        else:
            title = f"3 retries; feasible deadline, estimate {said(key[2])}, {key[1]} service"
        outcomes.record(lab, ".".join(key), title, cell, END)
    wrong = [run for key, cell in cells.items() if key[0] == "estimate" and key[2] in TOLERATED for run in cell]
    label = "runs that recovered with an estimate of 70% to 200% of the true mean, fixed and exponential service"
    if wrong:
        lab.value("estimate.tolerated_percent", 100 * statistics.mean(map(outcomes.recovered, wrong)), "%", label, len(wrong))
    true = {("estimate", spread, "at_100"): cells["feasible", "retry"] for spread, cells in zip(SPREADS, (fixed, exponential))}
    table(lab, {key: cell for key, cell in (cells | true).items() if key[0] == "estimate"})


def said(name):
    return "learnt" if name == "learnt" else f"{name.removeprefix('at_')}% of the true mean"


def table(lab, cells):
    columns = {
        "spread": {"label": "service times", "unit": None},
        "estimate_percent": {"label": "estimate, of the true mean; none: learnt", "unit": "%"},
        "goodput_percent": {"label": "goodput at the end, median", "unit": "%"},
        "least_percent": {"label": "least of the runs", "unit": "%"},
        "recovered_runs": {"label": "runs that recovered", "unit": "runs"},
        "runs": {"label": "runs", "unit": "runs"},
    }
    rows = []
    for (_, spread, name), cell in cells.items():
        good = [outcomes.goodput(run) for run in cell]
        percent = None if name == "learnt" else int(name.removeprefix("at_"))
        row = (spread, percent, statistics.median(good), min(good), sum(map(outcomes.recovered, cell)), len(cell))
        rows.append(dict(zip(columns, row)))
    rows.sort(key=lambda row: (SPREADS.index(row["spread"]), row["estimate_percent"] or 1000))
    lab.table("estimate", columns, rows)
