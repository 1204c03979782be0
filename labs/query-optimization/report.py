"""What the points say together, the figures' tables, and the raw files in samples/."""

import json

from _harness.stats import spearman, summary

from data import RANKS, TENANTS
from ladder import FORMS, PAGED, VARIANTS, places

FEW_PAGES = 100
SUB_MS = 1.0
LADDER = ("no_index", "tenant_index", PAGED, "covering_index")
NAMES = {"pg": "PostgreSQL", "mariadb": "MariaDB"}


class Tables:
    """Rows that the steps gather for the figures."""

    COLUMNS = {
        "decay": {
            "engine": None, "reader": None, "stage": None, "run": None, "pages": "pages",
        },
        "estimates": {
            "engine": None, "statistics": None, "status": None, "actual": "rows",
            "estimated": "rows", "error": "x",
        },
        "workload": {
            "engine": None, "variant": None, "statement": None, "calls": "statements",
            "mean_ms": "ms", "total_ms": "ms",
        },
        "floor": {
            "engine": None, "transport": None, "orders": "rows", "server_ms": "ms",
            "client_ms": "ms",
        },
        "inserts": {
            "engine": None, "indexes": "indexes", "seconds": "s", "low": "s", "high": "s",
        },
        "points": {
            "engine": None, "query": None, "state": None, "parameter": None, "pages": "pages",
            "rows_read": "rows", "rows_returned": "rows", "median_ms": "ms", "p5_ms": "ms",
            "p95_ms": "ms", "max_ms": "ms", "client_median_ms": "ms", "runs": "runs",
        },
        "ladder": {
            "engine": None, "state": None, "step": "1", "rank": "1", "tenant_rows": "rows",
            "pages": "pages", "median_ms": "ms", "p5_ms": "ms", "p95_ms": "ms",
        },
        "pagination": {
            "engine": None, "form": None, "rank": "1", "depth": "rows", "rows_read": "rows",
            "pages": "pages", "median_ms": "ms",
        },
    }  # fmt: skip

    def __init__(self):
        self.decay, self.estimates, self.workload, self.floor, self.inserts = [], [], [], [], []

    def record(self, bench):
        """Add the tables that follow from the points, and record them all."""
        self.points = [point_row(point) for point in compared(bench)]
        self.ladder = list(ladder_rows(bench))
        self.pagination = list(pagination_rows(bench))
        for name, units in self.COLUMNS.items():
            columns = {
                column: {"label": column.removesuffix("_ms").replace("_", " "), "unit": unit}
                for column, unit in units.items()
            }
            bench.lab.table(name, columns, getattr(self, name))


def compared(bench):
    """The points measured under one set of settings."""
    return [point for point in bench.points if point.state not in VARIANTS]


def point_row(point):
    server = summary(point.server)
    return {
        "engine": NAMES[point.engine], "query": point.query, "state": point.state,
        "parameter": point.parameter, "pages": point.pages, "rows_read": point.rows_read,
        "rows_returned": point.rows_returned, "median_ms": server["median"],
        "p5_ms": server["p5"], "p95_ms": server["p95"], "max_ms": server["max"],
        "client_median_ms": summary(point.client)["median"], "runs": len(point.server),
    }  # fmt: skip


def ladder_rows(bench):
    """The newest 20 in each state of the ladder, by tenant rank."""
    for point in bench.points:
        if point.query == "newest20" and point.state in LADDER:
            rank, server = int(point.parameter.removeprefix("rank")), summary(point.server)
            yield {
                "engine": NAMES[point.engine], "state": point.state,
                "step": LADDER.index(point.state), "rank": rank,
                "tenant_rows": bench.orders.tenant(rank).rows, "pages": point.pages,
                "median_ms": server["median"], "p5_ms": server["p5"], "p95_ms": server["p95"],
            }  # fmt: skip


def pagination_rows(bench):
    """Every form of the next page at every depth."""
    where = {name: (rank, depth) for name, rank, depth in places(bench.orders)}
    forms = {form.replace("-", "_"): form for form in (*FORMS, "keyset-force-index")}
    for point in bench.points:
        if point.query in forms and point.state == PAGED:
            rank, depth = where[point.parameter]
            yield {
                "engine": NAMES[point.engine], "form": forms[point.query], "rank": rank,
                "depth": depth, "rows_read": point.rows_read, "pages": point.pages,
                "median_ms": point.median_ms,
            }  # fmt: skip


def inputs(lab, orders, inserted):
    """What was given rather than measured, and facts of the generated rows."""
    lab.value("inputs.rows", orders.rows, "rows", "orders in the table")
    lab.value("inputs.tenants", TENANTS, "tenants", "tenants drawn from")
    lab.value("inputs.page_size_rows", 20, "rows", "rows on a page of results")
    lab.value("inputs.inserted_rows", inserted, "rows", "rows of one insertion")
    lab.value("inputs.seed", lab.seed, "1", "seed of the generator")
    lab.value("inputs.deepest_row", orders.depths()[-1], "rows", "depth of the deepest page")
    for rank in RANKS:
        tenant = orders.tenant(rank)
        label = f"orders of the tenant of rank {rank}"
        lab.value(f"inputs.rank{rank}.rows", tenant.rows, "rows", label)
        share = 100 * tenant.rows / orders.rows
        lab.value(f"inputs.rank{rank}.share_percent", share, "%", f"share of the {label}")
    pending = orders.one("SELECT count(*) FROM orders WHERE status = 'pending'")
    lab.value("inputs.pending_rows", pending, "rows", "pending orders")
    recent = "SELECT count(*) FILTER (status = 'pending'), count(*) FROM orders WHERE created_at >= ?"
    new, newest = orders.db.execute(recent, [orders.since]).fetchone()
    lab.value("inputs.recent_rows", newest, "rows", "orders in the newest 0.5 %")
    lab.value("inputs.recent_pending_rows", new, "rows", "pending orders in the newest 0.5 %")
    day = orders.query(
        "SELECT count(*) FROM orders WHERE created_at >= %(day)s AND created_at < %(next_day)s", orders.day
    )
    lab.value("inputs.day_rows", day[0][0], "rows", "orders of the reported day")


def pages_against_time(bench):
    """Whether pages predict time on each engine, and whether they repeat."""
    lab = bench.lab
    for prefix, title in NAMES.items():
        points = [point for point in compared(bench) if point.engine == prefix]
        rho = spearman([point.pages for point in points], [point.median_ms for point in points])
        lab.value(f"{prefix}.points", len(points), "queries", f"{title}: queries measured")
        label = f"{title}: rank correlation of pages and median server time"
        lab.value(f"{prefix}.spearman", rho, "1", label, len(points))
        rho = spearman([point.rows_read for point in points], [point.median_ms for point in points])
        label = f"{title}: rank correlation of rows read and median server time"
        lab.value(f"{prefix}.spearman_rows", rho, "1", label, len(points))
        small = [point for point in points if point.pages <= FEW_PAGES]
        quick = sum(point.median_ms < SUB_MS for point in small)
        lab.value(f"{prefix}.small_plans", len(small), "plans", f"{title}: plans of 100 pages at most")
        label = f"{title}: share of plans of 100 pages at most with a median below 1 ms"
        lab.value(f"{prefix}.small_plans_sub_ms_percent", 100 * quick / len(small), "%", label, len(small))
        again = [point for point in points if point.again is not None]
        same = sum(point.again == point.pages for point in again)
        label = f"{title}: share of points that touch the same pages again after being timed"
        lab.value(f"{prefix}.same_pages_percent", 100 * same / len(again), "%", label, len(again))
        spread = [summary(point.server) for point in again]
        label = f"{title}: median over those points of p95 over p5 of server time"
        ratios = [times["p95"] / times["p5"] for times in spread]
        lab.value(f"{prefix}.time_spread_x", summary(ratios)["median"], "x", label, len(again))


def plans(bench):
    """Keep each point's times, every plan as JSON, and the plans that are shown as text."""
    lab = bench.lab
    lab.sample("times", [
        {
            "point": point.key,
            "server_us": " ".join(f"{ms * 1000:.1f}" for ms in point.server),
            "client_us": " ".join(f"{ms * 1000:.1f}" for ms in point.client),
        }
        for point in bench.points
    ])  # fmt: skip
    for key, plan in bench.plans.items():
        lab.text(f"plans/{key}.json", json.dumps(plan, indent=1, default=str) + "\n")
    for name, text in bench.texts.items():
        lab.text(name, text + "\n")
