"""Three tiers, with retries at every layer or at one."""

import outcomes
from matrix import RETRY, trigger
from pairs import TIMEOUT_S, pair

LOAD_PERCENT = 10
BEGIN, END, SLOWER = 5, 9, 20
BUDGET = RETRY | {"budget": 100}
# name: title, policy of the client, policy of the two middle tiers
CHAINS = {
    "every": ("3 retries at each of three layers", RETRY, RETRY),
    "edge": ("3 retries at the client alone", RETRY, {}),
    "budgets": ("3 retries with a 10% budget at each of three layers", BUDGET, BUDGET),
}


def jobs(lab, capacity):
    made = []
    for name, (_, edge, middle) in CHAINS.items():
        client = {
            "seconds": 14 if lab.quick else 40,
            "rates": [[0, LOAD_PERCENT / 100 * capacity]],
            "policy": edge,
            "events": trigger(BEGIN, END, SLOWER),
        }
        for seed in range(1 if lab.quick else 3):
            job = pair(("chain", name), lab.seed + seed, {}, client)
            tier = job["tiers"][0] | {"policy": middle, "timeout_s": TIMEOUT_S}
            made.append(job | {"chain": [tier, tier]})
    return made


def deepest(run):
    """Attempts that reach the last tier for each request of a client, over the last seconds."""
    stats = run["servers"][0]["below"]["below"]
    return sum(stats["seconds"]["received"][-outcomes.LAST :]) / sum(
        run["seconds"]["offered"][-outcomes.LAST :]
    )


def record(lab, runs):
    lab.value(
        "inputs.chain_load_percent", LOAD_PERCENT, "%", "load on the last tier of the chain, of its capacity"
    )
    lab.value(
        "chain.product_x", 4**3, "x", "attempts at the last tier per request when all three layers make four"
    )
    lab.value("chain.threshold_percent", 100 / 4**3, "%", "predicted threshold of such a chain, of capacity")
    for name, (title, *_) in CHAINS.items():
        cell = [run for run in runs if run["key"][1] == name]
        outcomes.ranged(
            lab,
            f"chain.{name}.goodput_percent",
            [outcomes.goodput(run) for run in cell],
            "%",
            f"goodput at the end: {title}",
        )
        outcomes.ranged(
            lab,
            f"chain.{name}.amplification_x",
            [deepest(run) for run in cell],
            "x",
            f"attempts at the last tier per request: {title}",
        )
        recovered = sum(map(outcomes.recovered, cell))
        lab.value(
            f"chain.{name}.recovered_runs", recovered, "runs", f"runs that recovered: {title}", len(cell)
        )
        outcomes.times(lab, f"chain.{name}.recovery_s", f"recovery after the trigger: {title}", cell, END)
