"""From what a pair saw to the numbers that the essay quotes."""

import statistics

from scipy import stats

from _harness.stats import percentile

WINDOW = 5  # seconds in which a recovered service answers RECOVERED of what is offered
RECOVERED = 0.95
LAST = 10  # seconds at the end over which goodput is judged
HEADLINE = 5  # runs of a cell that the finding or a claim rests on; its least and greatest are values too
RANKS = {"p50": 50, "p99": 99, "p999": 99.9}


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


def wasted_time_percent(run):
    """Percent of the time that workers were busy, over the last seconds, which went into what nobody took."""
    seconds = run["servers"][0]["seconds"]
    return 100 * sum(seconds.get("wasted_s", [])[-LAST:]) / sum(seconds["busy_s"][-LAST:])


def cells(runs):
    """{key: the runs of that key}"""
    found = {}
    for run in runs:
        found.setdefault(run["key"], []).append(run)
    return found


def latencies(runs):
    """Milliseconds of all good requests."""
    return [ms for run in runs for ms in run["latency_ms"]]


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


def ends(lab, key, numbers, unit, label):
    """Record the least and the greatest of a headline cell, which the prose quotes beside the median."""
    if len(numbers) >= HEADLINE:
        stem, _, last = key.rpartition("_")
        lab.value(f"{stem}_least_{last}", min(numbers), unit, f"{label}, least of the runs", len(numbers))
        lab.value(f"{stem}_greatest_{last}", max(numbers), unit, f"{label}, greatest of the runs", len(numbers))


def record(lab, key, title, runs, end, counted=None):
    """Record the outcomes of equal runs whose trigger ended at second `end`; `counted`: only so many for the count."""
    for name, measure, unit, label in (
        ("goodput_percent", goodput, "%", f"goodput in the last {LAST} s: {title}"),
        ("attempts_x", attempts, "x", f"attempts per request at the end: {title}"),
    ):
        numbers = [measure(run) for run in runs]
        ranged(lab, f"{key}.{name}", numbers, unit, label)
        ends(lab, f"{key}.{name}", numbers, unit, label)
    first = runs[:counted]
    which = f"of the first {len(first)} runs, those" if len(first) < len(runs) else "runs"
    lab.value(f"{key}.recovered_runs", sum(map(recovered, first)), "runs", f"{which} that recovered: {title}", len(first))
    came_back = 100 * statistics.mean(map(recovered, runs))
    lab.value(f"{key}.recovered_percent", came_back, "%", f"share of all runs that recovered: {title}", len(runs))
    times(lab, f"{key}.recovery_s", f"recovery after the trigger: {title}", runs, end)


def wasted(lab, key, title, runs):
    """Record the share of finished work and of the workers' time that went into what nobody took."""
    for name, measure, what in (
        ("wasted_percent", wasted_percent, "finished work that nobody waited for, at the end"),
        ("wasted_time_percent", wasted_time_percent, "workers' time spent on what nobody took, at the end"),
    ):
        numbers = [measure(run) for run in runs]
        ranged(lab, f"{key}.{name}", numbers, "%", f"{what}: {title}")
        ends(lab, f"{key}.{name}", numbers, "%", f"{what}: {title}")


def latency(lab, key, title, runs):
    """Record percentiles of the good requests of equal runs."""
    found = latencies(runs)
    for name, rank in RANKS.items():
        label = f"p{rank:g} of good requests, open loop, whole run: {title}"
        lab.value(f"{key}.{name}_ms", unit="ms", label=label, **percentile(found, rank))


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
        if not missing:
            ends(lab, key, found, "s", label)
