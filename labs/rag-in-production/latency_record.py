"""What `latency` measured of the service, in readers' words."""

import math
import statistics
from itertools import chain

from _harness.stats import percentile

CPU = {"encode": "encoding the question", "search": "the search", "fetch": "fetching the texts", "rest": "HTTP and handing over"}
SPANS = {"total": "to the answer, from when the question was due", "wait": "of waiting for an encoder", "encode": "of encoding",
         "search": "of searching", "fetch": "of fetching the texts"}
RANKS = 50, 90, 99


def record(lab, found, loads, late_limit_ms):
    """loads: {name: (share of the capacity, encoders)}."""
    _inputs(lab, found, late_limit_ms)
    _cpu(lab, found.cpu)
    stack = []
    for load, runs in found.requests.items():
        share, threads = loads[load]
        words = f"at {100 * share:.0f} % of one encoder's capacity" + (", two encoders" if threads == 2 else "")
        stack += _load(lab, load, words, runs, threads * found.scale.seconds)
    _second_encoder(lab, found.requests["at_85"], found.requests["at_85_two"])
    columns = {"rate": {"label": "offered load", "unit": None}, "stage": {"label": "stage", "unit": None}}
    lab.table("stack", columns | {f"p{rank}": {"label": f"p{rank}", "unit": "ms"} for rank in RANKS}, stack)
    lab.sample("budget", [{"load": load, "run": number} | {f"{span}_ms": ms for span, ms in request.items()}
                          for load, runs in found.requests.items() for number, run in enumerate(runs, 1) for request in run])


def _inputs(lab, found, late_limit_ms):
    lab.value("inputs.budget.rows", found.scale.served, "rows", "that the service searches, most of them noisy copies")
    lab.value("inputs.budget.seconds", found.scale.seconds, "s", "length of a run in the open loop")
    lab.value("inputs.budget.runs", found.scale.runs, "runs", "of each load")
    lab.value("inputs.budget.late_limit_ms", late_limit_ms, "ms", "by which the lab itself may send late at p99, or the run is none")
    lab.value("inputs.budget.asked", found.scale.asked, "questions", "of a run in the closed loop")
    lab.sample("capacity", [{"run": number, "questions_per_s": rate} for number, rate in enumerate(found.capacities, 1)])
    _value(lab, "budget.capacity", found.capacities, "1", "questions a second that one encoder thread answers", "capacity")


def _cpu(lab, runs):
    shares = [{stage: 100 * ms / sum(run.values()) for stage, ms in run.items()} for run in runs]
    for stage, words in CPU.items():
        name = "encoder" if stage == "encode" else stage
        _value(lab, f"budget.cpu_{name}_percent", [share[stage] for share in shares], "%", f"of the service's CPU time is {words}", "cpu")
    _value(lab, "budget.cpu_ms", [sum(run.values()) for run in runs], "ms", "CPU time of the service for a question", "cpu")
    lab.sample("cpu", [{"run": number} | {f"{stage}_ms": ms for stage, ms in run.items()} for number, run in enumerate(runs, 1)])


def _load(lab, load, words, runs, encoder_s):
    """Values of one load; its rows of the table. encoder_s: seconds that its encoders had in a run."""
    requests = list(chain.from_iterable(runs))
    rows = []
    for span, what in SPANS.items():
        found = {rank: percentile([request[span] for request in requests], rank) for rank in RANKS}
        for rank, given in found.items():
            lab.value(f"budget.{load}.{span}_p{rank}_ms", unit="ms", label=f"p{rank} {what}, {words}", sample="budget", **given)
        rows.append({"rate": words, "stage": span} | {f"p{rank}": given["value"] for rank, given in found.items()})
    _value(lab, f"budget.{load}.slowest_waiting_percent", [_waiting(run) for run in runs], "%",
           f"of the time of the slowest percent of questions is waiting for an encoder, {words}", "budget")
    _value(lab, f"budget.{load}.encoder_busy_percent", [sum(request["encode"] for request in run) / (10 * encoder_s) for run in runs], "%",
           f"of the time the encoders were at work, {words}", "budget")
    return rows


def _second_encoder(lab, one, two):
    ratios = [_p99(before) / _p99(after) for before, after in zip(one, two, strict=True)]
    _value(lab, "budget.second_encoder_p99_x", ratios, "x", "p99 with one encoder thread over that with two, the same questions at the same moments", "budget")


def _p99(run):
    """Of one run, whatever its size: it is compared with its twin only."""
    return sorted(request["total"] for request in run)[math.ceil(0.99 * len(run)) - 1]


def _waiting(run):
    """Percent of the time of the slowest percent of a run's requests."""
    slowest = sorted(run, key=lambda request: request["total"])[-math.ceil(len(run) / 100) :]
    return 100 * sum(request["wait"] for request in slowest) / sum(request["total"] for request in slowest)


def _value(lab, key, runs, unit, label, sample):
    lab.value(key, statistics.median(runs), unit, label, len(runs), min(runs), max(runs), "range of the runs", sample=sample)
