"""PostgreSQL with pgvector, and one table of vectors in it."""

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import psycopg
from _harness.servers import PgVector

# Indexes are built in memory, and nothing but the planner's own defaults decides how a query is answered.
SETTINGS = {"shared_buffers": "1GB", "maintenance_work_mem": "1GB", "autovacuum": "off", "fsync": "off"}
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
END = b"\xff\xff"
K = 5  # rows that a query asks for
EXACT = {"enable_indexscan": "off"}  # pgvector's own advice for exact search; a b-tree still serves as a bitmap
NEAREST = f"SELECT id, embedding <=> %s::vector AS distance FROM chunk WHERE {{column}} = %s ORDER BY distance LIMIT {K}"
# No graph can serve this: the tenant's rows are had before they are put in order.
TENANT_FIRST = f"""WITH own AS MATERIALIZED (SELECT id, embedding <=> %s::vector AS distance FROM chunk WHERE {{column}} = %s)
SELECT * FROM own ORDER BY distance LIMIT {K}"""


@dataclass(frozen=True)
class Answer:
    """ids: the rows that came, in the query's order; distances: theirs, cosine; ms: round trip; by_graph: whether the plan uses HNSW."""

    ids: list
    distances: list
    ms: float
    by_graph: bool


@contextmanager
def connected(lab):
    """A connection to a server of the lab's own, by socket; every statement is planned for its own values."""
    with PgVector(lab.workdir, SETTINGS) as server:
        with psycopg.connect(**server.socket_connection, autocommit=True, prepare_threshold=None) as connection:
            connection.execute("CREATE EXTENSION vector")
            lab.version("PostgreSQL of the wheel", server.version)
            lab.version("pgvector", connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()[0])
            yield connection


class Chunks:
    """The table `chunk` with an HNSW index as pgvector makes it by default, for cosine; `ask` it, `index` it."""

    def __init__(self, connection, vectors, tenants):
        """vectors: float32 (rows, dimensions), in order of their ids; tenants: {column: the tenant of each row}."""
        self._connection = connection
        columns = "".join(f"{name} integer, " for name in tenants)
        connection.execute("DROP TABLE IF EXISTS chunk")
        connection.execute(f"CREATE TABLE chunk (id integer, {columns}embedding vector({vectors.shape[1]}))")
        with connection.cursor().copy("COPY chunk FROM STDIN (FORMAT binary)") as copy:
            copy.write(SIGNATURE)
            copy.write(_packed(vectors, [np.arange(len(vectors)), *tenants.values()]))
            copy.write(END)
        connection.execute("CREATE INDEX chunk_graph ON chunk USING hnsw (embedding vector_cosine_ops)")
        connection.execute("VACUUM ANALYZE chunk")

    def index(self, column):
        """Add a b-tree on a column of tenants."""
        self._connection.execute(f"CREATE INDEX ON chunk ({column})")

    def ask(self, column, asked, settings, query=NEAREST):
        """An Answer to each of `asked`, (vector, tenant), under `settings` that hold for this alone."""
        query = query.format(column=column)
        with self._connection.transaction():
            for name, value in settings.items():
                self._connection.execute(f"SET LOCAL {name} = {value}")
            return [self._answer(query, (_text(vector), int(tenant))) for vector, tenant in asked]

    def _answer(self, query, values):
        plan = self._connection.execute(f"EXPLAIN (FORMAT json) {query}", values).fetchone()[0]
        began = time.perf_counter()
        rows = self._connection.execute(query, values).fetchall()
        ms = 1000 * (time.perf_counter() - began)
        return Answer([row[0] for row in rows], [row[1] for row in rows], ms, "chunk_graph" in json.dumps(plan))


def _packed(vectors, columns):
    """Rows of integers and a vector as COPY's binary form has them: each field after its length, the last a vector after its own."""
    fields = [("fields", ">i2"), *((f"{part}{number}", ">i4") for number in range(len(columns)) for part in ("length", "value"))]
    dimensions = vectors.shape[1]
    rows = np.zeros(len(vectors), [*fields, ("bytes", ">i4"), ("dimensions", ">i2"), ("unused", ">i2"), ("vector", ">f4", dimensions)])
    rows["fields"], rows["bytes"], rows["dimensions"], rows["vector"] = len(columns) + 1, 4 + 4 * dimensions, dimensions, vectors
    for number, column in enumerate(columns):
        rows[f"length{number}"], rows[f"value{number}"] = 4, column
    return rows.tobytes()


def _text(vector):
    return "[" + ",".join(map(str, vector.tolist())) + "]"
