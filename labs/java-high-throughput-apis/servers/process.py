"""One server's processes: started, proven, watched and stopped by id."""

import http.client
import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from _harness import LabError

START_SECONDS = 60
STOP_SECONDS = 120  # a JVM that records an AOT cache assembles it while it ends
SETTLE_SECONDS = 0.3
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Running:
    """A server that answers. Moments are of time.monotonic().

    started: when it was executed. ready: when the first /json had been answered.
    first_cpu_seconds: the processor time it had used by then.
    """

    port: int
    leader: int
    started: float
    ready: float = 0.0
    first_cpu_seconds: float = 0.0

    def pids(self):
        """The server's process and its workers: whatever lives in the session begun for it."""
        return [pid for pid in psutil.pids() if _session(pid) == self.leader]

    def cpu_seconds(self):
        """User and system time of all, workers that have ended included."""
        return sum(_ticks(pid) for pid in self.pids()) / TICK

    def rss_bytes(self):
        """Resident memory; a page that n processes share counts 1/n in each (PSS)."""
        return sum(_pss(pid) for pid in self.pids())

    def os_threads(self):
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.pids())


@contextmanager
def start(label, command, environment, port, workers):
    """Execute `command` with `environment` alone, wait for /json and check who answers."""
    environment = {name: str(value) for name, value in environment.items()}
    environment |= {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "NODE_ENV": "production"}
    with tempfile.TemporaryDirectory(prefix="server-") as folder, tempfile.TemporaryFile() as log:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        running = Running(port, process.pid, started)
        try:
            _wait(running, process, label, log)
            _prove(running, label)
            if workers > 1:
                _settle(running)
            yield running
        finally:
            _stop(running, process, label)


def _wait(running, process, label, log):
    while not _answers(running.port):
        if process.poll() is not None:
            raise LabError(f"{label} did not start: {_gist(log)}")
        if time.monotonic() > running.started + START_SECONDS:
            raise LabError(f"{label} does not answer in {START_SECONDS} s: {_gist(log)}")
        time.sleep(0.002)
    running.ready = time.monotonic()
    running.first_cpu_seconds = running.cpu_seconds()


def _answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/json")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _prove(running, label):
    listening = psutil.net_connections("tcp")
    here = [c for c in listening if c.status == psutil.CONN_LISTEN and c.laddr.port == running.port]
    owners = {connection.pid for connection in here}
    if not owners or not owners <= set(running.pids()):
        raise LabError(f"started {label} as process {running.leader}, but {owners or 'nobody'} listens")


def _settle(running):
    """The first worker to answer may be alone: wait until none of them is busy starting."""
    while time.monotonic() < running.started + START_SECONDS:
        before = running.cpu_seconds()
        time.sleep(SETTLE_SECONDS)
        if running.cpu_seconds() - before <= 0.1 * SETTLE_SECONDS:
            break


def _stop(running, process, label):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise LabError(f"{label} did not stop in {STOP_SECONDS} s and was killed") from None
    finally:
        for pid in running.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _session(pid):
    with suppress(ProcessLookupError):
        return os.getsid(pid)


def _ticks(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        # utime, stime, cutime and cstime of proc(5), counted after the name, which may hold blanks.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))
    return 0


def _pss(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0


def _gist(log):
    """The first line that names a failure, or else the last."""
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines() or ["no message"]
    return next((line for line in lines if "rror" in line or "Exception" in line), lines[-1]).strip()
