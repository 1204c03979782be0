"""The axes on which the three builds can be counted, and on how many the shared schema is worse than both others."""

import math
import statistics

from builds import BUILDS

BUILT = ("monolith", "shared", "tolerant")
LESS, MORE = "less is better", "more is better"


def record(lab, found, costs, outcomes, killed, stopped):
    def cost(key):
        return [statistics.median(getattr(one, key) for one in costs if one.build == build) for build in BUILT]

    def lattice(change, measure):
        return [measure(found[build, change][0]) for build in BUILT]

    axes = {
        "safe orders, column added, %": (MORE, lattice("nullable", _percent)),
        "safe orders, renamed by expand and contract, %": (MORE, lattice("expand", _percent)),
        "parts to deploy at one instant, renamed at once": (LESS, lattice("rename", lambda one: one.at_once[0])),
        "teams that deploy at one instant, renamed at once": (LESS, lattice("rename", lambda one: one.at_once[1])),
        "requests over the wire, a purchase": (LESS, cost("hops")),
        "statements, a purchase": (LESS, cost("statements")),
        "connections": (LESS, cost("connections")),
        "CPU of a purchase, ms": (LESS, cost("cpu_ms")),
        "purchases answered on a lossy wire": (MORE, [sum(outcomes[build].values()) - outcomes[build]["failed"] for build in BUILT]),
        "purchases charged a stale amount": (LESS, [outcomes[build]["mischarged"] for build in BUILT]),
        "endpoints that answer after a kill, of 25": (MORE, [sum(map(len, killed[build].values())) for build in BUILT]),
        "endpoints that answer without the bookings' database, of 5": (MORE, [len(stopped[build]) for build in BUILT]),
    }
    rows, worse, better = [], 0, 0
    for axis, (which, (one, shared, own)) in axes.items():
        sign = 1 if which == MORE else -1
        worst, beats = sign * shared < min(sign * one, sign * own), max(sign * one, sign * own) < sign * shared
        worse, better = worse + worst, better + beats
        rows.append({"axis": axis, "better": which} | dict(zip(BUILT, (one, shared, own), strict=True)) | {"shared_is": "worst" if worst else "best" if beats else "between or level"})
    lab.value("axes.all", len(axes), "axis|axes", "on which the builds are counted")
    lab.value("axes.worse_than_both", worse, "axis|axes", "on which the shared schema is worse than the monolith and than own data", len(axes))
    lab.value("axes.better_than_both", better, "axis|axes", "on which the shared schema is better than both", len(axes))
    lab.table("axes", {"axis": {"label": "axis", "unit": None}, "better": {"label": "which is better", "unit": None}}
              | {build: {"label": BUILDS[build].title, "unit": "1"} for build in BUILT} | {"shared_is": {"label": "the shared schema is", "unit": None}}, rows)


def _percent(lattice):
    return 100 * lattice.safe / math.factorial(len(lattice.parts))
