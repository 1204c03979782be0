"""Compile the load generator, run it beside a server, and refuse what was disturbed."""

import json
import subprocess
from dataclasses import dataclass, field

from _harness import LabError
from quiet import CLIENT_CORE, GENERATOR_PERCENT, LAG_MS, Look, Span

CONNECTIONS = 64
JSON_SLO_MS, DB_SLO_MS = 10, 25
TRIES = 3
LIMITED = "the generator used"


@dataclass
class Reading:
    """One window: what was offered, what came back, what it cost."""

    offered: int
    ok: int
    failed: int
    p50_ms: float
    p99_ms: float
    us: float  # server CPU per answered request
    database_us: float
    utilisation: float  # of the server's core, 0 to 1
    rate: float  # answered per second
    bytes: float  # per answer, headers included
    generator_percent: float
    lag_ms: float
    database_core_percent: float  # of the core that the generator and the database share
    steady_rate: float = 0.0  # answered per second after the first
    objections: list = field(default_factory=list)


class Load:
    """The generator, and every reading taken with it (`rows`, for samples/)."""

    def __init__(self, lab):
        self.lab, self.rows, self.retries, self.refused = lab, [], 0, 0
        self.binary = lab.workdir / "openloop"
        source = lab.dir / "openloop.c"
        self.lab.version("gcc", _tool(["gcc", "-dumpfullversion"]))
        _tool(["gcc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", self.binary, source, "-lm"])
        self._seed = lab.seed

    def start(self, port, *phases, connections=CONNECTIONS, timeout_ms=1000, slo_ms=JSON_SLO_MS):
        """Begin phases of (seconds, rate, path); rate 0 is the closed loop."""
        self._seed += 1
        options = [f"--port={port}", f"--connections={connections}", f"--seed={self._seed}"]
        options += [f"--timeout-ms={timeout_ms}", f"--slo-ms={slo_ms}"]
        command = ["taskset", "-c", CLIENT_CORE, self.binary, *options, *(f"{s}:{r:.1f}:{p}" for s, r, p in phases)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, port, *phases, **options):
        return finish(self.start(port, *phases, **options))

    def read(self, server, path, rate, seconds, database=None, **options):
        """One window over a running server, undisturbed or with objections."""
        pids, backends = server.pids(), database() if database else ()
        before = Look()
        found = self.run(server.port, (seconds, rate, path), **options)
        span = Span(before, Look(), pids, backends)
        counts = found["phases"][0]
        answered = max(counts["ok"], 1)
        spent = span.server / span.seconds
        return Reading(
            counts["offered"], counts["ok"], counts["failed"] + counts["refused"], counts["p50_ms"], counts["p99_ms"],
            1e6 * span.server / answered, 1e6 * span.database / answered, spent * span.seconds / seconds,
            counts["ok"] / seconds, found["bytes"] / answered, found["cpu_percent"], found["lag_p99_ms"],
            100 * span.database / seconds + found["cpu_percent"],
            sum(second["done"] for second in found["seconds"][1:]) / max(len(found["seconds"]) - 1, 1),
            self.objections(span, found),
        )

    def objections(self, span, *runs):
        """Why a window may not be recorded. A quick run records all: it shows that the program works, and no numbers."""
        said = [*span.objections(), *(words for run in runs for words in disturbed(run))]
        return [] if self.lab.quick else said

    def window(self, told, server, path, rate, seconds, errors=False, **options):
        """A reading that nothing disturbed, or after three tries the last, with its objections.

        told: columns that say what this is. errors: whether a failed request is a finding and no mishap.
        """
        for attempt in range(TRIES):
            reading = self.read(server, path, rate, seconds, **options)
            if not errors and reading.failed:
                reading.objections.append(f"{reading.failed} of {reading.offered} requests failed")
            row = {name: value for name, value in vars(reading).items() if name != "objections"}
            self.rows.append(told | {"path": path, "offered_rate": rate, "attempt": attempt} | row
                             | {"objections": "; ".join(reading.objections)})
            if not reading.objections:
                return reading
            if any(objection.startswith(LIMITED) for objection in reading.objections):
                break  # another try would end the same way
            self.retries += 1
            self.lab.log(f"{told}: {reading.objections[0]}")
        self.refused += 1
        return reading

    def warm(self, server, path, most, requests=0):
        """Closed loop, a second at a time, until two seconds in a row cost the same within 5 %.

        requests: how many have to be served besides. The last second's reading, with `steady` set on it.
        """
        costs, served = [], 0
        while len(costs) < most:
            reading = self.read(server, path, 0, 1)
            costs.append(reading.us)
            served += reading.ok
            reading.steady = len(costs) > 1 and abs(costs[-1] / costs[-2] - 1) <= 0.05
            if served >= requests and reading.steady:
                break
        return reading


def disturbed(found):
    said = []
    if found["cpu_percent"] > GENERATOR_PERCENT:
        said.append(f"{LIMITED} {found['cpu_percent']:.0f}% of its core (limit {GENERATOR_PERCENT}%)")
    if found["lag_p99_ms"] > LAG_MS:
        said.append(f"the generator sent {found['lag_p99_ms']:.2f} ms late at p99 (limit {LAG_MS} ms)")
    return said


def finish(process):
    """The JSON that the generator prints at its end."""
    out, complaint = process.communicate()
    if process.returncode:
        raise LabError(complaint.strip() or f"openloop ended with status {process.returncode}")
    return json.loads(out)


def _tool(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError("no `gcc` on this machine; apt-get install gcc libc6-dev") from None
    if done.returncode:
        raise LabError(f"gcc: {done.stderr.strip().splitlines()[0]}")
    return done.stdout
