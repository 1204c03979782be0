"""The table that every /db reads, warm in memory."""

from contextlib import contextmanager

import contract
from _harness.servers import PostgreSQL

ROWS = 100_000
SETTINGS = {"shared_buffers": "256MB", "max_connections": "300", "autovacuum": "off"}


@contextmanager
def database(lab):
    with PostgreSQL(lab.workdir, SETTINGS) as server:
        lab.version("PostgreSQL", server.version)
        lab.value("inputs.rows", ROWS, "rows", "rows in the table")
        contract.fill(server, ROWS)
        server.sql("select sum(stock) from item")
        yield server
