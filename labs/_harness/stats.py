"""Statistics that the labs share: thin names over NumPy and SciPy.

Every function takes a one-dimensional sequence of numbers in any one unit and
returns Python numbers in that unit.
"""

from collections import Counter

import numpy as np
from scipy import stats

from _harness import LabError

RESAMPLES = 10_000
RANKS = {"p50": 50, "p90": 90, "p99": 99, "p999": 99.9}
ABOVE = 10  # samples that a percentile needs above it: p99.9 of fewer than 10,000 is the luck of nine


def summary(samples):
    """{"median", "p5", "p95", "p99", "max"} of `samples`, percentiles interpolated linearly."""
    samples = _array(samples, at_least=1)
    names = {"median": 50, "p5": 5, "p95": 95, "p99": 99, "max": 100}
    return {name: float(np.percentile(samples, rank)) for name, rank in names.items()}


def percentile(samples, rank):
    """A percentile as `Lab.value` takes it: {"value", "n", "low", "high", "interval"}, or no value and the reason.

    Interpolated linearly, of what `distribution` keeps of the samples. The interval is the distribution-free one of two
    order statistics: Conover, Practical Nonparametric Statistics, 1999, section 3.2.
    """
    samples, needed = np.sort(_kept(samples)), round(100 * ABOVE / (100 - rank))
    n = samples.size
    if n < needed:
        return {"value": None, "n": n, "reason": f"p{rank:g} needs {needed:,} samples, and there are {n:,}"}
    low, high = stats.binom.ppf([0.025, 0.975], n, rank / 100).astype(int)
    bounds = {"low": float(samples[max(low - 1, 0)]), "high": float(samples[min(high, n - 1)])}
    return {"value": float(np.percentile(samples, rank)), "n": n, **bounds, "interval": "order-statistic 95 %"}


def percentile_table(heading, series, unit):
    """(columns, rows) as `Lab.table` takes them: RANKS, max and n of each of `series`, {name: samples}.

    heading: what the names are. Where samples are too few for a percentile, a last column says why it is not there.
    """
    columns = {"series": {"label": heading, "unit": None}}
    columns |= {name: {"label": f"p{rank:g}", "unit": unit} for name, rank in RANKS.items()}
    columns |= {"max": {"label": "max", "unit": unit}, "n": {"label": "samples", "unit": "count"}}
    rows = []
    for name, samples in series.items():
        found = {rank_name: percentile(samples, rank) for rank_name, rank in RANKS.items()}
        row = {"series": name} | {rank_name: one["value"] for rank_name, one in found.items()}
        row |= {"max": max(_kept(samples).tolist(), default=None), "n": len(samples)}
        rows.append(row | {"reason": "; ".join(one["reason"] for one in found.values() if "reason" in one)})
    if any(row["reason"] for row in rows):
        return columns | {"reason": {"label": "why not", "unit": None}}, rows
    return columns, [{column: row[column] for column in columns} for row in rows]


def distribution(series, column):
    """Rows for `Lab.sample` from which every percentile can be computed again: how many samples of each size.

    column: what the samples are, the unit last, such as "latency_ms".
    """
    return [
        {"series": name, column: size, "count": count}
        for name, samples in series.items()
        for size, count in sorted(Counter(_kept(samples).tolist()).items())
    ]


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


def wilson(hits, n):
    """(low, high): the 95 % score interval of a share, Wilson 1927; of none in n it is 0 to 3.8 / (n + 3.8)."""
    interval = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def poisson(count):
    """(low, high): the exact 95 % interval of what `count` events were expected to be; Garwood 1936."""
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0
    return float(low), float(stats.chi2.ppf(0.975, 2 * count + 2) / 2)


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


def _kept(samples):
    """Four significant digits, one more than a page shows: many thousand samples make a small file."""
    return np.array([float(f"{sample:.4g}") for sample in _array(samples, at_least=0)])


def _array(samples, at_least):
    samples = np.asarray(samples, dtype=float)
    if samples.ndim != 1 or samples.size < at_least or not np.isfinite(samples).all():
        raise LabError(f"needs {at_least} or more finite numbers in one row, got {samples!r:.60}")
    return samples
