"""The setting in which everything looks right: forty pages, a new index for every test run."""

import numpy as np

from judge import clustered
from world import LAUNCH

PAGES = 40
FIRST_DAYS = {1: 0, 2: 7, 3: 14, 4: 21}  # version: the day on which production has all of it


def record(lab, judge, calendar):
    """The same measures, the same edits, release by release."""
    world = judge.world
    held = [page for page, ids in enumerate(world.chunks["small"][LAUNCH]) if ids]
    pages = np.random.default_rng(lab.seed).choice(held, min(PAGES, len(held) // 2), replace=False)
    lab.value("staging.pages", len(pages), "pages", "pages in the staging index")
    rows = []
    for version, day in FIRST_DAYS.items():
        ids = sorted({each for page in pages for each in world.chunks["small"][version][page]})
        asked = judge.asked(calendar, day)
        asked = asked[np.isin(world.question_page[asked], pages)]
        scores = judge.exact(calendar, day, [judge.space.native[each] for each in ids], asked).per_question()
        clusters = world.question_page[asked]
        for measure, key, unit, scale in (
            ("live_hit", "live_hit_percent", "%", 100),
            ("label_hit", "label_hit_percent", "%", 100),
            ("stale_slots", "stale_slots_percent", "%", 100),
            ("similarity_top5", "similarity_top5", "1", 1),
        ):
            low, high = clustered(scale * scores[measure], clusters, lab.seed)
            lab.value(
                f"staging.day{day}.{key}",
                scale * float(scores[measure].mean()),
                unit,
                f"{measure.replace('_', ' ')} in staging, with the edits of day {day}",
                len(asked),
                low,
                high,
                "bootstrap 95 % of the mean, clustered by page",
            )
        rows.append(
            {"day": day, "chunks": len(ids), "questions": len(asked)}
            | {measure: float(values.mean()) for measure, values in scores.items()}
        )
    lab.sample("staging", rows)
