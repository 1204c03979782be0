"""The rule, at least one doctor on call in each shift; the tables it stands on, and the ways to keep it."""

from dataclasses import dataclass

from _harness import LabError

PAD = "x" * 200  # so that a shift's rows do not share their page with a hundred others


@dataclass(frozen=True)
class Way:
    """strategy: of Strategy.java. retry: what becomes of an aborted transaction: "none", "at_once" or "jitter"."""

    label: str
    strategy: str
    retry: str = "none"


WAYS = {
    "read_committed": Way("READ COMMITTED", "READ_COMMITTED"),
    "repeatable_read": Way("REPEATABLE READ", "REPEATABLE_READ"),
    "serializable": Way("SERIALIZABLE", "SERIALIZABLE"),
    "serializable_at_once": Way("SERIALIZABLE, retried at once", "SERIALIZABLE", "at_once"),
    "serializable_jitter": Way("SERIALIZABLE, retried with jitter", "SERIALIZABLE", "jitter"),
    "for_update": Way("FOR UPDATE", "FOR_UPDATE"),
    "guarded": Way("guarded row", "GUARDED"),
    "version": Way("version column", "VERSION", "jitter"),
    "check": Way("CHECK", "CHECK"),
}

SHIFTS = "CREATE TABLE shifts (shift int PRIMARY KEY, guarded int NOT NULL, checked int NOT NULL CHECK (checked >= 1), version int NOT NULL"
DOCTORS = "CREATE TABLE doctors (shift int, doctor int, on_call boolean NOT NULL, pad char(200) NOT NULL, PRIMARY KEY (shift, doctor)"


def create_postgresql(server, shifts, doctors):
    """Both tables anew, with room in their pages, everybody on call. ANALYZE, so that both keys are looked up by their index."""
    for statement in (
        "DROP TABLE IF EXISTS doctors, shifts",
        f"{SHIFTS}) WITH (fillfactor = 50)",
        f"{DOCTORS}) WITH (fillfactor = 50)",
        f"INSERT INTO shifts SELECT s, {doctors}, {doctors}, 0 FROM generate_series(1, {shifts}) s",
        f"INSERT INTO doctors SELECT s, d, true, '{PAD}' FROM generate_series(1, {shifts}) s, generate_series(1, {doctors}) d",
        "VACUUM ANALYZE shifts",
        "VACUUM ANALYZE doctors",
    ):
        server.sql(statement)
    plan = server.sql("EXPLAIN SELECT doctor FROM doctors WHERE shift = 1 AND on_call")
    if not any("Index" in line for line, in plan):
        raise LabError(f"a shift is looked up by {plan[0][0].strip()}; SERIALIZABLE would then lock all of the table")


def create_mariadb(server, shifts, doctors):
    server.sql(
        f"CREATE OR REPLACE DATABASE lab; USE lab; {SHIFTS}); {DOCTORS}); "
        f"INSERT INTO shifts SELECT seq, {doctors}, {doctors}, 0 FROM seq_1_to_{shifts}; "
        f"INSERT INTO doctors SELECT s.seq, d.seq, true, '{PAD}' FROM seq_1_to_{shifts} s, seq_1_to_{doctors} d"
    )


def broken(server, prefix=""):
    """The shifts in which nobody is on call, as the server says."""
    return {int(row[0]) for row in server.sql(f"{prefix}SELECT shift FROM doctors GROUP BY shift HAVING sum(CASE WHEN on_call THEN 1 ELSE 0 END) = 0")}
