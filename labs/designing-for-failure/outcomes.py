"""From what a pair saw to the numbers that the essay quotes."""

import statistics

import numpy as np
from scipy import stats

WINDOW = 5  # seconds in which a recovered service answers RECOVERED of what is offered
RECOVERED = 0.95
LAST = 10  # seconds at the end over which goodput is judged
TAIL_NEEDS = 10_000  # latencies below which no p99.9 is given


def window(run):
    """Seconds that the run was watched."""
    return run["job"]["client"]["seconds"]


def share(run, what, since=0, until=None):
    """`what` per offered request over the given seconds."""
    seconds = run["seconds"]
    return sum(seconds[what][since:until]) / max(sum(seconds["offered"][since:until]), 1)


def goodput(run):
    """Good answers for each 100 requests of the last seconds."""
    return 100 * share(run, "good", -LAST)


def recovered(run):
    return goodput(run) >= 100 * RECOVERED


def recovery_s(run, end):
    """Seconds from the trigger's end at second `end` until a window reaches RECOVERED, or None.

    A run that is below RECOVERED at its end has not recovered, whatever it reached on the way.
    """
    if not recovered(run):
        return None
    starts = range(end, window(run) - WINDOW + 1)
    return next((at - end for at in starts if share(run, "good", at, at + WINDOW) >= RECOVERED), None)


def attempts(run):
    """Attempts per request over the last seconds."""
    return share(run, "attempts", -LAST)


def wasted_percent(run):
    """Percent of the work finished in the last seconds that came too late for its caller."""
    seconds = run["servers"][0]["seconds"]
    return 100 * sum(seconds.get("wasted", [])[-LAST:]) / max(sum(seconds["completed"][-LAST:]), 1)


def latencies(runs):
    """Milliseconds of all good requests."""
    return [ms for run in runs for ms in run["latency_ms"]]


def tail(samples, share=0.999):
    """(value, low, high): an order statistic with its distribution-free 95 % interval."""
    ordered, n = np.sort(samples), len(samples)
    low, high = stats.binom.ppf([0.025, 0.975], n, share).astype(int)
    return tuple(float(ordered[min(rank, n - 1)]) for rank in (int(share * n), low, high))


def log_rank_p(first, second, limit):
    """Log-rank p of two groups of recovery times; None is censored at `limit` seconds."""
    groups = [
        stats.CensoredData.right_censored(
            [limit if t is None else t for t in group], [t is None for t in group]
        )
        for group in (first, second)
    ]
    return float(stats.logrank(*groups).pvalue)


def ranged(lab, key, numbers, unit, label):
    """Record the median of a few runs with their range."""
    middle = statistics.median(numbers)
    lab.value(key, middle, unit, label, len(numbers), min(numbers), max(numbers), "range over the runs")
    return middle


def record(lab, key, title, runs, end):
    """Record the outcomes of equal runs whose trigger ended at second `end`."""
    ranged(
        lab,
        f"{key}.goodput_percent",
        [goodput(run) for run in runs],
        "%",
        f"goodput in the last {LAST} s: {title}",
    )
    ranged(
        lab,
        f"{key}.attempts_x",
        [attempts(run) for run in runs],
        "x",
        f"attempts per request at the end: {title}",
    )
    lab.value(
        f"{key}.recovered_runs", sum(map(recovered, runs)), "runs", f"runs that recovered: {title}", len(runs)
    )
    times(lab, f"{key}.recovery_s", f"recovery after the trigger: {title}", runs, end)


def latency(lab, key, title, runs):
    """Record percentiles of the good requests of equal runs."""
    found, label = latencies(runs), f"of good requests, open loop, whole run: {title}"
    for name, rank, needed in (("p50", 50, 100), ("p99", 99, 1000)):
        few = f"only {len(found)} good requests" if len(found) < needed else None
        value = None if few else np.percentile(found, rank)
        lab.value(f"{key}.{name}_ms", value, "ms", f"{name} {label}", len(found), reason=few)
    extreme(lab, f"{key}.p999_ms", f"p99.9 {label}", found)


def times(lab, key, label, runs, end):
    """Record the median recovery time, censored runs counting as longer than any."""
    found = [recovery_s(run, end) for run in runs]
    longest = window(runs[0]) - end
    middle = statistics.median_low([longest if time is None else time for time in found])
    missing = found.count(None)
    if 2 * missing >= len(found):
        reason = f"{missing} of {len(found)} runs had not recovered {longest} s after the trigger"
        lab.value(key, None, "s", label, len(found), reason=reason)
    else:
        low, high = min(t for t in found if t is not None), longest if missing else max(found)
        lab.value(key, middle, "s", label, len(found), low, high, "range over the runs")


def extreme(lab, key, label, samples):
    """Record p99.9 where there are enough samples for it."""
    if len(samples) < TAIL_NEEDS:
        reason = f"only {len(samples)} good requests; p99.9 needs {TAIL_NEEDS}"
        lab.value(key, None, "ms", label, len(samples), reason=reason)
    else:
        value, low, high = tail(samples)
        lab.value(key, value, "ms", label, len(samples), low, high, "order-statistic 95 %")
