"""Values from repeated measurements: a median, and what surrounds it."""

from statistics import median

from _harness.stats import bootstrap_median

ENOUGH = 5  # below this a bootstrap interval of a median says no more than the range


def spread(samples, seed):
    """{"value", "n", "low", "high", "interval"} as Lab.value takes them."""
    told = {"value": median(samples), "n": len(samples)}
    if len(samples) >= ENOUGH:
        low, high = bootstrap_median(samples, seed)
        return told | {"low": low, "high": high, "interval": "95% bootstrap interval of the median"}
    if len(samples) > 1:
        return told | {"low": min(samples), "high": max(samples), "interval": "least and greatest of the processes"}
    return told


def put(lab, key, samples, unit, label, reason="no undisturbed window"):
    """Record the median of `samples`, or why there is none; returns it."""
    if not samples:
        lab.value(key, None, unit, label, n=0, reason=reason)
        return None
    told = spread(samples, lab.seed)
    lab.value(key, told.pop("value"), unit, label, **told)
    return median(samples)


def clean(readings):
    """Those that nothing disturbed."""
    return [reading for reading in readings if not reading.objections]
