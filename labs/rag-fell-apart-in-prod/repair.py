"""The change that fixed it, applied on the last day: reconcile the index with its source."""

from judge import clustered
from world import DAYS


def record(lab, judge, calendar, dashboard, services, encode):
    """Before and after for the stale index and for the one with all faults, and the price."""
    day = DAYS[-1]
    pages = judge.world.question_page
    rebuilt = dashboard.answer(dashboard.fresh(day), day).per_question()["live_hit"]
    _rate(
        lab,
        "repair.fresh.live_hit_percent",
        rebuilt,
        pages[judge.asked(calendar, day)],
        "index built from nothing",
    )
    for name in ("hash", "all_faults"):
        service = services[name]
        before = dashboard.answer(service, day)
        scores = before.per_question()
        deleted, embedded, cpu_s = service.reconcile(encode, day)
        service.check()
        after = dashboard.answer(service, day).per_question()
        for stage, measured in (("before", scores), ("after", after)):
            _rate(
                lab,
                f"repair.{name}.live_hit_{stage}_percent",
                measured["live_hit"],
                pages[before.asked],
                f"{name}, {stage} the repair",
            )
            for measure, what in (("stale_slots", "top-5 slots"), ("stale_top1", "first results")):
                lab.value(
                    f"repair.{name}.{measure}_{stage}_percent",
                    100 * float(measured[measure].mean()),
                    "%",
                    f"{what} with deleted text, {name}, {stage} the repair",
                    len(before.asked),
                )
        below = 100 * (rebuilt - after["live_hit"])
        low, high = clustered(below, pages[before.asked], lab.seed)
        lab.value(
            f"repair.{name}.below_rebuild_points",
            float(below.mean()),
            "points",
            f"live hit@5 of a rebuilt index less that of {name} after the repair",
            len(below),
            low,
            high,
            "bootstrap 95 % of the mean, clustered by page",
        )
        lab.value(f"repair.{name}.rows_deleted", deleted, "rows", f"rows that the repair deletes; {name}")
        lab.value(
            f"repair.{name}.chunks_embedded", embedded, "chunks", f"chunks that the repair embeds; {name}"
        )
        lab.value(f"repair.{name}.cpu_s", cpu_s, "s", f"processor time of the repair; {name}")


def _rate(lab, key, hits, clusters, label):
    low, high = clustered(100 * hits, clusters, lab.seed)
    lab.value(
        key,
        100 * float(hits.mean()),
        "%",
        f"live hit@5 as served, day {DAYS[-1]}; {label}",
        len(hits),
        low,
        high,
        "bootstrap 95 % of the mean, clustered by page",
    )
