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

REST = 0.5  # seconds without load, in which queued compilations run dry


@contextmanager
def warmed(load, name, *phases, jvm=(), **options):
    """A server that has been through closed-loop `phases` of (seconds, path) and is bound to its core."""
    java = STACKS[name].language == "Java"
    if java:
        options["jvm"] = ["-XX:ActiveProcessorCount=1", *jvm]
    with serve(name, cores="0,1" if java else SERVER_CORE, **options) as server:
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
