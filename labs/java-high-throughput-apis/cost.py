"""CPU per request of every stack, in fresh processes: at one rate for all, and at one utilisation for all."""

import random
from dataclasses import dataclass, field
from statistics import median

from load import DB_SLO_MS
from quiet import family
from stacks import STACKS
from warm import warmed

EQUAL_RATE = 4_000  # requests per second
EQUAL_UTILISATION = 0.5  # of the server's core
DB_RATE = 2_000
LADDER = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)  # of the closed loop's peak
CALLERS = (1, 2, 4, 8, 16, 64)  # connections of the closed loop, for comparison
LADDERS = ("jetty", "go", "axum", "node", "fastapi")
DATABASE = ("jetty", "go", "axum", "node", "fastapi")
COMPARED = ("jetty", "fastapi")


@dataclass
class Found:
    """What one stack's processes showed, an entry a process."""

    rate: dict = field(default_factory=dict)  # {"equal_rate" | "equal_utilisation" | "db": [Reading]}
    peak: list = field(default_factory=list)
    memory_mb: list = field(default_factory=list)
    threads: list = field(default_factory=list)
    unsteady: int = 0
    half: float = 0  # the rate at which its core is half busy
    ladder: list = field(default_factory=list)
    closed: list = field(default_factory=list)


def measure(lab, load, postgres, names):
    """{name: Found}; rounds of all stacks, each round in a new order."""
    found = {name: Found() for name in names}
    order = random.Random(lab.seed)
    rounds = 1 if lab.quick else 3
    for turn in range(rounds):
        for name in order.sample(names, len(names)):
            lab.log(f"cost, process {turn + 1} of {rounds}: {STACKS[name].label}")
            with_database = postgres if name in DATABASE else None
            most = 1 if lab.quick else 9 if STACKS[name].language == "Java" else 4
            with warmed(load, name, thorough=most, postgres=with_database) as server:
                _process(lab, load, server, found[name], name, turn, order)
                if with_database:
                    _database(lab, load, server, postgres, found[name], name, turn)
                if turn == rounds - 1 and name in LADDERS and not lab.quick:
                    _ladder(lab, load, server, found[name], name)
    return found


def _process(lab, load, server, found, name, turn, order):
    told = {"part": "cost", "stack": name, "process": turn}
    peak = load.read(server, "/json", 0, 1)
    found.unsteady += not server.steady
    found.peak.append(peak.rate)
    if not found.half:
        # Cost falls as a server gets busier, so two tries lead to the rate that keeps it half busy.
        us = peak.us
        for _ in range(0 if lab.quick else 2):
            us = load.read(server, "/json", EQUAL_UTILISATION * 1e6 / us, 0.7).us
        found.half = EQUAL_UTILISATION * 1e6 / us
    windows = [("equal_rate", EQUAL_RATE, 1.5), ("equal_utilisation", found.half, 2)]
    for kind, rate, seconds in order.sample(windows, len(windows)):
        reading = load.window(told | {"variant": kind}, server, "/json", rate, 1 if lab.quick else seconds)
        found.rate.setdefault(kind, []).append(reading)
    found.memory_mb.append(server.rss_bytes() / 1e6)
    found.threads.append(server.os_threads())


def _database(lab, load, server, postgres, found, name, turn):
    load.warm(server, "/db?id={id}", 1 if lab.quick else 6 if STACKS[name].language == "Java" else 2)
    told = {"part": "cost", "stack": name, "process": turn, "variant": "db"}
    reading = load.window(told, server, "/db?id={id}", DB_RATE, 1 if lab.quick else 2,
                          database=lambda: family(postgres.pid), slo_ms=DB_SLO_MS)
    found.rate.setdefault("db", []).append(reading)


def _ladder(lab, load, server, found, name):
    peak = median(found.peak)
    told = {"part": "ladder", "stack": name, "process": 0}
    for share in LADDER:
        reading = load.window(told | {"variant": f"{share:.0%}"}, server, "/json", share * peak, 2.5, errors=True)
        found.ladder.append((share, reading))
        if reading.objections:
            break
    if name in COMPARED:
        for callers in CALLERS:
            reading = load.read(server, "/json", 0, 0.8, connections=callers)
            found.closed.append((callers, reading))
