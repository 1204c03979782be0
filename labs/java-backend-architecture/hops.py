"""What it costs in CPU to pass an order on: by a call, or as JSON over HTTP on loopback."""

import random
import statistics
from itertools import product

import numpy as np

import jvm
from _harness.stats import bootstrap_median

HOPS = range(6)
KINDS = {"http": "JSON hop", "call": "call in one process"}
RUNS, SECONDS = 5, 0.8
WARM_SECONDS = 12  # a hop still costs several times too much after one second of it


def measure(lab):
    """{(kind, hops): CPU microseconds a request, of each run}."""
    hops = (0, 3) if lab.quick else tuple(HOPS)
    jobs = list(product(KINDS, hops)) * (2 if lab.quick else RUNS)
    random.Random(lab.seed).shuffle(jobs)
    warm, calls, seconds = (1, 0.4, 0.2) if lab.quick else (WARM_SECONDS, 1, SECONDS)
    warming = [f"http {max(hops)} {warm}", *(f"call {count} {calls}" for count in hops)]
    lines = [*warming, *(f"{kind} {count} {seconds}" for kind, count in jobs)]
    found = {}
    for job, answer in zip(jobs, jvm.ask("Hops", [], lines)[len(warming) :], strict=True):
        served, nanoseconds = map(int, answer.split())
        found.setdefault(job, []).append(nanoseconds / served / 1000)
    lab.log("hops")
    return found


def record(lab, found):
    rows = []
    for (kind, hops), spent in sorted(found.items()):
        low, high = bootstrap_median(spent, lab.seed)
        lab.value(f"hops.{kind}.h{hops}_cpu_us", statistics.median(spent), "us", f"CPU a request, {hops} times {KINDS[kind]}", len(spent), low, high, "bootstrap 95 %", sample="hops")
        rows.append({"kind": KINDS[kind], "hops": hops, "cpu_us": statistics.median(spent), "low": low, "high": high})
    slopes = {}
    for kind, title in KINDS.items():
        counts = sorted({hops for one, hops in found if one == kind})
        medians = [statistics.median(found[kind, hops]) for hops in counts]
        slopes[kind] = float(np.polyfit(counts, medians, 1)[0])
        lab.value(f"hops.{kind}.each_us", slopes[kind], "us", f"CPU that each {title} adds, least squares", len(counts), sample="hops")
        lab.value(f"hops.{kind}.r2", float(np.corrcoef(counts, medians)[0, 1] ** 2), "1", f"R² of CPU against the number of hops, {title}", len(counts), sample="hops")
    seen = slopes["call"] > 0
    lab.value("hops.http_over_call_x", slopes["http"] / slopes["call"] if seen else None, "x", "CPU of a JSON hop on loopback over that of a call in one process",
              sample="hops", reason=None if seen else "in so short a run a call cost nothing that could be measured")
    columns = {"kind": {"label": "passed on by", "unit": None}, "hops": {"label": "hops", "unit": "count"}, "cpu_us": {"label": "CPU a request, median", "unit": "us"},
               "low": {"label": "bootstrap 95 %, from", "unit": "us"}, "high": {"label": "to", "unit": "us"}}
    lab.table("hops", columns, rows)
    lab.sample("hops", [{"kind": kind, "hops": hops, "cpu_us": us} for (kind, hops), spent in found.items() for us in spent])
