"""A worker that is stopped, killed and started again at the steps that it announces.

The worker, in Python:                       The lab:

    for order in orders:                         with Worker([python, "pay.py"], lab.workdir) as worker:
        pay(order)                                   worker.until("paid")  # it waits there, so
        announce("paid")                             worker.kill()         # the crash is always at this step
        acknowledge(order)                       steps = run([python, "pay.py"], lab.workdir)  # and to its end
        announce("acknowledged")

In another language it writes the step as a line of its standard output, for which nothing else is, and reads a line of
its standard input. To kill it at every step, `run` it once for the list of steps, and then `until` each place in that
list, counted from 1. What has happened by then, the lab asks of what the worker wrote to. A worker that fails, ends
before the step, does not wait at one or announces nothing for START_SECONDS is a LabError.
"""

import select
import subprocess
import sys
from contextlib import suppress

from _harness import LabError
from _harness.process import START_SECONDS, Process


class Worker(Process):
    """A worker on its way to its first step. steps: what it has announced so far."""

    def __init__(self, command, folder, environment=None):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        super().__init__("the worker", command, folder, environment, **pipes)
        self.steps = []

    def __exit__(self, *_):
        with self._process:  # closes the pipes
            self.kill()

    def step(self):
        """Let it run to its next step; the step, or None when it has ended well."""
        if self.steps:
            if self._spoke(0) and self._process.stdout.readline():  # an empty one: it has ended
                raise LabError(f"{self._past()} but did not wait there; it must read a line, as announce() does")
            with suppress(BrokenPipeError):  # what has ended is asked below how
                self._process.stdin.write(b"\n")
        if not self._spoke(START_SECONDS):
            raise LabError(f"{self._past()}, then nothing for {START_SECONDS} s: {self.gist()}")
        if line := self._process.stdout.readline():
            self.steps.append(line.decode().removesuffix("\n"))
            return self.steps[-1]
        if not self.ended(START_SECONDS):
            raise LabError(f"{self._past()} and closed its output, but did not end in {START_SECONDS} s")
        if status := self.kill():
            raise LabError(f"{self._past()} and ended with status {status}: {self.gist()}")

    def until(self, place):
        """Let it run to its next step of the name `place`, or to its step number `place`, counted from 1."""
        while step := self.step():
            if place in (step, len(self.steps)):
                return
        raise LabError(f"{self._past()} and ended; it never came to {place!r}")

    def _spoke(self, seconds):
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def _past(self):
        return f"the worker came to {self.steps[-1]!r}" if self.steps else "the worker came to no step"


def run(command, folder, environment=None):
    """The steps of a worker that nobody kills."""
    with Worker(command, folder, environment) as worker:
        while worker.step():
            pass
    return worker.steps


def announce(step):
    """Of a worker: say that it has come to `step`, and wait there to be let go on, or to be killed."""
    print(step, flush=True)
    if not sys.stdin.readline():
        sys.exit("nobody is left to let this worker go on")
