"""What the client waits for when the server is already fast: the round trip and the driver."""

import random
from time import perf_counter

from _harness import LabError
from _harness.stats import summary

from statements import statement

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # orders summed by one statement
READS = 200
FLOOR_MS = 0.1


def floor(bench, rows):
    """Client time against server time, and 200 reads against one, over socket and TCP."""
    for transport in ("socket", "tcp"):
        connection = bench.engine.connect(tcp=transport == "tcp")
        curve(bench, rows, transport, connection)
        many_reads(bench, transport, connection)
        connection.close()


def curve(bench, rows, transport, connection):
    """Statements with one row of answer and ever more work behind it."""
    engine, runs = bench.engine, 20 if bench.lab.quick else 500
    nothing = [ms for _, ms in engine.timed("SELECT 1", None, runs, connection)]
    label = f"SELECT 1 at the client, {transport}"
    bench.milliseconds(f"floor.{transport}.nothing_ms", nothing, label)
    ids = random.Random(bench.lab.seed).sample(range(1, bench.orders.rows), max(SIZES))
    medians = []
    for size in SIZES:
        listed = ", ".join(map(str, ids[:size]))
        sql = f"SELECT sum(total_cents) FROM orders WHERE id IN ({listed})"
        times = engine.timed(sql, None, runs, connection)
        server, client = (summary(column)["median"] for column in zip(*times, strict=True))
        medians.append((server, client))
        rows.append(
            {
                "engine": engine.title,
                "transport": transport,
                "orders": size,
                "server_ms": server,
                "client_ms": client,
            }
        )
    below = [pair for pair in medians if pair[0] <= FLOOR_MS] or medians[:1]
    server, client = below[-1]
    half = min(medians, key=lambda pair: abs(pair[0] - server / 2))
    prefix = f"floor.{transport}.halving"
    bench.value(f"{prefix}.server_ms", server, "ms", f"server median nearest below 0.1 ms, {transport}", runs)
    bench.value(
        f"{prefix}.half_server_ms", half[0], "ms", f"server median nearest half of it, {transport}", runs
    )
    moved = 100 * (client - half[1]) / client
    label = f"fall of the client median when the server time halves, {transport}"
    bench.value(f"{prefix}.client_percent", moved, "%", label, runs)
    bench.value(
        f"floor.{transport}.share_percent",
        100 * (1 - medians[0][0] / medians[0][1]),
        "%",
        f"share of one order's client time that is not server time, {transport}",
        runs,
    )


def many_reads(bench, transport, connection):
    """200 orders by 200 statements, and by one that names them all."""
    engine, repeats = bench.engine, 3 if bench.lab.quick else 30
    draw = random.Random(bench.lab.seed + 1)
    ids = sorted(draw.sample(range(1, bench.orders.rows), READS))
    one, all = statement("order.sql"), statement(engine.file("orders-ENGINE.sql"))

    def singly():
        return [row for id in ids for row in engine.rows(one, {"id": id}, connection)]

    def together():
        return list(engine.rows(all, {"ids": ids}, connection))

    if singly() != together():
        raise LabError(f"{engine.title}: {READS} reads and one statement disagree")
    for name, read in (("singly", singly), ("together", together)):
        waited = [stopwatch(read) for _ in range(repeats)]
        label = f"{READS} orders read {name} at the client, {transport}"
        bench.milliseconds(f"n_plus_one.{transport}.{name}_ms", waited, label)
        if name == "singly":
            slow = summary(waited)["median"]
    ratio = slow / summary(waited)["median"]
    label = f"{READS} single reads over one statement, {transport}"
    bench.value(f"n_plus_one.{transport}.ratio_x", ratio, "x", label, repeats)
    server = summary([ms for ms, _ in engine.timed(one, {"id": ids[0]}, 100, connection)])["median"]
    label = f"server time of {READS} single reads, from the median of one, {transport}"
    bench.value(f"n_plus_one.{transport}.singly_server_ms", server * READS, "ms", label, 100)


def stopwatch(call):
    """Milliseconds that `call` takes."""
    start = perf_counter()
    call()
    return (perf_counter() - start) * 1000
