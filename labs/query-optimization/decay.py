"""Let a covered sum decay by updating the rows it covers, then clean up after the updates.

PostgreSQL keeps old row versions in the table until VACUUM, so the readers of the
new ones pay; the first of them marks the dead index entries, unless an older
snapshot may still need them. InnoDB keeps old versions in its undo log, so the
one who pays is the reader with the older snapshot.
"""

import time

from _harness import LabError

from mariadb import found
from statements import statement

RANK = 100
SHARES = {1: "id % 100 = 0", 10: "id % 10 = 0 AND id % 100 <> 0", 100: "id % 10 <> 0"}
BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
    "mariadb": "START TRANSACTION WITH CONSISTENT SNAPSHOT",
}


class Decay:
    """The covered sum of one tenant, watched through a series of updates."""

    def __init__(self, bench, rank, rows):
        self.bench, self.engine, self.rows = bench, bench.engine, rows
        self.tenant = bench.orders.tenant(rank)
        self.sql, self.parameters = statement("tenant-sum.sql"), {"tenant": self.tenant.id}
        self.right = [int(cell) for cell in self.sum()]
        self.access = set()

    def sum(self, connection=None):
        return self.engine.rows(self.sql, self.parameters, connection)[0]

    def update(self, condition):
        """Add a cent to each of the tenant's orders that meet `condition`."""
        self.right[1] += self.engine.change(
            "UPDATE orders SET total_cents = total_cents + 1 "
            f"WHERE tenant_id = {self.tenant.id} AND {condition}"
        )

    def look(self, reader, stage, key, connection=None, right=None):
        """Count the pages of the first execution and of those after it; both are recorded."""
        first, _, plan = self.engine.work(self.sql, self.parameters, connection)
        answer = [int(cell) for cell in self.sum(connection)]
        if answer != (right or self.right):
            raise LabError(f"{self.engine.title}: the sum is {answer} {stage}, not {right or self.right}")
        runs = 5 if self.bench.lab.quick else 50
        times = self.engine.timed(self.sql, self.parameters, runs, connection)
        later, _, _ = self.engine.work(self.sql, self.parameters, connection)
        self.access.add(access_path(plan))
        label = f"of the covered sum {stage}, {reader}"
        self.bench.value(f"decay.{key}.first_pages", first, "pages", f"pages of the first run {label}")
        self.bench.value(f"decay.{key}.later_pages", later, "pages", f"pages of later runs {label}")
        server = [ms for ms, _ in times]
        self.bench.milliseconds(f"decay.{key}.median_ms", server, f"median of later runs {label}")
        for run, pages in (("first", first), ("later", later)):
            self.rows.append(
                {"engine": self.engine.title, "reader": reader, "stage": stage, "run": run, "pages": pages}
            )
        self.bench.plans[f"{self.engine.prefix}.decay.{key}"] = plan
        return first, later


def decay(bench, rows):
    """Measure decay and recovery on this engine; `rows` gathers the figure's table."""
    engine = bench.engine
    alone = Decay(bench, RANK, rows)
    fresh, _ = alone.look("new reader", "before", "fresh")
    for share, condition in SHARES.items():
        alone.update(condition)
        first, later = alone.look("new reader", f"{share} % updated", f"updated{share}")
    left = clean(engine)
    bench.value("decay.history_left", left, "1", "undo logs not yet purged when cleaned")
    cleaned, _ = alone.look("new reader", "cleaned", "cleaned")
    bench.value("decay.rows", alone.right[0], "rows", "orders under the covered sum")
    for name, pages in {"first": first, "later": later, "cleaned": cleaned}.items():
        label = f"pages after updating every covered row, {name}, over those before"
        bench.value(f"decay.growth_{name}_x", pages / fresh, "x", label)

    pinned = Decay(bench, RANK + 1, rows)
    fresh, _ = pinned.look("new reader, older snapshot open", "before", "pinned_fresh")
    snapshot = engine.connect()
    engine.rows(BEGIN[engine.name], connection=snapshot)
    old = [int(cell) for cell in pinned.sum(snapshot)]
    pinned.update("true")
    _, new = pinned.look("new reader, older snapshot open", "100 % updated", "pinned_new")
    _, held = pinned.look("reader with the older snapshot", "100 % updated", "pinned_old", snapshot, old)
    snapshot.rollback()
    snapshot.close()
    clean(engine)
    pinned.look("new reader, older snapshot open", "cleaned", "pinned_cleaned")
    for name, pages in {"new": new, "old": held}.items():
        label = f"pages of the {name} reader's later runs while a snapshot is open, over those before"
        bench.value(f"decay.pinned_growth_{name}_x", pages / fresh, "x", label)
    plans = len(alone.access | pinned.access)
    bench.value("decay.plans", plans, "plans", "different access paths seen during the decay")


def clean(engine):
    """VACUUM, or wait a minute for InnoDB's purge; how many undo logs are left."""
    if engine.name == "postgresql":
        engine.rows("VACUUM orders")
        return 0
    history = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'"
    deadline = time.monotonic() + 60
    while (left := engine.rows(history)[0][0]) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def access_path(plan):
    """How the plan reads the table, without its numbers."""
    if "Plan" in plan:
        node = plan["Plan"]["Plans"][0]
        return node["Node Type"], node["Index Name"]
    return found(plan, "access_type")[0], found(plan, "key")[0], bool(found(plan, "using_index"))
