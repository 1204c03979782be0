"""How many questions it takes to have an opinion: answers that flip between two settings, and the exact power of a test on them."""

from itertools import pairwise, product

import numpy as np
from scipy import stats

from _harness.form import form
from encode import WIDER, WINDOW
from sizes import LARGE, MEASURES, SIZES

LEVEL, POWER = 0.05, 0.8
SMALLEST = 3  # points; of smaller differences nobody would want to know
MOST = 20_000
PAIRS = [
    *(((one, "dense", WINDOW), (other, "dense", WINDOW)) for one, other in pairwise(SIZES)),
    ((LARGE, "dense", WINDOW), (LARGE, "dense", WIDER)),
    *(((size, "bm25", None), (size, "dense", WINDOW)) for size in SIZES),
    *(((size, "bm25", None), (size, "rrf", WINDOW)) for size in SIZES),
]


def record(lab, compared, found):
    """Flips of each doubling of the size, and the form's table: what its rule of thumb says and what the exact test needs."""
    for before, after in pairwise(SIZES):
        for measure in MEASURES:
            first, second = (found.hit[size, "dense", WINDOW][measure] for size in (before, after))
            compared.share(f"flips.w{before}_w{after}.{measure}", first != second, f"questions whose outcome flips from {before} to {after} words")
            compared.difference(f"net.w{before}_w{after}.{measure}", first, second, f"change from {before} to {after} words")
    rows = [row for row in _pairs(compared, found) if row["measured"]]
    form(lab, "questions", rows, unit="questions", label="questions needed")
    power_of_50 = power(50, 0.16, 0.04)
    lab.value("power.fifty_percent", 100 * power_of_50, "%", "chance that 50 questions show a difference of 12 points at 20 % flips")


def power(n, gain, loss):
    """Chance that the one-sided exact McNemar test (McNemar 1947, as a sign test on what flips) rejects at 5 %.

    gain, loss: shares of the questions that the second setting wins and loses.
    """
    flips = np.arange(n + 1)
    needed = stats.binom.isf(LEVEL, flips, 0.5) + 1
    return float((stats.binom.pmf(flips, n, gain + loss) * stats.binom.sf(needed - 1, flips, gain / (gain + loss))).sum())


def questions_needed(gain, loss):
    """The fewest questions with a power of 80 % there and at the next ten sizes, as power is not smooth; None beyond 20,000."""
    low, high = 4, 8
    while high < MOST and _least(high, gain, loss) < POWER:
        low, high = high, 2 * high
    if high >= MOST:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _least(middle, gain, loss) >= POWER else (middle, high)
    return high


def _least(n, gain, loss):
    return min(power(each, gain, loss) for each in range(n, n + 10))


def _pairs(compared, found):
    """Flips, net and the exact count for those of PAIRS that differ enough, by each measure."""
    for measure, (one, other) in product(MEASURES, PAIRS):
        first, second = (found.hit[setting][measure][compared.held_out] for setting in (one, other))
        gain, loss = sorted(((second & ~first).mean(), (first & ~second).mean()), reverse=True)
        flips, net = round(100 * (gain + loss), 1), round(100 * (gain - loss), 1)
        if net >= SMALLEST:
            yield {"flips": flips, "net": net, "measured": questions_needed(gain, loss)}
