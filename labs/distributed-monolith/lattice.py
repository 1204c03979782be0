"""Every order in which the parts of a change can be deployed, and every state on the way, each on running processes.

A state is the set of parts that are deployed. It is sound if a purchase goes through and every answer is right. An order is
safe if all of its states are sound.
"""

import asyncio
import math
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations, permutations

import aiohttp
import world as running
from _harness import LabError
from _harness.form import form
from builds import BUILDS
from changes import CHANGES, SWEEP, SWEEP_AT_ONCE, TOUCHES, Change
from purchase import ERROR, SOUND, WRONG, Purchases, purchase
from route import METHODS

RUNS = 2
WITHOUT_STRICT = ("monolith", "shared", "tolerant")
# Changes whose question is not every build's.
ONLY = {"one_way": ("shared",), "fill_only": ("shared",), "retire": ("tolerant",),
        "not_null": WITHOUT_STRICT, "split": WITHOUT_STRICT}  # which would take a minute more to say what the rename says
ALL_ORDERS = 5  # parts; of more, states alone are run
# No time is taken here, so no disk is waited for.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
MIXED = ("shared", "tolerant")
CELLS = [(build, change) for change in CHANGES for build in ("monolith", "shared", "strict", "tolerant")
         if build in ONLY.get(change, (build,))] + [("servers", "expand")]
QUICK = [("shared", "rename"), ("shared", "expand"), ("tolerant", "rename")]


@dataclass
class Lattice:
    """What one `change` does to one build in one run. parts: {part: its team}. verdicts: {state: SOUND, ERROR or WRONG}; said: in words.
    reached: {state: the steps by which it was reached}. orders: {order: the verdicts after its parts, up to a migration that fails}, empty if they are too many."""

    change: Change
    parts: dict
    verdicts: dict
    said: dict
    reached: dict
    orders: dict = field(default_factory=dict)

    @property
    def safe(self):
        """How many paths from nothing deployed to everything deployed lead through sound states alone."""
        paths = Counter({frozenset(): 1})
        for state in sorted(self.verdicts, key=len)[1:]:
            if self.verdicts[state] == SOUND:
                paths[state] = sum(paths[state - {part}] for part in state)
        return paths[frozenset(self.parts)]

    @property
    def possible(self):
        """How many orders there are."""
        return math.factorial(len(self.parts))

    @property
    def percent(self):
        """Of the possible orders, those that are safe."""
        return 100 * self.safe / self.possible

    @property
    def safe_by_orders(self):
        return sum(verdicts == (SOUND,) * len(self.parts) for verdicts in self.orders.values())

    @property
    def by_path(self):
        """States that were sound on one order's way and not on another's."""
        seen = {}
        for order, verdicts in self.orders.items():
            for size, verdict in enumerate(verdicts, 1):
                seen.setdefault(frozenset(order[:size]), set()).add(verdict == SOUND)
        return {state for state, verdicts in seen.items() if len(verdicts) > 1}

    @property
    def at_once(self):
        """(parts, teams) of the largest step of a path over sound states, where that step is as small as it can be."""
        best = {frozenset(): (0, 0)}
        sound = [state for state in sorted(self.verdicts, key=len) if self.verdicts[state] == SOUND]
        for state in sound[1:]:
            steps = [max(best[before], self._step(state - before)) for before in sound if before < state and before in best]
            if steps:
                best[state] = min(steps)
        return best[frozenset(self.parts)]

    def _step(self, parts):
        return len(parts), len({self.parts[part] for part in parts})


async def walk(world, change, steps):
    """What a purchase says after each step, a tuple of parts that are deployed at one instant, and all purchases. The database
    has one from before. A migration that fails ends the walk: nothing after it is a state that was meant."""
    await world.reset()
    so_far, services, found = Purchases(), [], []
    verdict, said = await purchase(world, world.route(), so_far)
    if verdict != SOUND:
        raise LabError(f"{change.title}, {world.build.title}: before anything is deployed a purchase says {said}")
    for step in steps:
        for part in step:
            if part not in change.migrations:
                services.append(part)
            elif not await world.migrate(change.migrations[part]):
                return [*found, (ERROR, f"{part} fails")], so_far
        found.append(await purchase(world, world.route(services), so_far))
    return found, so_far


async def explore(world, change, orders=True):
    """Its Lattice. A state is reached part by part through sound states where that can be, and else in one step."""
    world.roll_out(change)
    parts = change.parts(world.build)
    found = Lattice(change, parts, {frozenset(): SOUND}, {frozenset(): ""}, {frozenset(): ()})
    for state in (frozenset(some) for size in range(1, len(parts) + 1) for some in combinations(parts, size)):
        last = [part for part in state if found.verdicts[state - {part}] == SOUND and (len(state) == 1 or found.reached[state - {part}])]
        last.sort(key=[*parts].index)
        steps = (*found.reached[state - {last[-1]}], (last[-1],)) if last else (tuple(sorted(state, key=[*parts].index)),)
        said, _ = await walk(world, change, steps)
        found.verdicts[state], found.said[state] = said[-1]
        found.reached[state] = steps if last or len(state) == 1 else ()
    if found.verdicts[frozenset(parts)] != SOUND:
        raise LabError(f"{change.title}, {world.build.title}: with all of it deployed a purchase says {found.said[frozenset(parts)]}")
    if orders and len(parts) <= ALL_ORDERS:
        for order in permutations(parts):
            said, _ = await walk(world, change, [(part,) for part in order])
            found.orders[order] = tuple(verdict for verdict, _ in said)
    return found


async def mixed(world, change, lattice):
    """(steps, canaries, rollbacks): the services that can be deployed from a sound state into a sound one; those of them that
    go wrong while both instances serve, for some way to share the calls out; those that go wrong once they are rolled back."""
    steps = canaries = rollbacks = 0
    for state, verdict in lattice.verdicts.items():
        for part in lattice.parts.keys() - state - change.migrations.keys():
            if verdict == SOUND == lattice.verdicts[state | {part}]:
                steps += 1
                old = [one for step in lattice.reached[state] for one in step if one not in change.migrations]
                both = [world.route(old, both=(part,), mask=mask) for mask in range(2 ** len(METHODS[part]))]
                canaries += not all([await _sound(world, change, lattice.reached[state], (route, route)) for route in both])
                back = (world.route([*old, part]), world.route(old), world.route(old))
                rollbacks += not await _sound(world, change, lattice.reached[state], back)
    return steps, canaries, rollbacks


async def _sound(world, change, steps, routes):
    """Whether a purchase by each of the routes is sound, one after another, after the steps."""
    _, so_far = await walk(world, change, steps)
    return {(await purchase(world, route, so_far))[0] for route in routes} == {SOUND}


def measure(lab):
    """{(build, change): its Lattice of each run}, the sweep's among them under its column's name; and the mixed states."""
    return asyncio.run(_measure(lab))


async def _measure(lab):
    found, both = {}, {}
    cells = [(build, change, CHANGES[change]) for build, change in (QUICK if lab.quick else CELLS)]
    swept = ("note",) if lab.quick else SWEEP
    cells += [("shared", f"sweep_{field}", SWEEP[field]) for field in swept] + [("shared", f"at_once_{field}", SWEEP_AT_ONCE[field]) for field in swept]
    async with aiohttp.ClientSession() as session:
        for build_name in dict.fromkeys(build for build, *_ in cells):
            build = BUILDS[build_name]
            with ExitStack() as stack:
                servers = running.servers(lab, stack, build, SETTINGS)
                lab.version("PostgreSQL", servers["bookings"].version)
                async with running.World(lab, build_name, build, servers, session) as world:
                    for _, name, change in (cell for cell in cells if cell[0] == build_name):
                        runs = [await explore(world, change, orders=number == 0 and not lab.quick and not build.servers) for number in range(1 if lab.quick else RUNS)]
                        found[build_name, name] = runs
                        if name == "expand" and build_name in MIXED and not lab.quick:
                            both[build_name] = await mixed(world, change, runs[0])
                        lab.log(f"{change.title}, {build.title}: {runs[0].safe} of {runs[0].possible} orders are safe")
    return found, both


def record(lab, found, both):
    for (build, change), runs in found.items():
        _record_cell(lab, f"lattice.{build}.{change}", f"{runs[0].change.title}, {BUILDS[build].title}", runs)
    _record_checks(lab, list(found.values()))
    for build, (steps, canaries, rollbacks) in both.items():
        title = BUILDS[build].title
        lab.value(f"mixed.{build}.steps", steps, "step|steps", f"of a service from a sound state into a sound one, {title}")
        lab.value(f"mixed.{build}.canaries_broken", canaries, "canary|canaries", f"of those steps that go wrong while old and new both serve, {title}", steps)
        lab.value(f"mixed.{build}.rollbacks_broken", rollbacks, "rollback|rollbacks", f"of those steps that go wrong once the service is back as it was, {title}", steps)
    contracted = found["shared", "expand"][0]
    last = [frozenset(contracted.parts) - {service} for service in TOUCHES["amount"]]
    lab.value("mixed.shared.stranded", sum(contracted.verdicts[state] != SOUND for state in last), "service|services", "of three that cannot be rolled back once the contract is deployed", len(last))
    _record_tables(lab, found)


def _record_cell(lab, key, title, runs):
    one, runs = runs[0], len(runs)
    count = Counter(one.verdicts.values())
    parts, teams = one.at_once
    states = len(one.verdicts)
    for name, value, unit, label, n in (
        ("parts", len(one.parts), "part|parts", "to deploy", runs), ("orders", one.possible, "order|orders", "in which they can be deployed", runs),
        ("safe", one.safe, "order|orders", "safe", one.possible), ("safe_percent", one.percent, "%", "of all orders safe", one.possible),
        ("states", states, "state|states", "of deployed parts", runs), ("broken", count[ERROR] + count[WRONG], "state|states", "broken", states),
        ("wrong", count[WRONG], "state|states", "with a wrong answer and no error", states),
        ("at_once_parts", parts, "part|parts", "to deploy at one instant, at the least", runs),
        ("at_once_teams", teams, "team|teams", "with a part in that step", runs),
    ):
        lab.value(f"{key}.{name}", value, unit, f"{label}: {title}", n)
    if one.orders:
        lab.value(f"{key}.by_path", len(one.by_path), "state|states", f"sound or broken by the order that led there: {title}", states)


def _record_checks(lab, cells):
    """Whether a second run, and every order run by itself, say the same."""
    ordered = [runs[0] for runs in cells if runs[0].orders]
    for name, value, unit, label in (
        ("cells", len(cells), "lattice|lattices", "of a change and a build"),
        ("states", sum(len(runs[0].verdicts) for runs in cells), "state|states", "in all lattices"),
        ("differences", sum(runs[0].verdicts[state] != other.verdicts[state] for runs in cells for other in runs for state in other.verdicts), "state|states", "with another verdict in the second run"),
        ("cells_by_orders", len(ordered), "lattice|lattices", "of which every order was run by itself"),
        ("orders_run", sum(len(one.orders) for one in ordered), "order|orders", "run by themselves"),
        ("counted_otherwise", sum(one.safe != one.safe_by_orders for one in ordered), "lattice|lattices", "with other safe orders by states than by orders"),
        ("by_path", sum(len(one.by_path) for one in ordered), "state|states", "sound or broken by the order that led there"),
    ):
        lab.value(f"lattices.{name}", value, unit, label, len(cells[0]))


def _record_tables(lab, found):
    states, lines = [], []
    for change in ("rename", "expand"):
        lattice = found["shared", change][0]
        places = _places(lattice)
        on_the_way = _on_safe_paths(lattice)
        for state, (x, y) in places.items():
            name = ", ".join(part for part in lattice.parts if part in state) or "nothing"
            states.append({"change": change, "x": x, "y": y, "state": name, "verdict": "sound" if lattice.verdicts[state] == SOUND else "broken"})
            for part in state:
                x0, y0 = places[state - {part}]
                safe = state in on_the_way and state - {part} in on_the_way
                lines.append({"change": change, "x": x0, "y": y0, "x2": x, "y2": y, "path": "safe" if safe else "other"})
    texts = {name: {"label": label, "unit": None} for name, label in (("change", "change"), ("state", "deployed"), ("verdict", "purchase"), ("path", "on a safe path"))}
    numbers = {name: {"label": label, "unit": "count"} for name, label in (("x", "parts deployed"), ("y", "place in the drawing"), ("x2", "parts deployed after"), ("y2", "place after"))}
    lab.table("states", {name: (texts | numbers)[name] for name in ("change", "x", "y", "state", "verdict")}, states)
    lab.table("steps", {name: (texts | numbers)[name] for name in ("change", "x", "y", "x2", "y2", "path")}, lines)
    rows = [{"change": CHANGES[change].title, "build": BUILDS[build].title, "percent": runs[0].percent, "safe": f"{runs[0].safe} of {runs[0].possible}"}
            for (build, change), runs in found.items() if change in CHANGES and change not in ONLY and build != "servers"]
    lab.table("matrix", {"change": {"label": "change", "unit": None}, "build": {"label": "build", "unit": None},
                         "percent": {"label": "safe orders", "unit": "%"}, "safe": {"label": "safe orders of all", "unit": None}}, rows)
    _record_form(lab, found)


def _record_form(lab, found):
    """What the form says of each change on the shared schema, beside what was counted."""
    kinds = {"nullable": (1, 0, 0), "narrow": (0, 1, 0), "not_null": (0, 0, 1), "rename": (0, 0, 1), "unit": (0, 0, 1), "split": (0, 0, 1)}
    cells = [(change, *kind) for change, kind in kinds.items()]
    cells += [(change, 1, 1, 0) for change in ("expand", *(f"sweep_{field}" for field in SWEEP))]
    rows = []
    for change, first, last, both in cells:
        if runs := found.get(("shared", change)):
            services = len(runs[0].change.services(BUILDS["shared"]))
            rows.append({"services": services, "first": first, "last": last, "both": both, "measured": runs[0].safe})
    form(lab, "orders", rows, "order|orders", "safe orders")


def _places(lattice):
    """{state: (how many parts it has, its place among those with as many)}: the sound ones in the middle, around 0."""
    places = {}
    for size in range(len(lattice.parts) + 1):
        level = [frozenset(some) for some in combinations(lattice.parts, size)]
        sound = [state for state in level if lattice.verdicts[state] == SOUND]
        broken = [state for state in level if lattice.verdicts[state] != SOUND]
        half = len(broken) // 2
        for number, state in enumerate([*broken[:half], *sound, *broken[half:]]):
            places[state] = size, number - (len(level) - 1) / 2
    return places


def _on_safe_paths(lattice):
    """The states that some safe order passes through."""
    sound = {state for state, verdict in lattice.verdicts.items() if verdict == SOUND}
    forth, back = {frozenset()}, {frozenset(lattice.parts)}
    for state in sorted(sound, key=len):
        if any(state - {part} in forth for part in state):
            forth.add(state)
    for state in sorted(sound, key=len, reverse=True):
        if any(state | {part} in back for part in lattice.parts.keys() - state):
            back.add(state)
    return sound & forth & back
