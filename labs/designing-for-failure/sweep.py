"""Where a service stops recovering: loads around capacity / (1 + R), the fluid model beside them."""

import math
import statistics

import outcomes
from _harness.form import form
from matrix import trigger
from pairs import pair

RATIOS = (0.75, 0.85, 0.9, 1.1, 1.2, 1.6)  # load over predicted threshold
DIVERGING = (0.75, 0.85, 0.9)  # the three loads of the claim about divergence
BEGIN, END, SLOWER = 4, 6, 20
LEAST = 20  # seconds watched after the trigger at least


def drain_s(queue, capacity, retries, load):
    """The fluid model: every request makes all its attempts, and what capacity leaves over drains the queue."""
    left = capacity - (1 + retries) * load
    return queue / left if left > 0 else math.inf


def jobs(lab, capacity):
    made = []
    for retries in (3,) if lab.quick else (1, 3):
        for ratio in (0.75, 1.6) if lab.quick else RATIOS:
            # Queue at the trigger's end at most: all attempts of these seconds but what was served.
            watched = min(ratio, max(DIVERGING))
            queue = (END - BEGIN) * capacity * (watched - 1 / SLOWER)
            after = max(
                LEAST, math.ceil(3 * drain_s(queue, capacity, 0, watched * capacity)) + outcomes.WINDOW
            )
            client = {
                "seconds": 14 if lab.quick else END + after,
                "rates": [[0, ratio * capacity / (1 + retries)]],
                "policy": {"retries": retries},
                "events": trigger(BEGIN, END, SLOWER),
            }
            seeds = 1 if lab.quick else 3
            made += [pair(("sweep", retries, ratio), lab.seed + seed, {}, client) for seed in range(seeds)]
    return made


def record(lab, runs, capacity):
    lab.value("inputs.sweep_trigger_s", END - BEGIN, "s", "length of the trigger in the sweep of loads")
    lab.value("inputs.sweep_trigger_x", SLOWER, "x", "how much slower the service is during that trigger")
    rows, margins = [], []
    found = outcomes.cells(runs)
    for retries in sorted({key[1] for key in found}):
        cells = {key[2]: cell for key, cell in found.items() if key[1] == retries}
        points = {ratio: point(lab, retries, ratio, cell, capacity) for ratio, cell in cells.items()}
        rows += points.values()
        margins += [row["watched_s"] / row["fluid_s"] for row in points.values() if row["fluid_s"]]
        divergence(lab, retries, [points[ratio] for ratio in DIVERGING if ratio in points])
        boundary(lab, retries, cells)
    label = "shortest window over predicted drain, below the threshold"
    lab.value("sweep.window_over_drain_x", min(margins), "x", label, len(margins))
    columns = {
        "retries": {"label": "retries", "unit": None},
        "load_percent": {"label": "load, of measured capacity", "unit": "%"},
        "recovered_runs": {"label": "runs that recovered", "unit": "runs"},
        "runs": {"label": "runs", "unit": "runs"},
        "recovery_s": {"label": "recovery after the trigger, median", "unit": "s"},
        "fluid_s": {"label": "fluid model", "unit": "s"},
        "watched_s": {"label": "watched after the trigger", "unit": "s"},
        "threshold_percent": {"label": "1 / (1 + R)", "unit": "%"},
    }
    lab.table("sweep", columns, [{column: row[column] for column in columns} for row in rows])
    predicted(lab, rows, capacity)


def predicted(lab, rows, capacity):
    """What the essay's form says of each load below the threshold, beside what was measured; and of how many it is wrong."""
    cases = [
        {
            "capacity": round(capacity, 1),
            "arrivals": round(row["load_percent"] / 100 * capacity, 2),
            "retries": row["r"],
            "waiting": round(row["waiting"]),
            "measured": row["recovery_s"],
        }
        for row in rows
        if row["fluid_s"] is not None
    ]
    form(lab, "recovery", cases, unit="s", label="time to come back")
    wrong = [row for row in rows if (row["fluid_s"] is None) != (2 * row["recovered_runs"] < row["runs"])]
    label = "loads at which the inequality was wrong about most runs"
    lab.value("sweep.wrong_loads", len(wrong), "load|loads", label, len(rows))


def point(lab, retries, ratio, runs, capacity):
    """Record one load; its row for the figure."""
    key = f"sweep.r{retries}.at_{100 * ratio:.0f}"
    title = f"{retries} retries, load {ratio:g} of the threshold"
    load = ratio * capacity / (1 + retries)
    outcomes.record(lab, key, title, runs, END)
    queues = [run["servers"][0]["seconds"]["queue"][END] for run in runs]
    queue = outcomes.ranged(
        lab, f"{key}.queue", queues, "1", f"requests queued at the trigger's end: {title}"
    )
    below = ratio < 1
    fluid = drain_s(queue, capacity, retries, load) if below else None
    reason = None if below else "above the threshold the model never drains"
    label = f"drain time of the median queue in the fluid model: {title}"
    lab.value(f"{key}.fluid_s", fluid, "s", label, len(runs), reason=reason)
    found = [outcomes.recovery_s(run, END) for run in runs]
    known = [time for time in found if time is not None]
    return {
        "r": retries,
        "waiting": queue,
        "retries": f"{retries} retr{'y' if retries == 1 else 'ies'}",
        "load_percent": 100 * load / capacity,
        "recovered_runs": len(known),
        "runs": len(runs),
        "recovery_s": statistics.median(known) if 2 * len(known) > len(found) else None,
        "fluid_s": fluid,
        "watched_s": outcomes.window(runs[0]) - END,
        "threshold_percent": 100 / (1 + retries),
    }


def divergence(lab, retries, rows):
    """Record at how many loads the fluid model is off by more than a factor of two."""
    misses = sum(
        row["recovery_s"] is None or not row["fluid_s"] / 2 <= row["recovery_s"] <= 2 * row["fluid_s"]
        for row in rows
    )
    label = (
        f"of three loads, those at which recovery is off the fluid model by more than 2x, {retries} retries"
    )
    reason = None if rows else "a quick run tries none of the three loads"
    key = f"sweep.r{retries}.fluid_misses"
    lab.value(key, None if reason else misses, "1", label, len(rows), reason=reason)


def boundary(lab, retries, cells):
    """Record between which loads recovery ends, over the predicted threshold."""
    most = {ratio: 2 * sum(map(outcomes.recovered, runs)) > len(runs) for ratio, runs in cells.items()}
    failed = min((ratio for ratio, ok in most.items() if not ok), default=0)
    lasting = max((ratio for ratio, ok in most.items() if ok and ratio < failed), default=None)
    reason = None if lasting else "the loads tried do not enclose it"
    predicted = 100 / (1 + retries)
    lab.value(f"sweep.r{retries}.predicted_percent", predicted, "%", f"1 / (1 + {retries})")
    for name, unit, scale, label in (
        ("boundary_x", "x", 1, f"load at which recovery ends, over capacity / (1 + {retries})"),
        ("boundary_percent", "%", predicted, f"load at which recovery ends, of capacity, {retries} retries"),
    ):
        key = f"sweep.r{retries}.{name}"
        if reason:
            lab.value(key, None, unit, label, len(cells), reason=reason)
        else:
            low, high = scale * lasting, scale * failed
            kind = "highest load that recovered to lowest that did not"
            lab.value(key, (low + high) / 2, unit, label, len(cells), low, high, kind)
