"""A dependency that answers late: Little's law for a pool of threads, and what its slowness does to others."""

from dependency import dependency
from load import JSON_SLO_MS, finish
from quiet import CLIENT_CORE, Look, Span
from summary import put
from warm import warmed

# Little's law: N threads that each wait W seconds finish N / W requests a second, however many callers ask.
THREADS, WAIT_MS, CALLERS = 50, 200, 200

# The step: (seconds, milliseconds that the dependency takes), at one rate throughout.
STEP = (3, 100), (4, 1000), (4, 100)
SLOW_RATE, JSON_RATE = 400, 200
PATIENCE_MS = 2_000  # when a caller of /slow gives up
POOL, LIMIT = 200, 100
MODELS = {
    "pool": ("Jetty, 200 threads", "jetty", {"threads": f"platform:{POOL}"}),
    "virtual": ("Jetty, virtual threads", "jetty", {}),
    "bounded": ("Jetty, virtual threads, limit 100", "jetty", {"limit": {"slow": LIMIT}}),
    "go": ("Go net/http", "go", {}),
    "asyncio": ("Starlette, asyncio", "starlette", {}),
}


def measure(lab, load, names):
    with dependency(CLIENT_CORE) as port:
        return {"little": _little(lab, load, port), "step": _step(lab, load, port, names)}


def _little(lab, load, port):
    """{"pool" | "virtual": [requests per second of each process]}"""
    found = {"pool": [], "virtual": []}
    for turn in range(0 if lab.quick else 2):
        for kind in ["pool", "virtual"][:: 1 if turn % 2 else -1]:
            threads = f"platform:{THREADS}" if kind == "pool" else kind
            with warmed(load, "jetty", (3, "/slow?ms=1"), dependency=port, threads=threads) as server:
                told = {"part": "little", "stack": "jetty", "process": turn, "variant": kind}
                path, seconds = f"/slow?ms={WAIT_MS}", 3
                reading = load.window(told, server, path, 0, seconds, connections=CALLERS, timeout_ms=5000)
                if not reading.objections:
                    found[kind].append(reading.steady_rate)
    return found


def _step(lab, load, port, names):
    """{model: {"json": [second], "slow": [second], "objections": [text]}}"""
    return {
        model: _one(lab, load, port, stack, options, model)
        for model, (_, stack, options) in MODELS.items()
        if model in names
    }


def _one(lab, load, port, stack, options, model):
    lab.log(f"slow dependency: {MODELS[model][0]}")
    step = [(1, ms) for _, ms in STEP] if lab.quick else STEP
    warm = [(1, "/json"), (1, "/slow?ms=1")] if lab.quick else [(2, "/json"), (3, "/slow?ms=1")]
    with warmed(load, stack, *warm, dependency=port, **options) as server:
        before = Look()
        slow = load.start(server.port, *((length, SLOW_RATE, f"/slow?ms={ms}") for length, ms in step),
                          connections=1500, timeout_ms=PATIENCE_MS, slo_ms=PATIENCE_MS)
        json = load.start(server.port, *((length, JSON_RATE, "/json") for length, _ in step), timeout_ms=PATIENCE_MS, slo_ms=JSON_SLO_MS)
        found = {"json": finish(json), "slow": finish(slow)}
        objections = load.objections(Span(before, Look(), server.pids()), found["slow"], found["json"])
        threads = server.os_threads()
    for name, run in found.items():
        load.rows.append(_row(model, stack, name, run, objections))
    return found | {"objections": objections, "threads": threads}


def record(lab, found):
    for kind, words in ("pool", f"{THREADS} platform threads"), ("virtual", "virtual threads"):
        put(lab, f"little.{kind}.answered_per_s", found["little"][kind], "1",
            f"answers per second to {CALLERS} callers while each takes {WAIT_MS} ms, {words}")
    cap = THREADS / (WAIT_MS / 1e3)
    lab.value("little.cap_per_s", cap, "1", "threads / seconds that each answer takes, per second")
    for kind in ("pool", "virtual"):
        put(lab, f"little.{kind}.of_cap_x", [rate / cap for rate in found["little"][kind]], "x",
            "answers per second over threads / seconds")
    rows = []
    for model, run in found["step"].items():
        label = MODELS[model][0]
        _values(lab, model, label, run)
        for kind in ("json", "slow"):
            for second, count in enumerate(run[kind]["seconds"]):
                rows.append({"model": label, "endpoint": kind, "second": second, "good_per_s": count["good"],
                             "good_percent": 100 * count["good"] / max(count["offered"], 1),
                             "p99_ms": max(count["p99_ms"], 0)})
    lab.table("dependency_step", {
        "model": {"label": "server", "unit": None}, "endpoint": {"label": "endpoint", "unit": None},
        "second": {"label": "second of the run in which the requests arrived", "unit": "s"},
        "good_per_s": {"label": "answers in time, per second", "unit": "1"},
        "good_percent": {"label": "answers in time, of all requests", "unit": "%"},
        "p99_ms": {"label": "p99 latency", "unit": "ms"}}, rows)


def _values(lab, model, label, run):
    """The phase in which the dependency is slow, for the endpoint that does not call it and for the one that does."""
    why = {"reason": "; ".join(run["objections"])} if run["objections"] else {}

    def value(key, number, unit, words, n):
        lab.value(f"step.{model}.{key}", None if why else number, unit, f"{label}: {words}", n=0 if why else n, **why)

    for moment, phase in ("before", 0), ("slow", 1), ("after", 2):
        json, slow = run["json"]["phases"][phase], run["slow"]["phases"][phase]
        when = {"slow": "while the dependency takes 1 s"}.get(moment, f"{moment} the dependency takes 1 s")
        value(f"{moment}.json_p99_ms", json["p99_ms"], "ms", f"p99 latency of /json {when}", json["offered"])
        value(f"{moment}.json_good_percent", 100 * json["good"] / json["offered"], "%",
              f"/json answered within {JSON_SLO_MS} ms, {when}", json["offered"])
        value(f"{moment}.slow_good_percent", 100 * slow["good"] / slow["offered"], "%",
              f"/slow answered within {PATIENCE_MS} ms, {when}", slow["offered"])
    value("os_threads", run["threads"], "1", "threads of the operating system at the end", 1)


def _row(model, stack, kind, run, objections):
    """A summary that fits among the readings."""
    totals = {name: sum(phase[name] for phase in run["phases"]) for name in ("offered", "ok", "failed", "refused")}
    worst = max(second["p99_ms"] for second in run["seconds"])
    return {"part": "step", "stack": stack, "process": 0, "variant": f"{model} {kind}", "path": f"/{kind}",
            "offered_rate": run["phases"][0]["rate"], "attempt": 0, "offered": totals["offered"], "ok": totals["ok"],
            "failed": totals["failed"] + totals["refused"], "p50_ms": run["phases"][-1]["p50_ms"], "p99_ms": worst,
            "us": None, "database_us": None, "utilisation": None, "rate": totals["ok"] / sum(p["seconds"] for p in run["phases"]),
            "bytes": None, "generator_percent": run["cpu_percent"], "lag_ms": run["lag_p99_ms"],
            "database_core_percent": None, "steady_rate": None, "objections": "; ".join(objections)}
