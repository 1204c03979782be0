"""One night: at 03:10 the shop's handler for prices breaks. Who is paged, and who of them could mend it, by the real alerts."""

from real import NAMED_NUMBER
from running import Case
from spread import Fault

BROKEN = "prices.quote"
PANELS = {("crash", False): "crash", ("slow", False): "slow call", ("wrong", False): "wrong payload", ("wrong", True): "wrong payload, checked"}
PLACES = {  # of the shop's services in the drawing
    "edge": (2, 3), "search": (0, 2), "catalogue": (1, 2), "reviews": (0, 1), "cart": (2, 2), "orders": (3, 2), "accounts": (4, 2),
    "prices": (1.5, 1), "stock": (2.5, 1), "pay": (3.5, 1), "ship": (4.5, 1), "mail": (4.5, 0), "fraud": (3.5, 0),
}


def record(lab, found):
    graph, cell = next((graph, cell) for (graph, number), cell in found.items() if graph.name == "shop" and number == NAMED_NUMBER)
    packing, handler = graph.packed(NAMED_NUMBER), graph.names.index(BROKEN)
    culprit, owner = packing.service[handler], graph.owners[handler]
    rows = []
    for (kind, checked), panel in PANELS.items():
        seen = cell[Case(Fault(handler, kind, checked), 1)]
        _record_panel(lab, f"night.{kind}{'_checked' * checked}", panel, seen, packing, owner)
        for service, (x, y) in PLACES.items():
            page = "not paged" if service not in seen.services else "paged, can mend it" if packing.team[service] == owner else "paged, cannot mend it"
            rows.append({"fault": panel, "service": service, "team": packing.team[service], "x": x, "y": y, "paged": page, "broken": "broken" if service == culprit else "whole"})
    texts = {name: {"label": label, "unit": None} for name, label in (("fault", "fault"), ("service", "service"), ("team", "team"), ("paged", "its team is"), ("broken", "broken"))}
    numbers = {name: {"label": label, "unit": "count"} for name, label in (("x", "place across"), ("y", "place up"), ("x2", "place across, called"), ("y2", "place up, called"))}
    lab.table("night", {name: (texts | numbers)[name] for name in ("fault", "service", "team", "x", "y", "paged", "broken")}, rows)
    lab.table("night_calls", {name: (texts | numbers)[name] for name in ("fault", "x", "y", "x2", "y2")}, [line | {"fault": panel} for panel in PANELS.values() for line in _lines(graph, packing)])


def _record_panel(lab, key, panel, seen, packing, owner):
    about = f"03:10 in the shop, prices: {panel}"
    teams = {packing.team[service] for service in seen.services}
    off = sum(packing.team[service] != owner for service in seen.services)
    for name, value, unit, label in (
        ("pages", len(seen.services), "page|pages", "pages, one for each service that alerts"), ("teams", len(teams), "team|teams", "teams paged, of four"),
        ("wrong_pages", off, "page|pages", "pages to a team that cannot mend it"), ("menders", int(owner in teams), "team|teams", "teams paged that can mend it"),
        ("first_pages", len(seen.fired["ServiceFailingFirst"]), "page|pages", "pages, callers held back"),
        ("edge_teams", len(seen.teams), "team|teams", "teams paged by the alert of the edge"), ("edge_menders", int(owner in seen.teams), "team|teams", "teams paged by the alert of the edge that can mend it"),
    ):
        lab.value(f"{key}.{name}", value, unit, f"{label}, {about}")


def _lines(graph, packing):
    for caller, called in sorted(graph.between(packing)):
        (x, y), (x2, y2) = PLACES[caller], PLACES[called]
        yield {"x": x, "y": y, "x2": x2, "y2": y2}
