"""Asking a second server after 30 ms, with and without a budget, at rising load and with no trigger."""

import math

import outcomes
from _harness.stats import percentile
from pairs import pair

SERVICE_S, HEDGE_S, TIMEOUT_S = 0.01, 0.03, 5
LOADS = (15, 30, 40, 50, 60, 70, 80)
REQUESTS = 10_600  # a run, so that p99.9 has the latencies it needs
AT_ONCE = 8
SERVER = {"service_s": SERVICE_S, "spread": "tail"}
POLICIES = {
    "none": ("no hedge", "no hedge", {}),
    "hedge": ("hedge after 30 ms", "hedge", {"hedge_s": HEDGE_S}),
    "budget": ("hedge after 30 ms, 5% budget", "hedge, budget", {"hedge_s": HEDGE_S, "budget": 50}),
}


def jobs(lab, capacity):
    return [
        pair(
            ("hedging", policy, load),
            lab.seed,
            SERVER,
            {
                "seconds": 3 if lab.quick else math.ceil(REQUESTS / (load / 100 * capacity)),
                "rates": [[0, load / 100 * capacity]],
                "policy": POLICIES[policy][2],
                "timeout_s": TIMEOUT_S,
            },
            replicas=2,
        )
        for policy in POLICIES
        for load in ((15, 60) if lab.quick else LOADS)
    ]


def waited(run):
    """Milliseconds of every request; one without an answer has waited for as long as the timeout."""
    found = outcomes.latencies([run])
    return found + [1000 * TIMEOUT_S] * (sum(run["seconds"]["offered"]) - len(found))


def record(lab, runs):
    lab.value(
        "inputs.hedge_timeout_s",
        TIMEOUT_S,
        "s",
        "timeout of a hedged request, which its latency then counts as",
    )
    lab.value(
        "inputs.hedge_ms", 1000 * HEDGE_S, "ms", "time without an answer after which a second server is asked"
    )
    lab.value("inputs.hedge_budget_percent", 5, "%", "hedging budget, of requests")
    lab.value("inputs.slow_percent", 1, "%", "share of calls that take 300 ms instead of 10 ms")
    rows = []
    for run in runs:
        _, policy, load = run["key"]
        found = waited(run)
        offered = run["requests"]
        key, title = (
            f"hedging.{policy}.at_{load}",
            f"{POLICIES[policy][0]}, load {load} % of capacity, open loop",
        )
        row = {"policy": POLICIES[policy][1], "load_percent": load}
        row["extra_percent"] = 100 * (run["sent"] / offered - 1)
        row["good_percent"] = 100 * outcomes.share(run, "good")
        row["client_cpu_percent"] = run["load"]["cpu_percent"]
        for name, rank in outcomes.RANKS.items():
            told = percentile(found, rank)
            row[f"{name}_ms"] = told["value"]
            lab.value(f"{key}.{name}_ms", unit="ms", label=f"p{rank:g}: {title}", **told)
        lab.value(f"{key}.extra_percent", row["extra_percent"], "%", f"extra calls: {title}", offered)
        lab.value(
            f"{key}.good_percent",
            row["good_percent"],
            "%",
            f"answered within {TIMEOUT_S} s: {title}",
            offered,
        )
        lab.value(
            f"{key}.client_cpu_percent", row["client_cpu_percent"], "%", f"client's use of one core: {title}"
        )
        rows.append(row)
    busiest = max(row["client_cpu_percent"] for row in rows)
    lab.value(
        "hedging.client_cpu_max_percent",
        busiest,
        "%",
        "highest use of one core by a hedging client",
        len(rows),
    )
    late = max(run["load"]["late_p99_ms"] for run in runs)
    lab.value(
        "hedging.client_late_p99_ms",
        late,
        "ms",
        "worst p99 lateness of a hedging client's event loop",
        len(rows),
    )
    columns = {
        "policy": {"label": "policy", "unit": None},
        "load_percent": {"label": "load, of measured capacity", "unit": "%"},
        "extra_percent": {"label": "extra calls", "unit": "%"},
        "good_percent": {"label": f"answered within {TIMEOUT_S} s", "unit": "%"},
        "p50_ms": {"label": "p50", "unit": "ms"},
        "p99_ms": {"label": "p99", "unit": "ms"},
        "p999_ms": {"label": "p99.9", "unit": "ms"},
        "client_cpu_percent": {"label": "client's use of one core", "unit": "%"},
    }
    lab.table("hedging", columns, rows)
