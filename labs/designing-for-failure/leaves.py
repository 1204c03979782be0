"""A request that needs 20 answers, nothing broken: how often does it meet a slow one?"""

import numpy as np

from pairs import pair

LEAVES, WORKERS, SERVICE_S = 20, 2, 0.02
RANK = 98
RESAMPLES = 2000
# name: title, requests per second, single calls of others per second and leaf, seconds
KINDS = {
    "others": ("leaves busy for others", 8, 51, 60),
    "shared": ("leaves busy for others and for us", 20, 39, 40),
    "alone": ("leaves that serve us alone", 20, 0, 30),
}


def jobs(lab):
    return [
        pair(
            ("leaves", kind),
            lab.seed,
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
        for kind, (_, rate, others, seconds) in KINDS.items()
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


def record(lab, runs):
    lab.value("inputs.leaves", LEAVES, "1", "servers that every request asks")
    lab.value(
        "inputs.leaf_load_percent",
        100 * 59 * SERVICE_S / WORKERS,
        "%",
        "load on a leaf that is busy for others",
    )
    lab.value("fanout.formula_percent", 100 * (1 - (RANK / 100) ** LEAVES), "%", "1 - 0.98^20")
    for run in runs:
        kind, calls = run["key"][1], np.array(run["rows"])
        title, n = KINDS[kind][0], len(run["rows"])
        key = f"fanout.{kind}"
        independent, correlated = models(calls, lab.seed)
        lab.value(
            f"{key}.meeting_percent",
            meeting(calls),
            "%",
            f"requests that met a call above the p98 of all: {title}",
            n,
        )
        for name, (low, high) in (("independent", independent), ("correlated", correlated)):
            label = f"the same if slowness were {name}, 95 % bootstrap"
            lab.value(
                f"{key}.{name}_percent",
                (low + high) / 2,
                "%",
                f"{label}, middle: {title}",
                n,
                low,
                high,
                "bootstrap 95 %",
            )
            lab.value(f"{key}.{name}_low_percent", low, "%", f"{label}, low: {title}", n)
            lab.value(f"{key}.{name}_high_percent", high, "%", f"{label}, high: {title}", n)
        lab.value(
            f"{key}.call_p50_ms", np.percentile(calls, 50), "ms", f"single call, median: {title}", calls.size
        )
        lab.value(
            f"{key}.call_p98_ms", np.percentile(calls, RANK), "ms", f"single call, p98: {title}", calls.size
        )
        slowest = calls.max(axis=1)
        lab.value(
            f"{key}.request_p50_ms", np.percentile(slowest, 50), "ms", f"whole request, median: {title}", n
        )
        lab.value(
            f"{key}.client_cpu_percent", run["load"]["cpu_percent"], "%", f"client's use of one core: {title}"
        )
