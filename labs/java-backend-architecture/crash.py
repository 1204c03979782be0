"""Orders in PostgreSQL and their events in a Redis stream, by a program that is killed between the two writes."""

import random
import statistics
import time
from dataclasses import dataclass

import commits
import jvm
from _harness import LabError
from _harness.servers import PostgreSQL, Redis
from _harness.stats import poisson
from _harness.worker import Worker

THREADS = 8
KILLS = 20
WARM_MS, QUICK_WARM_MS = 2_000, 500
MOMENT_S = 0.3  # a kill falls evenly into this time after the program is warm
GONE_S = 30
STREAM = "orders"
WAYS = {
    "commit_publish": "commit, then publish",
    "publish_commit": "publish, then commit",
    "outbox": "outbox and relay",
}
TABLES = (
    "CREATE TABLE orders (id int PRIMARY KEY)",
    "CREATE TABLE outbox (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id int NOT NULL)",
    "CREATE TABLE handled (id int PRIMARY KEY)",
)


@dataclass
class Kill:
    """What one kill left. rate: orders a second before it. gap_ms: mean time between the two writes, by the servers' clocks."""

    way: str
    orders: int
    events: int
    lost: int
    phantom: int
    duplicates: int
    rate: float
    gap_ms: float
    undelivered: int = 0
    handled: int = 0


def measure(lab):
    """{way: its kills}, the ways in turn."""
    moments = random.Random(lab.seed)
    kills = {way: [] for way in WAYS}
    with PostgreSQL(lab.workdir, commits.SETTINGS) as postgres, Redis(lab.workdir, {"save": ""}) as redis:
        lab.version("Redis", redis.version)
        jvm.pin(postgres)
        for statement in TABLES:
            postgres.sql(statement)
        for _ in range(2 if lab.quick else KILLS):
            for way in WAYS:
                kills[way].append(_kill(lab, postgres, redis, way, moments.uniform(0, MOMENT_S)))
    lab.log(f"{sum(map(len, kills.values()))} kills")
    return kills


def _kill(lab, postgres, redis, way, moment):
    postgres.sql("TRUNCATE orders, outbox, handled")
    redis.command("DEL", STREAM)
    address, port = jvm.address(postgres, ApplicationName="orders"), redis.port
    with Worker(jvm.command("Orders", address, port, way.replace("_", "-"), QUICK_WARM_MS if lab.quick else WARM_MS), lab.workdir) as worker:
        worker.until("warm")
        time.sleep(moment)
        worker.kill()
    _gone(postgres, redis)
    orders = commits.times(postgres, "orders")
    undelivered = int(postgres.sql("SELECT count(*) FROM outbox")[0][0])
    handled = events_read = 0
    if way == "outbox":
        (said,) = jvm.ask("Orders", [address, port, "drain"], [])
        events_read, handled = map(int, said.split())
    # A stream's id begins with the millisecond in which it was added.
    events = [(int(fields[1]), int(place.split("-")[0])) for place, fields in redis.command("XRANGE", STREAM, "-", "+")]
    if events_read not in (0, len(events)):
        raise LabError(f"the consumer read {events_read} of {len(events)} events")
    known = {order for order, _ in events}
    last = max(orders.values())
    gaps = [at + 0.5 - orders[order] for order, at in events if order in orders]
    return Kill(
        way=way, orders=len(orders), events=len(events), lost=len(orders.keys() - known), phantom=len(known - orders.keys()),
        duplicates=len(events) - len(known), rate=sum(at > last - 1000 for at in orders.values()),
        gap_ms=abs(statistics.fmean(gaps)), undelivered=undelivered, handled=handled,
    )


def _gone(postgres, redis):
    """Wait until both servers have done with what the dead program had sent: a COMMIT in the socket survives its client."""
    deadline = time.monotonic() + GONE_S
    while time.monotonic() < deadline:
        left = int(postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'orders'")[0][0])
        if left == 0 and redis.command("INFO", "clients").split("connected_clients:")[1].split()[0] == "1":
            return
    raise LabError(f"connections of a killed program are still open after {GONE_S} s")


def record(lab, kills):
    lab.value("inputs.threads", THREADS, "thread|threads", "threads that write orders")
    lab.value("inputs.kills", len(kills["outbox"]), "kill|kills", "kills of each kind")
    for way, title in WAYS.items():
        mine, n = kills[way], len(kills[way])
        for kind, label in (("lost", "orders without an event"), ("phantom", "events without an order"), ("duplicates", "events more than one for an order")):
            total = sum(getattr(kill, kind) for kill in mine)
            low, high = poisson(total)
            lab.value(f"crash.{way}.{kind}", total, "count", f"{label} after {n} kills, {title}", n, low, high, "exact Poisson 95 %", sample="kills")
        lab.value(f"crash.{way}.orders_per_s", statistics.median(kill.rate for kill in mine), "1", f"orders committed in the second before a kill, median, {title}", n, sample="kills")
        if way != "outbox":
            gap = statistics.fmean(kill.gap_ms for kill in mine)
            lab.value(f"crash.{way}.gap_ms", gap, "ms", f"mean gap between the two writes by the servers' clocks, {title}", n, sample="kills")
            expected = sum(kill.rate * kill.gap_ms / 1000 for kill in mine)
            lab.value(f"crash.{way}.expected", expected, "count", f"inconsistencies expected from rate and gap, {title}", n, sample="kills")
            kind = "lost" if way == "commit_publish" else "phantom"
            found = sum(getattr(kill, kind) for kill in mine)
            lab.value(f"crash.{way}.found_over_expected_x", found / expected, "x", f"inconsistencies found over expected, {title}", n, sample="kills")
    outbox = kills["outbox"]
    lab.value("crash.outbox.undelivered", sum(kill.undelivered for kill in outbox), "row|rows", "in the outbox when the program was killed, all drained", len(outbox), sample="kills")
    lab.value("crash.outbox.kills_with_duplicates", sum(kill.duplicates > 0 for kill in outbox), "kill|kills", "that left an event twice", len(outbox), sample="kills")
    lab.value("crash.outbox.unhandled", sum(kill.orders - kill.handled for kill in outbox), "order|orders", "that a consumer with a key did not handle exactly once", len(outbox), sample="kills")
    direct = statistics.median(kill.rate for kill in kills["commit_publish"])
    lab.value("crash.outbox.orders_over_direct_x", statistics.median(kill.rate for kill in outbox) / direct, "x",
              "orders a second with an outbox over those with commit, then publish", len(outbox), sample="kills")
    lab.sample("kills", [vars(kill) for way in WAYS for kill in kills[way]])
