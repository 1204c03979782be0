"""What still answers when one part is killed: an endpoint of each service, after each process in turn, and after the database."""

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
STOPPED = ("monolith", "shared", "tolerant", "servers")


def measure(lab):
    """({build: {service: services that answer once it is killed}}, {build: those that answer once the bookings' database is stopped})"""
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
    """The services whose endpoint answers."""
    asked = {
        "catalogue": ("price", {"show": "a show"}),
        "bookings": ("place", ORDINARY | {"show": "a show"}),
        "billing": ("due", {"booking": booking}),
        "shipping": ("label", {"booking": booking}),
        "reporting": ("revenue", {"show": "a show"}),
    }
    found = []
    for service, (method, values) in asked.items():
        try:
            await world.call(world.route(), service, method, **values)
            found.append(service)
        except Failed:
            pass
    return found


def record(lab, killed, stopped):
    for name, kills in killed.items():
        lab.value(f"outages.{name}.answering", sum(map(len, kills.values())), "count",
                  f"of 25 endpoints that answer after a kill, five kills, {BUILDS[name].title}", len(kills))
    for name, answering in stopped.items():
        lab.value(f"outages.{name}.without_database", len(answering), "endpoint|endpoints", f"of five that answer once the bookings' database is stopped, {BUILDS[name].title}")
    lab.table("outages", {"build": {"label": "build", "unit": None}, "killed": {"label": "killed", "unit": None}, "answering": {"label": "still answer", "unit": None}},
              [{"build": BUILDS[name].title, "killed": service, "answering": ", ".join(found) or "none"} for name, kills in killed.items() for service, found in kills.items()])
