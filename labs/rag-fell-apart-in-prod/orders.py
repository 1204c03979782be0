"""Other orders of the same edits: what of the days, and of the course, is chance."""

import numpy as np

import alerts
import canary
import daily
from replay import VARIANTS
from world import DAYS, Calendar

ORDERS = 20
CANARIES = (50, 200)


def record(lab, judge):
    """Replay the stale index and its control under other orders, by exact search."""
    rows = [_replay(lab, judge, lab.seed + 1 + order) for order in range(2 if lab.quick else ORDERS)]
    lab.sample("orders", rows)
    n = len(rows)
    for key, unit, label in (
        ("rho", "1", "Spearman's rho of daily mean top-5 similarity and live hit rate"),
        ("days_worse", "days", "days on which live hit@5 is below the control's"),
        (
            "days_worse_but_more_similar",
            "days",
            "of these, days with top-5 similarity above the control's and launch day's",
        ),
        ("lineage_day", "days", "first day on which over 1 % of served rows are not in the source"),
        ("rows_day", "days", "first day on which the index has over 10 % more rows than at launch"),
        ("day10.live_hit_percent", "%", "live hit@5 on day 10"),
        ("day10.stale_top1_percent", "%", "questions whose first result is deleted text, day 10"),
    ):
        values = [row[key] for row in rows]
        lab.value(
            f"orders.{key}",
            float(np.median(values)),
            unit,
            f"{label}; median over orders of the edits",
            n,
            float(min(values)),
            float(max(values)),
            "minimum and maximum",
        )
    for size in CANARIES:
        values = [row[f"canary_{size}_power_percent"] for row in rows]
        lab.value(
            f"orders.canary_{size}_power_percent",
            float(np.median(values)),
            "%",
            f"sets of {size} canary questions that fire within 21 days; median over orders of the edits",
            n,
            float(min(values)),
            float(max(values)),
            "minimum and maximum",
        )
    lab.value(
        "orders.lineage_first_day_percent",
        100 * float(np.mean([row["lineage_day"] == 1 for row in rows])),
        "%",
        "orders of the edits in which the lineage ratio is above 1 % on day 1",
        n,
    )


def _replay(lab, judge, seed):
    calendar = Calendar(judge.world, seed)
    stale, clean = (daily.run(VARIANTS[name], judge, calendar) for name in ("hash", "control"))
    served = np.array([stale[day].mean("stale_slots") for day in DAYS])
    rows = np.array([len(stale[day].columns) for day in DAYS])
    row = {"seed": seed, **daily.course(stale, clean)}
    row["lineage_day"] = alerts.first(served > alerts.SIGNALS["lineage_ratio"])
    row["rows_day"] = alerts.first(rows > (1 + alerts.SHARE) * len(stale[0].columns))
    for measure in ("live_hit", "stale_top1"):
        row[f"day10.{measure}_percent"] = 100 * stale[10].mean(measure)
    judged = canary.verdicts(stale, "live_hit")
    for size in CANARIES:
        row[f"canary_{size}_power_percent"] = 100 * float(canary.power(*judged, size, 200, seed)[-1])
    return row
