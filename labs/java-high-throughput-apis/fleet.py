"""One process for eight cores against eight processes: memory, threads and the connections that they need."""

from load import DB_SLO_MS
from quiet import SERVER_CORE
from stacks import STACKS, serve

CORES = 8  # declared: a process believes in so many, and so many workers are started
RATE = 800  # requests per second in all; each keeps a connection for overload.HOLD_MS
DEFAULT_POOL = 10  # per process: what HikariCP, asyncpg and node-postgres open by default
POOLS = {"jetty": (5, 6, 8, 10), "go": (5, 6, 8, 10), "fastapi": (1, 2, 4), "node": (1, 2, 4)}
ONE = ("jetty", "go")


def measure(lab, load, database, names):
    """{name: what it uses at the default pool, and "need": (connections, p99) of the least that met the SLO, or None}"""
    found = {}
    for name in [name for name in POOLS if name in names]:
        lab.log(f"one process or eight: {STACKS[name].label}")
        found[name] = _sized(lab, load, database, name)
        found[name]["need"] = _least(lab, load, database, name)
    return found


def _serve(name, database, pool):
    if name in ONE:
        counted = {"jvm": [f"-XX:ActiveProcessorCount={CORES}"]} if name == "jetty" else {"env": {"GOMAXPROCS": str(CORES)}}
    else:
        counted = {"workers": CORES}
    return serve(name, cores=SERVER_CORE, postgres=database, pool=pool, **counted)


def _sized(lab, load, database, name):
    """Memory after a burst that every worker has had its part of, and the connections that stand open."""
    with _serve(name, database, DEFAULT_POOL) as server:
        load.run(server.port, (2, 2000, "/json"), connections=256)
        load.run(server.port, (2, RATE, "/db?id={id}"), connections=256)
        connections = int(database.sql("select count(*) from pg_stat_activity where usename = 'slow'")[0][0])
        return {"memory_mb": server.rss_bytes() / 1e6, "threads": server.os_threads(), "processes": len(server.pids()),
                "connections": connections}


def _least(lab, load, database, name):
    """(connections in all, p99) of the smallest pool that keeps p99 within the SLO, or None."""
    for pool in POOLS[name]:
        with _serve(name, database, pool) as server:
            load.run(server.port, (1.5, 0, "/json"), (1, RATE, "/db?id={id}"), connections=256)
            told = {"part": "fleet", "stack": name, "process": 0, "variant": f"pool {pool}"}
            reading = load.window(told, server, "/db?id={id}", RATE, 2.5, errors=True, connections=256, slo_ms=DB_SLO_MS)
            if not reading.objections and not reading.failed and reading.p99_ms <= DB_SLO_MS:
                return pool * (1 if name in ONE else CORES), reading.p99_ms
    return None


def record(lab, found):
    lab.value("inputs.fleet_cores", CORES, "1", "cores that one process is told of, and processes of the others")
    lab.value("inputs.fleet_rate", RATE, "1", "requests per second offered to each fleet")
    for name, mine in found.items():
        label = STACKS[name].label + (", one process" if name in ONE else f", {CORES} processes")
        lab.value(f"fleet.{name}.memory_mb", mine["memory_mb"], "MB", f"{label}: resident memory, shared pages split")
        lab.value(f"fleet.{name}.os_threads", mine["threads"], "1", f"{label}: threads of the operating system")
        lab.value(f"fleet.{name}.default_connections", mine["connections"], "1",
                  f"{label}: open connections with a pool of {DEFAULT_POOL} a process")
        missed = {} if mine["need"] else {"reason": f"p99 stayed above {DB_SLO_MS} ms", "n": 0}
        lab.value(f"fleet.{name}.needed_connections", mine["need"] and mine["need"][0], "1",
                  f"{label}: fewest connections with p99 within {DB_SLO_MS} ms", **missed)
    for many in ("fastapi", "node"):
        for one in ONE:
            if many in found and one in found:
                _ratio(lab, found, many, one)


def _ratio(lab, found, many, one):
    words = f"{CORES} processes of {STACKS[many].label} over one of {STACKS[one].label}"
    a, b = found[many], found[one]
    lab.value(f"fleet.{many}_over_{one}.memory_x", a["memory_mb"] / b["memory_mb"], "x", f"resident memory, {words}")
    lab.value(f"fleet.{many}_over_{one}.default_connections_x", a["connections"] / b["connections"], "x",
              f"connections with default pools, {words}")
    if a["need"] and b["need"]:
        lab.value(f"fleet.{many}_over_{one}.needed_connections_x", a["need"][0] / b["need"][0], "x", f"connections needed, {words}")
    else:
        lab.value(f"fleet.{many}_over_{one}.needed_connections_x", None, "x", f"connections needed, {words}", n=0,
                  reason="one of them met the SLO with no pool that was tried")
