"""Every variant of the ingest job, every day, by exact search: the truth under the dashboard."""

from dataclasses import dataclass

import numpy as np
from _harness import LabError, stats

import alerts
from judge import Answers, clustered
from replay import VARIANTS, live_chunks, manifest, replay
from world import DAYS

SHOWN = (0, 7, 14, 21)
LAST = DAYS[-1]
MEASURES = {
    "live_hit": ("live_hit_percent", "%", "questions with a current chunk of the right section in the top 5"),
    "label_hit": (
        "label_hit_percent",
        "%",
        "questions with any row labelled with the right section in the top 5",
    ),
    "stale_slots": ("stale_slots_percent", "%", "top-5 slots whose text is no longer in the source"),
    "stale_top1": ("stale_top1_percent", "%", "questions whose first result is no longer in the source"),
    "distinct_sections": (
        "distinct_sections_percent",
        "%",
        "top-5 slots that are the first of their section",
    ),
    "similarity_top1": ("similarity_top1", "1", "mean cosine similarity of the first result"),
    "similarity_top5": ("similarity_top5", "1", "mean cosine similarity of the top 5"),
}


@dataclass(frozen=True)
class Day:
    """columns: the index; written: the day on which each was; answers: exact top 5;
    scores: {measure: value per question asked}."""

    columns: np.ndarray
    written: np.ndarray
    answers: Answers
    scores: dict

    def mean(self, measure):
        return float(self.scores[measure].mean())


def run(variant, judge, calendar):
    """{day: Day} of one variant."""
    days = {}
    for day, columns, written in replay(variant, judge.world, calendar, judge.space):
        answers = judge.exact(calendar, day, columns)
        days[day] = Day(columns, written, answers, answers.per_question())
    return days


def run_all(lab, judge, calendar):
    """{variant: {day: Day}}, after the two checks that everything else rests on."""
    found = {}
    for name, variant in VARIANTS.items():
        found[name] = run(variant, judge, calendar)
        lab.log(f"replayed {name}")
    for day in (0, LAST):
        judge.space.check(found["hash"][day].answers.asked, found["hash"][day].columns)
        if found["control"][day].mean("stale_slots"):
            raise LabError(f"the control serves deleted text on day {day}")
    return found


def record(lab, found, judge, calendar):
    """Values of each variant on four days, and its course against the control's."""
    pages = judge.world.question_page
    for name, days in found.items():
        for day in SHOWN:
            for measure, (key, unit, label) in MEASURES.items():
                scale = 100 if unit == "%" else 1
                values = scale * days[day].scores[measure]
                low, high = clustered(values, pages[days[day].answers.asked], lab.seed)
                lab.value(
                    f"{name}.day{day}.{key}",
                    float(values.mean()),
                    unit,
                    f"{label}; {name}, day {day}",
                    len(values),
                    low,
                    high,
                    "bootstrap 95 % of the mean, clustered by page",
                )
            _contents(lab, f"{name}.day{day}", days[day], judge, calendar, day)
        _first_stale(lab, name, days)
        _against_control(lab, name, days, found["control"], pages)
    lab.table("days", *_table(found, calendar))
    lab.sample("days", list(_rows(found)))


def _contents(lab, key, each, judge, calendar, day):
    live = live_chunks(judge.world, calendar, day)[judge.space.chunk[each.columns]]
    due = set(manifest(VARIANTS["control"], judge.world, calendar, day).tolist())
    rows = len(live)
    lab.value(f"{key}.rows", rows, "rows", f"rows in the index, {key}")
    lab.value(
        f"{key}.dead_rows_percent",
        100 * float((~live).mean()),
        "%",
        f"rows whose text is not in the source, {key}",
        rows,
    )
    missing = len(due - set(judge.space.chunk[each.columns].tolist()))
    lab.value(
        f"{key}.missing_percent",
        100 * missing / len(due),
        "%",
        f"chunks of the source without a row, {key}",
        len(due),
    )


def course(days, control):
    """How a variant ran: rho over all days, and counts of days.

    worse: live hit@5 is below the control's. more_similar: mean top-5 similarity is above the
    control's and above launch day's.
    """
    similarity, hit = (
        np.array([[day.mean(measure) for day in each.values()] for each in (days, control)])
        for measure in ("similarity_top5", "live_hit")
    )
    worse = (hit[0] < hit[1])[1:]
    above_launch = (similarity[0] > similarity[0, 0])[1:]
    more_similar = (similarity[0] > similarity[1])[1:] & above_launch
    counts = {
        "days_worse": worse,
        "days_more_similar": more_similar,
        "days_worse_but_more_similar": worse & more_similar,
        "days_similarity_above_launch": above_launch,
        "days_live_hit_below_launch": (hit[0] < hit[0, 0])[1:],
    }
    return {"rho": stats.spearman(similarity[0], hit[0])} | {
        key: int(each.sum()) for key, each in counts.items()
    }


def _first_stale(lab, name, days):
    limit = alerts.SIGNALS["lineage_ratio"]
    day = alerts.first(np.array([days[day].mean("stale_slots") for day in DAYS]) > limit)
    lab.value(
        f"{name}.stale_slots_day",
        day,
        "days",
        f"first day on which over {limit:.0%} of top-5 slots are stale; {name}",
        len(DAYS),
        reason=None if day else f"not in {LAST} days",
    )


def _against_control(lab, name, days, control, pages):
    if name == "control":
        return
    last, clean = days[LAST], control[LAST]
    for measure in ("live_hit", "label_hit"):
        lost = 100 * (clean.scores[measure] - last.scores[measure])
        low, high = clustered(lost, pages[clean.answers.asked], lab.seed)
        lab.value(
            f"{name}.{measure}_lost_points",
            float(lost.mean()),
            "points",
            f"{measure.replace('_', ' ')} of the control less that of {name}, day {LAST}",
            len(lost),
            low,
            high,
            "bootstrap 95 % of the mean, clustered by page",
        )
    lab.value(
        f"{name}.live_hit_p",
        stats.sign_test(clean.scores["live_hit"], last.scores["live_hit"]),
        "1",
        f"p of the paired sign test that {name} answers as many questions as the control, day {LAST}",
        len(clean.answers.asked),
    )
    ran = course(days, control)
    lab.value(
        f"{name}.similarity_against_live_hit_rho",
        ran.pop("rho"),
        "1",
        f"Spearman's rho of daily mean top-5 similarity and live hit rate; {name}",
        len(days),
    )
    for key, count in ran.items():
        lab.value(f"{name}.{key}", count, "days", f"{key.replace('_', ' ')}; {name}", len(DAYS))


def _table(found, calendar):
    columns = {
        "variant": {"label": "ingest job", "unit": None},
        "day": {"label": "day", "unit": "days"},
        "pages_edited": {"label": "pages edited since launch", "unit": "pages"},
        "rows": {"label": "rows in the index", "unit": "rows"},
        **{key: {"label": label, "unit": unit} for key, unit, label in MEASURES.values()},
    }
    edited = np.cumsum([len(calendar.edits[day]) for day in DAYS]).tolist()
    rows = [
        {
            "variant": row["variant"],
            "day": row["day"],
            "pages_edited": [0, *edited][row["day"]],
            "rows": row["rows"],
        }
        | {key: row[key] for key, _, _ in MEASURES.values()}
        for row in _rows(found)
        if row["variant"] in ("control", "hash", "position", "all_faults")
    ]
    return columns, rows


def _rows(found):
    for name, days in found.items():
        for day, each in days.items():
            measured = {
                key: (100 if unit == "%" else 1) * each.mean(measure)
                for measure, (key, unit, _) in MEASURES.items()
            }
            counts = {"questions": len(each.answers.asked), "rows": len(each.columns)}
            yield {"variant": name, "day": day} | counts | measured
