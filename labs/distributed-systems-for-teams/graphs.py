"""Graphs of handlers that call each other, the teams that own them, and the services they are packed into.

Handler 0 is the edge. It calls other handlers on one of its routes; every other handler calls the same ones whenever it is called,
all at once. A call leads to a higher number: nothing calls in circles.
"""

import graphlib
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

HANDLERS, TEAMS, ROUTES = 26, 4, 6
PACKINGS = {4: (1, 1, 1, 1), 7: (2, 2, 2, 1), 13: (4, 3, 3, 3), 26: None}  # services of each team; None: one for each handler
SHARES = (7, 7, 6, 6)  # handlers of each team
ASSIGNMENTS = {"random": "teams at random", "subtree": "teams by subtree"}
NUMBERED = tuple(f"h{number:02}" for number in range(HANDLERS))

SHOP_TEAMS = {  # the example that has names: 13 services of two handlers each
    "storefront": ("edge.route", "edge.session", "search.query", "search.suggest", "catalogue.list", "catalogue.item", "reviews.list", "reviews.score"),
    "checkout": ("cart.view", "cart.total", "orders.place", "orders.history", "accounts.login", "accounts.address"),
    "money": ("pay.charge", "pay.refunds", "fraud.score", "fraud.rules", "prices.quote", "prices.discount"),
    "delivery": ("ship.book", "ship.track", "stock.reserve", "stock.level", "mail.send", "mail.template"),
}
SHOP_ROUTES = (("edge.session", "search.query"), ("search.suggest",), ("catalogue.item",), ("edge.session", "cart.view"),
               ("edge.session", "orders.place"), ("edge.session", "orders.history"))
SHOP_CALLS = {  # in an order in which calls lead forward
    "edge.route": (), "edge.session": ("accounts.login",), "search.query": ("catalogue.list",), "search.suggest": ("catalogue.list",),
    "catalogue.list": ("prices.quote", "stock.level"), "catalogue.item": ("reviews.list", "prices.quote", "stock.level"),
    "reviews.list": ("reviews.score",), "reviews.score": (), "cart.view": ("cart.total",),
    "orders.place": ("cart.total", "pay.charge", "stock.reserve", "ship.book", "mail.send"), "orders.history": ("ship.track", "pay.refunds"),
    "cart.total": ("prices.quote",), "prices.quote": ("prices.discount",), "prices.discount": (),
    "pay.charge": ("fraud.score", "accounts.address"), "pay.refunds": (), "fraud.score": ("fraud.rules",), "fraud.rules": (),
    "ship.book": ("accounts.address",), "ship.track": (), "stock.reserve": ("stock.level",), "stock.level": (),
    "mail.send": ("mail.template",), "mail.template": (), "accounts.login": (), "accounts.address": (),
}


@dataclass(frozen=True)
class Packing:
    """services: the handlers of each, {name: handlers}; service: of each handler, its name; team: of each service, its name."""

    services: dict
    service: tuple
    team: dict


@dataclass(frozen=True, eq=False)
class Graph:
    """routes: what the edge calls on each; calls: what each handler calls; teams: {name: its handlers, in the order in which they are
    packed}; names: of the handlers."""

    name: str
    routes: tuple
    calls: tuple
    teams: dict
    names: tuple = NUMBERED

    @cached_property
    def owners(self):
        """The team of each handler."""
        return tuple(next(team for team, owned in self.teams.items() if handler in owned) for handler in range(HANDLERS))

    def packed(self, number):
        """Into that many services. No service has two teams, and no handler changes its team."""
        services = {}
        for owned, parts in zip(self.teams.values(), PACKINGS[number] or map(len, self.teams.values()), strict=True):
            for part in range(parts):
                some = owned[len(owned) * part // parts:len(owned) * (part + 1) // parts]
                services[self._service(some)] = some
        service = {handler: name for name, some in services.items() for handler in some}
        team = {name: self.owners[some[0]] for name, some in services.items()}
        return Packing(services, tuple(service[handler] for handler in range(HANDLERS)), team)

    def between(self, packing):
        """{(caller, called)}: each call of one service to another, once."""
        made = [(0, call) for route in self.routes for call in route] + [(handler, call) for handler, some in enumerate(self.calls) for call in some]
        pairs = {(packing.service[handler], packing.service[call]) for handler, call in made}
        return {(caller, called) for caller, called in pairs if caller != called}

    def circular(self, number):
        """Whether services call each other in a circle, packed into that many."""
        calls = defaultdict(set)
        for caller, called in self.between(self.packed(number)):
            calls[caller].add(called)
        try:
            graphlib.TopologicalSorter(calls).prepare()
        except graphlib.CycleError:
            return True
        return False

    def _service(self, handlers):
        """Several handlers that agree on the word before a full stop name their service by it, others by the first of them."""
        words = {self.names[handler].partition(".")[0] for handler in handlers}
        return words.pop() if len(words) == 1 < len(handlers) else self.names[handlers[0]]


def drawn(number, seed, assignment):
    """A graph at random: six routes lead to a handler each, and every later handler is called by one or two earlier ones."""
    rng = random.Random(f"{seed} {number}")
    calls = [[] for _ in range(HANDLERS)]
    for handler in range(ROUTES + 1, HANDLERS):
        for caller in rng.sample(range(1, handler), rng.choice((1, 2))):
            calls[caller].append(handler)
    return _owned(f"drawn {number}", tuple((route + 1,) for route in range(ROUTES)), tuple(map(tuple, calls)), assignment, rng)


def chain(seed, assignment):
    """Every handler calls the next one."""
    calls = ((), *((handler + 1,) for handler in range(1, HANDLERS - 1)), ())
    return _owned("chain", ((1,),), calls, assignment, random.Random(f"{seed} chain"))


def star(seed, assignment):
    """The edge calls all others, some on each route, and they call nothing."""
    routes = tuple(tuple(range(route + 1, HANDLERS, ROUTES)) for route in range(ROUTES))
    return _owned("star", routes, ((),) * HANDLERS, assignment, random.Random(f"{seed} star"))


def layered(seed, assignment):
    """Three layers under the edge, of 6, 9 and 10 handlers: each calls two of the next layer."""
    layers = range(1, 7), range(7, 16), range(16, 26)
    calls = [()] * HANDLERS
    for upper, lower in zip(layers, layers[1:]):
        for place, handler in enumerate(upper):
            calls[handler] = tuple(sorted({lower[2 * place % len(lower)], lower[(2 * place + 1) % len(lower)]}))
    return _owned("layered", tuple((handler,) for handler in layers[0]), tuple(calls), assignment, random.Random(f"{seed} layered"))


def shop():
    names = tuple(SHOP_CALLS)
    number = names.index
    return Graph("shop", tuple(tuple(map(number, route)) for route in SHOP_ROUTES), tuple(tuple(map(number, calls)) for calls in SHOP_CALLS.values()),
                 {team: tuple(map(number, owned)) for team, owned in SHOP_TEAMS.items()}, names)


NAMED = {"chain": chain, "star": star, "layered": layered}


def _owned(name, routes, calls, assignment, rng):
    order = list(range(HANDLERS)) if assignment == "random" else _depth_first(routes, calls)
    if assignment == "random":
        rng.shuffle(order)
    cuts = [sum(SHARES[:team]) for team in range(TEAMS + 1)]
    return Graph(name, routes, calls, {f"team {letter}": tuple(order[low:high]) for letter, low, high in zip("ABCD", cuts, cuts[1:])})


def _depth_first(routes, calls):
    """Every handler after the first that calls it, as near to it as can be: a team's share is then a few subtrees."""
    order = []

    def visit(handler, children):
        if handler not in order:
            order.append(handler)
            for child in children:
                visit(child, calls[child])

    visit(0, [handler for route in routes for handler in route])
    return order
