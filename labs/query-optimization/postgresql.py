"""PostgreSQL: pages are shared buffers, the clock is pg_stat_statements."""

import psycopg

from engines import Engine, file_of
from statements import statement

CLOCK = "SELECT total_plan_time + total_exec_time FROM pg_stat_statements(false) WHERE queryid = %s"
MEASURED = "SELECT queryid FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
WIDEST = 68  # columns of a listing
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF)"


class PostgreSQL(Engine):
    name, prefix, title = "postgresql", "pg", "PostgreSQL"
    composite = "partial index"  # what sql/index-pending is here

    def connect(self, tcp=False):
        where = self.server.connection if tcp else self.server.socket_connection
        # The client puts parameters into the text, as PyMySQL does, so that both
        # servers plan every statement for the values it carries.
        return psycopg.connect(
            **where,
            autocommit=True,
            prepare_threshold=None,
            cursor_factory=psycopg.ClientCursor,
        )

    def load(self, tsv):
        """COPY FREEZE in the transaction that makes the table: no WAL, all pages visible."""
        self.rows("CREATE EXTENSION pg_stat_statements")
        with self.connection.transaction():
            self.rows(statement("schema-postgresql.sql"))
            self.rows(f"COPY orders FROM '{tsv}' (FREEZE)")
        self.add_primary_key()
        self.rows("VACUUM (ANALYZE) orders")
        self.warm()

    def add_primary_key(self):
        """Build the primary key after the rows are in, which is the quicker order here."""
        self.rows("ALTER TABLE orders ADD PRIMARY KEY (id)")

    def warm(self):
        """Bring the table and its indexes into shared_buffers; a sequential scan would not."""
        self.rows("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        self.rows("SELECT pg_prewarm('orders')")
        indexes = "FROM pg_index WHERE indrelid = 'orders'::regclass"
        self.rows(f"SELECT pg_prewarm(indexrelid) {indexes}")

    def analyze(self):
        self.rows("ANALYZE orders")

    def drop_index(self, name):
        self.rows(f"DROP INDEX {name}")

    def second_schema(self, name):
        """Make an empty schema the current one; the name of the first table from there."""
        self.rows(f"CREATE SCHEMA {name}")
        self.rows(f"SET search_path = {name}")
        return "public.orders"

    def megabytes(self, relation):
        """Size of a table without its indexes, or of an index."""
        return float(self.rows(f"SELECT pg_relation_size('{relation}') / 1e6")[0][0])

    def plan(self, sql, parameters=None, connection=None):
        explain = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
        return self.rows(explain + sql, parameters, connection)[0][0][0]

    def plan_text(self, file, parameters):
        """The plan of sql/<file> as EXPLAIN prints it, under the command that made it."""
        lines = [row[0] for row in self.rows(f"{EXPLAIN} {statement(file)}", parameters)]
        kept = [folded(line) for line in lines if not line.startswith("Planning")]
        return "\n".join([f"{EXPLAIN} -- {file}", *kept])

    def work(self, sql, parameters=None, connection=None):
        """(pages, rows read, plan); pages are shared buffers hit or read while executing."""
        plan = self.plan(sql, parameters, connection)
        top = plan["Plan"]
        return top["Shared Hit Blocks"] + top["Shared Read Blocks"], rows_scanned(top), plan

    def estimate(self, sql, parameters):
        """Rows that the planner expects of the one table in `sql`."""
        plan = self.rows("EXPLAIN (FORMAT JSON) " + sql, parameters)[0][0][0]["Plan"]
        return scans(plan)[0]["Plan Rows"]

    def timed(self, sql, parameters, runs, connection=None):
        """[(server ms, client ms)] of `runs` executions."""
        self.rows("SELECT pg_stat_statements_reset()")
        times, before, identity = [], 0, None
        for _ in range(runs):
            client = self.client_ms(sql, parameters, connection)
            identity = identity or self.rows(MEASURED)[0]
            after = self.rows(CLOCK, identity)[0][0]
            times.append((after - before, client))
            before = after
        return times

    def record(self, calls):
        """Run `calls`, (sql, parameters) each; {file: (calls, mean ms, total ms)} as recorded."""
        self.rows("SELECT pg_stat_statements_reset()")
        for sql, parameters in calls:
            self.rows(sql, parameters)
        recorded = self.rows(
            "SELECT query, calls, total_plan_time + total_exec_time FROM pg_stat_statements "
            "WHERE starts_with(query, '-- sql/')"
        )
        return {file_of(sql): (calls, total / calls, total) for sql, calls, total in recorded}


def folded(line):
    """A line of a plan on two if it is too wide for a page."""
    if len(line) <= WIDEST:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 6)
    return line.replace(" (actual", f"\n{indent}(actual")


def scans(node):
    """The nodes of a PostgreSQL plan that read the table, outermost first."""
    here = [node] if "Relation Name" in node else []
    return here + [scan for child in node.get("Plans", []) for scan in scans(child)]


def rows_scanned(plan):
    """Rows that a PostgreSQL plan's scans read, those they threw away included."""
    parts = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(scan.get(part, 0) * scan["Actual Loops"] for scan in scans(plan) for part in parts)
