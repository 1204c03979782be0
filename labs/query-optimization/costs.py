"""What the fixes cost: insertion with 0 to 5 indexes, and the first read after a restart."""

from _harness.stats import summary

from statements import statement

INDEXES = (
    "index-tenant.sql",
    "index-tenant-created.sql",
    "index-covering-ENGINE.sql",
    "index-pending-ENGINE.sql",
    "index-created.sql",
)
BATCHES = 3
RESTARTS = 3


def insertion(bench, rows, batch):
    """Insert `batch` rows, three times, into a twentieth of the table with 0 to 5 indexes.

    Each count of indexes starts from a fresh copy of the oldest rows. What goes in is
    a copy of the newest ones, so tenants are skewed and times are at the end.
    """
    engine, largest = bench.engine, bench.orders.rows
    original = engine.second_schema("writes")
    files = [engine.file(name) for name in INDEXES]
    medians = []
    for count in range(len(files) + 1):
        engine.rows(statement(engine.file("schema-ENGINE.sql")))
        engine.rows(f"INSERT INTO orders SELECT * FROM {original} WHERE id <= {largest // 20}")
        engine.add_primary_key()
        for file in files[:count]:
            engine.create_index(file)
        seconds = []
        for number in range(BATCHES):
            copy = (
                f"INSERT INTO orders SELECT id + {number * batch}, tenant_id, customer_id, status, "
                f"created_at, total_cents, note FROM {original} WHERE id > {largest - batch}"
            )
            seconds.append(engine.client_ms(copy) / 1000)
        engine.rows("DROP TABLE orders")
        label = f"inserting {batch} rows with {count} secondary indexes"
        bench.few(f"insert.indexes{count}_s", seconds, "s", label)
        medians.append(summary(seconds)["median"])
        spread = {"low": min(seconds), "high": max(seconds)}
        rows.append({"engine": engine.title, "indexes": count, "seconds": medians[-1]} | spread)
    label = "inserting with five secondary indexes over inserting with none"
    bench.value("insert.slowdown_x", medians[-1] / medians[0], "x", label, BATCHES)


def cold(bench):
    """The newest 20 after a restart with every cache empty, with (tenant_id, created_at, id).

    The first statement also reads the server's catalogs; the second, for another
    tenant, is cold only in its own pages.
    """
    engine, sql = bench.engine, statement("newest20.sql")
    waits = {"first": [], "next": [], "warm": []}
    for _ in range(1 if bench.lab.quick else RESTARTS):
        engine.restart_cold()
        for name, rank in (("first", 1), ("next", 1000), ("warm", 1000)):
            tenant = {"tenant": bench.orders.tenant(rank).id}
            waits[name].append(engine.client_ms(sql, tenant))
    for name, samples in waits.items():
        label = f"newest 20 at the client after a restart without caches, {name} statement"
        bench.few(f"cold.{name}_client_ms", samples, "ms", label)
    engine.warm()
