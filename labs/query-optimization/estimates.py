"""How far the planner's row counts are off right after the statistics were gathered."""

from datetime import datetime

from statements import statement

REPEATS = 5
# Whether an order failed has nothing to do with its age.
CONTROL = {"status": "failed", "since": datetime(2024, 3, 1)}


def estimate(bench, rows):
    """Estimates under each kind of statistics; `rows` gathers the figure's table."""
    if bench.engine.name == "postgresql":
        postgresql(bench, rows)
    else:
        mariadb(bench, rows)


def postgresql(bench, rows):
    engine = bench.engine
    gathered(bench, rows, "analyze", "per-column statistics", engine.analyze, REPEATS)
    gathered(bench, rows, "control", "per-column statistics", engine.analyze, REPEATS, CONTROL)
    engine.rows(statement("statistics-postgresql.sql"))
    gathered(bench, rows, "statistics", "CREATE STATISTICS", engine.analyze, REPEATS)
    engine.rows("DROP STATISTICS orders_status_created")


def mariadb(bench, rows):
    engine = bench.engine
    gathered(bench, rows, "analyze", "engine statistics", engine.analyze, REPEATS)
    for kind, name in (("DOUBLE_PREC_HB", "height_balanced"), ("JSON_HB", "json")):
        engine.rows(f"SET histogram_type = '{kind}'")
        label = f"{kind} histograms"
        gathered(bench, rows, f"{name}_histogram", label, lambda: histogram(engine))
    gathered(bench, rows, "control", "JSON_HB histograms", lambda: None, 1, CONTROL)
    engine.rows("DELETE FROM mysql.column_stats")
    engine.rows("FLUSH TABLES")


def histogram(engine):
    """Per-column histograms of the two columns, from every row of the table."""
    engine.rows("ANALYZE TABLE orders PERSISTENT FOR COLUMNS (status, created_at) INDEXES ()")


def gathered(bench, rows, key, statistics, gather, repeats=1, parameters=None):
    """Gather statistics and ask for an estimate, `repeats` times; record both and the error."""
    parameters = parameters or bench.orders.recent_pending
    actual = bench.orders.query(statement("correlated.sql"), parameters)[0][0]
    estimated, errors = [], []
    for _ in range(repeats):
        gather()
        guess = max(bench.engine.estimate(statement("correlated.sql"), parameters), 1)
        estimated.append(guess)
        errors.append(max(guess / actual, actual / guess))
    title = f"{parameters['status']} since {parameters['since']:%F}, {statistics}"
    bench.few(f"estimate.{key}.rows", estimated, "rows", f"rows estimated: {title}")
    bench.few(f"estimate.{key}.error_x", errors, "x", f"error of the estimate: {title}")
    least = f"smallest error of the estimate: {title}"
    bench.value(f"estimate.{key}.min_error_x", min(errors), "x", least, repeats)
    rows.append(
        {
            "engine": bench.engine.title,
            "statistics": statistics,
            "status": parameters["status"],
            "actual": actual,
            "estimated": sorted(estimated)[len(estimated) // 2],
            "error": min(errors),
        }
    )
