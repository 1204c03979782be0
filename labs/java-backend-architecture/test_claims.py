"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import pytest

KEYS = (20_000, 1_000, 50, 5)
LOADS = (20, 50, 80)
SIZES = ("two", "three")
ON_MARIADB = ("mariadb", "mariadb_snapshot")


def test_thesis(results):
    """Of all 1,680 interleavings of three clients over a rule that spans rows, REPEATABLE READ breaks
    exactly as many as READ COMMITTED, over 90%; SERIALIZABLE and one guarded row break none."""
    assert results["every.three.repeatable_read.broken"] == results["every.three.read_committed.broken"]
    assert results["every.three.read_committed.broken_percent"] > 90
    assert results["every.three.serializable.broken"] == 0
    assert results["every.three.guarded.broken"] == 0


def test_the_kept_schedules_were_predicted(results):
    """At READ COMMITTED and REPEATABLE READ the rule survives in exactly the schedules in which one client
    looks after all others have committed: 2 of 20, and 60 of 1,680."""
    for level in ("read_committed", "repeatable_read"):
        assert results[f"every.two.{level}.broken"] == 20 - 2
        assert results[f"every.three.{level}.broken"] == 1680 - 60


def test_read_committed_breaks_the_rule(results):
    """At READ COMMITTED at least nine in ten of all schedules break the rule, with two clients and with
    three."""
    for size in SIZES:
        assert results[f"every.{size}.read_committed.broken_percent"] >= 90


def test_repeatable_read_changes_nothing(results):
    """REPEATABLE READ breaks the rule in as many schedules as READ COMMITTED, with two clients and with
    three."""
    for size in SIZES:
        assert results[f"every.{size}.repeatable_read.broken"] == results[f"every.{size}.read_committed.broken"]


def test_serializable_keeps_the_rule(results):
    """SERIALIZABLE breaks the rule in no schedule of two clients or three."""
    for size in SIZES:
        assert results[f"every.{size}.serializable.broken"] == 0


def test_for_update_keeps_the_rule(results):
    """With FOR UPDATE at READ COMMITTED no schedule of two clients or three breaks the rule."""
    for size in SIZES:
        assert results[f"every.{size}.for_update.broken"] == 0


def test_a_guarded_row_keeps_the_rule(results):
    """With one guarded row at READ COMMITTED no schedule of two clients or three breaks the rule."""
    for size in SIZES:
        assert results[f"every.{size}.guarded.broken"] == 0


def test_a_guarded_row_aborts_nobody(results):
    """With one guarded row no schedule of two clients or three has an aborted transaction."""
    for size in SIZES:
        assert results[f"every.{size}.guarded.stopped"] == 0


@pytest.mark.xfail(
    strict=True,
    reason="With three clients nine schedules ended otherwise in the second run: where two clients queue for one lock, "
    "either may get it first, and then the other is the one who may not leave or is aborted. The rule fared the same in every one.",
)
def test_the_schedules_repeat(results):
    """Run again, every schedule ends as it did, aborts included."""
    for size in (*SIZES, *ON_MARIADB):
        assert results[f"every.{size}.differences"] == 0


def test_the_rule_repeats(results):
    """Run again, every schedule keeps or breaks the rule as it did."""
    for size in (*SIZES, *ON_MARIADB):
        assert results[f"every.{size}.rule_differences"] == 0


def test_mariadb_repeatable_read_changes_nothing(results):
    """On MariaDB too REPEATABLE READ breaks the rule in as many schedules of two clients as READ
    COMMITTED, with innodb_snapshot_isolation off and on."""
    for size in ON_MARIADB:
        assert results[f"every.{size}.repeatable_read.broken"] == results[f"every.{size}.read_committed.broken"]


def test_mariadb_serializable_keeps_the_rule(results):
    """On MariaDB SERIALIZABLE breaks the rule in no schedule of two clients, with innodb_snapshot_isolation
    off and on."""
    for size in ON_MARIADB:
        assert results[f"every.{size}.serializable.broken"] == 0


def test_violations_rise_as_keys_get_fewer(results):
    """From 20,000 keys to 1,000, 50 and 5, violations per 10,000 commits rise at each step, at READ
    COMMITTED and at REPEATABLE READ."""
    for level in ("read_committed", "repeatable_read"):
        found = [results[f"matrix.{level}.k{keys}.violations_per_10k"] for keys in KEYS]
        assert all(fewer > more for more, fewer in zip(found, found[1:]))


def test_a_sparse_test_sees_nothing(results):
    """Over 20,000 keys most runs of 2,000 commits have no violation, at READ COMMITTED and at REPEATABLE
    READ."""
    for level in ("read_committed", "repeatable_read"):
        assert results[f"matrix.{level}.k20000.clean_runs"] >= 3


def test_serializable_breaks_nothing_under_load(results):
    """Under load SERIALIZABLE breaks the rule at no number of keys."""
    for keys in KEYS:
        assert results[f"matrix.serializable.k{keys}.violations"] == 0


def test_pessimistic_wins_when_conflicts_are_common(results):
    """Over 5 keys FOR UPDATE lets at least a tenth more doctors leave a second than SERIALIZABLE retried
    with jitter."""
    assert results["ratio.serializable_jitter_over_for_update.k5_left_x"] <= 1 / 1.1


@pytest.mark.xfail(
    strict=True,
    reason="Both let about as many doctors leave, 0.934× by the medians: nobody waits for a lock that nobody holds, "
    "so that there is nothing for SERIALIZABLE to save.",
)
def test_optimistic_wins_when_conflicts_are_rare(results):
    """Over 20,000 keys SERIALIZABLE retried with jitter lets at least a tenth more doctors leave a second
    than FOR UPDATE."""
    assert results["ratio.serializable_jitter_over_for_update.k20000_left_x"] >= 1.1


def test_hot_serializable_aborts_more_than_it_commits(results):
    """With 16 clients over 5 keys SERIALIZABLE without retry aborts more transactions than it commits."""
    assert results["matrix.serializable.k5.c16.aborted"] > results["matrix.serializable.k5.c16.decided"]


def test_serializable_without_retry_fails(results):
    """With 8 clients over 50 keys more than 1% of transactions fail at SERIALIZABLE without retry."""
    assert results["matrix.serializable.k50.failed_percent"] > 1


def test_jitter_ends_the_errors(results):
    """With 8 clients over 50 keys no transaction fails at SERIALIZABLE when it may be tried ten times,
    with jitter."""
    assert results["matrix.serializable_jitter.k50.failed_percent"] == 0


@pytest.mark.xfail(
    strict=True,
    reason="2.12 attempts against 1.94, a little under a tenth more. Who retries at once is often told at once that he may not leave, "
    "which ends a transaction cheaply. Counted by doctors who left, at once cost 3.35 aborts and jitter 1.17.",
)
def test_jitter_needs_fewer_attempts(results):
    """With 16 clients over 5 keys a transaction at SERIALIZABLE needs at least a tenth more attempts when
    it is retried at once than with jitter."""
    at_once = results["matrix.serializable_at_once.k5.c16.attempts"]
    assert at_once >= 1.1 * results["matrix.serializable_jitter.k5.c16.attempts"]


def test_one_row_makes_read_committed_enough(results):
    """Under load a guarded row, a version column and CHECK at READ COMMITTED break the rule at no number
    of keys."""
    for way in ("guarded", "version", "check"):
        for keys in KEYS:
            assert results[f"matrix.{way}.k{keys}.violations"] == 0


def test_a_guarded_row_is_no_slower_than_serializable(results):
    """At each number of keys a guarded row lets at least nine tenths as many doctors leave a second as
    SERIALIZABLE."""
    for keys in KEYS:
        assert results[f"ratio.guarded_over_serializable.k{keys}_left_x"] >= 0.9


def test_the_form_is_within_a_factor_of_two(results):
    """Keys, rate and gap predict the violations of each of its cells to within a factor of two."""
    for row in results.table("violations"):
        assert 0.5 <= row["predicted"] / row["measured"] <= 2


def test_commit_then_publish_loses_events(results):
    """Killed between the two writes, a program that commits and then publishes leaves orders without an
    event."""
    assert results["crash.commit_publish.lost"] > 0


def test_publish_then_commit_invents_events(results):
    """Killed between the two writes, a program that publishes and then commits leaves events without an
    order."""
    assert results["crash.publish_commit.phantom"] > 0


def test_the_gap_predicts_lost_events(results):
    """Orders a second times the gap between commit and publish predicts the lost events to within a
    factor of two."""
    assert 0.5 <= results["crash.commit_publish.found_over_expected_x"] <= 2


def test_the_gap_predicts_invented_events(results):
    """Orders a second times the gap between publish and commit predicts the invented events to within a
    factor of two."""
    assert 0.5 <= results["crash.publish_commit.found_over_expected_x"] <= 2


def test_an_outbox_loses_nothing(results):
    """With an outbox and a relay no kill leaves an order without an event or an event without an order."""
    assert results["crash.outbox.lost"] == 0
    assert results["crash.outbox.phantom"] == 0


def test_an_outbox_repeats_events(results):
    """With an outbox and a relay the kills leave events that are published twice."""
    assert results["crash.outbox.duplicates"] > 0


def test_a_key_handles_each_order_once(results):
    """A consumer that remembers the keys it has handled handles each order of the outbox exactly once."""
    assert results["crash.outbox.unhandled"] == 0


def test_hops_add_up(results):
    """CPU a request rises in a straight line with the number of JSON hops on loopback (R² of 0.95 or
    more)."""
    assert results["hops.http.r2"] >= 0.95


def test_a_call_is_cheaper_than_a_hop(results):
    """A call in one process costs at most a hundredth of the CPU of a JSON hop on loopback."""
    assert results["hops.http_over_call_x"] >= 100


def test_a_saga_shows_its_window(results):
    """At each load a reader sees reservations of the saga without their charge."""
    for load in LOADS:
        assert results[f"saga.saga.at_{load}.illegal_looks"] > 0


def test_one_transaction_has_no_window(results):
    """In one transaction a reader sees no reservation without its charge, at any load."""
    for load in LOADS:
        assert results[f"saga.one.at_{load}.illegal_looks"] == 0


def test_the_window_grows_with_load(results):
    """The p99 of the saga's window is at least half as long again at 80% of its capacity as at 20%."""
    assert results["saga.saga.at_80.window_p99_ms"] >= 1.5 * results["saga.saga.at_20.window_p99_ms"]
