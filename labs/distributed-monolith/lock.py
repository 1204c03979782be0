"""One team's long read, another team's ALTER TABLE behind it, and what a third team's service serves meanwhile."""

import asyncio
import statistics
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import aiohttp
import asyncpg
import world as running
from _harness import LabError
from _harness.openloop import OK, offer, poisson
from builds import BUILDS
from purchase import place
from world import Failed

RUNS = 5
RATE, DEADLINE_MS, LATE_LIMIT_MS = 80, 300, 50
SECONDS, READ_AT_S, READ_S, ALTER_AT_S = 8, 1, 5, 2
READ_END_S = READ_AT_S + READ_S
PAUSE_S = 0.25  # between two tries of the migration
SHORT_MS, LONG_MS = 50, 1000
# {name: (title, build, lock_timeout in ms)}
TREATMENTS = {
    "plain": ("no lock_timeout", "shared", 0),
    "long": (f"lock_timeout {LONG_MS} ms, retried", "shared", LONG_MS),
    "short": (f"lock_timeout {SHORT_MS} ms, retried", "shared", SHORT_MS),
    "own": ("own tables, no lock_timeout", "tolerant", 0),
}
QUICK = ("plain", "short")


@dataclass
class Run:
    """served: answers in time by the second in which they were due; offered: likewise. within: share of those due while the ALTER
    could be stopped by the read. tries: of the ALTER. altered_s: when it was done."""

    served: list
    offered: list
    within: float
    tries: int
    altered_s: float


def measure(lab):
    """{treatment: its runs}, treatments in turn."""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    tried = {name: how for name, how in TREATMENTS.items() if not lab.quick or name in QUICK}
    found = {name: [] for name in tried}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        with ExitStack() as stack:
            async with AsyncExitStack() as started:
                worlds = {}
                for name in dict.fromkeys(build for _, build, _ in tried.values()):
                    servers = running.servers(lab, stack, BUILDS[name], {})
                    worlds[name] = await started.enter_async_context(running.World(lab, name, BUILDS[name], servers, session, cache=100))
                for number in range(1 if lab.quick else RUNS):
                    for name, (_, build, timeout_ms) in tried.items():
                        found[name].append(await _run(lab, worlds[build], timeout_ms, lab.seed + number))
    lab.log(f"the lock, {len(found['plain'])} runs of each of {len(found)} treatments")
    return found


async def _run(lab, world, timeout_ms, seed):
    await world.reset()
    route = world.route()
    await world.stock({"a show": 1250})
    booking = await place(world, route, "a show")

    async def ask(_):
        try:
            due = await world.call(route, "billing", "due", booking=booking)
        except Failed:
            return "failed"
        return None if due == 2500 else "wrong"

    loop = asyncio.get_running_loop()
    start = loop.time()
    offered, _, (tries, altered) = await asyncio.gather(
        offer(ask, poisson(RATE, SECONDS, seed), DEADLINE_MS / 1000), _report(world), _alter(world, timeout_ms))
    if why := offered.behind(LATE_LIMIT_MS):
        if not lab.quick:
            raise LabError(why)
        lab.log(why)
    if any(one.outcome == "wrong" for one in offered.requests):
        raise LabError("billing gave a wrong amount")
    served, due = [0] * SECONDS, [0] * SECONDS
    for one in offered.requests:
        due[int(one.due)] += 1
        served[int(one.due)] += one.outcome == OK
    inside = [one.outcome == OK for one in offered.requests if ALTER_AT_S <= one.due < READ_END_S]
    return Run(served, due, 100 * statistics.fmean(inside), tries, altered - start)


async def _connected(world, service):
    build = world.build
    return await asyncpg.connect(**world.address(service), server_settings={"search_path": build.schema(service)})


async def _report(world):
    """Reporting's long read: one statement that keeps its lock on the table that it reads for READ_S."""
    connection = await _connected(world, "reporting")
    await asyncio.sleep(READ_AT_S)
    await connection.fetch("SELECT count(*), pg_sleep($1) FROM bookings", READ_S)
    await connection.close()


async def _alter(world, timeout_ms):
    """The migration of the bookings' owner: (tries, when it was done)."""
    await asyncio.sleep(ALTER_AT_S)
    connection = await asyncpg.connect(**world.address("lab"), server_settings={"search_path": world.build.schema("bookings")})
    tries = await migrate(connection, "ALTER TABLE bookings ADD COLUMN courier text", timeout_ms)
    await connection.close()
    return tries, asyncio.get_running_loop().time()


async def migrate(connection, sql, timeout_ms):
    """Run it, giving up after `timeout_ms` of waiting for its lock (0: never) and trying again; how many tries it took."""
    await connection.execute(f"SET lock_timeout = {timeout_ms}")
    tries = 1
    while True:
        try:
            await connection.execute(sql)
            return tries
        except asyncpg.LockNotAvailableError:
            tries += 1
            await asyncio.sleep(PAUSE_S)


def record(lab, found):
    n = len(found["plain"])
    for key, value, unit, label in (
        ("rate", RATE, "1", "requests offered a second"), ("deadline_ms", DEADLINE_MS, "ms", "deadline of a request"),
        ("read_s", READ_S, "s", "time that the report reads"), ("short_ms", SHORT_MS, "ms", "short lock_timeout"),
        ("long_ms", LONG_MS, "ms", "long lock_timeout"), ("window_s", READ_END_S - ALTER_AT_S, "s", "from the ALTER to the end of the report"),
        ("pause_ms", 1000 * PAUSE_S, "ms", "pause between two tries of the ALTER"), ("runs", n, "runs", "of each treatment"),
    ):
        lab.value(f"inputs.lock.{key}", value, unit, label)
    rows = []
    for name, runs in found.items():
        title = TREATMENTS[name][0]
        shares = [run.within for run in runs]
        lab.value(f"lock.{name}.served_percent", statistics.median(shares), "%",
                  f"of billing's requests answered in time while the report read, {title}", n, min(shares), max(shares), "range of the runs", sample="lock")
        tries = [run.tries for run in runs]
        lab.value(f"lock.{name}.tries", statistics.median_low(tries), "try|tries", f"of the ALTER, {title}", n, min(tries), max(tries), "range of the runs", sample="lock")
        lost = [sum(run.offered) - sum(run.served) for run in runs]
        lab.value(f"lock.{name}.lost", statistics.median_low(lost), "request|requests", f"of billing not answered in time, {title}", n, min(lost), max(lost), "range of the runs", sample="lock")
        for second in range(SECONDS):
            shares = [100 * run.served[second] / run.offered[second] for run in runs]
            rows.append({"treatment": title, "second": second, "served": statistics.median(shares), "low": min(shares), "high": max(shares)})
    lab.table("lock", {"treatment": {"label": "the migration", "unit": None}, "second": {"label": "second", "unit": "s"},
                       "served": {"label": "answered in time, median run", "unit": "%"}, "low": {"label": "lowest run", "unit": "%"},
                       "high": {"label": "highest run", "unit": "%"}}, rows)
    lab.sample("lock", [{"treatment": name, "run": number, "served_percent": run.within, "tries": run.tries, "altered_s": run.altered_s,
                         "lost": sum(run.offered) - sum(run.served), **{f"second_{second}": f"{run.served[second]}/{run.offered[second]}" for second in range(SECONDS)}}
                        for name, runs in found.items() for number, run in enumerate(runs, 1)])
