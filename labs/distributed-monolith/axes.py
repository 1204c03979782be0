"""The axes on which the three builds can be counted, and where the shared schema stands on each."""

from _harness.stats import wilson
from builds import BUILDS
from outages import endpoints
from refusals import MISCHARGED, answered

BUILT = ("monolith", "shared", "tolerant")
LESS, MORE = "less is better", "more is better"
DEPLOYING, RUNNING = "deploying", "running"
WORST, BEST, BETWEEN, LEVEL = "worst", "best", "between", "level with one"


def record(lab, found, costs, outcomes, killed):
    """A build's measurement is (value, low, high); two are level where the intervals overlap."""
    def cost(key):
        return [_of_runs([getattr(one, key) for one in costs if one.build == build]) for build in BUILT]

    def lattice(change, measure):
        return [_exactly(measure(found[build, change][0])) for build in BUILT]

    def counted(count):
        return [_of_share(count(outcomes[build]), sum(outcomes[build].values())) for build in BUILT]

    axes = (
        ("safe orders, column added, %", DEPLOYING, MORE, lattice("nullable", lambda one: one.percent)),
        ("safe orders, renamed by expand and contract, %", DEPLOYING, MORE, lattice("expand", lambda one: one.percent)),
        ("teams that deploy at one instant, renamed at once", DEPLOYING, LESS, lattice("rename", lambda one: one.at_once[1])),
        ("requests, a purchase", RUNNING, LESS, cost("hops")),
        ("statements, a purchase", RUNNING, LESS, cost("statements")),
        ("connections", RUNNING, LESS, cost("connections")),
        ("CPU of a purchase, ms", RUNNING, LESS, cost("cpu_ms")),
        ("purchases answered where calls are refused", RUNNING, MORE, counted(answered)),
        ("purchases charged a stale amount", RUNNING, LESS, counted(lambda outcome: outcome[MISCHARGED])),
        ("endpoints that answer after a kill, of 25", RUNNING, MORE, [_exactly(sum(map(endpoints, killed[build].values()))) for build in BUILT]),
    )
    rows = []
    for axis, when, better, (one, shared, own) in axes:
        against = [_compared(shared, other, better) for other in (one, own)]
        rows.append({"axis": axis, "when": when, "better": better} | {build: value for build, (value, _, _) in zip(BUILT, (one, shared, own), strict=True)}
                    | {"shared_is": _standing(against), "against_monolith": against[0], "against_own": against[1]})
    _record_counts(lab, rows)
    texts = {"axis": "axis", "when": "counted when", "better": "which is better", "shared_is": "the shared schema is"}
    lab.table("axes", {name: {"label": label, "unit": None} for name, label in texts.items()} | {build: {"label": BUILDS[build].title, "unit": "1"} for build in BUILT},
              [{name: row[name] for name in (*texts, *BUILT)} for row in rows])


def _record_counts(lab, rows):
    lab.value("axes.all", len(rows), "axis|axes", "on which the builds are counted")
    for name, label, count in (
        ("worse_than_both", "is worse than the monolith and than own data", sum(row["shared_is"] == WORST for row in rows)),
        ("better_than_both", "is better than both", sum(row["shared_is"] == BEST for row in rows)),
        ("worse_than_monolith", "is worse than the monolith", sum(row["against_monolith"] < 0 for row in rows)),
        ("better_than_monolith", "is better than the monolith", sum(row["against_monolith"] > 0 for row in rows)),
        ("worse_than_own", "is worse than own data", sum(row["against_own"] < 0 for row in rows)),
        ("better_than_own", "is better than own data", sum(row["against_own"] > 0 for row in rows)),
    ):
        lab.value(f"axes.{name}", count, "axis|axes", f"on which the shared schema {label}", len(rows))


def _compared(mine, other, better):
    """-1, 0 or 1: mine is worse, level or better."""
    (_, low, high), (_, its_low, its_high) = mine, other
    more = (low > its_high) - (high < its_low)
    return more if better == MORE else -more


def _standing(against):
    return {(-1, -1): WORST, (1, 1): BEST, (-1, 1): BETWEEN, (1, -1): BETWEEN}.get(tuple(against), LEVEL)


def _exactly(value):
    return value, value, value


def _of_runs(found):
    return sorted(found)[len(found) // 2], min(found), max(found)


def _of_share(count, n):
    low, high = wilson(count, n)
    return count, n * low, n * high
