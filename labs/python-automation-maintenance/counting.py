"""Counts and shares as results have them: where there was nothing to count, that is the reason."""

from _harness import stats

WILSON = "95 % Wilson"
NOTHING = "there was none to count"


def count(lab, key, value, unit, label, n=1):
    if n:
        lab.value(key, value, unit, label, n)
    else:
        lab.value(key, None, unit, label, 0, reason=NOTHING)


def share(lab, key, hits, n, label):
    """`hits` of `n` as a percentage, with its interval."""
    low, high = interval(hits, n)
    if n:
        lab.value(key, 100 * hits / n, "%", label, n, low, high, WILSON)
    else:
        lab.value(key, None, "%", label, 0, reason=NOTHING)


def interval(hits, n):
    """(low, high) of the percentage; of nothing it is anything."""
    return tuple(100 * bound for bound in stats.wilson(hits, n)) if n else (0, 100)
