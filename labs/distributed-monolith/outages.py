"""What still answers when one part is killed, each process in turn and then the database: an endpoint of each service, and a purchase."""

import asyncio
from contextlib import ExitStack

import aiohttp
import world as running
from builds import BUILDS
from changes import SERVICES
from purchase import ORDINARY, place
from world import Failed

KILLED = ("monolith", "shared", "tolerant")
QUICK = ("monolith", "shared")
PURCHASE = "a purchase"
STOPPED = ("monolith", "shared", "tolerant", "servers")


def measure(lab):
    """({build: {service: what answers once it is killed}}, {build: what answers once the bookings' database is stopped})"""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    killed, stopped = {}, {}
    async with aiohttp.ClientSession() as session:
        for name in QUICK if lab.quick else STOPPED:
            build = BUILDS[name]
            with ExitStack() as stack:
                servers = running.servers(lab, stack, build, {})
                async with running.World(lab, name, build, servers, session) as world:
                    await world.stock({"a show": 1250})
                    route = world.route()
                    booking = await place(world, route, "a show")
                    await world.call(route, "bookings", "checkout", booking=booking)
                    if name in KILLED:
                        killed[name] = {}
                        for service in SERVICES:
                            world.kill(service)
                            killed[name][service] = await _answering(world, booking)
                            world.start_again(service)
                    servers["bookings"].stop()
                    stopped[name] = await _answering(world, booking)
    lab.log("kills, and a stopped database")
    return killed, stopped


async def _answering(world, booking):
    """The services whose endpoint answers, and PURCHASE if a new booking can be placed and paid."""
    asked = {
        "catalogue": ("price", {"show": "a show"}),
        "bookings": ("place", ORDINARY | {"show": "a show"}),
        "billing": ("due", {"booking": booking}),
        "shipping": ("label", {"booking": booking}),
        "reporting": ("revenue", {"show": "a show"}),
    }
    tried = {service: world.call(world.route(), service, method, **values) for service, (method, values) in asked.items()}
    tried[PURCHASE] = _buy(world)
    return [name for name, attempt in tried.items() if await _answers(attempt)]


async def _answers(attempt):
    try:
        await attempt
    except Failed:
        return False
    return True


async def _buy(world):
    booking = await place(world, world.route(), "a show")
    await world.call(world.route(), "bookings", "checkout", booking=booking)


def endpoints(answering):
    """How many services are among what answers."""
    return len(set(answering) & set(SERVICES))


def record(lab, killed, stopped):
    for name, kills in killed.items():
        title = BUILDS[name].title
        lab.value(f"outages.{name}.answering", sum(map(endpoints, kills.values())), "endpoint|endpoints", f"that answer after a kill, five kills, {title}", len(kills) * len(SERVICES))
        lab.value(f"outages.{name}.purchases", sum(PURCHASE in found for found in kills.values()), "kill|kills", f"after which a booking can be placed and paid, {title}", len(kills))
    for name, answering in stopped.items():
        lab.value(f"outages.{name}.without_database", endpoints(answering), "endpoint|endpoints", f"that answer once the bookings' database is stopped, {BUILDS[name].title}", len(SERVICES))
    lab.table("outages", {"build": {"label": "build", "unit": None}, "killed": {"label": "killed", "unit": None}, "answering": {"label": "still answer", "unit": None}},
              [{"build": BUILDS[name].title, "killed": service, "answering": ", ".join(found) or "none"} for name, kills in killed.items() for service, found in kills.items()])
