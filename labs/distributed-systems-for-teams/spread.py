"""What a fault in one handler does to every other, worked out exactly: who fails, which services alert, what a trace names."""

from collections import Counter
from dataclasses import dataclass

OK, SLOW, FAILED, WRONG = "ok", "slow", "failed", "wrong"
KINDS = {"crash": "crash", "slow": "slow call", "wrong": "wrong payload"}


@dataclass(frozen=True)
class Fault:
    """handler breaks by its kind; checked: it validates its own answers, so that a wrong one fails where it is made."""

    handler: int
    kind: str
    checked: bool = False


class Spread:
    """A fault in a graph, or none, with every route requested once. states: how each handler ends; routes: how the edge does on each;
    ran: how often each handler is called; calls: (caller, called, how often)."""

    def __init__(self, graph, fault=None):
        self.graph, self.fault = graph, fault
        self.states = {}
        for handler in reversed(range(1, len(graph.calls))):
            self.states[handler] = self._after(handler, self.made(handler))
        self.routes = [self._after(0, self.made(0, route)) for route in graph.routes]
        self.ran, self.calls = Counter({0: len(graph.routes)}), []
        for route in graph.routes:
            self._count(0, self.made(0, route), 1)
        for handler in range(1, len(graph.calls)):
            self._count(handler, self.made(handler), self.ran[handler])

    def made(self, handler, route=None):
        """The calls it makes: none, if it crashes first."""
        crashes = self._breaks(handler) and self.fault.kind == "crash"
        return () if crashes else self.graph.calls[handler] if route is None else route

    def _breaks(self, handler):
        return self.fault is not None and handler == self.fault.handler

    def _after(self, handler, calls):
        """How a handler ends that makes these calls. Whoever is given a wrong payload fails on it."""
        answers = {self.states[call] for call in calls}
        if answers & {FAILED, WRONG} or self._breaks(handler) and self.fault.kind == "crash":
            return FAILED
        if self._breaks(handler) and self.fault.kind == "wrong":
            return FAILED if self.fault.checked else WRONG
        return SLOW if SLOW in answers or self._breaks(handler) else OK

    def _count(self, caller, calls, times):
        for handler in calls if times else ():
            self.ran[handler] += times
            self.calls.append((caller, handler, times))

    def shares(self, packing, states=(SLOW, FAILED), by_route=False):
        """{service: (requests that ended in one of these states, all its requests)}: a call within a service is none. by_route: of
        each route by itself, {(service, handler, route of the edge): …}."""
        bad, every = Counter(), Counter()
        asked = [(0, route, state, 1) for route, state in enumerate(self.routes)]
        asked += [(handler, None, self.states[handler], times) for caller, handler, times in self.calls if packing.service[caller] != packing.service[handler]]
        for handler, route, state, times in asked:
            one = (packing.service[handler], handler, route) if by_route else packing.service[handler]
            every[one] += times
            bad[one] += times * (state in states)
        return {one: (bad[one], every[one]) for one in every}

    def first(self, packing, services):
        """Those of the alerting services that call none of the others."""
        calls = {(packing.service[caller], packing.service[called]) for caller, called, _ in self.calls}
        return frozenset(one for one in services if not any((one, other) in calls for other in services - {one}))

    def origins(self, packing):
        """The services that the traces of all routes blame: those with a failed request beneath which none failed; with none
        failed, the one that is slow of itself."""
        asked = [(0, state, route) for state, route in zip(self.routes, self.graph.routes, strict=True)]
        asked += [(handler, self.states[handler], None) for caller, handler, _ in self.calls
                  if packing.service[caller] != packing.service[handler]]
        named = {packing.service[handler] for handler, state, route in asked
                 if state == FAILED and not self._fails_beyond(packing, handler, self.made(handler, route))}
        slow = not named and SLOW in self.routes
        return {packing.service[self.fault.handler]} if slow else named

    def _fails_beyond(self, packing, handler, calls):
        """Whether a call that leaves the service fails, made by the handler or by what it calls within the service."""
        return any(self._fails_beyond(packing, call, self.made(call)) if packing.service[call] == packing.service[handler]
                   else self.states[call] == FAILED for call in calls)


def alerting(shares, percent):
    """The services of which more than that share of requests is bad."""
    return frozenset(service for service, (bad, every) in shares.items() if 100 * bad > percent * every)
