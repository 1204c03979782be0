"""A packed graph as real processes: one a service, asked every route under every fault; what each request left is its spans."""

import asyncio
import json
import random
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from _harness import LabError
from _harness.process import Process, free_port
from spread import Spread

SERVICE = Path(__file__).with_name("service.py")
SLOW_MS = 600  # of a slow call
AT_ONCE, WAITING = 2, 6  # cases at a time that work, and that mostly wait for a slow call
ROUNDS = 2


@dataclass(frozen=True)
class Case:
    """A fault, or none, and one of the times that every route is asked under it."""

    fault: object
    round: int

    @property
    def baggage(self):
        if not self.fault:
            return ""
        return f"fault={self.fault.handler}.{self.fault.kind}" + ".checked" * self.fault.checked

    def __str__(self):
        return f"{self.baggage.removeprefix('fault=') or 'none'} {self.round}"


@dataclass
class Request:
    """Of a route. spans: of its trace, the edge's first."""

    route: int
    answer: int | None = None
    spans: list = field(default_factory=list)


def ask(lab, graph, packing, faults):
    """{case: its requests} of the packed graph, for each fault and for none."""
    cases = [Case(fault, number) for fault in (None, *faults) for number in range(1, ROUNDS + 1)]
    with ExitStack() as stack:
        ports = dict(zip(packing.services, _ports(len(packing.services)), strict=True))
        folder = lab.workdir / "spans"
        folder.mkdir(exist_ok=True)
        processes = {}
        for service, handlers in packing.services.items():
            told = {"name": service, "team": packing.team[service], "port": ports[service], "spans": str(folder / f"{ports[service]}.jsonl"),
                    "calls": {handler: graph.calls[handler] for handler in handlers}, "slow_s": SLOW_MS / 1000,
                    "routes": graph.routes if 0 in handlers else [], "ports": {handler: ports[at] for handler, at in enumerate(packing.service)}}
            command = [sys.executable, SERVICE, json.dumps(told)]
            processes[service] = stack.enter_context(Process(service, command, lab.workdir))
        for service, process in processes.items():
            process.serve(ports[service])
        found = asyncio.run(_ask(graph, cases, ports[packing.service[0]], random.Random(f"{lab.seed} {graph.name}")))
        spans = _spans(folder / f"{port}.jsonl" for port in ports.values())
    asked = {case: list(requests.values()) for case, requests in found.items()}
    for requests in found.values():
        for trace, request in requests.items():
            request.spans = sorted(spans.pop(trace), key=lambda span: span["start"])
    if spans:
        raise LabError(f"{graph.name}: {len(spans)} traces are of no request; a service lost its context")
    _check(graph, asked)
    return asked


def _ports(count):
    """As many, no two of them the same: nothing listens yet on one that was given before."""
    found = set()
    while len(found) < count:
        found.add(free_port())
    return found


async def _ask(graph, cases, port, rng):
    gates, found = {False: asyncio.Semaphore(AT_ONCE), True: asyncio.Semaphore(WAITING)}, {case: {} for case in cases}

    async def one(session, case, route):
        trace = f"{rng.getrandbits(128):032x}"
        request = found[case][trace] = Request(route)
        headers = {"traceparent": f"00-{trace}-{rng.getrandbits(64):016x}-01", "baggage": case.baggage}
        async with session.get(f"http://127.0.0.1:{port}/0/{route}", headers=headers) as answer:
            if answer.status == 200:
                request.answer = (await answer.json())["handlers"]

    async def every(session, case):
        async with gates[case.fault is not None and case.fault.kind == "slow"]:
            for route in range(len(graph.routes)):
                await one(session, case, route)

    async with aiohttp.ClientSession() as session:
        await _warm(session, graph, port)
        await asyncio.gather(*(every(session, case) for case in cases))
    return found


async def _warm(session, graph, port):
    """Ask every route unrecorded, so that connections are open and code is loaded."""
    for route in range(len(graph.routes)):
        headers = {"traceparent": f"00-{1:032x}-{1:016x}-00"}
        async with session.get(f"http://127.0.0.1:{port}/0/{route}", headers=headers) as answer:
            await answer.read()


def _spans(files):
    """{trace: its spans}; each span was written before its request was answered."""
    found = defaultdict(list)
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            span = json.loads(line)
            found[span["trace"]].append(span)
    return found


def _check(graph, asked):
    """The answer is right: without a fault, as many handlers have worked as the graph says, and nothing failed."""
    wanted = sum(Spread(graph).ran.values())
    for case, requests in asked.items():
        if case.fault is None and sum(request.answer or 0 for request in requests) != wanted:
            raise LabError(f"{graph.name}: without a fault, {[request.answer for request in requests]} handlers worked, and not {wanted}")
