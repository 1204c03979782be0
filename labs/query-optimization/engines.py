"""The two servers behind one interface: load, ask, count pages and rows, keep time.

Both clocks are the server's own and run on the plain statement, because
EXPLAIN ANALYZE and ANALYZE slow the statement that they observe: PostgreSQL's is
pg_stat_statements (planning + execution, without parsing), MariaDB's is SHOW
PROFILES (the whole statement, parsing and sending included). Neither engine's
milliseconds or pages are comparable with the other's.
"""

import os
from time import perf_counter

from _harness import LabError

from data import WHOLE_TABLE, fingerprint
from statements import statement


class Engine:
    """A started server. `rows` answers on one connection over the Unix socket."""

    def __init__(self, server, database=None):
        self.server, self.database = server, database
        self.connection = self.connect()

    def rows(self, sql, parameters=None, connection=None):
        """Rows of `sql`, an empty list if it returns none."""
        cursor = (connection or self.connection).cursor()
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    def change(self, sql):
        """Run `sql`; the number of rows it changed."""
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return cursor.rowcount

    def client_ms(self, sql, parameters=None, connection=None):
        """How long the client waits for all rows of `sql`."""
        start = perf_counter()
        self.rows(sql, parameters, connection)
        return (perf_counter() - start) * 1000

    def load_checked(self, orders):
        """Load the table and compare it with the generated one; seconds that loading took."""
        start = perf_counter()
        self.load(orders.tsv)
        seconds = perf_counter() - start
        if fingerprint(self.rows(WHOLE_TABLE)) != orders.whole_table():
            raise LabError(f"{self.title} does not hold the generated rows")
        return seconds

    def create_index(self, name):
        """Build the index of sql/<name>; seconds it took."""
        seconds = self.client_ms(statement(self.file(name))) / 1000
        self.analyze()
        return seconds

    def file(self, name):
        """sql/<name>, or this engine's own spelling of it."""
        return name.replace("ENGINE", self.name)

    def restart_cold(self):
        """Restart the server with neither its cache nor the operating system's page cache."""
        self.connection.close()
        self.server.stop()
        for path in self.server.data_dir.rglob("*"):
            if path.is_file():
                forget(path)
        self.server.start()
        self.connection = self.connect()


def forget(path):
    """Write a file's dirty pages and drop all of them from the page cache."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def file_of(sql):
    """The file that a statement's first line names."""
    return sql.splitlines()[0].removeprefix("-- sql/")
