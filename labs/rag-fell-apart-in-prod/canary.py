"""Fixed questions with known answers, asked every day: how many does it take to notice?

A set is drawn from the questions of launch day. Each day its hits are compared with launch
day's by a one-sided sign test; it fires at p < 0.01 / 21. A question whose section is gone
is retired. Power is the share of random sets that have fired.
"""

import numpy as np
from scipy.stats import binom

from world import DAYS

SIZES = (20, 50, 100, 200, 500)
LEVEL = 0.01 / len(DAYS)
POWER = 0.8
DRAWS = 1000


def verdicts(days, measure):
    """(hit, asked): arrays (days 0 to 21, questions of launch day) for one variant."""
    start = days[0].answers.asked
    hit = np.zeros((len(days), len(start)), bool)
    asked = np.zeros_like(hit)
    for row, day in enumerate(days.values()):
        known = dict(zip(day.answers.asked.tolist(), day.scores[measure], strict=True))
        asked[row] = [question in known for question in start.tolist()]
        hit[row] = [known.get(question, 0) > 0 for question in start.tolist()]
    return hit, asked


def power(hit, asked, size, draws, seed):
    """Share of random sets of `size` questions that have fired by each of days 1 to 21."""
    generator = np.random.default_rng([seed, size])
    lost, gained = asked & hit[0] & ~hit, asked & ~hit[0] & hit
    fired = np.zeros(len(DAYS))
    for _ in range(draws):
        chosen = generator.permutation(hit.shape[1])[:size]
        worse, better = lost[1:, chosen].sum(1), gained[1:, chosen].sum(1)
        fired += np.maximum.accumulate(binom.sf(worse - 1, worse + better, 0.5) < LEVEL)
    return fired / draws


def record(lab, found):
    """Power by size and day for the stale index, its control, and a canary that trusts labels."""
    draws = DRAWS // 10 if lab.quick else DRAWS
    rows = []
    for name, variant, measure in (
        ("hash", "hash", "live_hit"),
        ("control", "control", "live_hit"),
        ("swap_week", "swap_week", "live_hit"),
        ("hash_by_label", "hash", "label_hit"),
    ):
        judged = verdicts(found[variant], measure)
        for size in SIZES:
            reached = power(*judged, size, draws, lab.seed)
            rows += [
                {"canary": name, "size": size, "day": day, "fired_percent": 100 * float(share)}
                for day, share in zip(DAYS, reached, strict=True)
            ]
            _record_size(lab, f"canary.{name}.of_{size}", reached, size, draws)
    columns = {
        "canary": {"label": "what it watches", "unit": None},
        "size": {"label": "questions in the set", "unit": "questions"},
        "day": {"label": "day", "unit": "days"},
        "fired_percent": {"label": "sets that have fired", "unit": "%"},
    }
    lab.table("canary", columns, rows)


def _record_size(lab, key, reached, size, draws):
    lab.value(
        f"{key}.power_percent",
        100 * float(reached[-1]),
        "%",
        f"random sets of {size} canary questions that fire within {len(DAYS)} days",
        draws,
    )
    enough = reached >= POWER
    lab.value(
        f"{key}.day",
        int(np.argmax(enough)) + 1 if enough.any() else None,
        "days",
        f"first day by which 80 % of the sets of {size} have fired",
        draws,
        reason=None if enough.any() else f"fewer than 80 % fire in {len(DAYS)} days",
    )
