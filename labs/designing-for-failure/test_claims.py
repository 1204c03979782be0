"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import pytest


def test_thesis(results):
    """At 70% of capacity, after a 4 s slowdown, a client with three retries recovers in every run
    with each remedy that bounds its attempts or admits only work that can still be finished, and in
    no run with backoff or with a server that refuses only expired work; without a remedy recovery
    ends within 15% of capacity / (1 + retries)."""
    assert results["thesis.bounding_recovered_percent"] == 100
    assert results["thesis.moving_recovered_percent"] == 0
    assert 0.85 <= results["sweep.r1.boundary_x"] <= 1.15
    assert 0.85 <= results["sweep.r3.boundary_x"] <= 1.15


def test_threshold(results):
    """With one retry and with three, a service that a trigger has pushed into timeouts stops
    recovering at a load within 15% of measured capacity / (1 + retries), watched for at least three
    times the predicted drain."""
    assert 0.85 <= results["sweep.r1.boundary_x"] <= 1.15
    assert 0.85 <= results["sweep.r3.boundary_x"] <= 1.15
    assert results["sweep.window_over_drain_x"] >= 3


def test_divergence(results):
    """Below the threshold, recovery takes the queue at the trigger's end over what capacity leaves
    free: at 75%, 85% and 90% of the threshold this is off by more than a factor of two at one load
    at most, for R = 1 and R = 3."""
    assert results["sweep.r1.fluid_misses"] <= 1
    assert results["sweep.r3.fluid_misses"] <= 1


def test_backoff_does_not_rescue(results):
    """At 70% of capacity, with requests that keep arriving, three retries with exponential backoff
    and full jitter recover in at most half of four runs; three retries under a 10% budget recover
    in all four."""
    assert results["matrix.fifo.backoff.recovered_runs"] <= 2
    assert results["matrix.fifo.budget.recovered_runs"] == 4


def test_refuse_what_cannot_finish(results):
    """At 70% of capacity with three retries, a server that refuses expired requests stays below 95%
    of its goodput after the trigger, one that refuses what it cannot finish reaches it; with fixed
    and exponential service times."""
    assert results["matrix.expired.retry.goodput_percent"] < 95
    assert results["exponential.expired.retry.goodput_percent"] < 95
    assert results["matrix.feasible.retry.goodput_percent"] >= 95
    assert results["exponential.feasible.retry.goodput_percent"] >= 95


def test_hedging_obeys_the_threshold(results):
    """Without a trigger and over two replicas, a hedge after 30 ms lowers p99.9 at 15% of capacity,
    and at 60% it more than doubles the median; under a 5% budget the median at 60% stays within a
    tenth of no hedge's."""
    assert results["hedging.hedge.at_15.p999_ms"] < results["hedging.none.at_15.p999_ms"]
    assert results["hedging.hedge.at_60.p50_ms"] > 2 * results["hedging.none.at_60.p50_ms"]
    assert results["hedging.budget.at_60.p50_ms"] <= 1.1 * results["hedging.none.at_60.p50_ms"]


def test_one_bound_is_enough(results):
    """At 70% of capacity, no combination of remedies beats the best single one by more than 10% in
    both recovery time and p99.9."""
    assert results["combinations.better"] == 0


@pytest.mark.xfail(
    strict=True,
    reason="Where the servers were busy for others, fewer requests met a slow call than independent "
    "slowness predicts: some of it was shared all the same. The second half held: servers that "
    "serve us alone were slow together.",
)
def test_slow_is_the_default(results):
    """With nothing broken, requests that need 20 servers meet a call above the p98 of single calls
    as often as if the servers were slow independently (95% bootstrap interval) where each is busy
    for others, and less often than that where all serve us alone."""
    low = results["fanout.others.independent_low_percent"]
    assert (
        low <= results["fanout.others.meeting_percent"] <= results["fanout.others.independent_high_percent"]
    )
    assert results["fanout.alone.meeting_percent"] < results["fanout.alone.independent_low_percent"]


def test_backoff_helps_those_who_wait(results):
    """In a closed loop, where a fixed number of users wait for their answers, at 70% of capacity,
    three retries at once recover in none of three runs, and with backoff and jitter in all
    three."""
    assert results["closed.retry.recovered_runs"] == 0
    assert results["closed.backoff.recovered_runs"] == 3


@pytest.mark.xfail(
    strict=True,
    reason="Full jitter draws each pause between zero and the one that plain backoff takes, so its "
    "mean pause is half as long, and the retries came back before the burst had been served. "
    "Drawn over twice the pause, with equal means, jitter beat plain backoff.",
)
def test_jitter_spreads_a_burst(results):
    """Of 200 requests that arrive at one moment, three retries with backoff and full jitter get
    more answered in time than the same backoff without jitter, which gets more answered than
    retries at once."""
    assert results["burst.jitter.goodput_percent"] > results["burst.backoff.goodput_percent"]
    assert results["burst.backoff.goodput_percent"] > results["burst.at_once.goodput_percent"]


def test_retries_multiply_down_a_chain(results):
    """At 10% of the last tier's capacity, three layers with three retries each send it at least 48
    attempts per request and recover in no run; retries at the client alone, or budgeted at 10% at
    each layer, recover in all."""
    assert results["chain.every.amplification_x"] >= 48
    assert results["chain.every.recovered_runs"] == 0
    assert results["chain.edge.recovered_runs"] == 3
    assert results["chain.budgets.recovered_runs"] == 3
