"""Every fault in every graph, worked out: what is paged under each packing, threshold and assignment of teams."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import graphs
import numpy as np
from _harness.form import ask, form
from spread import KINDS, Fault, Spread, alerting

DRAWN, QUICK_DRAWN = 200, 8
THRESHOLDS = (5, 20, 50)  # percent of a service's own requests
USUAL = 20
RESAMPLES = 2_000
EDGE_NUMBER = 13  # the edge's alert hardly knows how the rest is packed


@dataclass
class Outcome:
    """Of a fault. pages: services that alert; teams: paged; off: pages of a team that does not own the fault; mended: whether the
    team that does is paged."""

    kind: str
    pages: int
    teams: int
    off: int
    mended: bool

    @classmethod
    def of(cls, kind, owner, paged):
        """paged: the team of each page."""
        return cls(kind, len(paged), len(set(paged)), sum(team != owner for team in paged), owner in paged)


def every_fault(handlers=range(graphs.HANDLERS)):
    return [Fault(handler, kind) for handler in handlers for kind in KINDS]


def outcomes(graph):
    """{(services, policy): [Outcome]}, one for each fault. A policy is a threshold of every service's alert; or one of POLICIES."""
    found = defaultdict(list)
    packings = {number: graph.packed(number) for number in graphs.PACKINGS}
    for fault in every_fault():
        owner, spread = graph.owners[fault.handler], Spread(graph, fault)
        mended = Spread(graph, Fault(fault.handler, fault.kind, checked=True)) if fault.kind == "wrong" else spread
        for number, packing in packings.items():
            shares = spread.shares(packing)
            for percent in THRESHOLDS:
                found[number, percent].append(Outcome.of(fault.kind, owner, [packing.team[one] for one in alerting(shares, percent)]))
            for policy, services in (
                ("held_back", spread.first(packing, alerting(shares, USUAL))),
                ("held_back_low", spread.first(packing, alerting(shares, THRESHOLDS[0]))),
                ("held_back_checked", mended.first(packing, alerting(mended.shares(packing), USUAL))),
                ("routes", {service for service, *_ in alerting(spread.shares(packing, by_route=True), USUAL)}),
            ):
                found[number, policy].append(Outcome.of(fault.kind, owner, [packing.team[one] for one in services]))
        for policy, one in (("edge", spread), ("checked", mended)):
            blamed = {packings[EDGE_NUMBER].team[service] for service in one.origins(packings[EDGE_NUMBER])}
            found[EDGE_NUMBER, policy].append(Outcome.of(fault.kind, owner, sorted(blamed)))
    return found


def measure(lab):
    """{assignment: the outcomes of each drawn graph}, and {name: those of a named graph}."""
    count = QUICK_DRAWN if lab.quick else DRAWN
    drawn = {}
    for assignment in graphs.ASSIGNMENTS:
        drawn[assignment] = [(graph, outcomes(graph)) for graph in (graphs.drawn(number, lab.seed, assignment) for number in range(count))]
        lab.log(f"worked out {count} graphs, {graphs.ASSIGNMENTS[assignment]}")
    named = {name: outcomes(make(lab.seed, "random")) for name, make in graphs.NAMED.items()}
    return drawn, named | {"shop": outcomes(graphs.shop())}


# What is told of some outcomes: name, unit, label, and its numerator and denominator.
TOLD = (
    ("pages", "page|pages", "pages for one fault", lambda one: one.pages, lambda one: 1),
    ("teams", "team|teams", "teams paged by one fault, of four", lambda one: one.teams, lambda one: 1),
    ("off_percent", "%", "pages that reached a team which could not mend the fault, of all pages", lambda one: one.off, lambda one: one.pages),
    ("off_teams_percent", "%", "teams paged that could not mend the fault, of all teams paged", lambda one: one.teams - one.mended, lambda one: one.teams),
    ("off_noisy_percent", "%", "pages that reached a team which could not mend the fault, of all for a crash or a slow call", lambda one: one.off * (one.kind != "wrong"), lambda one: one.pages * (one.kind != "wrong")),
    ("off_wrong_percent", "%", "pages that reached a team which could not mend the fault, of all for a wrong payload", lambda one: one.off * (one.kind == "wrong"), lambda one: one.pages * (one.kind == "wrong")),
    ("silent_percent", "%", "faults that paged nobody, of all faults", lambda one: not one.pages, lambda one: 1),
    ("silent_noisy_percent", "%", "crashes and slow calls that paged nobody, of all crashes and slow calls", lambda one: not one.pages and one.kind != "wrong", lambda one: one.kind != "wrong"),
    ("silent_wrong_percent", "%", "wrong payloads that paged nobody, of all wrong payloads", lambda one: not one.pages and one.kind == "wrong", lambda one: one.kind == "wrong"),
    ("mended_percent", "%", "faults that paged the team which can mend them, of all faults", lambda one: one.mended, lambda one: 1),
    ("useless_percent", "%", "faults that paged only teams which could not mend them, of all faults", lambda one: one.pages and not one.mended, lambda one: 1),
)
POLICIES = {
    "held_back": "alert above 20%, held back while a service that it calls alerts", "held_back_low": "alert above 5%, held back while a service that it calls alerts",
    "held_back_checked": "alert above 20%, held back while a service that it calls alerts, every payload checked where it is made",
    "routes": "alert where a single route of the service is above 20%",
    "edge": "alerts of the edge, which page whom the trace blames", "checked": "alerts of the edge, every payload checked where it is made",
}


NAMED = {"chain": "a chain of all handlers", "star": "a star", "layered": "three layers", "shop": "the shop"}
NAMED_TOLD = ("pages", "teams", "off_percent", "silent_percent")
NOBODY = "no fault paged anybody"
INTERVAL = "95 % bootstrap over graphs"
CHANGES = {"pages": ("x", "times those"), "teams": ("x", "times those"), "off_percent": ("points", "above that")}


def record(lab, measured):
    drawn, named = measured
    _record_inputs(lab, len(drawn["random"]))
    rows = []
    for assignment, found in drawn.items():
        for number, policy in found[0][1]:
            key = f"drawn.{assignment}.{'t' * (policy not in POLICIES)}{policy}.k{number}"
            how = POLICIES.get(policy, f"alert above {policy}%")
            about = f"{number} services, {graphs.ASSIGNMENTS[assignment]}, {how}"
            told = _record_cell(lab, key, about, [one[number, policy] for _, one in found])
            if policy not in POLICIES:
                rows.append({"assignment": graphs.ASSIGNMENTS[assignment], "threshold": f"{policy}%", "services": number, **told})
        _record_change(lab, assignment, found)
    columns = {"assignment": {"label": "teams", "unit": None}, "threshold": {"label": "share that alerts", "unit": None}, "services": {"label": "services", "unit": "count"},
               "pages": {"label": "pages a fault", "unit": "count"}, "off_percent": {"label": "pages to the wrong team", "unit": "%"}, "silent_percent": {"label": "faults that page nobody", "unit": "%"}}
    lab.table("packing", columns, [{column: row[column] for column in columns} for row in rows])
    for name, found in named.items():
        for number, percent in product(graphs.PACKINGS, (THRESHOLDS[0], USUAL)):
            some = found[number, percent]
            for told, unit, label, above, below in (one for one in TOLD if one[0] in NAMED_TOLD):
                ratio = _scaled(_ratio([some], above, below), unit)
                lab.value(f"named.{name}.t{percent}.k{number}.{told}", ratio, unit, f"{label}, {NAMED[name]}, {number} services, alert above {percent}%", sum(map(below, some)),
                          reason=NOBODY if ratio is None else None)
    for assignment, found in drawn.items():
        for number in graphs.PACKINGS:
            circular = sum(graph.circular(number) for graph, _ in found)
            lab.value(f"circles.{assignment}.k{number}.graphs_percent", 100 * circular / len(found), "%", f"graphs with services that call each other in a circle, {number} services, {graphs.ASSIGNMENTS[assignment]}", len(found))
    _record_form(lab, drawn["random"])


def _record_inputs(lab, count):
    for key, value, unit, label in (
        ("handlers", graphs.HANDLERS, "handler|handlers", "handlers in each graph"), ("teams", graphs.TEAMS, "team|teams", "teams that own the handlers"),
        ("routes", graphs.ROUTES, "route|routes", "routes of the edge"), ("graphs", count, "graph|graphs", "graphs drawn at random, for each assignment of teams"),
        ("faults", len(every_fault()), "fault|faults", "faults in each graph: every handler breaks in three ways"),
    ):
        lab.value(f"inputs.{key}", value, unit, label)
    for percent in THRESHOLDS:
        lab.value(f"inputs.t{percent}_percent", percent, "%", "share of its own requests above which a service alerts")
    lab.value("inputs.guess_percent", 100 * (graphs.TEAMS - 1) / graphs.TEAMS, "%", "pages that would reach a team which cannot mend the fault if each went to any of the teams")
    others = sum(share * (graphs.HANDLERS - share) for share in graphs.SHARES) / graphs.HANDLERS / (graphs.HANDLERS - 1)
    lab.value("inputs.others_percent", 100 * others, "%", "handlers other than the broken one whose team cannot mend it, teams at random: the share to expect of pages for its callers")


def _record_cell(lab, key, about, graphs_found):
    told = {}
    for name, unit, label, above, below in TOLD:
        told[name] = _scaled(_ratio(graphs_found, above, below), unit)
        n = int(sum(sum(map(below, some)) for some in graphs_found))
        if told[name] is None:
            lab.value(f"{key}.{name}", None, unit, f"{label}, {about}", n, reason=NOBODY)
        else:
            low, high = (_scaled(bound, unit) for bound in _bootstrap(lab, graphs_found, above, below))
            lab.value(f"{key}.{name}", told[name], unit, f"{label}, {about}", n, low, high, INTERVAL)
    return told


def _record_change(lab, assignment, found):
    """How the most services page beside the fewest, with each graph drawn anew under both."""
    few, many = ([one[number, USUAL] for _, one in found] for number in (min(graphs.PACKINGS), max(graphs.PACKINGS)))
    for name, _, label, above, below in (one for one in TOLD if one[0] in CHANGES):
        unit, how = CHANGES[name]
        (before, all_before), (after, all_after) = _sums(few, above, below), _sums(many, above, below)

        def change(which):
            one, other = after[which].sum(-1) / all_after[which].sum(-1), before[which].sum(-1) / all_before[which].sum(-1)
            return one / other if unit == "x" else 100 * (one - other)

        low, high = np.percentile(change(_chosen(lab, len(found))), [2.5, 97.5])
        lab.value(f"change.{assignment}.{name.removesuffix('_percent')}_{unit}", change(np.arange(len(found))), unit,
                  f"{label}, with {max(graphs.PACKINGS)} services, {how} with {min(graphs.PACKINGS)}: {graphs.ASSIGNMENTS[assignment]}, alert above {USUAL}%", len(found), low, high, INTERVAL)


def _scaled(value, unit):
    return None if value is None else 100 * value if unit == "%" else value


def _sums(graphs_found, above, below):
    return (np.array([sum(map(count, some)) for some in graphs_found], dtype=float) for count in (above, below))


def _ratio(graphs_found, above, below):
    top, bottom = _sums(graphs_found, above, below)
    return top.sum() / bottom.sum() if bottom.sum() else None


def _bootstrap(lab, graphs_found, above, below):
    """The 95 % interval of the ratio, graphs drawn anew."""
    top, bottom = _sums(graphs_found, above, below)
    chosen = _chosen(lab, len(top))
    below = bottom[chosen].sum(1)
    ratios = top[chosen].sum(1)[below > 0] / below[below > 0]
    return np.percentile(ratios, [2.5, 97.5])


def _chosen(lab, count):
    return np.random.default_rng(lab.seed).integers(0, count, (RESAMPLES, count))


def _record_form(lab, found):
    """What the form says of wrong pages, beside those of the drawn graphs, some one fault a week: at the lowest threshold, as the form has
    every service alert that a fault passes."""
    rows = []
    for number in graphs.PACKINGS:
        depth = np.mean([_depth(graph, graph.packed(number)) for graph, _ in found])
        off = _ratio([one[number, THRESHOLDS[0]] for _, one in found], lambda one: one.off, lambda one: 1)
        faults = round(1 / number, 2)  # a week and service, as the form's field takes it
        rows.append({"services": number, "teams": graphs.TEAMS, "depth": round(depth, 1), "faults": faults, "people": 6, "measured": off * number * faults})
        lab.value(f"form.k{number}.depth", depth, "service|services", f"services on the longest way from the edge to a handler, both counted, in the mean: {number} services", len(found))
    _, asked = ask(lab.dir / "forms/pages.mjs", rows)
    for row, (predicted, _) in zip(rows, asked, strict=True):
        lab.value(f"form.k{row['services']}.measured_over_predicted_x", row["measured"] / predicted, "x",
                  f"wrong pages a week, measured over predicted: {row['services']} services", len(found))
    form(lab, "pages", rows, "page|pages", f"wrong pages a week, alert above {THRESHOLDS[0]}%")


def _depth(graph, packing):
    """The services on the longest way from the edge to a handler, in the mean of all handlers."""
    longest = {0: 1}
    callers = defaultdict(set)
    for handler, calls in enumerate(graph.calls):
        for call in calls:
            callers[call].add(handler)
    for handler in range(1, graphs.HANDLERS):
        above = callers[handler] or {0}
        longest[handler] = max(longest[caller] + (packing.service[caller] != packing.service[handler]) for caller in above)
    return np.mean(list(longest.values()))
