"""A server process of a lab's own: private directory, proven identity, stopped by pid."""

import os
import pwd
import random
import re
import socket
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from _harness import LabError

PORTS = 20_000, 32_768
START_SECONDS = 120
STOP_SECONDS = 300  # a clean shutdown writes every dirty page
SOCKET_LIMIT = 107  # bytes in a Unix socket's path, unix(7)


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


class Server:
    """Context manager around one server; a subclass says how its kind is run and asked.

    settings: {name: value} of the server's configuration. connection and
    socket_connection: keyword arguments for a driver, over TCP and over the Unix
    socket. port, socket, pid, data_dir, and version as the server itself reports it.
    """

    def __init__(self, workdir, settings=None):
        self.home = Path(tempfile.mkdtemp(prefix=f"{self.account}-", dir=workdir)).resolve()
        self.data_dir = self.home / "data"
        self.port = free_port()
        self.settings = settings or {}
        self._identity = _unprivileged(self.account)
        if self._identity:
            os.chown(self.home, self._identity["user"], self._identity["group"])
        if len(os.fsencode(self.socket)) > SOCKET_LIMIT:
            raise LabError(f"{self.socket} is too long for a Unix socket; set TMPDIR to a short path")

    def __enter__(self):
        self._client()  # if it is missing, say so now: a server that nobody can ask never answers
        self._run(self._initialise())
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start, wait until it answers, and check that it is ours that answers."""
        with (self.home / "log").open("a") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._surroundings(),
            )
        self.pid = self._process.pid
        try:
            data_dir, self.version = self._first_answer()
            self._prove(Path(data_dir), _listener(self.socket))
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Shut down cleanly by pid and wait until the process is gone."""
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise LabError(f"{self._name} did not stop in {STOP_SECONDS} s and was killed") from None

    def restart(self):
        """Empty the server's own caches; the operating system keeps its page cache."""
        self.stop()
        self.start()

    def sql(self, text):
        """Rows of `text`, run by the command-line client over the socket, as lists of strings."""
        output = self._run([*self._client(), text])
        return [line.split("\t") for line in output.splitlines()]

    def _first_answer(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.sql(self._asked)[0]
            except LabError as error:
                if self._process.poll() is not None:
                    words = (self.home / "log").read_text("utf-8", "replace")
                    raise LabError(f"{self._name} did not start: {_gist(words)}") from None
                if time.monotonic() > deadline:
                    raise LabError(f"{self._name} does not answer: {error}") from None
            time.sleep(0.1)

    def _prove(self, data_dir, pid):
        if (data_dir, pid) != (self.data_dir, self.pid):
            raise LabError(
                f"started {self._name} as process {self.pid} in {self.data_dir}, "
                f"but process {pid} in {data_dir} answers"
            )

    def _run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, **self._surroundings())
        if done.returncode:
            raise LabError(f"{Path(command[0]).name}: {_gist(done.stderr or done.stdout)}")
        return done.stdout

    def _surroundings(self):
        """No setting of the caller's, such as PGHOST, reaches a server or its client."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return {"cwd": self.home, "env": environment, **self._identity}


def _listener(path):
    """The process that listens on the Unix socket at `path`, as the kernel knows it."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        return struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]


def _gist(words):
    """The first line that says what went wrong, or else the last."""
    lines = words.strip().splitlines() or ["no message"]
    return next((line for line in lines if re.search(r"\b(ERROR|FATAL|error)\b", line)), lines[-1])


def _unprivileged(account):
    """How to leave root for `account`, or for nobody; nothing to do for other users."""
    if os.geteuid() != 0:
        return {}
    for name in (account, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise LabError(f"run as root, this needs an account `{account}` or `nobody`")
