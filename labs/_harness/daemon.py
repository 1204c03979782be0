"""A server of a lab's own: private directory, unprivileged account, proven identity, stopped by its id."""

import os
import pwd
import signal
import subprocess
import tempfile
from pathlib import Path

from _harness import LabError
from _harness.process import Process, free_port, gist, surroundings

SOCKET_LIMIT = 107  # bytes in a Unix socket's path, unix(7)


class Server:
    """Context manager around one server; a subclass says how its kind is run and asked.

    settings: {name: value} of the server's configuration. connection and
    socket_connection: keyword arguments for a driver, over TCP and over the Unix
    socket. port, socket, pid, data_dir, and version as the server itself reports it.
    """

    stop_signal = signal.SIGTERM

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
        self._process = Process(self._name, self._command(), self.home, **self._identity)
        self.pid = self._process.pid
        try:
            data_dir, self.version = self._process.wait(self._ask_identity)
            self._process.prove(self.socket, self.port)
            if Path(data_dir) != self.data_dir:
                raise LabError(f"started {self._name} in {self.data_dir}, but one in {data_dir} answers")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Shut down cleanly by pid and wait until the process is gone."""
        self._process.stop(self.stop_signal)

    def restart(self):
        """Empty the server's own caches; the operating system keeps its page cache."""
        self.stop()
        self.start()

    def _run(self, command):
        command = [str(word) for word in command]
        done = subprocess.run(command, cwd=self.home, env=surroundings(), capture_output=True, text=True, **self._identity)
        if done.returncode:
            raise LabError(f"{Path(command[0]).name}: {gist(done.stderr or done.stdout)}")
        return done.stdout


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
