"""The machine: one lab at a time, who else uses it, and what a receipt says of its parts and load.

The rule on quiet machines is a function of the samples it is given, so it can be
tested on any machine.
"""

import os
import platform
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import filelock
import psutil

from _harness import LabError
from _harness.results import digest

BUSY_LIMIT = 20  # percent of the processors' time that other work may take
STEAL_LIMIT = 5  # percent that the host may keep for other guests
PAUSE = 30  # seconds between two looks at a busy machine
LOOKS = 52  # about 30 minutes of a pause and a five-second look each
NAMED = 3  # processes that a look names


@contextmanager
def lock(slug):
    """Hold the machine: two labs at once would measure each other. LabError if one measures."""
    place = Path(tempfile.gettempdir()) / "from-the-trenches-lab.lock"
    holder = place.with_suffix(".holder")
    try:
        # Not at once: another lab may hold it for the moment in which it asks whether it is free.
        held = filelock.FileLock(place, mode=0o666).acquire(timeout=0.2, poll_interval=0.02)
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
    """The machine as the receipt records it; memory in GiB, and a hash that is the same for each run on it."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.platform()
    cpu, cores = _cpu_model(), psutil.cpu_count()
    return {
        "cpu": cpu,
        "cores": cores,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "os": system,
        # machine-id(5) asks not to be published; copies of one image have the same, so two machines may pass for one.
        "id": digest(f"from-the-trenches {_machine_id()} {cpu} {cores}"),
    }


def _machine_id():
    try:
        return Path("/etc/machine-id").read_text("utf-8").strip()
    except OSError:
        return ""


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
    """The machine's load over the next `seconds`, and in words which other processes were the busiest."""
    before, spent = psutil.cpu_times(), _spent()
    time.sleep(seconds)
    load = load_since(before)
    shares = {
        process: 100 * (now - spent.get(process, 0)) / seconds / psutil.cpu_count()
        for process, now in _spent().items()
    }
    return load, company(load, [(share, *_named(process)) for process, share in shares.items()])


def _spent():
    """{process: its CPU seconds so far}, without this process and what it started."""
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    found = psutil.process_iter(["name", "username", "cpu_times"])
    return {one: sum(one.info["cpu_times"][:2]) for one in found if one.info["cpu_times"] and one.pid not in ours}


def _named(process):
    return process.info["name"], process.pid, process.info["username"]


def company(load, shares):
    """The busiest of `shares`, rows of (percent of the processors, name, process id, user), in words.

    A compiler's processes end before a second look can find them, and a container does not see its neighbours: what
    no process explains is said too.
    """
    top = sorted((row for row in shares if row[0] >= 1), key=lambda row: -row[0])[:NAMED]
    told = [f"{name!r} {share:.0f}% (process {pid}, user {user})" for share, name, pid, user in top]
    hidden = load["busy_percent"] - sum(share for share, *_ in shares)
    if hidden > BUSY_LIMIT / 2:
        told.append(f"processes too short or not visible from here {hidden:.0f}%")
    return ", ".join(told) or "no single process"


def is_quiet(load):
    return load["busy_percent"] <= BUSY_LIMIT and load["steal_percent"] <= STEAL_LIMIT


def wait_until_quiet(look, take, pause, log, looks=LOOKS):
    """The first quiet load that `look()` returns, or that of the last of `looks`; `take()` has the machine then.

    Nobody is locked out by a lab that only waits. `take` is asked right after a quiet look and never waits, so of two
    labs that see the same quiet one begins, and the other goes on looking.
    """
    for left in reversed(range(looks)):
        load, company = look()
        reason = f"waiting for a quiet machine: {_shares(load)}; busiest: {company} (noisy=1 does not wait)"
        if is_quiet(load) or not left:
            try:
                take()
                return load
            except LabError as error:
                if not left:
                    raise
                reason = f"waiting: {error}"
        log(reason)
        pause(PAUSE)


def _shares(load):
    return (
        f"{load['busy_percent']}% busy (limit {BUSY_LIMIT}%), "
        f"{load['steal_percent']}% withheld by the host (limit {STEAL_LIMIT}%)"
    )


def noise(before, during, noisy=False):
    """One sentence if the measurements had company, else None.

    Steal during the run counts, busy time does not: that is the lab itself. noisy: it was told not to wait.
    """
    told = []
    if not is_quiet(before):
        told.append(
            f"other work kept the processors {before['busy_percent']}% busy and the host "
            f"withheld {before['steal_percent']}% of their time before the run"
            + (", which was told not to wait" if noisy else "")
        )
    if during["steal_percent"] > STEAL_LIMIT:
        told.append(f"the host withheld {during['steal_percent']}% of it during the run")
    return f"The machine was not quiet: {'; '.join(told)}." if told else None
