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


@pytest.mark.xfail(
    strict=True,
    reason="At 60% the hedged median was 17.7 ms and no hedge's 12.1 ms: over most of the run the service had not tipped over, as it had in others. "
    "The other two parts held, and at 70% and above the median passed four seconds.",
)
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


def test_in_order_the_bounds_decide(results):
    """First in, first out, at 70% of capacity after a 4 s slowdown, three retries come back in every
    run with a budget, a breaker, a bounded queue or a server that refuses what cannot finish, and in
    no run with backoff or with a server that refuses only expired work."""
    assert results["finding.bounding_recovered_percent"] == 100
    assert results["finding.moving_recovered_percent"] == 0


def test_newest_first_refusing_the_expired_suffices(results):
    """Serving the newest first, a server that refuses only expired work comes back from three plain
    retries in every run."""
    assert results["matrix.lifo.retry.recovered_percent"] == 100


def test_cancelling_fixed_work_is_not_enough(results):
    """With fixed service times, a server that refuses expired work and also stops running work at its
    caller's deadline comes back in no run."""
    assert results["cancel.fixed.expired.recovered_percent"] == 0


def test_cancelling_varied_work_is_enough(results):
    """With exponential service times, a server that refuses expired work and also stops running work
    at its caller's deadline comes back in every run."""
    assert results["cancel.exponential.expired.recovered_percent"] == 100


def test_successes_fill_a_budget_more_safely(results):
    """At 93% of capacity a 10% retry budget that first attempts fill comes back in no run, and one
    that successes fill in most."""
    assert results["limit.budget.recovered_percent"] == 0
    assert results["limit.budget_per_success.recovered_percent"] > 50


def test_a_wrong_estimate_is_good_enough(results):
    """At 70% of capacity, refusing what cannot finish comes back in every run with estimates from 70%
    to 200% of the mean service time, fixed or exponential."""
    assert results["estimate.tolerated_percent"] == 100


def test_a_learnt_estimate_locks_itself_in(results):
    """An estimate learnt from finished work comes back in no run after a slowdown that makes service
    times longer than every deadline."""
    assert results["locked.learnt.recovered_percent"] == 0


def test_one_request_a_second_unlocks_it(results):
    """After the same slowdown, a learnt estimate comes back in every run if one request is let through
    whenever none was begun for a second."""
    assert results["locked.floor.recovered_percent"] == 100


def test_a_fan_out_meets_slowness_often(results):
    """With nothing broken, between one in five and one in three requests to 20 servers meet a call
    above the p98 of the other half of the calls (95% bootstrap interval)."""
    assert 20 <= results["fanout.others.apart_low_percent"]
    assert results["fanout.others.apart_high_percent"] <= 33.3


def test_jitter_helps_a_burst_at_equal_pauses(results):
    """Of 200 requests that arrive at one moment, full jitter gets more answered in time than fixed
    pauses of the same mean, for a short and for a long mean."""
    assert results["burst.jitter.goodput_percent"] > results["burst.backoff_halved.goodput_percent"]
    assert results["burst.jitter_doubled.goodput_percent"] > results["burst.backoff.goodput_percent"]


def test_what_failed_has_happened(results):
    """First in, first out, with three retries and no key, at least nine in ten of the requests that
    failed for their client had their effect all the same."""
    assert results["effects.fifo.retry.failed_happened_percent"] >= 90


def test_refusing_a_second_effect_does_not_help_recovery(results):
    """A server that does the work of each attempt and then refuses a second effect comes back from
    three plain retries in no run."""
    assert results["keys.unique.recovered_percent"] == 0


def test_a_remembered_answer_is_a_bound(results):
    """First in, first out, a server that keeps each answer and gives it to the retries again comes
    back from three plain retries in every run."""
    assert results["keys.remembered.recovered_percent"] == 100


def test_grpc_throttles_retries(results):
    """While every call fails, gRPC's retry throttle with ten tokens lets at most 1.2 attempts a call
    reach the server."""
    assert results["grpc.throttled_attempts_x"] <= 1.2


def test_capacity_can_be_counted(results):
    """The completions that a server counts in the seconds in which no worker is idle are within 5% of
    its measured capacity, in a collapse as well as while a queue drains."""
    for when in ("retry", "none"):
        counted = results[f"capacity.counted_{when}_per_s"] / results["capacity.one_per_s"]
        assert 0.95 <= counted <= 1.05
