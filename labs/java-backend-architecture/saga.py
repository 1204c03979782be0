"""How long, and how often to a reader, an order is reserved and not charged: one transaction, or a saga over two databases."""

import random
import statistics

import commits
import jvm
from _harness import LabError
from _harness.servers import PostgreSQL
from _harness.stats import distribution, percentile

LOADS = (20, 50, 80)  # percent of what the saga can do
WAYS = {"one": "one transaction", "saga": "saga over two databases"}
RUNS, SECONDS = 3, 3
TABLES = (
    "CREATE TABLE reservations (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id int NOT NULL, cancelled boolean NOT NULL)",
    "CREATE INDEX ON reservations (id)",
    "CREATE TABLE charges (id int PRIMARY KEY)",
    "CREATE TABLE refusals (id int PRIMARY KEY)",
)


def measure(lab):
    """What the saga can do, orders a second, and {(way, load): [(what the program said, windows in ms)]}."""
    loads, runs, seconds = (LOADS[-1:], 1, 0.7) if lab.quick else (LOADS, RUNS, SECONDS)
    found = {(way, load): [] for way in WAYS for load in loads}
    jobs = [job for job in found for _ in range(runs)]
    random.Random(lab.seed).shuffle(jobs)
    with PostgreSQL(lab.workdir, commits.SETTINGS) as stock, PostgreSQL(lab.workdir, commits.SETTINGS) as payment:
        for server in (stock, payment):
            jvm.pin(server)
            server.sql("; ".join(TABLES))
        said, _ = _run(stock, payment, "saga", 0, seconds, lab.seed)
        capacity = said["finished"] / said["seconds"]
        for number, (way, load) in enumerate(jobs, 1):
            found[way, load].append(_run(stock, payment, way, capacity * load / 100, seconds, lab.seed + number))
    lab.log("sagas")
    return capacity, found


def _run(stock, payment, way, rate, seconds, seed):
    for server in (stock, payment):
        server.sql("TRUNCATE reservations, charges, refusals")
    (said,) = jvm.ask("Saga", [way, jvm.address(stock), jvm.address(payment), rate, seconds, seed], [])
    begun = commits.times(stock, "reservations WHERE NOT cancelled")
    ended = commits.times(stock, "reservations WHERE cancelled") | commits.times(stock if way == "one" else payment, "charges")
    if begun.keys() != ended.keys():
        raise LabError(f"{len(begun.keys() ^ ended.keys())} orders of {WAYS[way]} stayed half done")
    told = {name: float(number) for name, number in (pair.split("=") for pair in said.split())}
    return told, [ended[order] - at for order, at in begun.items()]


def record(lab, measured):
    capacity, found = measured
    lab.value("saga.capacity_per_s", capacity, "1", "sagas a second that eight clients get through, closed loop")
    rows, windows = [], {}
    for (way, load), runs in found.items():
        key, at = f"saga.{way}.at_{load}", f"{WAYS[way]}, {load}% of the saga's capacity, open loop"
        looks, illegal = (int(sum(told[name] for told, _ in runs)) for name in ("looks", "illegal"))
        windows[f"{way} at {load}%"] = each = [window for _, mine in runs for window in mine]
        lab.value(f"{key}.illegal_looks", illegal, "look|looks", f"of a reader at a reservation without its charge, {at}", looks)
        lab.value(f"{key}.illegal_percent", 100 * illegal / looks, "%", f"share of a reader's looks that saw a reservation without its charge, {at}", looks)
        shares = {rank: percentile(each, rank) for rank in (50, 99)}
        for rank, share in shares.items():
            lab.value(f"{key}.window_p{rank}_ms", unit="ms", label=f"p{rank} from the reservation's commit to the charge's or the cancellation's, {at}", sample="windows", **share)
        rows.append({"way": WAYS[way], "load_percent": load, "looks": looks, "illegal": illegal,
                     "p50_ms": shares[50]["value"], "p99_ms": shares[99]["value"]})
    lab.sample("windows", distribution(windows, "window_ms"))
    columns = {"way": {"label": "the two writes", "unit": None}, "load_percent": {"label": "load", "unit": "%"}, "looks": {"label": "looks", "unit": "count"},
               "illegal": {"label": "against the rule", "unit": "count"}, "p50_ms": {"label": "window p50", "unit": "ms"}, "p99_ms": {"label": "window p99", "unit": "ms"}}
    lab.table("saga", columns, rows)
