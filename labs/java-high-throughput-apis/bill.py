"""Costs per request as values, and from them the cores that 50,000 requests a second need."""

from statistics import median

from cost import DATABASE, EQUAL_RATE, LADDERS
from load import DB_SLO_MS, JSON_SLO_MS
from stacks import STACKS
from summary import clean, put

TARGET = 50_000  # requests per second
OVERHEADS = (0, 15, 30)  # percent that scaling to many cores may add; not measured
KINDS = {
    "equal_rate": (f"/json at {EQUAL_RATE:,} requests per second", "json.at_rate"),
    "equal_utilisation": ("/json with the core about half busy", "json.half_busy"),
    "db": ("/db, one row by primary key", "db"),
}


def record(lab, found, sizes):
    lab.value("inputs.target_per_s", TARGET, "1", "requests per second of the bill")
    costs = {kind: {} for kind in KINDS}
    for name, mine in found.items():
        label = STACKS[name].label
        for kind, readings in mine.rate.items():
            words, path = KINDS[kind]
            good, why = clean(readings), "; ".join(readings[-1].objections)
            costs[kind][name] = put(lab, f"cost.{name}.{path}.cpu_us", [one.us for one in good], "us",
                                    f"{label}: server CPU per request, {words}", why)
            slo = DB_SLO_MS if kind == "db" else JSON_SLO_MS
            put(lab, f"cost.{name}.{path}.p99_ms", [one.p99_ms for one in good], "ms", f"{label}: p99 latency, {words} (SLO {slo} ms)", why)
            put(lab, f"cost.{name}.{path}.utilisation_percent", [100 * one.utilisation for one in good], "%", f"{label}: use of the core, {words}", why)
        put(lab, f"cost.{name}.memory_mb", mine.memory_mb, "MB", f"{label}: resident memory after the windows")
        put(lab, f"cost.{name}.os_threads", mine.threads, "1", f"{label}: threads of the operating system")
        put(lab, f"cost.{name}.closed_loop_per_s", mine.peak, "1", f"{label}: answers per second in the closed loop, 64 connections")
        lab.value(f"cost.{name}.answer_bytes", sizes[name], "bytes", f"{label}: one answer of /json with its headers")
    lab.value("cost.unsteady_runs", sum(mine.unsteady for mine in found.values()), "runs", "processes whose last two seconds of warm-up differed by more than 5%")
    database = _database(lab, found, costs["db"])
    _ratios(lab, costs)
    useful = _ladders(lab, found)
    _bill(lab, found, costs, useful, database)
    _tables(lab, found)


def _database(lab, found, app):
    """{name: the database's CPU per request}"""
    spent = {}
    for name in DATABASE:
        good = clean(found[name].rate["db"]) if name in found else []
        if name in found:
            label = STACKS[name].label
            spent[name] = put(lab, f"cost.{name}.db.database_cpu_us", [one.database_us for one in good], "us", f"{label}: PostgreSQL's CPU per request of /db")
            put(lab, f"cost.{name}.db.database_over_app_x", [one.database_us / one.us for one in good], "x", f"{label}: PostgreSQL's CPU per request over the server's")
            put(lab, f"cost.{name}.db.shared_core_percent", [one.database_core_percent for one in good], "%", f"{label}: use of the core that PostgreSQL shares with the generator")
    return spent


def _ratios(lab, costs):
    """Between the cheapest and the dearest of a language, and between languages."""
    for kind, path in ("equal_rate", "at_rate"), ("equal_utilisation", "half_busy"):
        known = {name: us for name, us in costs[kind].items() if us}

        def of(language, known=known):
            return {name: us for name, us in known.items() if STACKS[name].language == language}

        java, python = of("Java"), of("Python")
        for key, over, under, words in [
            ("java_best_over_go", min(java.values(), default=None), known.get("go"), "cheapest Java stack over Go net/http"),
            ("java_best_over_fastapi", min(java.values(), default=None), known.get("fastapi"), "cheapest Java stack over FastAPI"),
            ("jetty_over_go", known.get("jetty"), known.get("go"), "Jetty over Go net/http"),
            ("java_best_over_axum", min(java.values(), default=None), known.get("axum"), "cheapest Java stack over axum"),
            ("node_over_java_best", known.get("node"), min(java.values(), default=None), "Node.js http over the cheapest Java stack"),
            ("within_java", max(java.values(), default=None), min(java.values(), default=None), "dearest Java stack over the cheapest"),
            ("within_python", max(python.values(), default=None), min(python.values(), default=None), "dearest Python stack over the cheapest"),
            ("dearest_over_cheapest", max(known.values(), default=None), min(known.values(), default=None), "dearest stack over the cheapest"),
        ]:
            missing = {} if over and under else {"n": 0, "reason": "one of them was not measured"}
            lab.value(f"ratio.{path}.{key}_x", over / under if not missing else None, "x", f"CPU per request, {words}", **missing)


def _ladders(lab, found):
    """{name: the highest utilisation of the core, 0 to 1, up to which every step met the SLO}"""
    useful = {}
    for name in LADDERS:
        steps = found[name].ladder if name in found else []
        met = []
        for _, reading in steps:
            if reading.objections or reading.failed or reading.p99_ms > JSON_SLO_MS:
                break
            met.append(reading)
        label = STACKS[name].label
        # A ladder that our generator ended shows a bound from below, and the prose has to say so.
        short = bool(steps) and bool(steps[-1][1].objections)
        if met:
            lab.value(f"slo.{name}.generator_limited", int(short), "1", f"{label}: 1 where the generator, and not the server, ended the steps")
            useful[name] = met[-1].utilisation
            lab.value(f"slo.{name}.utilisation_percent", 100 * useful[name], "%", f"{label}: greatest use of the core with p99 within {JSON_SLO_MS} ms", n=met[-1].ok)
            lab.value(f"slo.{name}.rate_per_s", met[-1].rate, "1", f"{label}: requests per second at which p99 stayed within {JSON_SLO_MS} ms, one core", n=met[-1].ok)
            lab.value(f"slo.{name}.cpu_us", met[-1].us, "us", f"{label}: CPU per request at that rate", n=met[-1].ok)
        elif name in found:
            why = "no step of the ladder met the SLO" if steps else "not part of the quick run"
            for key, unit in ("utilisation_percent", "%"), ("rate_per_s", "1"), ("cpu_us", "us"):
                lab.value(f"slo.{name}.{key}", None, unit, f"{label}: where p99 stays within {JSON_SLO_MS} ms", n=0, reason=why)
    return useful


def _bill(lab, found, costs, useful, database):
    """Cores are a lower bound: one core's cost times the rate, over the utilisation that met the SLO."""
    known = {name: us for name, us in costs["equal_utilisation"].items() if us}
    rows = []
    for name, us in known.items():
        label, pure = STACKS[name].label, TARGET * us / 1e6
        lab.value(f"bill.{name}.cpu_cores", pure, "1", f"{label}: cores' worth of CPU time at {TARGET:,} requests per second of /json")
        share = useful.get(name)
        cores = [pure / share * (1 + extra / 100) if share else None for extra in OVERHEADS]
        for extra, needed in zip(OVERHEADS, cores, strict=True):
            if share:
                lab.value(f"bill.{name}.cores_plus_{extra}", needed, "1", f"{label}: cores for {TARGET:,} requests per second within the SLO, if scaling adds {extra}%")
        lab.value(f"bill.{name}.relative_x", us / min(known.values()), "x", f"{label}: CPU bill over the cheapest stack's")
        app = costs["db"].get(name)
        both = database.get(name)
        rows.append({"stack": label, "language": STACKS[name].language, "cpu_us": us, "cpu_cores": pure,
                     "cores_0": cores[0], "cores_15": cores[1], "cores_30": cores[2],
                     "memory_mb": median(found[name].memory_mb), "relative": us / min(known.values()),
                     "db_app_cores": TARGET * app / 1e6 if app else None, "db_database_cores": TARGET * both / 1e6 if both else None})
        if app and both:
            lab.value(f"bill.{name}.db_app_cores", TARGET * app / 1e6, "1", f"{label}: cores' worth of the server's CPU time at {TARGET:,} requests per second of /db")
            lab.value(f"bill.{name}.db_database_cores", TARGET * both / 1e6, "1", f"{label}: cores' worth of PostgreSQL's CPU time at {TARGET:,} requests per second of /db")
    if known:
        lab.value("bill.least_cpu_cores", min(row["cpu_cores"] for row in rows), "1", f"cores' worth of CPU time, cheapest stack at {TARGET:,} requests per second")
        lab.value("bill.most_cpu_cores", max(row["cpu_cores"] for row in rows), "1", f"cores' worth of CPU time, dearest stack at {TARGET:,} requests per second")
    lab.table("bill", {
        "stack": {"label": "stack", "unit": None}, "language": {"label": "language", "unit": None},
        "cpu_us": {"label": "server CPU per request of /json", "unit": "us"},
        "cpu_cores": {"label": "cores' worth of CPU time at 50,000 requests per second", "unit": "1"},
        "cores_0": {"label": "cores within the SLO", "unit": "1"}, "cores_15": {"label": "cores, scaling adds 15%", "unit": "1"},
        "cores_30": {"label": "cores, scaling adds 30%", "unit": "1"}, "memory_mb": {"label": "resident memory", "unit": "MB"},
        "relative": {"label": "CPU bill over the cheapest", "unit": "x"},
        "db_app_cores": {"label": "server cores for /db", "unit": "1"}, "db_database_cores": {"label": "database cores for /db", "unit": "1"}}, rows)


def _tables(lab, found):
    rows = []
    for name, mine in found.items():
        good = [one.us for one in clean(mine.rate["equal_utilisation"])]
        slow = [one.us for one in clean(mine.rate["equal_rate"])]
        rows.append({"stack": STACKS[name].label, "language": STACKS[name].language,
                     "half_us": median(good) if good else None, "half_low_us": min(good, default=None), "half_high_us": max(good, default=None),
                     "rate_us": median(slow) if slow else None, "rate_low_us": min(slow, default=None), "rate_high_us": max(slow, default=None)})
    lab.table("cost", {
        "stack": {"label": "stack", "unit": None}, "language": {"label": "language", "unit": None},
        **{f"{kind}_{part}us": {"label": f"CPU per request, {words}{told}", "unit": "us"}
           for kind, words in (("half", "core half busy"), ("rate", "equal rate"))
           for part, told in (("", ""), ("low_", ", least of the processes"), ("high_", ", greatest of the processes"))}}, rows)
    rows = []
    for name, mine in found.items():
        for loop, points in ("open", mine.ladder), ("closed", mine.closed):
            rows += [{"stack": STACKS[name].label, "loop": loop, "setting": setting, "rate_per_s": reading.rate,
                      "utilisation_percent": 100 * reading.utilisation, "p99_ms": reading.p99_ms, "requests": reading.ok}
                     for setting, reading in points if not reading.objections]
    lab.table("ladder", {
        "stack": {"label": "stack", "unit": None}, "loop": {"label": "loop", "unit": None},
        "setting": {"label": "share of the closed loop's peak; connections in the closed loop", "unit": "1"},
        "rate_per_s": {"label": "answers per second", "unit": "1"}, "utilisation_percent": {"label": "use of the core", "unit": "%"},
        "p99_ms": {"label": "p99 latency", "unit": "ms"}, "requests": {"label": "requests behind the p99", "unit": "1"}}, rows)
