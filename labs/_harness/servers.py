"""PostgreSQL and MariaDB of a lab's own, on loopback, under an unprivileged account.

    with PostgreSQL(lab.workdir, {"shared_buffers": "1GB"}) as server:
        driver.connect(**server.connection)

The binaries are Debian's. As root they run as `postgres` or `mysql`, because
neither serves root. Each listens on 127.0.0.1 at a free port and on a Unix socket
in a private directory. A missing binary, a server that does not start and one that
is not the one we started are LabErrors. `daemon.Server` has what both share.
"""

import os
import shutil
import signal
from pathlib import Path

from _harness import LabError
from _harness.daemon import Server, free_port

__all__ = ["MariaDB", "PostgreSQL", "free_port"]


class PostgreSQL(Server):
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
        initdb = _binary("initdb", "postgresql")
        options = ["--auth=trust", "--username=lab", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        return [initdb, *options, f"--pgdata={self.data_dir}"]

    def _command(self):
        fixed = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.home}
        settings = [f"--{name}={value}" for name, value in (self.settings | fixed).items()]
        return [_binary("postgres", "postgresql"), "-D", self.data_dir, *settings]

    def _client(self):
        psql = [_binary("psql", "postgresql-client"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        where = [f"--host={self.home}", f"--port={self.port}", "--username=lab", "--dbname=postgres"]
        return [*psql, "--field-separator=\t", "--set=ON_ERROR_STOP=1", *where, "--command"]


class MariaDB(Server):
    account, stop_signal = "mysql", signal.SIGTERM
    _name = "MariaDB"
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


def _binary(name, package):
    """The newest Debian PostgreSQL's `name`, or the one on the path."""
    by_version = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major)
    found = by_version[-1] if by_version else shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise LabError(f"no `{name}` on this machine; apt-get install {package}")
    return str(found)


def _major(path):
    return float(path.parts[-3])
