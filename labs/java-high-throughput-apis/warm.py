"""A server on one core, warm before it is measured.

On one core the JVM's compiler competes with the very requests that it should make cheap, and can
look steady long before it is done. So a Java server warms up on both cores, told that it has one,
and is bound to its core, with all its threads, when the compiler has had time to finish.
"""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from quiet import SERVER_CORE
from stacks import STACKS, serve

SERVED = 150_000  # requests, by which the compiler has seen what it needs
REST = 0.5  # seconds without load, in which queued compilations run dry


@contextmanager
def warmed(load, name, *phases, thorough=0, jvm=(), **options):
    """A server that has been through closed-loop `phases` of (seconds, path) and is bound to its core.

    thorough: before those, so many seconds of /json at most, until its cost is steady; `steady` tells whether it is.
    """
    java = STACKS[name].language == "Java"
    if java:
        options["jvm"] = ["-XX:ActiveProcessorCount=1", *jvm]
    with serve(name, cores="0,1" if java else SERVER_CORE, **options) as server:
        if thorough:
            server.steady = load.warm(server, "/json", thorough, SERVED if java else 0).steady
        for seconds, path in phases:
            load.run(server.port, (seconds, 0, path))
        if java:
            time.sleep(REST)
            bind(server)
        yield server


def bind(server):
    for pid in server.pids():
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {int(SERVER_CORE)})
