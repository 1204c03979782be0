"""The lab of the schedules believes the server's log: what the log does not say in the schedule's order has to be refused."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "labs/java-backend-architecture/log.py"
spec = importlib.util.spec_from_file_location("schedule_log", SOURCE)
log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(log)
LOOK, WRITE, COMMIT, END, FAILED = log.LOOK, log.WRITE, log.COMMIT, log.END, log.FAILED


def done(*steps):
    """Each step begun and ended."""
    return [event for client, what in steps for event in ((client, what), (client, END))]


SKEW = done((1, LOOK), (2, LOOK), (1, WRITE), (2, WRITE), (1, COMMIT), (2, COMMIT))
# The second client's look waits for the first one's commit.
WAITS = [(1, LOOK), (1, END), (2, LOOK), *done((1, WRITE)), (1, COMMIT), (2, END), (1, END), *done((2, COMMIT))]
WAITS_AND_WRITES = [*WAITS[:-2], *done((2, WRITE), (2, COMMIT))]
DECLINES = done((1, LOOK), (1, WRITE), (1, COMMIT), (2, LOOK), (2, COMMIT))
ABORTED = [*done((1, LOOK), (2, LOOK), (1, WRITE), (2, WRITE), (1, COMMIT)), (2, COMMIT), (2, FAILED)]
BEGINS_AGAIN = [*done((1, LOOK), (2, LOOK), (1, WRITE), (1, COMMIT)), (2, WRITE), (2, FAILED), *done((2, LOOK))]


@pytest.mark.parametrize(("schedule", "seen", "again"), [
    ([1, 2, 1, 2, 1, 2], SKEW, False),
    ([1, 2, 1, 2, 1, 2], WAITS, False),
    ([1, 2, 1, 2, 1, 2], WAITS_AND_WRITES, False),
    ([1, 1, 1, 2, 2, 2], DECLINES, False),
    ([1, 2, 1, 2, 1, 2], ABORTED, False),
    ([1, 2, 1, 1, 2, 2], BEGINS_AGAIN, True),
])
def test_a_log_in_the_order_of_the_schedule_is_believed(schedule, seen, again):
    """What waits may come late, what declines writes nothing, and who is aborted is done or begins again."""
    assert log.departure(schedule, seen, again) is None


@pytest.mark.parametrize(("schedule", "seen", "again"), [
    ([1, 2, 2, 1, 1, 2], SKEW, False),
    ([2, 1, 1, 2, 1, 2], SKEW, False),
    # It came late, and had not waited: its first statement had ended.
    ([1, 2, 1, 2, 1, 2], done((1, LOOK), (2, LOOK), (1, WRITE), (1, COMMIT), (2, WRITE), (2, COMMIT)), False),
    # Three of the kind that nobody asked for, and then more.
    ([1, 2, 1, 2, 1, 2], SKEW[:-2], False),
    ([1, 2, 1, 2, 1, 2], SKEW + done((2, LOOK)), False),
    ([1, 1, 1, 2, 2, 2], done((1, LOOK), (1, WRITE), (1, COMMIT), (2, COMMIT)), False),
    ([1, 2, 1, 2, 1, 2], [], False),
    ([1, 2, 1, 1, 2, 2], BEGINS_AGAIN[:-4] + done((2, WRITE)), True),
])
def test_a_log_in_another_order_is_refused(schedule, seen, again):
    """The driver believed what it had sent; the server had run something else."""
    assert log.departure(schedule, seen, again)


STATEMENTS = """\
11|LOG:  statement: BEGIN
11|LOG:  duration: 0.010 ms
11|LOG:  statement: SELECT doctor FROM doctors WHERE shift = ('7'::int4) AND on_call
12|LOG:  statement: BEGIN
99|LOG:  statement: SELECT count(*) FROM doctors WHERE shift = 7
11|LOG:  duration: 0.100 ms
12|LOG:  duration: 0.010 ms
12|LOG:  statement: SELECT doctor FROM doctors WHERE shift = ('7'::int4) AND on_call
12|LOG:  duration: 0.100 ms
11|LOG:  statement: COMMIT
11|LOG:  duration: 1.000 ms
12|LOG:  statement: UPDATE doctors SET on_call = false WHERE shift = ('7'::int4) AND doctor = ('2'::int4)
12|ERROR:  could not serialize access
12|DETAIL:  Reason code: Canceled on identification as a pivot.
12|STATEMENT:  UPDATE doctors SET on_call = false WHERE shift = ('7'::int4) AND doctor = ('2'::int4)
12|LOG:  statement: ROLLBACK
12|LOG:  duration: 0.020 ms
12|LOG:  statement: BEGIN
12|LOG:  duration: 0.020 ms
12|LOG:  statement: SELECT doctor FROM doctors WHERE shift = ('8'::int4) AND on_call
12|LOG:  duration: 0.020 ms
"""
GENERAL = """\
Time\t\t    Id Command\tArgument
261128 16:00:00\t     5 Query\tset autocommit=0
\t\t     5 Query\tSELECT doctor FROM doctors WHERE shift = 7 AND on_call
261128 16:00:01\t     6 Query\tSELECT doctor FROM doctors WHERE shift = 7 AND on_call
\t\t     5 Query\tUPDATE doctors SET on_call = false WHERE shift = 7 AND doctor = 1
\t\t     5 Query\tCOMMIT
"""


def test_the_log_of_postgresql_is_read_by_shift_and_client(tmp_path):
    """A begin, a rollback and somebody else's question are no steps."""
    (tmp_path / "log").write_text(STATEMENTS)
    found = log.read(tmp_path / "log", log.POSTGRESQL, {"11": 1, "12": 2})
    assert found == {
        7: [(1, LOOK), (1, END), (2, LOOK), (2, END), (1, COMMIT), (1, END), (2, WRITE), (2, FAILED), (2, FAILED)],
        8: [(2, LOOK), (2, END)],
    }


def test_the_log_of_mariadb_is_read_by_shift_and_client(tmp_path):
    """It has no ends, so each step ends at once."""
    (tmp_path / "log").write_text(GENERAL)
    assert log.read(tmp_path / "log", log.MARIADB, {"5": 1, "6": 2}) == {7: done((1, LOOK), (2, LOOK), (1, WRITE), (1, COMMIT))}
