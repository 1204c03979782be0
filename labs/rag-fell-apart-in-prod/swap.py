"""An encoder swapped for another of the same dimension: who notices, and who is unreachable."""

import numpy as np

from judge import clustered
from replay import SWAP_DAY, SWAP_WEEK
from world import DAYS

COHORTS = (range(1), range(1, 4), range(4, 8), range(8, 11), range(11, 15), range(15, 18), range(18, 22))


def record(lab, found, judge, calendar):
    """One day and one week of chunks written by the other encoder, in an otherwise clean index."""
    _record_vectors(lab, judge.space)
    for name, day in (("swap_day", SWAP_DAY), ("swap_week", SWAP_WEEK[-1])):
        _record_swap(lab, name, day, found, judge, calendar)
    lab.table("cohorts", *_cohorts(found, judge, calendar))


def _record_vectors(lab, space):
    foreign = np.flatnonzero(space.is_foreign)
    native = np.array([space.native[each] for each in space.chunk[foreign]])
    same = (space.vectors[foreign] * space.vectors[native]).sum(1)
    low, high = np.percentile(same, [5, 95])
    lab.value(
        "swap.same_text_cosine",
        float(same.mean()),
        "1",
        "cosine between the two encoders' vectors of one text",
        len(same),
        float(low),
        float(high),
        "p5-p95",
    )
    best = (space.queries @ space.vectors[foreign].T).max(1)
    own = (space.queries @ space.vectors[~space.is_foreign].T).max(1)
    for key, values, what in (
        ("foreign", best, "chunk of the other encoder"),
        ("native", own, "chunk of its own encoder"),
    ):
        low, high = np.percentile(values, [5, 95])
        lab.value(
            f"swap.best_{key}_similarity",
            float(values.mean()),
            "1",
            f"a question's best similarity to any {what}",
            len(values),
            float(low),
            float(high),
            "p5-p95",
        )


def _record_swap(lab, name, day, found, judge, calendar):
    swapped, clean = found[name][day], found["control"][day]
    space, answers = judge.space, swapped.answers
    foreign = swapped.columns[space.is_foreign[swapped.columns]]
    share = 100 * len(foreign) / len(swapped.columns)
    lab.value(
        f"{name}.foreign_chunks",
        len(foreign),
        "chunks",
        f"chunks that the other encoder wrote by day {day}",
        len(swapped.columns),
    )
    lab.value(
        f"{name}.foreign_percent",
        share,
        "%",
        f"rows that the other encoder wrote, day {day}",
        len(swapped.columns),
    )
    served = 100 * space.is_foreign[answers.columns]
    lab.value(
        f"{name}.foreign_slots_percent",
        float(served.mean()),
        "%",
        f"top-5 slots filled by a chunk of the other encoder, day {day}",
        served.size,
    )
    pages = judge.world.question_page[answers.asked]
    lost = 100 * (clean.scores["live_hit"] - swapped.scores["live_hit"])
    low, high = clustered(lost, pages, lab.seed)
    lab.value(
        f"{name}.lost_points",
        float(lost.mean()),
        "points",
        f"live hit@5 of the control less that of {name}, day {day}",
        len(lost),
        low,
        high,
        "bootstrap 95 % of the mean, clustered by page",
    )
    only = _only_foreign(judge, calendar, day, answers.asked, swapped.columns)
    for key, each in (("new", swapped), ("new_control", clean)):
        _rate(
            lab,
            f"{name}.{key}_hit_percent",
            each.scores["live_hit"][only],
            pages[only],
            f"live hit@5 of questions answered only by chunks of the other encoder, day {day}; "
            + ("control" if each is clean else name),
        )
    for measure in ("similarity_top1", "similarity_top5"):
        change = swapped.mean(measure) / clean.mean(measure) - 1
        lab.value(
            f"{name}.{measure}_change_percent",
            100 * change,
            "%",
            f"{measure.replace('_', ' ')} against the control's, day {day}",
            len(answers.asked),
        )


def _rate(lab, key, hits, clusters, label):
    if len(hits):
        low, high = clustered(100 * hits, clusters, lab.seed)
        lab.value(
            key,
            100 * float(hits.mean()),
            "%",
            label,
            len(hits),
            low,
            high,
            "bootstrap 95 % of the mean, clustered by page",
        )
    else:
        lab.value(key, None, "%", label, 0, reason="no question is answered only there")


def _only_foreign(judge, calendar, day, asked, columns):
    """Whether each question's every right chunk in the index is the other encoder's."""
    foreign = judge.space.is_foreign
    native = set(judge.space.chunk[columns[~foreign[columns]]].tolist())
    return np.array([not native & set(judge.gold(calendar, day, each).tolist()) for each in asked])


def _cohorts(found, judge, calendar):
    """Live hit rate by the days on which a question's answer was last written, day by day."""
    rows = []
    for day in (0, *DAYS):
        for name in ("swap_week", "control"):
            each = found[name][day]
            age = _written(judge, calendar, day, each)
            for cohort in COHORTS:
                hits = each.scores["live_hit"][np.isin(age, list(cohort))]
                rows.append(
                    {
                        "variant": name,
                        "day": day,
                        "cohort": "launch" if cohort[0] == 0 else f"{cohort[0]}-{cohort[-1]}",
                        "questions": len(hits),
                        "live_hit_percent": 100 * float(hits.mean()) if len(hits) else None,
                    }
                )
    columns = {
        "variant": {"label": "ingest job", "unit": None},
        "day": {"label": "day", "unit": "days"},
        "cohort": {"label": "days on which the answer was written", "unit": None},
        "questions": {"label": "questions", "unit": "questions"},
        "live_hit_percent": {"label": "live hit@5", "unit": "%"},
    }
    return columns, rows


def _written(judge, calendar, day, each):
    written = np.full(len(judge.world.texts), -1)
    written[judge.space.chunk[each.columns]] = each.written
    return np.array([written[judge.gold(calendar, day, question)].max() for question in each.answers.asked])
