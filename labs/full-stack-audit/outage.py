"""One missing timeout: an upstream hangs for some seconds, and what the service that asks it answers before, during and after."""

import asyncio
import sys
from collections import Counter
from contextlib import suppress

from _harness.openloop import OK, constant, offer
from _harness.process import Process, free_port

WORKERS, RATE, DEADLINE_S, TIMEOUT_S = 8, 20, 1, 0.5
HANGS_S, WELL_S, AFTER_S, ENDS_S = 2, 6, 7, 9  # when the upstream hangs, is well again, when "after" begins, and the run's end
RUNS = 5
ROUTES = ("price", "stock")  # which asks the upstream, and which does not
PHASES = ("before", "during", "after")
# Each: the seconds of its timeout, and whether an upstream that is well again closes what it held.
CELLS = {"without": ("none", False), "closed": ("none", True), "with": (TIMEOUT_S, False)}
WORDS = {"without": "no timeout", "closed": "no timeout, the upstream closes what it held", "with": "a timeout"}


def measure(lab):
    """{cell: [{(phase, route, second): Counter of answered and asked}, one for each run]}"""
    found = {}
    for cell in CELLS:
        found[cell] = [run(lab, *CELLS[cell]) for _ in range(1 if lab.quick else RUNS)]
        lab.log(f"outage, {WORDS[cell]}: {len(found[cell])} runs")
    return found


def run(lab, timeout, closes):
    upstream, port = free_port(), free_port()
    with Process("the service", [sys.executable, lab.dir / "service.py", port, upstream, timeout, WORKERS], lab.workdir) as service:
        service.serve(port)
        requests = asyncio.run(_ask(port, upstream, closes)).requests
    found = {}
    for number, request in enumerate(requests):
        if phase := _phase(request.due):
            found.setdefault((phase, ROUTES[number % 2], int(request.due)), Counter()).update(asked=1, answered=request.outcome == OK)
    return found


def _phase(due):
    return "before" if due < HANGS_S else "during" if due < WELL_S else "after" if due >= AFTER_S else None


async def _ask(port, upstream, closes):
    """Both routes in turn, for as long as a run is, while the upstream is well, hangs and is well again."""
    hanging, held = asyncio.Event(), []

    async def answer(reader, writer):
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if hanging.is_set():
                held.append(writer)  # neither answered nor closed, as by a host that is replaced
                return
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n42")
            await writer.drain()
        writer.close()

    async def hang():
        await asyncio.sleep(HANGS_S)
        hanging.set()
        await asyncio.sleep(WELL_S - HANGS_S)
        hanging.clear()
        for writer in held if closes else ():
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", upstream)
    clock = asyncio.create_task(hang())
    offered = await offer(lambda number: _get(port, ROUTES[number % 2]), constant(RATE, ENDS_S), DEADLINE_S)
    await clock
    for writer in held:
        writer.close()
    server.close()
    return offered


async def _get(port, route):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /{route} HTTP/1.0\r\n\r\n".encode())
        status = (await reader.readline()).split()
        await reader.read()
        return None if status[1:2] == [b"200"] else "refused"
    finally:
        writer.close()
