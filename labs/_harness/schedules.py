"""Every order in which the steps of a few processes can run, for a deterministic simulation.

    processes = {"buyer": ["read", "write"], "seller": ["read", "write"]}
    for schedule in interleavings(processes):   # (("buyer", "read"), ("seller", "read"), ("buyer", "write"), ...)
        stock = simulate(schedule)

    for stopped in crashes(processes):          # each process, after each of its steps
        for schedule in interleavings(stopped):

A step is anything, a function too. Each process runs its own steps in their order, and each is indivisible: what can
come between must be two steps. What waits for another, as for a lock, the simulation has to judge.
"""

from math import factorial, prod

from _harness import LabError

CRASH = "crash"
MOST = 1_000_000  # schedules; 184,756 of twenty steps take a second by themselves


def count(processes):
    """How many interleavings there are: the multinomial coefficient of the numbers of steps."""
    lengths = [len(steps) for steps in processes.values()]
    return factorial(sum(lengths)) // prod(map(factorial, lengths))


def interleavings(processes):
    """Each order once, as a tuple of (process, step); `processes` is {process: its steps}. LabError for more than MOST."""
    if (schedules := count(processes)) > MOST:
        steps = " and ".join(str(len(steps)) for steps in processes.values())
        raise LabError(f"{steps} steps make {schedules:,} schedules (limit {MOST:,}); join steps that nothing can come between")
    return _merged({name: tuple(steps) for name, steps in processes.items()})


def crashes(processes, restarts=False):
    """`processes` with one of them stopped by a CRASH: each in turn, before its first step and after each.

    restarts: whether it begins again after that, from its first step.
    """
    for name, steps in processes.items():
        for done in range(len(steps) + 1):
            yield {**processes, name: (*steps[:done], CRASH, *(steps if restarts else ()))}


def _merged(left):
    if not any(left.values()):
        yield ()
    for name, steps in left.items():
        if steps:
            for rest in _merged({**left, name: steps[1:]}):
                yield ((name, steps[0]), *rest)
