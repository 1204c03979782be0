"""The orders, drawn once by DuckDB, and the right answer to every question.

DuckDB's hash(row, column, seed) is the only source of randomness, so the same
seed and row count give the same table. The answers it computes from that table
are what both servers must return before any of their queries is timed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

import duckdb

from statements import statement

TENANTS = 20_000
SKEW = 5  # tenant = 1 + floor(TENANTS * u^SKEW), u uniform in [0, 1)
RANKS = (1, 2, 20, 1000, 15000)
DEPTHS = (20, 1_000, 10_000, 100_000, 1_000_000)
DAYS = 1095
DUCKDB = {"threads": 2, "memory_limit": "8GB"}
DAY = date(2024, 3, 1)

# Rows arrive in the order of created_at, give or take an hour, as they do in a
# table that an application appends to. The newest 0.5 % are mostly pending.
GENERATOR = """
CREATE TABLE orders AS
WITH drawn AS (
    SELECT id, hash(id, 1, $seed) / pow(2, 64) AS u_tenant,
           hash(id, 2, $seed) / pow(2, 64) AS u_pending,
           hash(id, 3, $seed) / pow(2, 64) AS u_status,
           hash(id, 4, $seed) AS h_customer, hash(id, 5, $seed) AS h_second,
           hash(id, 6, $seed) AS h_total
      FROM range(1, $rows + 1) AS ids (id)
)
SELECT id, (1 + floor($tenants * pow(u_tenant, $skew)))::INTEGER AS tenant_id,
       (h_customer % 500000)::INTEGER AS customer_id,
       CASE WHEN u_pending < CASE WHEN id > 0.995 * $rows THEN 0.6 ELSE 0.0002 END THEN 'pending'
            WHEN u_status < 0.90 THEN 'shipped'
            WHEN u_status < 0.97 THEN 'cancelled'
            ELSE 'failed' END AS status,
       TIMESTAMP '2022-01-01' + to_seconds(id * $days * 86400 // $rows)
           + to_seconds((h_second % 3600)::BIGINT) AS created_at,
       (100 + h_total % 99900)::INTEGER AS total_cents,
       md5(id::VARCHAR) AS note
  FROM drawn
"""
CURSORS = """
SELECT depth, created_at, id
  FROM (SELECT created_at, id, row_number() OVER (ORDER BY created_at DESC, id DESC) AS depth
          FROM orders WHERE tenant_id = %(tenant)s)
 WHERE list_contains(%(depths)s, depth)
 ORDER BY depth
"""
WHOLE_TABLE = (
    "SELECT count(*), sum(id), sum(tenant_id), sum(customer_id), sum(total_cents), "
    "min(created_at), max(created_at), count(DISTINCT status), min(note), max(note) FROM orders"
)


@dataclass(frozen=True)
class Tenant:
    """A tenant by its rank in the number of orders, 1 being the largest."""

    rank: int
    id: int
    rows: int


class Orders:
    """The generated table, held in memory until `close`, and its TSV copy."""

    def __init__(self, rows, seed, tsv):
        self.rows, self.tsv, self.answers = rows, tsv, {}
        self.db = duckdb.connect(config=DUCKDB | {"temp_directory": str(tsv.parent)})
        inputs = {"rows": rows, "seed": seed, "tenants": TENANTS, "skew": SKEW, "days": DAYS}
        self.db.execute(GENERATOR, inputs)
        self.db.execute(f"COPY orders TO '{tsv}' (HEADER false, DELIMITER '\t', QUOTE '')")
        tsv.chmod(0o644)
        self.by_rank = self.db.execute(
            "SELECT tenant_id, count(*) AS n FROM orders GROUP BY 1 ORDER BY n DESC, tenant_id"
        ).fetchall()
        # The newest 0.5 %, most of them pending, begin here.
        self.since = self.one("SELECT created_at FROM orders WHERE id = ?", [int(rows * 0.995) + 1])
        self.recent_pending = {"status": "pending", "since": self.since}
        self.day = {"day": DAY, "next_day": DAY + timedelta(days=1)}

    def tenant(self, rank):
        """The tenant at `rank`, counted in the generated rows; ties go to the lower id."""
        return Tenant(rank, *self.by_rank[rank - 1])

    def depths(self):
        """Depths at which the largest tenant's list is paged, the deepest last."""
        return [depth for depth in DEPTHS if depth <= self.tenant(1).rows // 2]

    def pages(self, rank, depths):
        """For each depth, ascending, the parameters of the page behind it: OFFSET's and keyset's."""
        tenant = {"tenant": self.tenant(rank).id}
        for depth, created_at, id in self.query(CURSORS, tenant | {"depths": list(depths)}):
            yield tenant | {"depth": depth}, tenant | {"created_at": created_at, "id": id}

    def query(self, sql, parameters):
        """Rows of a statement written for the servers, as DuckDB answers it."""
        for name in parameters:
            sql = sql.replace(f"%({name})s", f"${name}")
        return self.db.execute(sql, parameters).fetchall()

    def one(self, sql, parameters=()):
        """The single cell that `sql` returns."""
        return self.db.execute(sql, parameters).fetchone()[0]

    def answer(self, name, parameters):
        """Fingerprint of the right rows for sql/<name>, computed once."""
        key = (name, *parameters.items())
        if key not in self.answers:
            self.answers[key] = fingerprint(self.query(statement(name), parameters))
        return self.answers[key]

    def whole_table(self):
        """Fingerprint of WHOLE_TABLE."""
        return fingerprint(self.query(WHOLE_TABLE, {}))

    def close(self):
        """Free the memory, and delete the file once both servers hold the rows."""
        self.db.close()
        self.tsv.unlink()


def fingerprint(rows):
    """Checksum of rows that does not depend on which driver built their cells."""
    text = "\n".join("\t".join(cell_text(cell) for cell in row) for row in rows)
    return sha256(text.encode()).hexdigest()[:16]


def cell_text(cell):
    """One spelling for the int, Decimal and datetime types of three drivers."""
    return str(int(cell)) if hasattr(cell, "__int__") else str(cell)
