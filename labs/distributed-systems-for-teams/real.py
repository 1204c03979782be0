"""The same graphs as processes: whether real rules over real spans page whom the graph says, and whom the traces blame."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib import metadata

import alerts
import graphs
import running
from exact import USUAL
from listings.origins import own, slowest
from spread import FAILED, KINDS, Fault, Spread, alerting

NUMBERS = (4, 7, 13, 26)
DRAWN = 4
NAMED_NUMBER = 13  # into how many services the shop is packed that has names
METHODS = {"error": "deepest error span", "time": "longest self-time"}
CHECKS = {"plain": "nobody checks", "checked": "the producer checks"}


@dataclass
class Seen:
    """What a case did. fired: of each alert, the services or teams for which it fires, and predicted, as the graph says; error, time:
    the services that the traces of bad requests name, by deepest error span and by longest self-time; late: whether a request
    or a part of one was slow that the graph has not slow."""

    fired: dict
    predicted: dict
    error: set
    time: set
    late: bool

    @property
    def agrees(self):
        return self.fired == self.predicted

    @property
    def services(self):
        """Those that alert."""
        return self.fired["ServiceFailing"]

    @property
    def teams(self):
        """Those that the edge's alert pages."""
        return self.fired["RouteFailing"]


def measure(lab):
    """{(graph, packing): {case: Seen}}"""
    lab.version("Prometheus", alerts.version())
    for package in ("aiohttp", "opentelemetry-sdk", "opentelemetry-instrumentation-aiohttp-server"):
        lab.version(package, metadata.version(package))
    found = {}
    for graph, number in _cells(lab):
        packing = graph.packed(number)
        handlers = [some[0] for some in packing.services.values()] if lab.quick else range(graphs.HANDLERS)
        faults = [Fault(handler, kind, checked) for handler in handlers for kind in KINDS for checked in (False, True)[:1 + (kind == "wrong")]]
        asked = running.ask(lab, graph, packing, faults)
        fired = alerts.fired(lab.workdir, asked, packing.team)
        found[graph, number] = {case: _seen(graph, packing, case, requests, fired[case]) for case, requests in asked.items()}
        differ = sum(not seen.agrees for seen in found[graph, number].values())
        lab.log(f"{graph.name}, {number} services: {len(asked)} cases, {differ} of them not as the graph says")
    return found


def _cells(lab):
    if lab.quick:
        return [(graphs.shop(), NAMED_NUMBER)]
    some = [graphs.shop(), *(make(lab.seed, "random") for make in graphs.NAMED.values()), *(graphs.drawn(number, lab.seed, "random") for number in range(DRAWN))]
    return [(graph, number) for graph in some for number in NUMBERS]


def _seen(graph, packing, case, requests, fired):
    spread = Spread(graph, case.fault)
    services = alerting(spread.shares(packing), USUAL)
    predicted = {"ServiceFailing": services, "ServiceRouteFailing": {service for service, *_ in alerting(spread.shares(packing, by_route=True), USUAL)},
                 "ServiceFailingFirst": spread.first(packing, services), "RouteFailing": {packing.team[one] for one in spread.origins(packing)}}
    broken = [request for request in requests if alerts.bad(request.spans[0])]
    error = {service for request in broken if any(span["failed"] for span in request.spans) for service in alerts.blamed(request)}
    time = {slowest(request.spans) for request in broken}
    return Seen(fired, predicted, error, time, _late(spread, packing, requests))


def _late(spread, packing, requests):
    """Whether time alone tells the processes from the graph: every service was asked and failed as often as the graph says, and more
    requests were slow, or a span of another service than the slow one took so long of itself that its request was."""
    failed, bad, every = Counter(), Counter(), Counter()
    for span in (span for request in requests for span in request.spans if span["kind"] == "SERVER"):
        every[span["service"]] += 1
        failed[span["service"]] += span["failed"]
        bad[span["service"]] += alerts.bad(span)
    if {service: (failed[service], every[service]) for service in every} != spread.shares(packing, (FAILED,)):
        return False
    fault = spread.fault
    culprit = packing.service[fault.handler] if fault and fault.kind == "slow" else None
    held_up = any(own(span, request.spans) > alerts.BUCKET_MS * 1e6 for request in requests for span in request.spans if span["service"] != culprit)
    wanted = {service: count for service, (count, _) in spread.shares(packing).items()}
    return held_up or bad != Counter(wanted) and all(bad[service] >= count for service, count in wanted.items())


def record(lab, found):
    cases = [seen for cell in found.values() for seen in cell.values()]
    differ = [seen for seen in cases if not seen.agrees]
    twice = [(seen, cell[running.Case(case.fault, 2)]) for cell in found.values() for case, seen in cell.items() if case.round == 1]
    for key, value, unit, label, n in (
        ("inputs.slow_ms", running.SLOW_MS, "ms", "time that a slow call takes more", 1),
        ("inputs.bucket_ms", alerts.BUCKET_MS, "ms", "time beyond which a request is slow to the alert", 1),
        ("real.cells", len(found), "packing|packings", "packings of a graph into services that ran as processes", 1),
        ("real.services", max(number for _, number in found), "process|processes", "services that ran at a time, at most", 1),
        ("real.faults", sum(case.fault is not None for cell in found.values() for case in cell) // running.ROUNDS, "fault|faults", "faults in processes, each twice; those of wrong payloads with and without checks", 1),
        ("real.cases", len(cases), "case|cases", "cases that real alerts were asked about: each fault twice, and twice none", 1),
        ("real.differ", len(differ), "case|cases", "cases in which real alerts page otherwise than the graph says", len(cases)),
        ("real.late", sum(seen.late for seen in differ), "case|cases", "cases in which real alerts page otherwise than the graph says, and a request was late", len(cases)),
        ("real.unexplained", sum(not seen.late for seen in differ), "case|cases", "cases in which real alerts page otherwise than the graph says, and no request was late", len(cases)),
        ("real.rounds_differ", sum(one.fired != other.fired for one, other in twice), "fault|faults", "faults, or healthy runs, whose second round paged otherwise than the first", len(twice)),
    ):
        lab.value(key, value, unit, label, n)
    _record_traces(lab, found)
    lab.sample("real", [_row(graph, number, kind, check, found[graph, number]) for graph, number in found for kind in KINDS for check in CHECKS if check == "plain" or kind == "wrong"])


def _of(cell, kind, check):
    return [(case, seen) for case, seen in cell.items() if case.fault and case.fault.kind == kind and case.fault.checked == (check == "checked")]


def _row(graph, number, kind, check, cell):
    some = _of(cell, kind, check)
    packing = graph.packed(number)
    return {"graph": graph.name, "services": number, "kind": kind, "check": check, "cases": len(some), "differ": sum(not seen.agrees for _, seen in some),
            "services_alerting": sum(len(seen.services) for _, seen in some), "first_alerting": sum(len(seen.fired["ServiceFailingFirst"]) for _, seen in some), "edge_teams": sum(len(seen.teams) for _, seen in some)} | {
            method: sum(getattr(seen, method) == {packing.service[case.fault.handler]} for case, seen in some) for method in METHODS}


def _record_traces(lab, found):
    """How often a trace names the service whose handler broke, and no other."""
    rows = []
    for number in dict.fromkeys(number for _, number in found):
        hits, n = defaultdict(int), Counter()
        for (graph, packed), cell in found.items():
            for kind, check in ((kind, check) for kind in KINDS for check in CHECKS if packed == number):
                for case, seen in _of(cell, kind, check if kind == "wrong" else "plain"):
                    n[kind, check] += 1
                    for method in METHODS:
                        hits[kind, check, method] += getattr(seen, method) == {graph.packed(packed).service[case.fault.handler]}
        for (kind, check, method), count in hits.items():
            about = f"{KINDS[kind]}, {METHODS[method]}, {CHECKS[check]}, {number} services"
            if check == "plain" or kind == "wrong":
                lab.value(f"trace.k{number}.{kind}.{check}.{method}_percent", 100 * count / n[kind, check], "%", f"cases in which the traces name the culprit alone, of all cases: {about}", n[kind, check])
            if number == NAMED_NUMBER:
                rows.append({"kind": KINDS[kind], "method": METHODS[method], "check": CHECKS[check], "named_percent": 100 * count / n[kind, check], "cases": n[kind, check]})
    lab.table("traces", {"kind": {"label": "fault", "unit": None}, "method": {"label": "named by", "unit": None}, "check": {"label": "payloads", "unit": None},
                         "named_percent": {"label": "culprit named", "unit": "%"}, "cases": {"label": "cases", "unit": "count"}}, rows)
