"""Alert rules, fixed before any run: when a panel fires, and what that is worth.

The baseline is the week before launch, when the index was rebuilt every night. A panel
crosses a rule when it lies on its bad side of the baseline's mean by more than three standard
deviations, or by more than 10 %. It alerts on the second day running. It detects a fault when
it alerts on a day on which the same panel under the same rule is silent in the control.
"""

from dataclasses import dataclass

import numpy as np

SIGMAS = 3
SHARE = 0.10
RULES = ("sigma", "share")
SIGNALS = {"lineage_ratio": 0.01, "rows_per_source_chunk": 1.01}  # alert above, at once
SIGNAL_LABELS = {
    "lineage_ratio": "served rows not in source",
    "rows_per_source_chunk": "rows per source chunk",
}


@dataclass(frozen=True)
class Panel:
    """side: +1 if too high is bad, -1 if too low is."""

    name: str
    label: str
    unit: str
    side: int


PANELS = (
    Panel("errors_percent", "error rate", "%", 1),
    Panel("no_result_percent", "queries without a result", "%", 1),
    Panel("cpu_p50_ms", "CPU per query, median", "ms", 1),
    Panel("cpu_p95_ms", "CPU per query, p95", "ms", 1),
    Panel("ingest_success_percent", "ingest jobs that succeed", "%", -1),
    Panel("chunks_written", "chunks written", "chunks", -1),
    Panel("similarity_top1", "mean top-1 similarity", "1", -1),
    Panel("similarity_top5", "mean top-5 similarity", "1", -1),
)
EVALUATION = Panel("label_hit_percent", "hit@5 by stored label", "%", -1)  # what few teams have


def alerting(series, baseline, side, rule):
    """For each day whether the panel alerts. series, baseline: its daily values."""
    mean, deviation = np.mean(baseline), np.std(baseline, ddof=1)
    margin = SIGMAS * deviation if rule == "sigma" else SHARE * abs(mean)
    crossed = side * (np.array(series) - mean) > margin + 1e-9 * max(abs(mean), 1)
    return crossed & np.concatenate([[False], crossed[:-1]])


def first(days):
    """The first day, counted from 1, of an array that begins on day 1; None if there is none."""
    return int(np.argmax(days)) + 1 if days.any() else None


def detection(panel, series, control, baseline):
    """First days of what `fired` says, or None."""
    return {kind: first(days) for kind, days in fired(panel, series, control, baseline).items()}


def states(panel, series, control, baseline):
    """What the panel says on each day: "detects", "alerts, and so does the control",
    "looks better" or "silent"."""
    said = fired(panel, series, control, baseline)
    kinds = [
        ("detects", "detects"),
        ("alert", "alerts, and so does the control"),
        ("other_side", "looks better"),
    ]
    return [next((text for kind, text in kinds if said[kind][day]), "silent") for day in range(len(series))]


def fired(panel, series, control, baseline):
    """{"alert", "control", "detects", "other_side"}: for each day whether, under either rule.

    other_side ignores the control: it says whether the panel moved as far the good way.
    """
    by_rule = [
        {
            "alert": alerting(series, baseline, panel.side, rule),
            "control": alerting(control, baseline, panel.side, rule),
            "other_side": alerting(series, baseline, -panel.side, rule),
        }
        for rule in RULES
    ]
    found = {kind: np.any([rule[kind] for rule in by_rule], axis=0) for kind in by_rule[0]}
    found["detects"] = np.any([rule["alert"] & ~rule["control"] for rule in by_rule], axis=0)
    return found
