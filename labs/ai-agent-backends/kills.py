"""Kill the agent at random while it works through a queue: a check of the enumeration, and of the readers' formula."""

import itertools
import os
import random
import signal
import time
from dataclasses import dataclass, field, replace

from agent import DESIGNS, Crash, Design
from stage import Outcome
from _harness.form import ask, form
from _harness.stats import poisson

STEPS = 3
MODEL_MS, EMAIL_MS = 8, 4
MEAN_MS = 60  # between two kills
LEASE_MS = 100
KILLS = {"ack": 100, "restart": 100, "checkpoint": 200, "content": 200, "position": 200, "decide": 500}
BLOCK = 25  # kills of a design before the next one's turn
QUICK = ("content", "decide")
NUMBERS = itertools.count()
CASES = [(4, 1, 8), (4, 2, 8), (4, 4, 8), (4, 2, 16)]  # of the form: steps of a run, steps between two records, the model's ms
CASE_KILLS, QUICK_CASE_KILLS, CASE_MEAN_MS, CALM_RUNS = 120, 10, 150, 20
CASE = Design("checkpoint", every=None)


@dataclass
class Kills:
    """What some kills left. places: the last place that each killed worker had come to."""

    runs: int = 0
    places: list = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)

    def __add__(self, other):
        return Kills(self.runs + other.runs, self.places + other.places, self.outcome + other.outcome)


def kill(stage, design, kills, rng, mean_ms=MEAN_MS, steps=STEPS):
    """Kills, after that many of them at times that are exponential with that mean, and a recovery in peace."""
    number, given = next(NUMBERS), {"differ": 1, "steps": steps, "lease_ms": LEASE_MS}
    for run in range(4 * kills):
        stage.begin(f"kills {number} {run:05}")
    places = []
    while len(places) < kills:
        crash = Crash()
        worker = stage.start(design, crash, forever=True, **given)
        time.sleep(rng.expovariate(1000 / mean_ms))
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        places.append(crash.last)
    runs = stage.begun(f"kills {number} ")
    while any(not stage.done(run) for run in runs):
        stage.worker(design, Crash(), **given)
    time.sleep(LEASE_MS / 1000)  # an email of a dead worker may be on its way
    return Kills(len(runs), places, stage.judge(runs, steps))


def measure(lab, stage):
    """({design: Kills}, [(case of the form, Kills, seconds of a step, ms from an email to its record)])."""
    rng = random.Random(lab.seed)
    stage.say("/pace", {"model_ms": MODEL_MS, "email_ms": EMAIL_MS})
    left = dict.fromkeys(QUICK, 1) if lab.quick else {name: kills // BLOCK for name, kills in KILLS.items()}
    found = {name: Kills() for name in left}
    while any(left.values()):
        for name in [name for name, blocks in left.items() if blocks]:
            found[name] += kill(stage, DESIGNS[name], BLOCK, rng)
            left[name] -= 1
    lab.log("killed at random")
    cases = [_case(lab, stage, case, rng) for case in (CASES[:1] if lab.quick else CASES)]
    stage.say("/pace", {"model_ms": 0, "email_ms": 0})
    lab.log("killed for the formula")
    return found, cases


def _case(lab, stage, case, rng):
    steps, every, model_ms = case
    design = replace(CASE, every=every)
    stage.say("/pace", {"model_ms": model_ms, "email_ms": EMAIL_MS})
    calm = [stage.begin(f"calm {next(NUMBERS)}") for _ in range(CALM_RUNS)]
    for _ in calm:
        stage.worker(design, Crash(), differ=1, steps=steps, lease_ms=LEASE_MS)
    kills = kill(stage, design, QUICK_CASE_KILLS if lab.quick else CASE_KILLS, rng, CASE_MEAN_MS, steps)
    step_s, gap_ms = stage.pace(calm, every)
    return case, kills, step_s, gap_ms + EMAIL_MS / 2  # who dies with a request on its way has sent it: half lies before its commit


def record(lab, measured):
    found, cases = measured
    lab.value("inputs.mean_ms", MEAN_MS, "ms", "mean time between two random kills")
    rows = []
    for name, kills in found.items():
        title, n = DESIGNS[name].title, len(kills.places)
        lab.value(f"random.{name}.kills", n, "kill|kills", f"at random times, {title}")
        lab.value(f"random.{name}.runs", kills.runs, "runs", f"begun, {title}")
        row = {"design": title, "kills": n}
        for kind in ("lost", "doubled", "divergent"):
            many = getattr(kills.outcome, kind)
            low, high = (1000 * bound / n for bound in poisson(many))
            lab.value(f"random.{name}.{kind}", many, "count", f"{kind} after kills at random, {title}", n, sample="kills")
            lab.value(f"random.{name}.{kind}_per_1000", 1000 * many / n, "count", f"{kind} per 1,000 kills at random, {title}", n, low, high,
                      "exact Poisson 95 %", sample="kills")
            row |= {f"{kind}_per_1000": 1000 * many / n, f"{kind}_low": low, f"{kind}_high": high}
        lab.value(f"random.{name}.at_most_per_1000", row["doubled_high"], "count", f"upper end of the exact Poisson 95 % for emails doubled per 1,000 kills at random, {title}", n, sample="kills")
        lab.value(f"random.{name}.wasted", kills.outcome.wasted, "call|calls", f"model calls repeated after kills at random, {title}", n, sample="kills")
        rows.append(row)
    lab.sample("kills", [{"design": name, "kills": len(kills.places), "runs": kills.runs, **vars(kills.outcome)} for name, kills in found.items()])
    landed = [{"design": name, "place": place or "began", "kills": kills.places.count(place)} for name, kills in found.items() for place in sorted(set(kills.places))]
    lab.sample("landed", landed)
    columns = {"design": {"label": "design", "unit": None}, "kills": {"label": "kills", "unit": "count"}}
    for kind in ("lost", "doubled", "divergent"):
        columns |= {f"{kind}_{part}": {"label": f"{kind} per 1,000 kills{more}", "unit": "count"}
                    for part, more in (("per_1000", ""), ("low", ", low"), ("high", ", high"))}
    lab.table("random", columns, rows)
    _formula(lab, cases)


def _formula(lab, cases):
    rows = [
        {"steps": steps, "between": every, "step_s": round(step_s, 4), "gap_ms": round(gap_ms, 1), "apart_s": CASE_MEAN_MS / 1000,
         "measured": 1000 * kills.outcome.doubled / kills.runs}
        for (steps, every, _), kills, step_s, gap_ms in cases
    ]
    form(lab, "doubled", rows, unit="count", label="emails doubled per 1,000 runs")
    _, asked = ask(lab.dir / "forms/doubled.mjs", rows)
    for (steps, every, model_ms), row, (predicted, _) in zip((case for case, *_ in cases), rows, asked, strict=True):
        what = f"{steps} steps, a record every {every}, a model call of {model_ms} ms"
        lab.value(f"form.s{steps}_b{every}_m{model_ms}.measured_over_predicted_x", row["measured"] / predicted, "x",
                  f"emails doubled per 1,000 runs measured over predicted, {what}", len(cases))
