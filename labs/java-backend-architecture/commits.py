"""When a PostgreSQL committed what it holds, by its own clock."""

SETTINGS = {"shared_buffers": "256MB", "track_commit_timestamp": "on", "autovacuum": "off"}


def times(server, rows):
    """{order: its commit, in ms since 1970}; rows: what stands after FROM."""
    found = server.sql(f"SELECT id, 1000 * extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM {rows}")
    return {int(order): float(at) for order, at in found}
