"""Open-loop load and the percentiles of what it saw."""

import asyncio
import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _harness import LabError, results, stats
from _harness.openloop import LATE, OK, constant, offer, poisson


@pytest.fixture(scope="module", autouse=True)
def no_other_loop():
    """The tests' browser leaves its event loop running in this thread, in which no other may then run."""
    browsers = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(browsers)


def offered(send, due, deadline_s=5):
    return asyncio.run(offer(send, due, deadline_s))


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while it waits, so that nothing depends on the machine."""

    now = 0.0

    def time(self):
        return self.now

    def _run_once(self):
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()


def simulated(send, due, deadline_s=5):
    with asyncio.Runner(loop_factory=Clock) as runner:
        return runner.run(offer(send, due, deadline_s))


def test_requests_are_sent_when_they_are_due_whatever_becomes_of_them():
    """A client that waits for its answer offers less the slower the server is, and finds it fast."""
    begun = []

    async def send(number):
        begun.append(asyncio.get_running_loop().time())
        await asyncio.sleep(3)

    due = [0.1, 0.2, 0.3, 0.4]
    found = simulated(send, due)
    assert begun == due and [one.sent for one in found.requests] == due
    assert found.latency_ms() == pytest.approx([3000] * 4)
    assert found.late_ms() == [0] * 4 and found.behind(0) is None


@pytest.mark.parametrize("stop", [0.5, 1, 2])
def test_what_waited_while_the_generator_stood_still_has_waited(stop):
    """Counted from when it was sent, a request that was due during a stop of the client looks as quick as any."""

    async def send(number):
        if number == 0:
            asyncio.get_running_loop().now += stop  # what a garbage collection or a blocking call does

    due = constant(10, stop)[1:]
    found = simulated(send, due)
    assert found.latency_ms()[1] == pytest.approx(1000 * (stop - 0.1))
    assert max(found.late_ms()) == pytest.approx(1000 * (due[0] + stop - due[1]))
    assert found.behind(1).endswith("ms late at p99 (limit 1 ms)") and found.behind(1000 * stop) is None


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionResetError, "ConnectionResetError"),
        (lambda: asyncio.IncompleteReadError(b"", 1), "IncompleteReadError"),
        (TimeoutError, "TimeoutError"),
        (BrokenPipeError, "BrokenPipeError"),
    ],
)
def test_a_broken_connection_is_an_outcome(error, outcome):
    """Without the failed ones the tail is that of a server that never fails."""

    async def send(number):
        if number % 2:
            raise error()
        return "refused" if number else None

    found = simulated(send, [1, 2, 3])
    assert [one.outcome for one in found.requests] == [OK, outcome, "refused"]
    assert found.outcomes() == {OK: 1, outcome: 1, "refused": 1} and len(found.latency_ms()) == 1
    assert found.rows()[1] == {"due": 2, "sent": 2, "ended": 2, "outcome": outcome}


@pytest.mark.parametrize("error", [LabError("the answer is wrong"), KeyError("price"), RuntimeError("wrong checksum")])
def test_a_wrong_answer_ends_the_run_at_once_as_itself(error):
    """Inside a group of exceptions a LabError is a traceback, and only after all requests have been sent."""
    sent = []

    async def send(number):
        sent.append(number)
        raise error

    with pytest.raises(type(error)) as caught:
        simulated(send, [1, 2, 3])
    assert caught.value is error and sent == [0]


@pytest.mark.parametrize("wait", [1.0, 5, None])
def test_a_request_ends_at_its_deadline_which_counts_from_when_it_was_due(wait):
    """A request without an end has no latency, and one is left out that had the longest."""

    async def send(number):
        await (asyncio.sleep(wait) if wait else asyncio.Event().wait())

    found = simulated(send, [0.25, 0.5], deadline_s=0.75)
    assert found.outcomes() == {LATE: 2} and found.latency_ms() == []
    assert [one.ended for one in found.requests] == [1, 1.25]


def test_an_answer_past_its_deadline_is_late_even_if_no_timer_said_so():
    """While the loop is held up no timer runs, and what came in then counted as answered."""

    async def send(number):
        asyncio.get_running_loop().now += 2

    assert simulated(send, [1], deadline_s=1).outcomes() == {LATE: 1}


def test_a_generator_that_cannot_keep_up_sends_on_and_says_so():
    """Behind its time it handed out all that was due and let nothing begin before it had handed out the last."""
    begun, waiting = [], []

    async def send(number):
        begun.append(number)
        waiting.append(len(asyncio.all_tasks()))
        asyncio.get_running_loop().now += 1

    found = simulated(send, [0.01 * number for number in range(50)], deadline_s=100)
    assert begun == list(range(50)) and max(waiting) < 5
    assert found.late_ms()[1] == pytest.approx(990) and "late at p99" in found.behind(10)


def test_real_requests_overlap_on_the_real_clock():
    """The simulated clock of the other tests would not show a client that sends one after the other."""
    waiting, most = set(), []

    async def send(number):
        waiting.add(number)
        most.append(len(waiting))
        while len(most) < 20:
            await asyncio.sleep(0)
        waiting.discard(number)

    found = offered(send, constant(1000, 0.02), deadline_s=60)
    assert max(most) == 20 and found.outcomes() == {OK: 20}
    assert all(one.due <= one.sent <= one.ended for one in found.requests)


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)])
def test_a_load_of_nothing_is_refused(rate, seconds):
    """No request has no percentile, and a rate of 0 has no interval."""
    for arrivals in constant, lambda *given: poisson(*given, seed=1):
        with pytest.raises(LabError, match="both must be above 0"):
            arrivals(rate, seconds)
    with pytest.raises(LabError, match="no request is due"):
        offered(None, [])


def test_arrivals_are_those_of_their_seed_and_of_their_rate():
    """Two servers are compared under the same arrivals, or they are not compared."""
    due = poisson(200, 100, seed=3)
    assert due == poisson(200, 100, seed=3) != poisson(200, 100, seed=4)
    assert due == sorted(due) and 0 < due[0] and due[-1] < 100
    gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
    # Of exponential intervals the deviation is the mean; 20,000 of them give both within a few percent.
    assert statistics.mean(gaps) == pytest.approx(1 / 200, rel=0.05) == pytest.approx(statistics.stdev(gaps), rel=0.1)
    assert constant(4, 1.1) == [0, 0.25, 0.5, 0.75, 1.0] and len(constant(300, 7)) == 2100


NAMES = list(stats.RANKS)
SERIES = {"a": [1 + number / 7 for number in range(12_345)], "b": [5.0] * 10_000}


def test_a_percentile_table_can_be_recorded_and_computed_again_from_its_samples():
    """A quoted p99.9 whose samples are not kept can be believed and not checked."""
    columns, rows = stats.percentile_table("server", SERIES, "ms")
    results.check_part({"tables": {"latency": {"columns": columns, "rows": rows}}})
    assert list(rows[0]) == ["series", *NAMES, "max", "n"] == list(columns)
    kept = stats.distribution(SERIES, "latency_ms")
    assert [len([one for one in kept if one["series"] == name]) for name in SERIES] == [7758, 1]
    for row in rows:
        mine = [one for one in kept if one["series"] == row["series"]]
        again = np.repeat([one["latency_ms"] for one in mine], [one["count"] for one in mine])
        assert [row[name] for name in NAMES] == [np.percentile(again, rank) for rank in stats.RANKS.values()]
        assert row["max"] == again.max() and row["n"] == again.size == len(SERIES[row["series"]])


@pytest.mark.parametrize(
    ("samples", "given"), [(0, 0), (19, 0), (20, 1), (99, 1), (100, 2), (999, 2), (1000, 3), (9999, 3), (10_000, 4)]
)
def test_a_percentile_of_too_few_samples_is_none_and_says_why(samples, given):
    """p99.9 of 800 samples is their greatest, whatever the name of the column."""
    columns, (row, other) = stats.percentile_table("server", {"a": range(samples), "b": range(10_000)}, "ms")
    results.check_part({"tables": {"latency": {"columns": columns, "rows": [row, other]}}})
    assert [row[name] is not None for name in NAMES] == [True] * given + [False] * (4 - given)
    assert row["max"] == (samples - 1 if samples else None) and None not in [other[name] for name in NAMES]
    if given < 4:
        assert row["reason"].count("needs") == 4 - given and other["reason"] == ""
        assert f"p99.9 needs 10,000 samples, and there are {samples:,}" in row["reason"]


@pytest.mark.parametrize(("n", "rank"), [(1000, 50), (1000, 99), (10_000, 99.9), (20, 50)])
def test_a_percentile_is_a_value_as_a_lab_records_it(n, rank):
    """An interval that does not hold its value, or that misses the truth more often than it says, is decoration."""
    generator = np.random.default_rng(1)
    truth, held = -np.log(1 - rank / 100), 0
    for _ in range(100):
        found = stats.percentile(generator.exponential(size=n), rank)
        results.check_part({"values": {"a.p_ms": found | {"unit": "ms", "label": "a"}}})
        assert found["low"] <= found["value"] <= found["high"] and found["n"] == n
        held += found["low"] <= truth <= found["high"]
    assert held >= 90  # of 100 at 95 %: fewer in one of 70 cases


@settings(deadline=None)
@given(st.lists(st.floats(0.001, 1e6), min_size=20, max_size=200))
def test_a_percentile_lies_among_its_samples_and_does_not_depend_on_their_order(samples):
    """Interpolation, rounding and the ends of the order are where a percentile leaves its samples."""
    found = stats.percentile(samples, 50)
    assert found == stats.percentile(samples[::-1], 50)
    assert min(samples) * 0.999 <= found["low"] <= found["value"] <= found["high"] <= max(samples) * 1.001


def test_samples_that_are_no_numbers_are_refused():
    """NaN sorts to the end, and is then the maximum."""
    for bad in ([1, float("nan")], [float("inf")], [[1, 2], [3, 4]]):
        for ask in lambda bad: stats.percentile(bad, 50), lambda bad: stats.distribution({"a": bad}, "ms"):
            with pytest.raises(LabError, match="finite numbers"):
                ask(bad)
