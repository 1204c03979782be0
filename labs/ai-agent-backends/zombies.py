"""Hold the agent at every place, past its lease, let another take its run to the end, and let it go on."""

import os
import signal

import windows
from agent import DESIGNS, Crash
from stage import ended

NAMES = ("checkpoint", "fence", "look", "content", "position", "receipt", "overwrite", "decide")
LEASE_MS = 40
RUNS = 2


def trial(stage, design, place):
    """Outcome of a run whose first worker is held at that place while a second takes it to its end."""
    run = stage.begin(f"zombie {next(windows.NUMBERS)}")
    given = {"differ": 1, "steps": windows.STEPS, "lease_ms": LEASE_MS}
    crash = Crash(place, signal.SIGSTOP)
    zombie = stage.start(design, crash, **given)
    os.waitpid(zombie, os.WUNTRACED)
    if not stage.done(run):
        stage.worker(design, Crash(), **given)  # which waits for the lease to end
    if crash.last == "posted":
        stage.await_late(1)
        stage.say("/release", {})
    os.kill(zombie, signal.SIGCONT)
    ended(zombie)
    outcome = stage.judge([run], windows.STEPS)
    outcome.stuck = int(not stage.done(run))
    stage.close(run)
    return outcome


def enumerated(stage, design):
    return [(name, trial(stage, design, number)) for number, name in enumerate(windows.places(stage, design), 1)]


def measure(lab, stage):
    """{design: its runs of (place's name, Outcome)}."""
    names = NAMES[:1] + NAMES[-1:] if lab.quick else NAMES
    found = {name: [enumerated(stage, DESIGNS[name]) for _ in range(1 if lab.quick else RUNS)] for name in names}
    lab.log("held at every place")
    return found


def record(lab, found):
    rows, samples = [], []
    for name, runs in found.items():
        outcomes = [outcome for _, outcome in runs[0]]
        windows.count(lab, f"zombie.{name}", outcomes, f"held at every place, {DESIGNS[name].title}", "zombies")
        rows.append({"design": DESIGNS[name].title, **windows.totals(outcomes)})
        samples += [{"design": name, "run": number, "place": at, **vars(outcome)} for number, run in enumerate(runs, 1) for at, outcome in run]
    differ = sum(run != runs[0] for runs in found.values() for run in runs[1:])
    lab.value("zombie.designs_that_differ", differ, "design|designs", "whose second enumeration of held workers ended otherwise", len(found))
    lab.value("inputs.lease_ms", LEASE_MS, "ms", "lease of a worker that is held")
    lab.sample("zombies", samples)
    columns = {"design": {"label": "design", "unit": None}, "points": {"label": "places held at", "unit": "count"}}
    columns |= {kind: {"label": label, "unit": "count"} for kind, label in windows.KINDS.items()}
    lab.table("zombies", columns, rows)
