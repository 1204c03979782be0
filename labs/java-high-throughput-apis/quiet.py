"""Who used the processors while we measured: the server, the database, we, or somebody else."""

import os
import time
from pathlib import Path

import psutil

from _harness import LabError

SERVER_CORE, CLIENT_CORE = "0", "1"
FOREIGN_PERCENT = 5  # of one core, by the clocks of all other processes
UNSEEN_PERCENT = 15  # of one core: what came and went between two looks; ticks of 4 ms are coarse
STEAL_PERCENT = 2
GENERATOR_PERCENT = 85  # beyond this the generator is the bottleneck
TICKS = os.sysconf("SC_CLK_TCK")
LAG_MS = 1  # p99 of how late the generator sends


def pin():
    """Keep this process and what it starts off the server's core."""
    if len(os.sched_getaffinity(0)) < 2:
        raise LabError("needs two processor cores, one for the server and one for its clients")
    os.sched_setaffinity(0, {int(CLIENT_CORE)})


def clock(pid):
    """CPU seconds of a process since its start, dead threads included, in nanoseconds' precision.

    utime and stime in /proc count whole ticks of 10 ms: 3 % of what a cheap server uses in a window.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
    except OSError:
        return 0.0


def family(pid):
    """A process and all that descends from it."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _reaped(pid):
    """CPU seconds of a process's children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[13:15])) / TICKS


class Look:
    """All clocks at one moment."""

    def __init__(self):
        self.at = time.monotonic()
        self.cpu = {int(entry.name): clock(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        self.reaped = {pid: _reaped(pid) for pid in self.cpu}
        times = psutil.cpu_times()
        self.busy = times.user + times.nice + times.system + times.irq + times.softirq
        self.steal = times.steal
        self.ours = time.process_time() + sum(os.times()[2:4])  # with children that have ended


class Span:
    """What happened between two looks, in CPU seconds; `server` and `database` are process ids."""

    def __init__(self, before, after, server, database=()):
        self.seconds = after.at - before.at
        used = {pid: spent - before.cpu.get(pid, 0.0) for pid, spent in after.cpu.items()}
        self.server = sum(used.get(pid, 0.0) for pid in server)
        self.database = sum(used.get(pid, 0.0) for pid in database)
        # A backend that ended with its connection is on its parent's account, in ticks.
        ended = sum(after.reaped[pid] - before.reaped.get(pid, 0.0) for pid in (*server, *database) if pid in after.reaped)
        self.database += ended if database else 0
        ours = {os.getpid(), *server, *database, *family(os.getpid())}
        self.foreign = sum(spent for pid, spent in used.items() if pid not in ours and spent > 0)
        known = sum(used.get(pid, 0.0) for pid in ours - {os.getpid()}) + after.ours - before.ours + ended
        self.unseen = after.busy - before.busy - known - self.foreign
        self.steal = after.steal - before.steal

    def objections(self):
        """Why a measurement over this span may not be recorded."""
        said = []
        for name, spent, limit in [("other processes", self.foreign, FOREIGN_PERCENT),
                                   ("short-lived processes", self.unseen, UNSEEN_PERCENT),
                                   ("the host", self.steal, STEAL_PERCENT)]:
            percent = 100 * spent / self.seconds
            if percent > limit:
                said.append(f"{name} used {percent:.1f}% of a core (limit {limit}%)")
        return said
