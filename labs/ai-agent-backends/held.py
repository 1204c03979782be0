"""What another session that waits for a model, and holds a transaction open meanwhile, costs a queue in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from _harness import LabError
from _harness.servers import PostgreSQL

# Counts are taken, no times. VACUUM runs every so many jobs, so that what it removes by then is the same in each run.
# Commits stay synchronous: after an asynchronous one a row is not known to be dead before its commit is flushed.
SETTINGS = {"autovacuum": "off", "fsync": "off"}
JOBS, QUICK_JOBS, EVERY = 30_000, 3_000, 1_000
SPARE = 1_000  # jobs still in the queue when the last is taken
FIND = "SELECT id FROM jobs WHERE leased_until < clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
DEQUEUE = f"DELETE FROM jobs WHERE id = ({FIND})"
LEASE = f"UPDATE jobs SET leased_until = clock_timestamp() + interval '1 hour' WHERE id = ({FIND})"
READ = "SELECT id FROM jobs LIMIT 1"
# state: (what the agent does with a job while it waits for its model, the statements before the wait, the one after)
STATES = {
    "none": ("no agent", [], None),
    "read": ("a transaction that has only read, READ COMMITTED", ["BEGIN", READ], "COMMIT"),
    "lock": ("a transaction that has locked its job, READ COMMITTED", ["BEGIN", FIND], "COMMIT"),
    "snapshot": ("a transaction that has read, REPEATABLE READ", ["BEGIN ISOLATION LEVEL REPEATABLE READ", READ], "COMMIT"),
    "lease": ("a lease, and no transaction", [LEASE], None),
}
QUICK_STATES = "lock", "lease"
QUEUE = (
    "CREATE TABLE jobs (id bigint PRIMARY KEY, payload text NOT NULL, leased_until timestamptz NOT NULL DEFAULT '-infinity')",
    "INSERT INTO jobs SELECT id, 'complaint ' || id FROM generate_series(1, {jobs}) AS id",
    "VACUUM ANALYZE jobs",
)
HELD = "SELECT backend_xid IS NOT NULL, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE pid = %s"


def measure(lab):
    """{state: {"pages": {jobs: pages read to find the last of them}, "released": pages, "xid", "xmin": whether the agent has one}}."""
    states, jobs = (QUICK_STATES, QUICK_JOBS) if lab.quick else (STATES, JOBS)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(states, pool.map(lambda state: _dequeue(lab, state, jobs), states)))
    lab.log(f"{jobs:,} jobs taken from each of {len(states)} queues")
    return found


def _dequeue(lab, state, jobs):
    # A server for each: a transaction in another database of the same one would hold this queue back as well.
    with PostgreSQL(lab.workdir, SETTINGS) as server:
        lab.version("PostgreSQL", server.version)
        with psycopg.connect(**server.socket_connection, autocommit=True) as worker, \
                psycopg.connect(**server.socket_connection, autocommit=True) as agent:
            for statement in QUEUE:
                worker.execute(statement.format(jobs=jobs + SPARE))
            _, before, after = STATES[state]
            for statement in before:
                agent.execute(statement)
            xid, xmin = worker.execute(HELD, (agent.info.backend_pid,)).fetchone()
            pages = {}
            for number in range(1, jobs + 1):
                if number % EVERY:
                    _take(worker)
                else:
                    pages[number] = _pages(worker)
                    worker.execute("VACUUM jobs")
            left = worker.execute("SELECT count(*) FROM jobs").fetchone()[0]
            if left != SPARE:
                raise LabError(f"{left:,} jobs are left of {jobs + SPARE:,} when {jobs:,} were taken; the dequeue is wrong")
            if after:
                agent.execute(after)
            worker.execute("VACUUM jobs")
            return {"pages": pages, "released": _pages(worker), "xid": xid, "xmin": xmin}


def _take(worker):
    if worker.execute(DEQUEUE).rowcount != 1:
        raise LabError("the queue gave no job; SPARE is too small")


def _pages(worker):
    """Take one job more, and count the pages read to find it."""
    (plan,), = worker.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {DEQUEUE}").fetchone()
    find = next(node for node in plan["Plan"]["Plans"] if node["Node Type"] == "Limit")
    scan = find["Plans"][0]["Plans"][0]
    if (scan["Node Type"], find["Actual Rows"]) != ("Index Scan", 1):
        raise LabError(f"the next job was found by {scan['Node Type']}, {find['Actual Rows']} rows; the plan must be the index's")
    return find["Shared Hit Blocks"] + find["Shared Read Blocks"]


def record(lab, measured):
    jobs = max(measured["lock"]["pages"])
    lab.value("inputs.held_jobs", jobs, "job|jobs", "taken from the queue while another session waits for its model")
    lab.value("inputs.held_vacuum_jobs", EVERY, "job|jobs", "taken between two runs of VACUUM")
    rows = []
    for state, found in measured.items():
        title, pages = STATES[state][0], found["pages"]
        first, last = pages[EVERY], pages[jobs]
        lab.value(f"held.{state}.pages_first", first, "pages", f"read to find job {EVERY:,}: {title}")
        lab.value(f"held.{state}.pages_last", last, "pages", f"read to find job {jobs:,}: {title}")
        lab.value(f"held.{state}.growth_x", last / first, "x", f"pages to find job {jobs:,} over those for job {EVERY:,}: {title}")
        after = "read to find the next job after the wait and a VACUUM"
        lab.value(f"held.{state}.pages_released", found["released"], "pages", f"{after}: {title}")
        for name, what in (("xid", "transaction ids"), ("xmin", "snapshots")):
            lab.value(f"held.{state}.{name}", int(found[name]), "count", f"{what} that the waiting session holds: {title}")
        rows += [{"state": title, "jobs": number, "pages": read} for number, read in pages.items()]
    columns = {"state": {"label": "what the waiting session holds", "unit": None}, "jobs": {"label": "jobs taken since", "unit": "count"},
               "pages": {"label": "pages read to find the next job", "unit": "pages"}}
    lab.table("held", columns, rows)
