"""Purchases where every service refuses one call in a hundred before it does anything."""

import asyncio
from contextlib import ExitStack

import aiohttp
import runtime
from _harness.stats import wilson
from builds import BUILDS
from world import Failed

FAILS, PURCHASES, QUICK_PURCHASES = 0.01, 1500, 60
MEASURED, QUICK = ("monolith", "shared", "tolerant"), ("monolith", "shared")
# Calls on a purchase's way that can fail it; own data's ninth is the event that tells shipping of the payment.
CALLS = {"monolith": runtime.CALLS, "shared": 8, "tolerant": 9}
OK, FAILED, MISCHARGED = "ok", "failed", "mischarged"


def measure(lab):
    """{build: {outcome: purchases}}"""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    found = {}
    async with aiohttp.ClientSession() as session:
        for name in QUICK if lab.quick else MEASURED:
            with ExitStack() as servers:
                async with runtime.world_of(lab, servers, session, name, fails=FAILS) as world:
                    found[name] = await _outcomes(world, QUICK_PURCHASES if lab.quick else PURCHASES)
    lab.log("purchases where calls are refused")
    return found


async def _outcomes(world, purchases):
    """Every purchase is of a new booking, whatever became of those before."""
    await runtime.stock(world)
    route, found = world.route(), dict.fromkeys((OK, FAILED, MISCHARGED), 0)
    for number in range(purchases):
        try:
            found[OK if await runtime.buy(world, route, number) == 3 * runtime.PRICE else MISCHARGED] += 1
        except Failed:
            found[FAILED] += 1
    return found


def answered(outcomes):
    return outcomes[OK] + outcomes[MISCHARGED]


def record(lab, found):
    lab.value("inputs.refused.percent", 100 * FAILS, "%", "of calls that a service is made to refuse")
    lab.value("inputs.refused.purchases", sum(found["shared"].values()), "purchase|purchases", "in each build, where calls are refused")
    for name, outcomes in found.items():
        n, title = sum(outcomes.values()), BUILDS[name].title
        lab.value(f"refused.{name}.calls", CALLS[name], "call|calls", f"on a purchase's way that can fail it, {title}")
        lab.value(f"refused.{name}.product_percent", 100 * (1 - FAILS) ** CALLS[name], "%", f"product of the availabilities of its calls, {title}")
        low, high = wilson(answered(outcomes), n)
        lab.value(f"refused.{name}.answered_percent", 100 * answered(outcomes) / n, "%", f"of purchases answered, {title}", n, 100 * low, 100 * high, "Wilson 95 %")
        low, high = wilson(outcomes[MISCHARGED], n)
        lab.value(f"refused.{name}.mischarged", outcomes[MISCHARGED], "purchase|purchases", f"charged a stale amount, {title}", n, n * low, n * high, "Wilson 95 %")
