"""Three comparisons over the matrix: backoff and budget, two deadline rules, one mechanism and several."""

import math
import statistics

import outcomes
from _harness.stats import percentile
from matrix import CAREFUL, DISCIPLINES, END, POLICIES
from pairs import TIMEOUT_S

# Each alone, against three retries: those that bound a side of the inequality, and those that do not.
BOUNDING = [
    ("fifo", "budget"),
    ("fifo", "breaker"),
    ("feasible", "retry"),
    ("bounded", "retry"),
    ("lifo", "retry"),
]
MOVING = [("fifo", "backoff"), ("expired", "retry")]
# The same, first in, first out alone.
IN_ORDER = [cell for cell in BOUNDING if cell[0] != "lifo"] + [("fifo", "budget_per_success")]
SINGLE = {("fifo", "budget"), ("fifo", "breaker")} | {
    (rule, "retry") for rule in DISCIPLINES if rule != "fifo"
}


def record(lab, cells):
    """cells: {(server rule, policy): runs} as matrix.record returns them."""
    lab.value("inputs.timeout_ms", 1000 * TIMEOUT_S, "ms", "timeout of one attempt")
    for key, kind, what in (
        ("thesis.bounding", BOUNDING, "of the bounding kind alone"),
        ("thesis.moving", MOVING, "of the moving kind alone"),
        ("finding.bounding", IN_ORDER, "of the bounding kind alone, first in, first out"),
        ("finding.moving", MOVING, "of the moving kind alone, first in, first out"),
    ):
        found = [outcomes.recovered(run) for cell in kind for run in cells.get(cell, [])]
        label = f"runs that recovered with a remedy {what}"
        lab.value(f"{key}_recovered_percent", 100 * statistics.mean(found), "%", label, len(found))
    backoff_or_budget(lab, cells["fifo", "backoff"], cells["fifo", "budget"])
    two_deadlines(lab, {rule: cells[rule, "retry"] for rule in ("expired", "feasible")})
    combinations(lab, cells)


def backoff_or_budget(lab, backoff, budget):
    groups = [[outcomes.recovery_s(run, END) for run in runs] for runs in (backoff, budget)]
    key = "matrix.backoff_budget_logrank_p"
    label = "log-rank p of recovery with backoff against with a budget"
    if lab.quick:
        lab.value(key, None, "1", label, len(backoff), reason="a quick run has one seed")
    else:
        longest = outcomes.window(backoff[0]) - END
        lab.value(key, outcomes.log_rank_p(*groups, longest), "1", label, len(backoff))


def two_deadlines(lab, cells):
    """Record how long the requests that a server starts have waited, in the last seconds."""
    for rule, runs in cells.items():
        seconds = [run["servers"][0]["seconds"]["wait_ms"][-outcomes.LAST :] for run in runs]
        medians = [statistics.median(ms for ms in run if ms is not None) for run in seconds]
        label = f"wait of a started request at the end, 3 retries, server {DISCIPLINES[rule][0]}"
        outcomes.ranged(lab, f"deadline.{rule}.wait_ms", medians, "ms", label)


def combinations(lab, cells):
    """Does any combination beat the best single mechanism by a tenth, in recovery and in p99.9?"""
    scores = {cell: score(runs) for cell, runs in cells.items()}
    scores = {cell: found for cell, found in scores.items() if found}
    several = {(rule, policy) for rule in DISCIPLINES for policy in CAREFUL} - SINGLE
    chosen = {"best_single": best(scores, SINGLE), "best_several": best(scores, several)}
    chosen["all_four"] = best(scores, {("lifo", "budget_breaker")})
    for name, cell in chosen.items():
        kept(lab, f"combinations.{name}", cell, scores, cells)
    mark = scores.get(chosen["best_single"], (0, 0))
    tried = several & scores.keys()
    better = [cell for cell in tried if all(a < 0.9 * b for a, b in zip(scores[cell], mark))]
    label = "combinations at least 10 % better than the best single mechanism in recovery and in p99.9"
    lab.value("combinations.better", len(better), "1", label, max(len(tried), 1))
    lab.log(f"best mechanism {chosen['best_single']}, combination {chosen['best_several']}, better {better}")


def kept(lab, key, cell, scores, cells):
    """Record the recovery and the tail of one cell, or that there is none."""
    if cell is None:
        reason = "none recovered in all its runs, or none was run"
        lab.value(f"{key}.recovery_s", None, "s", "mean recovery", 0, reason=reason)
        return
    title = f"{POLICIES[cell[1]][0]}, server {DISCIPLINES[cell[0]][0]}"
    lab.value(f"{key}.recovery_s", scores[cell][0], "s", f"mean recovery: {title}", len(cells[cell]))
    label = f"p99.9 of good requests, whole run: {title}"
    lab.value(f"{key}.p999_ms", unit="ms", label=label, **percentile(outcomes.latencies(cells[cell]), 99.9))


def best(scores, cells):
    """The cell with the shortest recovery, then the lowest p99.9; None if none recovered."""
    return min(cells & scores.keys(), key=lambda cell: (scores[cell], cell), default=None)


def score(runs):
    """(mean recovery in s, p99.9 in ms, infinite where too few), or None if a run did not recover."""
    times = [outcomes.recovery_s(run, END) for run in runs]
    if None in times:
        return None
    tail = percentile(outcomes.latencies(runs), 99.9)["value"]
    return statistics.mean(times), math.inf if tail is None else tail
