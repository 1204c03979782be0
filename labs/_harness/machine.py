"""The machine: one lab at a time, and what a receipt says of parts, load and commit.

The rule on quiet machines is a function of the samples it is given, so it can be
tested on any machine.
"""

import os
import platform
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import filelock
import psutil

from _harness import LabError

BUSY_LIMIT = 20  # percent of the processors' time that other work may take
STEAL_LIMIT = 5  # percent that the host may keep for other guests
PAUSE = 30  # seconds between two looks at a busy machine
LOOKS = 52  # about 30 minutes of a pause and a five-second look each


@contextmanager
def lock(slug):
    """Hold the machine: two labs at once would measure each other. LabError if one runs."""
    place = Path(tempfile.gettempdir()) / "from-the-trenches-lab.lock"
    holder = place.with_suffix(".holder")
    try:
        held = filelock.FileLock(place, mode=0o666).acquire(timeout=0)
    except filelock.Timeout:
        who = holder.read_text("utf-8") if holder.exists() else "one that has just started"
        raise LabError(f"another lab is running on this machine: {who}; wait for it") from None
    except OSError as error:
        raise LabError(f"{place}: {error.strerror}; remove it if no lab runs here") from None
    with held:
        holder.write_text(f"{slug}, process {os.getpid()}", "utf-8")
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def describe():
    """The machine as the receipt records it; memory in GiB."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.platform()
    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "os": system,
    }


def _cpu_model():
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def load_since(before):
    """Average load since the psutil.cpu_times() of `before`, as the receipt records it.

    busy_percent is time spent on work, steal_percent time that the host gave to
    other guests; both are shares of all processors. load_1m is the system's now.
    """
    after = psutil.cpu_times()

    def spent(*names):
        return sum(getattr(after, name, 0) - getattr(before, name, 0) for name in names)

    busy = spent("user", "nice", "system", "irq", "softirq")
    steal = spent("steal")
    total = max(busy + steal + spent("idle", "iowait"), 1e-9)
    return {
        "load_1m": round(psutil.getloadavg()[0], 2),
        "busy_percent": round(100 * min(max(busy / total, 0), 1), 1),
        "steal_percent": round(100 * min(max(steal / total, 0), 1), 1),
    }


def look(seconds):
    """The machine's load over the next `seconds`."""
    before = psutil.cpu_times()
    time.sleep(seconds)
    return load_since(before)


def is_quiet(load):
    return load["busy_percent"] <= BUSY_LIMIT and load["steal_percent"] <= STEAL_LIMIT


def wait_until_quiet(look, pause, log):
    """The first quiet load that `look()` returns, or its last after half an hour."""
    for _ in range(LOOKS - 1):
        load = look()
        if is_quiet(load):
            return load
        log(
            f"waiting for a quiet machine: {load['busy_percent']}% busy (limit {BUSY_LIMIT}%), "
            f"{load['steal_percent']}% stolen (limit {STEAL_LIMIT}%)"
        )
        pause(PAUSE)
    return look()


def noise(before, during):
    """One sentence if the measurements had company, else None.

    Steal during the run counts, busy time does not: that is the lab itself.
    """
    told = []
    if not is_quiet(before):
        told.append(
            f"other work kept the processors {before['busy_percent']}% busy and the host "
            f"withheld {before['steal_percent']}% of their time before the run"
        )
    if during["steal_percent"] > STEAL_LIMIT:
        told.append(f"the host withheld {during['steal_percent']}% of it during the run")
    return f"The machine was not quiet: {'; '.join(told)}." if told else None


def commit(root, slug):
    """HEAD's full hash, "+dirty" if the lab or the harness differ from it.

    What the lab itself writes does not count: a second run is not dirty because
    the first one's results are not committed yet.
    """
    lab = f"labs/{slug}"
    written = [f":(exclude){lab}/{name}" for name in ("results.json", "samples", "figures/*.svg")]
    head = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", lab, "labs/_harness", *written)
    return head + ("+dirty" if changed else "")


def _git(root, *arguments):
    try:
        done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError("the receipt names the commit, so git must be installed") from None
    if done.returncode:
        reason = done.stderr.strip().splitlines()[0]
        raise LabError(f"the receipt names the commit, but git says: {reason}")
    return done.stdout.strip()
