"""Two suspects that people name first: the graph after much churn, and the 8-bit weights."""

import numpy as np

from judge import clustered
from space import K
from world import DAYS

RECALL_AT = 10
ROUNDS = 2  # times that every row is deleted and written again in place
COMPARED_TEXTS = 200


def record_graph(lab, judge, calendar, dashboard, services):
    """Recall of the 21-day-old graphs, of one rewritten in place, and of a fresh one."""
    day = DAYS[-1]
    asked = judge.asked(calendar, day)
    fresh = dashboard.fresh(day)
    rewritten = dashboard.fresh(day)
    for _ in range(ROUNDS):
        _rewrite(rewritten, day)
    graphs = {
        "fresh": fresh,
        "control": services["control"],
        "hash": services["hash"],
        "rewritten": rewritten,
    }
    recalls = {}
    for name, service in graphs.items():
        exact, _ = judge.space.nearest(asked, service.columns, RECALL_AT)
        found, _ = service.search(judge.space.queries[asked], RECALL_AT)
        recalls[name] = (found[:, :, None] == exact[:, None, :]).any(1).mean(1)
        low, high = clustered(100 * recalls[name], judge.world.question_page[asked], lab.seed)
        lab.value(
            f"graph.{name}.recall_percent",
            100 * float(recalls[name].mean()),
            "%",
            f"exact top 10 that the graph finds, day {day}; {name}",
            len(asked),
            low,
            high,
            "bootstrap 95 % of the mean, clustered by page",
        )
    for name in ("control", "rewritten"):
        lost = 100 * float((recalls["fresh"] - recalls[name]).mean())
        lab.value(
            f"graph.{name}.lost_points",
            lost,
            "points",
            f"recall of a fresh graph less that of {name}, day {day}",
            len(asked),
        )
    exact = judge.exact(calendar, day, services["hash"].columns).per_question()["live_hit"]
    served = dashboard.answer(services["hash"], day).per_question()["live_hit"]
    lab.value(
        "graph.hash.live_hit_lost_points",
        100 * float((exact - served).mean()),
        "points",
        f"live hit@5 of exact search less that of the graph, same stale rows, day {day}",
        len(asked),
    )
    lab.value(
        "inputs.rewrites_percent", 100 * ROUNDS, "%", "rows deleted and written again in the rewritten graph"
    )


def _rewrite(service, day):
    """Delete and write every row again, a tenth at a time, in an order of its own."""
    columns = np.random.default_rng(day).permutation(service.columns)
    for part in np.array_split(columns, 10):
        kept = np.setdiff1d(columns, part)
        service.become(kept, day)
        service.become(columns, day)


def record_weights(lab, judge, calendar, original):
    """The encoder in service against the published 32-bit weights, on texts and on their ranking."""
    world, space = judge.world, judge.space
    generator = np.random.default_rng(lab.seed)
    ids = generator.choice(
        sorted(space.native), COMPARED_TEXTS // 10 if lab.quick else COMPARED_TEXTS, replace=False
    )
    asked = generator.choice(judge.asked(calendar, 0), len(ids), replace=False)
    columns = [space.native[each] for each in ids]
    exact = original([world.texts[each] for each in ids])
    cosines = (exact * space.vectors[columns]).sum(1)
    lab.value(
        "weights.cosine",
        float(cosines.mean()),
        "1",
        "cosine of 8-bit and 32-bit vectors of one chunk",
        len(ids),
        float(cosines.min()),
        float(cosines.max()),
        "minimum and maximum",
    )
    questions = original([world.questions[each].text for each in asked])
    ranked = [
        np.argsort(-scores)[:, :K]
        for scores in (questions @ exact.T, space.queries[asked] @ space.vectors[columns].T)
    ]
    shared = np.mean([len(set(first) & set(second)) / K for first, second in zip(*ranked, strict=True)])
    lab.value(
        "weights.top5_shared_percent",
        100 * float(shared),
        "%",
        f"top 5 of {len(ids)} chunks that 8-bit and 32-bit weights share",
        len(asked),
    )
