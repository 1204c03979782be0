"""What a purchase costs in each build: requests, statements, connections and CPU."""

import asyncio
import statistics
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import aiohttp
import psutil
import world as running
from _harness import LabError
from builds import BUILDS
from purchase import place

RUNS, PURCHASES, WARM = 5, 300, 100
QUICK_RUNS, QUICK_PURCHASES, QUICK_WARM = 1, 40, 5
SHOWS, PRICE = 50, 1250
CALLS = 5  # of the customer
COSTED = ("monolith", "shared", "tolerant", "servers")
QUICK = ("monolith", "shared")
COUNTS = {
    "hops": ("1", "requests sent"), "statements": ("1", "statements sent to PostgreSQL"), "services_ms": ("ms", "CPU of the services"),
    "database_ms": ("ms", "CPU of PostgreSQL"), "cpu_ms": ("ms", "CPU in all"),
}


@dataclass
class Cost:
    """Of one run, a purchase: requests sent, statements, CPU of the services and of PostgreSQL; connections held at its end."""

    build: str
    hops: float
    statements: float
    services_ms: float
    database_ms: float
    connections: int

    @property
    def cpu_ms(self):
        return self.services_ms + self.database_ms


def measure(lab):
    """The costs of each run, the builds in turn."""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    costs = []
    runs, purchases, warm = (QUICK_RUNS, QUICK_PURCHASES, QUICK_WARM) if lab.quick else (RUNS, PURCHASES, WARM)
    async with aiohttp.ClientSession() as session:
        with ExitStack() as servers:
            async with AsyncExitStack() as worlds:
                opened = [(name, await worlds.enter_async_context(world_of(lab, servers, session, name))) for name in (QUICK if lab.quick else COSTED)]
                for _, world in opened:
                    await _bought(world, warm)
                for _ in range(runs):
                    for name, world in opened:
                        costs.append(await _cost(name, world, purchases))
    lab.log(f"{len(costs)} runs of {purchases} purchases")
    return costs


def world_of(lab, stack, session, name, fails=0.0):
    """The build with servers of its own, which `stack` stops."""
    build = BUILDS[name]
    return running.World(lab, name, build, running.servers(lab, stack, build, {}), session, cache=100, fails=fails)


async def buy(world, route, number):
    """The amount charged, once revenue and count came too: five calls of a customer."""
    show = f"show {number % SHOWS}"
    booking = await place(world, route, show)
    await world.call(route, "bookings", "change", booking=booking, quantity=3)
    paid = await world.call(route, "bookings", "checkout", booking=booking)
    await world.call(route, "reporting", "revenue", show=show)
    await world.call(route, "catalogue", "popular", show=show)
    return paid["amount"]


async def stock(world):
    await world.stock({f"show {number}": PRICE for number in range(SHOWS)})


async def _bought(world, purchases):
    await world.reset()
    await stock(world)
    await _buy_all(world, purchases)


async def _buy_all(world, purchases):
    route = world.route()
    for number in range(purchases):
        if (amount := await buy(world, route, number)) != 3 * PRICE:
            raise LabError(f"{world.build.title} charged {amount}, not {3 * PRICE}")


async def _cost(name, world, purchases):
    await _bought(world, 1)  # new tables are planned for anew, which is no cost of a purchase
    counted, services, database = await world.counts(), _cpu_ms(world.pids()), _cpu_ms(world.server_pids())
    await _buy_all(world, purchases)
    counted = {key: (count - counted[key]) / purchases for key, count in (await world.counts()).items()}
    return Cost(name, CALLS + counted["hops"], counted["statements"], (_cpu_ms(world.pids()) - services) / purchases,
                (_cpu_ms(world.server_pids()) - database) / purchases, await world.connected())


def _cpu_ms(pids):
    return 1000 * sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def record(lab, costs):
    lab.value("inputs.runtime.purchases", QUICK_PURCHASES if lab.quick else PURCHASES, "purchase|purchases", "in a run")
    by_build = {}
    for cost in costs:
        by_build.setdefault(cost.build, []).append(cost)
    for name, mine in by_build.items():
        _record_build(lab, name, mine, by_build["monolith"])
    columns = {"hops": ("requests", "1"), "statements": ("statements", "1"), "services_ms": ("CPU of the services", "ms"),
               "database_ms": ("CPU of PostgreSQL", "ms"), "connections": ("connections", "count")}
    lab.table("runtime", {"build": {"label": "build", "unit": None}} | {key: {"label": label, "unit": unit} for key, (label, unit) in columns.items()},
              [{"build": BUILDS[name].title} | {key: statistics.median(getattr(cost, key) for cost in mine) for key in columns} for name, mine in by_build.items()])
    lab.sample("runtime", [vars(cost) | {"cpu_ms": cost.cpu_ms} for cost in costs])


def _record_build(lab, name, mine, monolith):
    title = BUILDS[name].title

    def value(key, middle, unit, label, found):
        lab.value(f"runtime.{name}.{key}", middle, unit, f"{label}, {title}", len(found), min(found), max(found), "range of the runs", sample="runtime")

    for key, (unit, label) in COUNTS.items():
        found = [getattr(cost, key) for cost in mine]
        value(key, statistics.median(found), unit, f"{label}, a purchase", found)
    held = [cost.connections for cost in mine]
    value("connections", max(held), "connection|connections", "held open by the services", held)
    if mine is not monolith:
        ratios = [one.cpu_ms / base.cpu_ms for one, base in zip(mine, monolith, strict=True)]
        value("cpu_over_monolith_x", statistics.median(ratios), "x", "CPU of a purchase over the monolith's", ratios)
