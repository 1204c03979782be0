"""Statistics that the labs share: thin names over NumPy and SciPy.

Every function takes a one-dimensional sequence of numbers in any one unit and
returns Python numbers in that unit.
"""

import numpy as np
from scipy import stats

from _harness import LabError

RESAMPLES = 10_000


def summary(samples):
    """{"median", "p5", "p95", "p99", "max"} of `samples`, percentiles interpolated linearly."""
    samples = _array(samples, at_least=1)
    names = {"median": 50, "p5": 5, "p95": 95, "p99": 99, "max": 100}
    return {name: float(np.percentile(samples, rank)) for name, rank in names.items()}


def bootstrap_median(samples, seed):
    """(low, high): the 95 % percentile-bootstrap interval of the median, 10,000 resamples.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    samples = _array(samples, at_least=2)
    interval = stats.bootstrap(
        (samples,),
        np.median,
        n_resamples=RESAMPLES,
        batch=500,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def spearman(first, second):
    """Rank correlation of two equally long sequences, -1 to 1; NaN if one is constant."""
    return float(stats.spearmanr(_array(first, 3), _array(second, 3)).statistic)


def sign_test(before, after):
    """Two-sided p of the sign test on pairs; equal pairs are left out, as Conover does."""
    difference = _array(after, 1) - _array(before, 1)
    changed = int(np.count_nonzero(difference))
    if not changed:
        return 1.0
    return float(stats.binomtest(int((difference > 0).sum()), changed).pvalue)


def _array(samples, at_least):
    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1 or samples.size < at_least or not np.isfinite(samples).all():
        raise LabError(f"needs {at_least} or more finite numbers in one row, got {samples!r:.60}")
    return samples
