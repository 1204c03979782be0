"""What a purchase costs in each build: calls over the wire, statements, connections and CPU; and what becomes of it on a wire that fails."""

import asyncio
import statistics
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import aiohttp
import psutil
import world as running
from _harness import LabError
from _harness.stats import wilson
from builds import BUILDS
from purchase import place
from world import Failed

RUNS, PURCHASES, WARM = 5, 300, 100
QUICK_RUNS, QUICK_PURCHASES, QUICK_WARM = 1, 40, 5
SHOWS, PRICE = 50, 1250
FAILS, LOSSY = 0.01, 1500
QUICK_LOSSY, QUICK = 60, ("monolith", "shared")
CALLS = 5  # of the customer
COSTED = ("monolith", "shared", "tolerant", "servers")
ON_A_LOSSY_WIRE = ("monolith", "shared", "tolerant")
OK, FAILED, MISCHARGED = "ok", "failed", "mischarged"


@dataclass
class Cost:
    """Of one run, a purchase: calls over the wire, statements, CPU of the services and of PostgreSQL; connections held at its end."""

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
    """(costs of each run, {build: outcomes on a lossy wire})"""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    costs, outcomes = [], {}
    runs, purchases, warm = (QUICK_RUNS, QUICK_PURCHASES, QUICK_WARM) if lab.quick else (RUNS, PURCHASES, WARM)
    async with aiohttp.ClientSession() as session:
        with ExitStack() as servers:
            async with AsyncExitStack() as worlds:
                opened = [(name, await worlds.enter_async_context(_world(lab, servers, session, name))) for name in (QUICK if lab.quick else COSTED)]
                for _, world in opened:
                    await _bought(world, warm)
                for _ in range(runs):
                    for name, world in opened:
                        costs.append(await _cost(name, world, purchases))
            lab.log(f"{len(costs)} runs of {purchases} purchases")
        for name in QUICK if lab.quick else ON_A_LOSSY_WIRE:
            with ExitStack() as servers:
                async with _world(lab, servers, session, name, fails=FAILS) as world:
                    outcomes[name] = await _lossy(world, QUICK_LOSSY if lab.quick else LOSSY)
    lab.log("purchases on a wire that fails")
    return costs, outcomes


def _world(lab, stack, session, name, fails=0.0):
    build = BUILDS[name]
    return running.World(lab, name, build, running.servers(lab, stack, build, {}), session, cache=100, fails=fails)


async def _buy(world, route, number):
    """The amount charged, and whether revenue and count came: five calls of a customer."""
    show = f"show {number % SHOWS}"
    booking = await place(world, route, show)
    await world.call(route, "bookings", "change", booking=booking, quantity=3)
    paid = await world.call(route, "bookings", "checkout", booking=booking)
    await world.call(route, "reporting", "revenue", show=show)
    await world.call(route, "catalogue", "popular", show=show)
    return paid["amount"]


async def _bought(world, purchases):
    await world.reset()
    await world.stock({f"show {number}": PRICE for number in range(SHOWS)})
    await _buy_all(world, purchases)


async def _buy_all(world, purchases):
    route = world.route()
    for number in range(purchases):
        if (amount := await _buy(world, route, number)) != 3 * PRICE:
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


async def _lossy(world, purchases):
    """{outcome: purchases}; every one is of a new booking, whatever became of those before."""
    await world.stock({f"show {number}": PRICE for number in range(SHOWS)})
    route, found = world.route(), dict.fromkeys((OK, FAILED, MISCHARGED), 0)
    for number in range(purchases):
        try:
            found[OK if await _buy(world, route, number) == 3 * PRICE else MISCHARGED] += 1
        except Failed:
            found[FAILED] += 1
    return found


def record(lab, costs, outcomes):
    lab.value("inputs.runtime.purchases", PURCHASES if not lab.quick else QUICK_PURCHASES, "purchase|purchases", "in a run")
    lab.value("inputs.runtime.fails_percent", 100 * FAILS, "%", "of calls that a service is made to refuse")
    lab.value("inputs.runtime.lossy", sum(outcomes["shared"].values()), "purchase|purchases", "on a wire that fails, in each build")
    rows = []
    measured = dict.fromkeys(cost.build for cost in costs)
    for name in measured:
        mine, title = [cost for cost in costs if cost.build == name], BUILDS[name].title
        for key, unit, label in (("hops", "1", "requests over the wire"), ("statements", "1", "statements sent to PostgreSQL"),
                                 ("services_ms", "ms", "CPU of the services"), ("database_ms", "ms", "CPU of PostgreSQL"), ("cpu_ms", "ms", "CPU in all")):
            found = [getattr(cost, key) for cost in mine]
            lab.value(f"runtime.{name}.{key}", statistics.median(found), unit, f"{label}, a purchase, {title}", len(mine), min(found), max(found), "range of the runs", sample="runtime")
        held = [cost.connections for cost in mine]
        lab.value(f"runtime.{name}.connections", max(held), "connection|connections", f"held open by the services, {title}", len(mine), min(held), max(held), "range of the runs", sample="runtime")
        rows.append({"build": title} | {key: statistics.median(getattr(cost, key) for cost in mine) for key in ("hops", "statements", "services_ms", "database_ms", "connections")})
    for name in list(measured)[1:]:
        ratios = [one.cpu_ms / base.cpu_ms for one, base in zip([c for c in costs if c.build == name], [c for c in costs if c.build == "monolith"])]
        lab.value(f"runtime.{name}.cpu_over_monolith_x", statistics.median(ratios), "x", f"CPU of a purchase over the monolith's, {BUILDS[name].title}",
                  len(ratios), min(ratios), max(ratios), "range of the runs", sample="runtime")
    lab.table("runtime", {"build": {"label": "build", "unit": None}, "hops": {"label": "requests", "unit": "1"}, "statements": {"label": "statements", "unit": "1"},
                          "services_ms": {"label": "CPU of the services", "unit": "ms"}, "database_ms": {"label": "CPU of PostgreSQL", "unit": "ms"},
                          "connections": {"label": "connections", "unit": "count"}}, rows)
    lab.sample("runtime", [vars(cost) | {"cpu_ms": cost.cpu_ms} for cost in costs])
    for name, found in outcomes.items():
        n, title = sum(found.values()), BUILDS[name].title
        calls = {"monolith": CALLS, "shared": 8, "tolerant": 9}[name]  # the ninth is the event that tells shipping of the payment
        lab.value(f"lossy.{name}.calls", calls, "call|calls", f"on a purchase's way that can fail it, {title}")
        lab.value(f"lossy.{name}.product_percent", 100 * (1 - FAILS) ** calls, "%", f"product of the availabilities of its calls, {title}")
        low, high = wilson(found[OK] + found[MISCHARGED], n)
        lab.value(f"lossy.{name}.answered_percent", 100 * (found[OK] + found[MISCHARGED]) / n, "%", f"of purchases answered, {title}", n, 100 * low, 100 * high, "Wilson 95 %")
        low, high = wilson(found[MISCHARGED], n)
        lab.value(f"lossy.{name}.mischarged", found[MISCHARGED], "purchase|purchases", f"charged a stale amount, {title}", n, n * low, n * high, "Wilson 95 %")
