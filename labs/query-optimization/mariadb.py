"""MariaDB: pages are those that InnoDB reports to ANALYZE, the clock is SHOW PROFILES."""

import json

import pymysql

from engines import Engine, file_of
from statements import statement

PROFILES = 90  # MariaDB remembers 100 at most
SHOWN = ("access_type", "key", "rows", "r_rows", "r_filtered", "pages_accessed")


class MariaDB(Engine):
    name, prefix, title = "mariadb", "mariadb", "MariaDB"
    composite = "index on both columns"  # what sql/index-pending is here

    def connect(self, tcp=False):
        where = self.server.connection if tcp else self.server.socket_connection
        connection = pymysql.connect(**where, database=self.database, autocommit=True)
        self.rows("SET profiling_history_size = 100", connection=connection)
        return connection

    def load(self, tsv):
        self.rows("CREATE DATABASE lab CHARACTER SET utf8mb4")
        self.database = "lab"
        self.connection.select_db("lab")
        self.rows(statement("schema-mariadb.sql"))
        self.rows(f"LOAD DATA INFILE '{tsv}' INTO TABLE orders CHARACTER SET utf8mb4")
        self.analyze()

    def add_primary_key(self):
        """InnoDB's table is its primary key: sql/schema-mariadb.sql has it."""

    def warm(self):
        """Bring the table into the buffer pool."""
        self.rows("SELECT sum(total_cents) FROM orders")

    def analyze(self):
        self.rows("ANALYZE TABLE orders")

    def drop_index(self, name):
        self.rows(f"DROP INDEX {name} ON orders")

    def second_schema(self, name):
        """Make an empty database the current one; the name of the first table from there."""
        self.rows(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        self.connection.select_db(name)
        return "lab.orders"

    def megabytes(self, relation):
        """Size of the table (its primary key included) or of an index, from InnoDB's statistics."""
        index = "PRIMARY" if relation == "orders" else relation
        size = (
            "SELECT stat_value * @@innodb_page_size / 1e6 FROM mysql.innodb_index_stats WHERE "
            "database_name = 'lab' AND table_name = 'orders' AND index_name = %s "
            "AND stat_name = 'size'"
        )
        return float(self.rows(size, [index])[0][0])

    def plan(self, sql, parameters=None, connection=None):
        text = self.rows("ANALYZE FORMAT=JSON " + sql, parameters, connection)[0][0]
        return json.loads(text)

    def plan_text(self, file, parameters):
        """The plan of sql/<file>, cut to what it read, under the command that made it."""
        plan = self.plan(statement(file), parameters)
        table = found(plan, "table")[0]
        kept = [f"{key}: {value}" for key in SHOWN for value in found(table, key)]
        if found(plan, "filesort"):
            kept.append("filesort: yes")
        took = found(plan["query_block"], "r_total_time_ms")[0]
        return "\n".join([f"ANALYZE FORMAT=JSON -- {file}", *kept, f"r_total_time_ms: {took:.3f}"])

    def work(self, sql, parameters=None, connection=None):
        """(pages, rows read, plan); InnoDB counts a page at every level of every descent."""
        before = self._handler_reads(connection)
        plan = self.plan(sql, parameters, connection)
        rows = self._handler_reads(connection) - before
        return sum(found(plan, "pages_accessed")), rows, plan

    def estimate(self, sql, parameters):
        text = self.rows("EXPLAIN FORMAT=JSON " + sql, parameters)[0][0]
        plan = json.loads(text)
        return found(plan, "rows")[0] * found(plan, "filtered")[0] / 100

    def timed(self, sql, parameters, runs, connection=None):
        """[(server ms, client ms)] of `runs` executions."""
        times = []
        while len(times) < runs:
            batch = min(PROFILES, runs - len(times))
            self.rows("SET profiling = 1", connection=connection)
            client = [self.client_ms(sql, parameters, connection) for _ in range(batch)]
            profiles = self.rows("SHOW PROFILES", connection=connection)[-batch:]
            self.rows("SET profiling = 0", connection=connection)
            times += [(float(profile[1]) * 1000, ms) for profile, ms in zip(profiles, client, strict=True)]
        return times

    def record(self, calls):
        """Run `calls`, (sql, parameters) each; {file: (calls, mean ms, total ms)} as recorded."""
        self.rows("TRUNCATE mysql.slow_log")
        self.rows("SET GLOBAL log_output = 'TABLE'")
        self.rows("SET SESSION long_query_time = 0")
        self.rows("SET SESSION log_slow_filter = ''")
        self.rows("SET GLOBAL slow_query_log = 1")
        self.rows("SET SESSION slow_query_log = 1")
        for sql, parameters in calls:
            self.rows(sql, parameters)
        self.rows("SET GLOBAL slow_query_log = 0")
        recorded = self.rows(
            "SELECT substring_index(sql_text, '\n', 1), count(*), "
            "sum(time_to_sec(query_time)) * 1000 FROM mysql.slow_log "
            "WHERE sql_text LIKE %s GROUP BY 1",
            ["-- sql/%"],
        )
        return {file_of(line): (calls, float(total) / calls, float(total)) for line, calls, total in recorded}

    def _handler_reads(self, connection):
        """Rows that the session has asked the storage engine for."""
        status = self.rows("SHOW SESSION STATUS LIKE 'Handler_read%'", connection=connection)
        return sum(int(count) for _, count in status)


def found(node, key):
    """All values under `key` anywhere in parsed JSON, outermost first."""
    if isinstance(node, list):
        return [value for child in node for value in found(child, key)]
    if not isinstance(node, dict):
        return []
    here = [node[key]] if key in node else []
    return here + [value for child in node.values() for value in found(child, key)]
