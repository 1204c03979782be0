"""A process of a lab's own on loopback: started, proven to be the one that answers, stopped by its id.

    port = free_port()
    with Process("the service", ["node", "main.mjs", port], lab.workdir) as service:
        service.serve(port)
        ...  # service.pids() use the processor; service.ready - service.started is how long the start took

What does not start, does not answer, is not what answers or does not stop is a LabError with the line of the
process's own log that says why.
"""

import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from _harness import LabError

PORTS = 20_000, 32_768
START_SECONDS = 120
STOP_SECONDS = 300  # a clean shutdown writes every dirty page
PAUSE_SECONDS = 0.002  # between two questions whether it answers: how late `ready` may be
LISTEN = "0A"
# How proc_net(5) writes 127.0.0.1 and every address, of IPv4 and of IPv6.
ANSWERING = "0100007F", "00000000", "0000000000000000FFFF00000100007F", 32 * "0"
# Redis says which setting is wrong in a line that begins with >>>, below a banner that only says FATAL.
COMPLAINT = re.compile(r"^>>> .*\n.*|^(?!\*\*\*).*(\b(ERROR|FATAL|error|panic)\b|\w(Error|Exception)\b).*", re.MULTILINE)


class Process:
    """One process and whatever it starts, in a session of its own.

    name: what messages call it. command: words, the first is looked up in PATH. folder: where it runs. environment:
    its variables; of the caller's own, such as PGHOST, none reaches it but PATH. popen: more for subprocess.Popen.
    pid; started and ready: of time.monotonic(), when it was executed and when `wait` last had its answer.
    """

    def __init__(self, name, command, folder, environment=None, **popen):
        self.name = name
        self._log = tempfile.TemporaryFile()
        streams = {"stdin": subprocess.DEVNULL, "stdout": self._log, "stderr": self._log}
        self.started = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=surroundings(environment),
                start_new_session=True,
                **streams | popen,
            )
        except OSError as error:
            raise LabError(f"{name} did not start: {error.filename}: {error.strerror}") from None
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def serve(self, place):
        """Wait until it listens on `place`, a port of 127.0.0.1 or a Unix socket's path, and check that it is this process."""
        self.wait(lambda: _listens(place))
        self.prove(place)

    def wait(self, answer, seconds=START_SECONDS):
        """What `answer()` first returns that is true; until then it may return what is not, or raise LabError."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := answer():
                    self.ready = time.monotonic()
                    return found
                why = None
            except LabError as error:
                why = error
            if self.ended():
                raise LabError(f"{self.name} did not start: {self.gist()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} does not answer in {seconds} s: {why or self.gist()}")
            time.sleep(PAUSE_SECONDS)

    def prove(self, *places):
        """LabError unless whoever listens on each of `places`, a port or a Unix socket's path, is of this session."""
        for place in places:
            found, ours = listeners(place), set(self.pids())
            if not found or any(holders.isdisjoint(ours) for holders in found):
                who = " and ".join(f"process {pid}" for pid in sorted(set().union(*found))) or "nobody"
                raise LabError(f"started {self.name} as process {self.pid}, but {who} listens on {place}")

    def pids(self):
        """The process and what it started: all of its session."""
        return [pid for pid in psutil.pids() if _session(pid) == self.pid]

    def ended(self, seconds=0):
        """Whether it ends within `seconds`. It is not reaped, so its id stays its own until `kill`."""
        return self._process.returncode is not None or _ends(self.pid, seconds)

    def stop(self, stop_signal=signal.SIGTERM):
        """Ask it to end, wait until it is gone, and leave nobody of its session behind."""
        if self._process.returncode is not None:
            return
        os.kill(self.pid, stop_signal)
        try:
            if not self.ended(STOP_SECONDS):
                raise LabError(f"{self.name} did not stop in {STOP_SECONDS} s and was killed")
        finally:
            self.kill()

    def kill(self):
        """SIGKILL to all of its session, the process itself first so that it starts no more; returns its exit status."""
        if self._process.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
            rest = self.pids()
            for step in (lambda pid: os.kill(pid, signal.SIGKILL), lambda pid: _ends(pid, STOP_SECONDS)):
                for pid in rest:
                    with suppress(ProcessLookupError):
                        step(pid)
        return self._process.wait()

    def gist(self):
        """The line of its log that says what went wrong."""
        descriptor = self._log.fileno()  # read without a seek: the process writes where the file's position is
        return gist(os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("utf-8", "replace"))


def free_port():
    """A TCP port of 127.0.0.1 that nothing listens on now.

    It lies below Linux's ephemeral ports: one of those may become the near end of
    anybody's connection before the server, or its restart, has bound it.
    """
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listeners(place):
    """For each socket that listens on `place`, a port of 127.0.0.1 or a Unix socket's path, the ids of who holds it.

    As the kernel knows them. A process of another user is not seen unless root asks. More than one holds a socket
    while a server that forks, as PostgreSQL does, starts a child.
    """
    if isinstance(place, Path):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(place)):
                return []
            return [{struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]}]
    found = {f"socket:[{inode}]": set() for inode in _listening(place)}
    for link in Path("/proc").glob("[0-9]*/fd/*") if found else ():
        with suppress(OSError):
            if (name := os.readlink(link)) in found:
                found[name].add(int(link.parts[2]))
    return list(found.values())


def surroundings(environment=None):
    """The variables of a process that is to see none of the caller's own."""
    told = {name: str(value) for name, value in (environment or {}).items()}
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"} | told


def gist(words):
    """Of what a process said, in one line, what first names a failure, or else the last."""
    found = COMPLAINT.search(words)
    lines = words.strip().splitlines() or ["no message"]
    return " ".join((found[0] if found else lines[-1]).split())


def _listening(port):
    """Inodes of the TCP sockets that listen on `port` and answer to 127.0.0.1, from proc_net(5)."""
    lines = [line.split() for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text("ascii").splitlines()]
    for _, local, _, state, *_, inode in (line[:10] for line in lines):
        if state == LISTEN and local in {f"{address}:{port:04X}" for address in ANSWERING}:
            yield inode


def _listens(place):
    family, address = (socket.AF_UNIX, str(place)) if isinstance(place, Path) else (socket.AF_INET, ("127.0.0.1", place))
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def _ends(pid, seconds):
    """Whether process `pid`, anybody's child, ends within `seconds`."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def _session(pid):
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(pid)
