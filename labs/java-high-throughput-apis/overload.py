"""Twice as many requests as ten database connections can serve, for a few seconds: with and without a bound."""

from types import SimpleNamespace

from load import DB_SLO_MS, finish
from quiet import Look, Span, family
from summary import put
from warm import warmed

POOL, HOLD_MS = 10, 5  # connections, and how long a query keeps one
SHARES = (2, 0.5), (3, 2.0), (9, 0.5)  # seconds at a multiple of capacity
PATIENCE_MS = 1_000
GOOD = 0.95  # a second is good again when so much of what is offered is answered within the SLO
KINDS = {
    "unbounded": ("Jetty, virtual threads", "jetty", False),
    "bounded": ("Jetty, virtual threads, bounded", "jetty", True),
    "go": ("Go net/http", "go", False),
}


def slow_database(postgres):
    """The same table behind a view that keeps its connection busy for HOLD_MS; the servers stay as they are."""
    # A volatile column keeps the planner from dropping the nap, but not from using the index.
    postgres.sql(f"""
        create schema slow;
        create view slow.item as select id, name, price_cents, stock
          from (select item.*, pg_sleep({HOLD_MS / 1e3}) as nap from public.item) as napping;
        create role slow login;
        alter role slow set search_path = slow;
        grant usage on schema slow to slow;
        grant select on slow.item to slow""")
    return SimpleNamespace(connection=postgres.connection | {"user": "slow"}, pid=postgres.pid, sql=postgres.sql)


def measure(lab, load, database, names):
    capacity = _capacity(lab, load, database)
    # Little's law: so many requests are in the house when each has been there for half the SLO.
    limit = max(POOL, round(capacity * DB_SLO_MS / 2 / 1e3))
    runs = []
    for turn in range(1 if lab.quick else 2):
        for kind in [name for name in KINDS if name in names][:: 1 if turn % 2 else -1]:
            if turn == 0 or KINDS[kind][1] == "jetty":
                runs.append(_one(lab, load, database, kind, capacity, limit, turn))
    return capacity, limit, runs


def _capacity(lab, load, database):
    """Answers per second when twice as many callers as connections wait for theirs."""
    with warmed(load, "jetty", (1, "/json"), (1 if lab.quick else 2.5, "/db?id={id}"), postgres=database, pool=POOL) as server:
        return load.read(server, "/db?id={id}", 0, 1 if lab.quick else 2, connections=2 * POOL).rate


def _one(lab, load, database, kind, capacity, limit, turn):
    label, stack, bounded = KINDS[kind]
    lab.log(f"overload: {label}")
    shares = ((1, 0.5), (1, 2.0), (1, 0.5)) if lab.quick else SHARES
    phases = [(seconds, share * capacity, "/db?id={id}") for seconds, share in shares]
    bound = {"limit": {"db": limit}} if bounded else {}
    warm = [(1, "/json"), (1, "/db?id={id}")] if lab.quick else [(1, "/json"), (2, "/db?id={id}")]
    with warmed(load, stack, *warm, postgres=database, pool=POOL, **bound) as server:
        before = Look()
        run = finish(load.start(server.port, *phases, connections=4500, timeout_ms=PATIENCE_MS, slo_ms=DB_SLO_MS))
        objections = load.objections(Span(before, Look(), server.pids(), family(database.pid)), run)
    return {"kind": kind, "turn": turn, "run": run, "objections": objections, "shares": shares, "capacity": capacity}


def goodput_percent(one):
    """Answers within the SLO during the overload, of what the pool can serve in that time."""
    middle = one["run"]["phases"][1]
    return 100 * middle["good"] / (one["capacity"] * middle["seconds"])


def recovery_s(one):
    """Seconds from the end of the overload to the first from which all to the end are good; the window if none."""
    end = one["shares"][0][0] + one["shares"][1][0]
    after = one["run"]["seconds"][end:]
    good = [second["good"] >= GOOD * second["offered"] for second in after]
    return next((number for number in range(len(good)) if all(good[number:])), len(good))


def record(lab, found):
    capacity, limit, runs = found
    lab.value("overload.capacity_per_s", capacity, "1", f"answers per second from {POOL} connections, {HOLD_MS} ms held each")
    lab.value("overload.limit", limit, "1", "requests that the bounded server lets in at once")
    lab.value("overload.pool", POOL, "1", "database connections")
    lab.value("overload.window_s", SHARES[2][0], "s", "watched after the overload")
    rows = []
    for kind, (label, _, _) in KINDS.items():
        mine = [one for one in runs if one["kind"] == kind]
        if not mine:
            continue
        good = [one for one in mine if not one["objections"]]
        why = next((one["objections"][0] for one in mine if one["objections"]), "not run")
        put(lab, f"overload.{kind}.goodput_percent", [goodput_percent(one) for one in good], "%",
            f"{label}: answers within {DB_SLO_MS} ms at twice the capacity, of capacity", why)
        put(lab, f"overload.{kind}.recovery_s", [recovery_s(one) for one in good], "s",
            f"{label}: until 95% are answered within {DB_SLO_MS} ms again; the whole window where never", why)
        put(lab, f"overload.{kind}.answered_percent", [100 * one["run"]["phases"][1]["ok"] / one["run"]["phases"][1]["offered"] for one in good], "%",
            f"{label}: answered at all within {PATIENCE_MS} ms at twice the capacity", why)
        for one in good[:1]:
            rows += [{"server": label, "bounded": "bounded" if KINDS[kind][2] else "unbounded", "second": second,
                      "offered_percent": 100 * count["offered"] / capacity, "good_percent": 100 * count["good"] / capacity}
                     for second, count in enumerate(one["run"]["seconds"])]
    lab.table("overload", {
        "server": {"label": "server", "unit": None}, "bounded": {"label": "bound", "unit": None},
        "second": {"label": "second of the run in which the requests arrived", "unit": "s"},
        "offered_percent": {"label": "requests offered, of capacity", "unit": "%"},
        "good_percent": {"label": "answers within the SLO, of capacity", "unit": "%"}}, rows)
    lab.sample("overload", [
        {"server": one["kind"], "process": one["turn"], "second": second, "objections": "; ".join(one["objections"])}
        | {name: count[name] for name in ("offered", "ok", "good", "refused", "failed", "done", "p50_ms", "p99_ms")}
        for one in runs for second, count in enumerate(one["run"]["seconds"])])
