"""Kill the agent at every place that it comes to, and again at every place of its recovery, under every design."""

import itertools

from agent import DESIGNS, Agent, Crash
from stage import Outcome
from _harness import LabError

STEPS, STEPS_TWICE = 3, 2
RUNS = 2
TRIES = 3  # workers after the last kill, before a run counts as stuck
LEASE_MS = 1  # one worker at a time: its lease has only to be over
TWICE = ("content", "position", "receipt", "decide")
QUICK = ("ack", "checkpoint", "content", "position", "decide")
QUICK_PLACES = 6  # of a quick run, every so many of the pairs' first places
NUMBERS = itertools.count()
KINDS = {
    "lost": "emails lost", "doubled": "emails doubled", "contradicting": "steps whose emails differ", "divergent": "steps remembered otherwise",
    "wasted": "model calls repeated", "stuck": "runs stuck",
}
UNITS = {
    "lost": "email|emails", "doubled": "email|emails", "contradicting": "step|steps", "divergent": "step|steps", "wasted": "call|calls", "stuck": "run|runs",
}


def trial(stage, design, kills, differ=1, steps=STEPS, script=None):
    """Outcome of a run whose workers are killed at these places, one after another; None if it ends before that.

    What a worker had posted when it was killed comes to the mail service when the run has recovered.
    """
    run = stage.begin(f"run {next(NUMBERS)}")
    if script:
        stage.say("/script", {"run": run, "answers": script})
    given, late, stuck = {"differ": differ, "steps": steps, "lease_ms": LEASE_MS}, 0, False
    for place in kills:
        crash = Crash(place)
        if stage.done(run) or stage.worker(design, crash, **given) != "killed":
            stage.close(run)
            return None
        if crash.last == "posted":
            late += 1
            stage.await_late(late)
    for _ in range(TRIES):
        if stage.done(run):
            break
        stage.worker(design, Crash(), **given)
    else:
        stuck = not stage.done(run)
    if late:
        stage.say("/release", {})
    stage.close(run)
    outcome = stage.judge([run], steps)
    outcome.stuck = int(stuck)
    return outcome


def places(stage, design, steps=STEPS):
    """Names of the places of a worker that nobody kills, whose emails and memory are checked."""
    run, crash = stage.begin(f"run {next(NUMBERS)}"), Crash()
    worker = Agent(design, stage.dsn, stage.port, 1, steps, LEASE_MS, crash)
    worker.run(worker.claim())
    if (outcome := stage.judge([run], steps)) != Outcome():
        raise LabError(f"{design.title}: a run that nobody kills comes to {outcome}; mend the design")
    return crash.passed


def once(stage, design, **given):
    """[(place's name, Outcome)] of one kill at each place."""
    names = places(stage, design, given.get("steps", STEPS))
    return [(name, trial(stage, design, [number], **given)) for number, name in enumerate(names, 1)]


def twice(stage, design, every=1):
    """Outcomes of two kills: at each place, or each `every`-th, and then at each place of the worker that follows."""
    found = []
    for first in range(1, len(places(stage, design, STEPS_TWICE)) + 1, every):
        for second in itertools.count(1):
            outcome = trial(stage, design, [first, second], steps=STEPS_TWICE)
            if outcome is None:
                break
            found.append(outcome)
    return found


def measure(lab, stage):
    """({design: its runs of `once`}, {design: outcomes of `twice`})."""
    runs = 1 if lab.quick else RUNS
    singles = {name: [once(stage, DESIGNS[name]) for _ in range(runs)] for name in (QUICK if lab.quick else DESIGNS)}
    lab.log("killed at every place")
    pairs = {name: twice(stage, DESIGNS[name], QUICK_PLACES if lab.quick else 1) for name in (TWICE[-1:] if lab.quick else TWICE)}
    lab.log("killed at every two places")
    return singles, pairs


def record(lab, measured):
    singles, pairs = measured
    lab.value("inputs.steps", STEPS, "step|steps", "steps of a run")
    lab.value("inputs.steps_twice", STEPS_TWICE, "step|steps", "steps of a run that is killed twice")
    rows, samples = [], []
    for name, runs in singles.items():
        outcomes = [outcome for _, outcome in runs[0]]
        count(lab, f"once.{name}", outcomes, f"one kill at every place, {DESIGNS[name].title}", "once")
        rows.append({"design": DESIGNS[name].title, **totals(outcomes)})
        samples += [
            {"design": name, "run": number, "number": place, "place": at, **vars(outcome)}
            for number, run in enumerate(runs, 1) for place, (at, outcome) in enumerate(run, 1)
        ]
    differ = sum(run != runs[0] for runs in singles.values() for run in runs[1:])
    lab.value("once.designs_that_differ", differ, "design|designs", "whose second enumeration ended otherwise anywhere", len(singles))
    lab.value("once.points", sum(len(runs[0]) for runs in singles.values()), "crash point|crash points", "of all designs, each killed once")
    for name, outcomes in pairs.items():
        count(lab, f"twice.{name}", outcomes, f"two kills at every two places, {DESIGNS[name].title}")
    lab.sample("once", samples)
    columns = {"design": {"label": "design", "unit": None}, "points": {"label": "crash points", "unit": "count"}}
    columns |= {kind: {"label": what, "unit": "count"} for kind, what in KINDS.items()}
    lab.table("once", columns, rows)
    _strip(lab, singles)


def totals(outcomes):
    """{"points", and each of KINDS}: how many outcomes, and their sums."""
    return {"points": len(outcomes), **vars(sum(outcomes, Outcome()))}


def count(lab, key, outcomes, what, sample=None):
    """Record how often each kind of leak came, and at how many crash points any of them did."""
    found, n = totals(outcomes), len(outcomes)
    lab.value(f"{key}.points", n, "crash point|crash points", f"tried, {what}")
    for kind, label in KINDS.items():
        lab.value(f"{key}.{kind}", found[kind], UNITS[kind], f"{label}, {what}", n, sample=sample)
    for kind in ("lost", "doubled", "divergent"):
        at = sum(getattr(outcome, kind) > 0 for outcome in outcomes)
        lab.value(f"{key}.{kind}_points", at, "crash point|crash points", f"with {KINDS[kind]}, {what}", n, sample=sample)


def _strip(lab, singles):
    """Of the second step, what a kill at each of its places leaves, a row a design."""
    rows = []
    for name, (first, *_) in singles.items():
        names = [at for at, _ in first]
        step = [place for place, at in enumerate(names) if at == "asked"][1]
        for at, outcome in first[step : step + 1 + names[step + 1 :].index("asked")]:
            rows.append({"design": DESIGNS[name].title, "place": at, "leak": outcome.leak})
    columns = {"design": {"label": "design", "unit": None}, "place": {"label": "killed after", "unit": None}, "leak": {"label": "what is left", "unit": None}}
    lab.table("strip", columns, rows)
