"""What can happen in between: workers killed at a step, and every order of the steps of several."""

import os
import signal
import sys
from itertools import permutations
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _harness import LabError, worker
from _harness.schedules import CRASH, MOST, count, crashes, interleavings
from _harness.worker import Worker, run

# Pays two orders; what is acknowledged is not paid again.
PAY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from _harness.worker import announce
log, done = Path("paid"), Path("done")
done.touch()
for order in ("a", "b"):
    if order not in done.read_text():
        with log.open("a") as file:
            file.write(order)
        announce(f"{order} paid")
        with done.open("a") as file:
            file.write(order)
        announce("acknowledged")
"""
LABS = Path(__file__).resolve().parents[1] / "labs"
STEPS = ["a paid", "acknowledged", "b paid", "acknowledged"]


def python(code, *arguments):
    return [sys.executable, "-c", code, *arguments]


PAYER = python(PAY, LABS)


def test_a_worker_that_nobody_kills_comes_to_all_its_steps(tmp_path):
    """What a crash changes is seen beside a run without one."""
    assert run(PAYER, tmp_path) == STEPS
    assert (tmp_path / "paid").read_text() == "ab"


@pytest.mark.parametrize(
    ("place", "then", "paid"),
    [
        (1, STEPS, "aab"),
        (2, STEPS[2:], "ab"),
        (3, STEPS[2:], "abb"),
        (4, [], "ab"),
        ("a paid", STEPS, "aab"),
        ("acknowledged", STEPS[2:], "ab"),
        ("b paid", STEPS[2:], "abb"),
    ],
)
def test_a_worker_dies_at_the_step_and_nowhere_else(tmp_path, place, then, paid):
    """Killed after a pause, a worker dies at whichever step the machine's speed makes it."""
    with Worker(PAYER, tmp_path) as killed:
        killed.until(place)
        assert killed.kill() == -signal.SIGKILL
    assert killed.steps == STEPS[: place if isinstance(place, int) else STEPS.index(place) + 1]
    assert run(PAYER, tmp_path) == then
    assert (tmp_path / "paid").read_text() == paid


def test_a_worker_can_die_at_a_later_step_of_the_same_name(tmp_path):
    """The second acknowledgement is another crash than the first."""
    with Worker(PAYER, tmp_path) as killed:
        killed.until("acknowledged")
        killed.until("acknowledged")
    assert killed.steps == STEPS and (tmp_path / "done").read_text() == "ab"


@pytest.mark.parametrize("schedule", sorted(set(permutations("xxyy"))), ids="".join)
def test_real_workers_take_their_steps_in_the_order_of_a_schedule(tmp_path, schedule):
    """The same enumeration that drives a simulation drives processes, so each can check the other."""
    code = """if True:
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        from _harness.worker import announce
        stock = Path("stock")
        announce("ready")
        seen = int(stock.read_text())
        announce("read")
        stock.write_text(str(seen - 1))
        announce("written")
    """
    (tmp_path / "stock").write_text("2")
    with Worker(python(code, LABS), tmp_path) as x, Worker(python(code, LABS), tmp_path) as y:
        for one in (x, y):
            one.until("ready")
        for name in schedule:
            {"x": x, "y": y}[name].step()
    left = {"xxyy": "0", "yyxx": "0"}.get("".join(schedule), "1")
    assert (tmp_path / "stock").read_text() == left


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise ValueError('no stock')", "the worker came to no step and ended with status 1: ValueError: no stock"),
        ("print('paid'); input(); raise SystemExit('no stock')", "the worker came to 'paid' and ended with status 1: no stock"),
        ("print('paid'); input(); print('sent'); input()", "the worker came to 'sent' and ended; it never came to 'late'"),
        ("print('paid\\nsent'); input()", "the worker came to 'paid' but did not wait there"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the worker came to no step and ended with status -11"),
        ("pass", "the worker came to no step and ended; it never came to 'late'"),
    ],
)
def test_a_worker_that_does_not_come_to_its_step_says_how_far_it_came(tmp_path, code, message):
    """A crash that did not happen is a recovery that worked."""
    code = f"import functools; print = functools.partial(print, flush=True)\n{code}"
    with pytest.raises(LabError) as caught, Worker(python(code), tmp_path) as one:
        one.until("late")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_worker_that_somebody_else_kills_is_told_from_one_that_does_not_wait(tmp_path, sent):
    """Out of memory, it is killed where it waits, and the next step is a broken pipe."""
    with Worker(PAYER, tmp_path) as one:
        one.until("a paid")
        os.kill(one.pid, sent)
        assert one.ended(60)
        with pytest.raises(LabError, match=f"the worker came to 'a paid' and ended with status -{sent.value}: no message"):
            one.step()


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "import os, time; os.close(1); time.sleep(60)"])
def test_a_worker_that_announces_nothing_is_given_up_and_killed(tmp_path, monkeypatch, code):
    """A worker that waits for a lock of the one before waits for ever."""
    monkeypatch.setattr(worker, "START_SECONDS", 0.2)
    with pytest.raises(LabError, match=r"nothing for 0.2 s|did not end in 0.2 s"), Worker(python(code), tmp_path) as one:
        one.step()
    assert not psutil.pid_exists(one.pid)


def test_a_worker_whose_lab_is_gone_does_not_go_on(tmp_path):
    """Let go by nobody, it would do what the next run counts."""
    with Worker(PAYER, tmp_path) as one:
        one.until("a paid")
        one._process.stdin.close()
        assert one.ended(60) and one.kill() == 1
        assert one.gist() == "nobody is left to let this worker go on"
    assert (tmp_path / "done").read_text() == ""


PROCESSES = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(
    lambda lengths: {name: [f"{name}{step}" for step in range(length)] for name, length in zip("abc", lengths)}
)


@settings(deadline=None)
@given(PROCESSES)
def test_every_interleaving_comes_once_and_keeps_each_process_in_its_order(processes):
    """An enumeration that leaves one out finds every bug but that one."""
    found = list(interleavings(processes))
    assert len(found) == len(set(found)) == count(processes)
    for schedule in found:
        for name, steps in processes.items():
            assert [step for who, step in schedule if who == name] == steps


@pytest.mark.parametrize(
    ("lengths", "schedules"), [((2, 2), 6), ((3, 3), 20), ((2, 2, 2), 90), ((4, 4), 70), ((0,), 1), ((5, 1), 6)]
)
def test_there_are_as_many_interleavings_as_counted_by_hand(lengths, schedules):
    """The count and the enumeration could share one mistake."""
    processes = {name: range(length) for name, length in enumerate(lengths)}
    merged = set(permutations([name for name, length in enumerate(lengths) for _ in range(length)]))
    assert len(merged) == schedules == count(processes) == len(list(interleavings(processes)))
    assert {tuple(name for name, _ in schedule) for schedule in interleavings(processes)} == merged


@settings(deadline=None)
@given(PROCESSES, st.booleans())
def test_each_process_is_stopped_before_its_first_step_and_after_each(processes, restarts):
    """The crash after the last step, before anybody knows of it, is the one that is forgotten."""
    found = list(crashes(processes, restarts))
    assert len(found) == sum(len(steps) + 1 for steps in processes.values())
    for stopped in found:
        (name,) = [name for name in stopped if CRASH in stopped[name]]
        done = stopped[name].index(CRASH)
        assert [*stopped[name][:done]] == processes[name][:done]
        assert [*stopped[name][done + 1 :]] == processes[name] * restarts
        assert {other: stopped[other] for other in stopped if other != name} == {
            other: processes[other] for other in processes if other != name
        }
    assert [len(stopped["a"]) for stopped in found if CRASH in stopped["a"]] == [
        done + 1 + restarts * len(processes["a"]) for done in range(len(processes["a"]) + 1)
    ]


@pytest.mark.parametrize("lengths", [(12, 12), (5, 5, 5, 5), (40, 4, 4)])
def test_more_schedules_than_anybody_waits_for_are_refused_before_the_first(lengths):
    """One step more for each of two processes is four times as many, and the lab ends next week."""
    processes = {name: range(length) for name, length in enumerate(lengths)}
    with pytest.raises(LabError, match=rf"{count(processes):,} schedules \(limit 1,000,000\)"):
        interleavings(processes)
    assert count(processes) > MOST


def test_a_lost_update_is_found_by_enumeration_and_by_its_known_schedules():
    """What the harness is for: the four of six schedules in which a read comes between another's read and write."""
    lost = []
    for schedule in interleavings({"x": ["read", "write"], "y": ["read", "write"]}):
        stock, seen = 2, {}
        for who, step in schedule:
            if step == "read":
                seen[who] = stock
            else:
                stock = seen[who] - 1
        if stock:
            lost.append("".join(who for who, _ in schedule))
    assert lost == ["xyxy", "xyyx", "yxxy", "yxyx"]
