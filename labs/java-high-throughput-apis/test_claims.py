"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import pytest


@pytest.mark.xfail(
    strict=True,
    reason="The cost holds: 6.46 cores for the dearest stack. Two of the events miss. Bounded Jetty kept "
    "81.6% and not 90%: one second of three fell to half, and a log of the collector, taken "
    "afterwards, shows two long pauses of G1 then, to copy what the client connections hold of the "
    "heap. On virtual threads p99 of /json was 18.9 ms and not 10, by a few requests, late in one "
    "second; that log has a long pause there. Without the bound 1.34% was left, and with 200 threads "
    "12.8% of /json came in time.",
)
def test_thesis(results):
    """50,000 small JSON requests a second cost at most eight cores' worth of CPU time in each of
    eleven stacks. What decides whether they are a drama is the design of one process: when a
    dependency slows to 1 s, 200 platform threads take an unrelated endpoint over its SLO of 10 ms
    and virtual threads do not; at twice the capacity of its connection pool, a bounded server keeps
    at least 90% of its goodput and an unbounded one does not."""
    assert results["bill.most_cpu_cores"] <= 8
    assert results["step.pool.slow.json_p99_ms"] > 10
    assert results["step.virtual.slow.json_p99_ms"] <= 10
    assert results["overload.bounded.goodput_percent"] >= 90
    assert results["overload.unbounded.goodput_percent"] < 90


def test_cost(results):
    """On /json with the core half busy, the cheapest Java stack uses at most 1.5 times the CPU per
    request of Go's net/http, and at most half of FastAPI's."""
    assert results["ratio.half_busy.java_best_over_go_x"] <= 1.5
    assert results["ratio.half_busy.java_best_over_fastapi_x"] <= 0.5


def test_framework_tax(results):
    """The dearest Java stack over the cheapest, and the dearest Python stack over the cheapest, are
    both more than the cheapest Java stack over Go: frameworks differ more than languages."""
    across = results["ratio.half_busy.java_best_over_go_x"]
    assert results["ratio.half_busy.within_java_x"] > across
    assert results["ratio.half_busy.within_python_x"] > across


@pytest.mark.xfail(
    strict=True,
    reason="PostgreSQL took 38.2 to 48.4 µs a request for the three, Go's server 111, Jetty 153 and axum 65. One "
    "row by primary key is little work, and at 2,000 requests a second a server pays for its own "
    "waking and waiting in each of them. Only axum came near, at 0.746.",
)
def test_database_bill(results):
    """With one indexed read per request, PostgreSQL uses at least as much CPU per request as the
    server in front of it, for Jetty, Go and axum."""
    assert results["cost.jetty.db.database_over_app_x"] >= 1
    assert results["cost.go.db.database_over_app_x"] >= 1
    assert results["cost.axum.db.database_over_app_x"] >= 1


def test_littles_law(results):
    """50 platform threads whose requests wait 200 ms each answer 50 / 0.2 requests a second, within
    10%, however many callers ask; the same handlers on virtual threads answer at least twice as
    many."""
    assert 0.9 <= results["little.pool.of_cap_x"] <= 1.1
    assert results["little.virtual.of_cap_x"] >= 2


def test_bound_it(results):
    """At twice the capacity of ten database connections, virtual threads without a bound answer
    fewer requests within the SLO than the same server with a semaphore sized by Little's law."""
    assert results["overload.unbounded.goodput_percent"] < results["overload.bounded.goodput_percent"]


@pytest.mark.xfail(
    strict=True,
    reason="The first half holds: 53.9% of the CPU until the first answer. Of the time to the SLO the cache "
    "saved more and not less, a median of 61.2%, and that is a lower bound: three of five starts "
    "without a cache did not meet the SLO in the 8 s we watched. In those three, nine of ten callers "
    "gave up after 1 s, while the cold server went on with their requests.",
)
def test_aot(results):
    """An AOT cache saves at least 40% of the CPU time until Jetty's first answer, and a smaller
    share of the time until p99 meets the SLO under load: starting and warming up are two bills."""
    saved = results["warmup.first_answer_cpu_saved_percent"]
    assert saved >= 40
    assert results["warmup.time_to_slo_saved_percent"] < saved


@pytest.mark.xfail(
    strict=True,
    reason="Eight FastAPI processes hold 1.05 times Jetty's memory and eight of Node 0.792, at the heap "
    "that we gave Jetty. Its connections were not measured: its window was still warming up. Against Go the "
    "memory is 15.6 and 11.7 times; FastAPI's connections, at most 32 to 5, pass too, and Node's, 8 to 5, "
    "do not.",
)
def test_processes(results):
    """Eight worker processes, FastAPI's or Node's, need at least four times the database connections
    and four times the resident memory of one Jetty or Go process for eight cores."""
    for many in "fastapi", "node":
        for one in "jetty", "go":
            assert results[f"fleet.{many}_over_{one}.needed_connections_x"] >= 4
            assert results[f"fleet.{many}_over_{one}.memory_x"] >= 4


def test_always_on(results):
    """A flight recording with default settings adds less than 3% to Jetty's CPU per request; with a
    small live set and an equal heap, ZGC costs more CPU per request than G1."""
    assert results["jfr.extra_cpu_percent"] < 3
    assert results["gc.small.zgc_over_g1_x"] > 1
