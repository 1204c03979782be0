"""Check one query's answer, count its work, time it, and keep all three."""

from dataclasses import dataclass
from time import perf_counter

from _harness import LabError
from _harness.stats import bootstrap_median, summary

from data import fingerprint
from statements import statement

SLOW_MS = 200


@dataclass(frozen=True)
class Point:
    """One query with one parameter in one state of the indexes, measured warm.

    server, client: milliseconds, one per execution. again: the pages that one more
    execution touched after the timed ones, None where that would take too long.
    """

    engine: str
    query: str
    state: str
    parameter: str
    pages: int
    again: int | None
    rows_read: int
    rows_returned: int
    server: list
    client: list

    @property
    def key(self):
        parts = (self.engine, self.query, self.state, self.parameter)
        return ".".join(part for part in parts if part)

    @property
    def median_ms(self):
        return summary(self.server)["median"]

    @property
    def rows_per_row(self):
        return self.rows_read / max(self.rows_returned, 1)


class Bench:
    """Measures points on one engine after the other and remembers them all.

    plans: {point's key: plan as parsed JSON}. texts: {file name: plan as text}.
    """

    def __init__(self, lab, orders):
        self.lab, self.orders = lab, orders
        self.engine = None
        self.points, self.plans, self.texts = [], {}, {}

    def measure(self, query, state, parameter, file, parameters, right_by=None, record=True):
        """Measure sql/<file> with `parameters`; LabError if its answer is wrong.

        right_by: another file that gives the right answer, with its parameters, for
        statements that DuckDB does not speak. record: whether the point gets values
        of its own in results.json, besides its row in the table of points.
        """
        sql = statement(file)
        right = self.orders.answer(*(right_by or (file, parameters)))
        start = perf_counter()
        rows = self.engine.rows(sql, parameters)
        first_ms = (perf_counter() - start) * 1000
        if fingerprint(rows) != right:
            raise LabError(f"{self.engine.title} answers {file} with {parameters} wrongly; nothing is timed")
        pages, rows_read, plan = self.engine.work(sql, parameters)
        times = self.engine.timed(sql, parameters, self.runs(first_ms))
        again, _, _ = self.engine.work(sql, parameters) if first_ms < SLOW_MS else (None, 0, 0)
        server, client = (list(column) for column in zip(*times, strict=True))
        point = Point(
            self.engine.prefix, query, state, parameter, pages, again, rows_read, len(rows), server, client
        )
        self.points.append(point)
        self.plans[point.key] = plan
        if record:
            self.record(point)
        return point

    def runs(self, first_ms):
        """How often to time a statement that took `first_ms`."""
        if self.lab.quick:
            return 3 if first_ms > 5 else 20
        return 5 if first_ms > SLOW_MS else 20 if first_ms > 10 else 300

    def record(self, point):
        title = ", ".join(part for part in (point.query, point.state, point.parameter) if part)
        key = point.key.removeprefix(f"{point.engine}.")
        self.value(f"{key}.pages", point.pages, "pages", f"pages touched: {title}")
        self.value(f"{key}.rows_read", point.rows_read, "rows", f"rows read: {title}")
        ratio = f"rows read per row returned: {title}"
        self.value(f"{key}.rows_read_per_row", point.rows_per_row, "x", ratio)
        self.milliseconds(f"{key}.median_ms", point.server, f"server time, median: {title}")
        p95 = summary(point.server)["p95"]
        self.value(f"{key}.p95_ms", p95, "ms", f"server time, p95: {title}", len(point.server))
        at_client = f"time at the client, median: {title}"
        self.milliseconds(f"{key}.client_median_ms", point.client, at_client)

    def value(self, key, value, unit, label, n=1, *spread):
        """Record a value under this engine's prefix; spread: low, high, interval."""
        label = f"{self.engine.title}: {label}"
        self.lab.value(f"{self.engine.prefix}.{key}", value, unit, label, n, *spread)

    def milliseconds(self, key, samples, label):
        """Record a median with its bootstrap interval."""
        median, n = summary(samples)["median"], len(samples)
        low, high = bootstrap_median(samples, self.lab.seed)
        self.value(key, median, "ms", label, n, low, high, "bootstrap 95 % of the median")

    def few(self, key, samples, unit, label):
        """Record the median of too few samples for an interval, with their extremes."""
        middle, n = summary(samples)["median"], len(samples)
        self.value(key, middle, unit, label, n, min(samples), max(samples), "minimum to maximum")

    def get(self, query, state, parameter=""):
        """The point measured before on this engine."""
        key = ".".join(part for part in (self.engine.prefix, query, state, parameter) if part)
        return next(point for point in self.points if point.key == key)

    def of(self, query, state):
        """This engine's points of one query in one state of the indexes."""
        wanted = (self.engine.prefix, query, state)
        return [p for p in self.points if (p.engine, p.query, p.state) == wanted]
