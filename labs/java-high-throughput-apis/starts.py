"""A restarted instance under its share of the load from the first answer on, with and without an AOT cache."""

import random

from load import JSON_SLO_MS, finish
from quiet import SERVER_CORE, Look, Span
from stacks import STACKS, serve
from summary import put

SECONDS = 8
STEADY = 3  # seconds in a row within the SLO before we say that it is met
OTHERS = ("go", "fastapi")
LIMIT_S = 30  # event D4


def measure(lab, load, rates, names):
    """{"plain" | "cached" | stack: [start]}; `rates` are the rates that keep a warm server half busy."""
    seconds = 1 if lab.quick else SECONDS
    cache = lab.workdir / "jetty.aot"
    lab.log("starts: training the AOT cache")
    with serve("jetty", cores="0,1", jvm=[f"-XX:AOTCacheOutput={cache}"]) as server:
        load.run(server.port, (1 if lab.quick else 5, 0, "/json"))
    found = {"plain": [], "cached": []}
    order = random.Random(lab.seed)
    for turn in range(1 if lab.quick else 5):
        for kind in order.sample(("plain", "cached"), 2):
            found[kind].append(_one(lab, load, "jetty", rates["jetty"], seconds, turn, kind, cache if kind == "cached" else None))
    for name in OTHERS:
        if name in names and rates.get(name):
            found[name] = [_one(lab, load, name, rates[name], seconds, 0, name, None)]
    return found, cache.stat().st_size


def _one(lab, load, name, rate, seconds, turn, kind, cache):
    before = Look()
    # With AOTMode=on a JVM that cannot use its cache does not start: no silent run without.
    with serve(name, cores=SERVER_CORE, cache=cache, jvm=["-XX:AOTMode=on"] if cache else ()) as server:
        run = finish(load.start(server.port, (seconds, rate, "/json")))
        objections = load.objections(Span(before, Look(), server.pids()), run)
        late = run["origin"] - server.started
        row = {"part": "start", "stack": name, "process": turn, "variant": kind, "objections": "; ".join(objections)}
        totals = {key: run["phases"][0][key] for key in ("offered", "ok", "failed")}
        return row | totals | {
            "offered_rate": rate, "first_answer_s": server.ready - server.started,
            "first_answer_cpu_s": server.first_cpu_seconds, "load_began_s": late,
            "slo_s": _time_to_slo(run["seconds"], late), "run": run, "met": _met(run["seconds"]) is not None}


def _met(seconds):
    """The first second of `STEADY` in a row with p99 within the SLO and no failure, or None."""
    good = [second["p99_ms"] <= JSON_SLO_MS and not second["failed"] for second in seconds]
    return next((n for n in range(len(good) - STEADY + 1) if all(good[n : n + STEADY])), None)


def _time_to_slo(seconds, late):
    met = _met(seconds)
    return late + (len(seconds) if met is None else met)


def record(lab, found):
    runs, size = found
    lab.value("warmup.cache_mb", size / 1e6, "MB", "size of the AOT cache")
    for kind, mine in runs.items():
        label = {"plain": "Jetty", "cached": "Jetty with AOT cache"}.get(kind) or STACKS[kind].label
        good = [one for one in mine if not one["objections"]]
        why = next((one["objections"] for one in mine if one["objections"]), "not run")
        for key, name, unit, words in [
            ("first_answer_cpu_s", "first_answer_cpu_s", "s", "CPU time until the first answer"),
            ("first_answer_s", "first_answer_s", "s", "time from start to the first answer"),
            ("slo_s", "time_to_slo_s", "s", f"time from start until p99 stays within {JSON_SLO_MS} ms for {STEADY} s; the whole window where never"),
            ("offered_rate", "rate_per_s", "1", "requests per second offered from the first answer on"),
        ]:
            put(lab, f"warmup.{kind}.{name}", [one[key] for one in good], unit, f"{label}: {words}", why)
        lab.value(f"warmup.{kind}.within_slo_runs", sum(one["met"] for one in good), "runs",
                  f"{label}: starts that met the SLO in the window", n=max(len(good), 1))
        put(lab, f"warmup.{kind}.first_second_failed_percent",
            [100 * one["run"]["seconds"][0]["failed"] / max(one["run"]["seconds"][0]["offered"], 1) for one in good],
            "%", f"{label}: requests of the first second without an answer within 1 s", why)
    for name, key in ("first_answer_cpu", "first_answer_cpu_s"), ("time_to_slo", "slo_s"):
        pairs = [100 * (1 - cached[key] / plain[key]) for plain, cached in zip(runs["plain"], runs["cached"], strict=True)
                 if not plain["objections"] and not cached["objections"]]
        put(lab, f"warmup.{name}_saved_percent", pairs, "%", f"what the AOT cache saves of {name.replace('_', ' ')}, by pairs",
            "no undisturbed pair")
    rows = []
    for kind in ("plain", "cached"):
        for one in runs[kind]:
            rows += [{"cache": "AOT cache" if kind == "cached" else "no cache", "start": one["process"], "second": n + 1,
                      "p99_ms": second["p99_ms"]} for n, second in enumerate(one["run"]["seconds"])]
    lab.table("warmup", {
        "cache": {"label": "cache", "unit": None}, "start": {"label": "start", "unit": "1"},
        "second": {"label": "second after the first answer", "unit": "s"},
        "p99_ms": {"label": "p99 latency of the requests of that second", "unit": "ms"}}, rows)
    lab.sample("starts", [{key: cell for key, cell in one.items() if key != "run"} for mine in runs.values() for one in mine])
