"""A request that needs 20 answers, nothing broken: how often does it meet a slow one?"""

import numpy as np

import outcomes
from pairs import pair

LEAVES, WORKERS, SERVICE_S = 20, 2, 0.02
RANK = 98
RESAMPLES = 2000
AT_ONCE = 2  # each has twenty servers of its own
# name: title, requests per second, single calls of others per second and leaf, seconds, runs
KINDS = {
    "others": ("leaves busy for others", 8, 51, 120, 2),
    "shared": ("leaves busy for others and for us", 20, 39, 35, 1),
    "alone": ("leaves that serve us alone", 20, 0, 30, 1),
}


def jobs(lab):
    return [
        pair(
            ("leaves", kind),
            lab.seed + seed,
            {"workers": WORKERS, "service_s": SERVICE_S},
            {
                "seconds": 4 if lab.quick else seconds,
                "rate": rate,
                "background": others * LEAVES,
                "timeout_s": 5,
            },
            program="fanout.py",
            replicas=LEAVES,
        )
        for kind, (_, rate, others, seconds, runs) in KINDS.items()
        for seed in range(1 if lab.quick else runs)
    ]


def meeting(calls):
    """Percent of the rows of `calls` that hold a number above the percentile of them all."""
    return 100 * float(np.mean((calls > np.percentile(calls, RANK)).any(axis=1)))


def models(calls, seed):
    """95 % intervals of `meeting` if the columns were independent, and if they were slow together.

    Both resample the requests: each leaf on its own, or all at once after each
    leaf's calls were put in the order of their length.
    """
    rng, n = np.random.default_rng(seed), len(calls)
    together = np.sort(calls, axis=0)
    leaf = np.arange(calls.shape[1])
    independent = [meeting(calls[rng.integers(n, size=calls.shape), leaf]) for _ in range(RESAMPLES)]
    correlated = [meeting(together[rng.integers(n, size=n)]) for _ in range(RESAMPLES)]
    return [
        tuple(float(edge) for edge in np.percentile(found, [2.5, 97.5]))
        for found in (independent, correlated)
    ]


def apart(first, second):
    """Percent of the rows of each half that hold a number above the percentile of the other half."""
    met = [(half > np.percentile(other, RANK)).any(axis=1) for half, other in ((first, second), (second, first))]
    return 100 * float(np.mean(np.concatenate(met)))


def interval(halves, seed):
    """95 % bootstrap interval of `apart`: the requests of each half are drawn again."""
    rng = np.random.default_rng(seed)
    found = [apart(*(half[rng.integers(len(half), size=len(half))] for half in halves)) for _ in range(RESAMPLES)]
    return [float(edge) for edge in np.percentile(found, [2.5, 97.5])]


def record(lab, runs):
    lab.value("inputs.leaves", LEAVES, "1", "servers that every request asks")
    load = 100 * 59 * SERVICE_S / WORKERS
    lab.value("inputs.leaf_load_percent", load, "%", "load on a leaf that is busy for others")
    lab.value("fanout.formula_percent", 100 * (1 - (RANK / 100) ** LEAVES), "%", "1 - 0.98^20")
    for (_, kind), cell in outcomes.cells(runs).items():
        title, key = KINDS[kind][0], f"fanout.{kind}"
        calls = np.concatenate([run["rows"] for run in cell])
        shares(lab, key, title, calls)
        for name, value in (("call_p50", np.percentile(calls, 50)), ("call_p98", np.percentile(calls, RANK))):
            rank = "median" if name.endswith("p50") else "p98"
            lab.value(f"{key}.{name}_ms", value, "ms", f"single call, {rank}: {title}", calls.size)
        slowest = np.median(calls.max(axis=1))
        lab.value(f"{key}.request_p50_ms", slowest, "ms", f"whole request, median: {title}", len(calls))
        cpu = max(run["load"]["cpu_percent"] for run in cell)
        lab.value(f"{key}.client_cpu_percent", cpu, "%", f"client's use of one core: {title}", len(cell))


def shares(lab, key, title, calls):
    """Record how many requests met a slow call, by the p98 of all and by that of the other half, and both models."""
    n, halves, kind = len(calls), np.array_split(calls, 2), "bootstrap 95 %"
    label = f"requests that met a call above the p98 of all: {title}"
    lab.value(f"{key}.meeting_percent", meeting(calls), "%", label, n)
    low, high = interval(halves, lab.seed)
    label = f"requests that met a call above the p98 of the other half of the calls: {title}"
    lab.value(f"{key}.apart_percent", apart(*halves), "%", label, n, low, high, kind)
    edges(lab, f"{key}.apart", label, n, low, high)
    for name, (low, high) in zip(("independent", "correlated"), models(calls, lab.seed)):
        label = f"the same if slowness were {name}, by the p98 of all: {title}"
        lab.value(f"{key}.{name}_percent", (low + high) / 2, "%", f"{label}, middle", n, low, high, kind)
        edges(lab, f"{key}.{name}", label, n, low, high)


def edges(lab, key, label, n, low, high):
    lab.value(f"{key}_low_percent", low, "%", f"{label}, low end of the 95 % bootstrap", n)
    lab.value(f"{key}_high_percent", high, "%", f"{label}, high end of the 95 % bootstrap", n)
