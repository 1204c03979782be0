"""Every order in which two or three clients can take the three steps of the on-call transaction, on a real server."""

import random
from dataclasses import dataclass, field
from functools import partial

import jvm
import log
import rule
from _harness import LabError
from _harness.schedules import interleavings
from _harness.servers import MariaDB, PostgreSQL

CLIENTS = {"two": 2, "three": 3, "mariadb": 2, "mariadb_snapshot": 2}
ENGINES = {"two": "PostgreSQL", "three": "PostgreSQL", "mariadb": "MariaDB", "mariadb_snapshot": "MariaDB, innodb_snapshot_isolation on"}
RUNS = 2
QUICK_SCHEDULES = 60
NAMES = ("read_committed", "repeatable_read", "serializable", "serializable_again", "for_update", "guarded", "version", "check")
ON_MARIADB = ("read_committed", "repeatable_read", "serializable", "for_update")
AGAIN = "serializable_again"
LABELS = {name: "SERIALIZABLE, retried" if name == AGAIN else rule.WAYS[name].label for name in NAMES}
# In samples/, "LA!" is that the first client left, the second was aborted, and the rule was broken; "+1" is one that began again.
LETTERS = {"LEFT": "L", "DECLINED": "D", "40001": "A", "CONFLICT": "V", "CHANGED": "C"}
BROKEN, KEPT, WAITED, ABORTED = "broken", "kept", "kept, after a wait", "kept, with an abort"

# Each statement when it begins and when it ends, with the process that runs it. No disk is waited for: no time is taken here.
LOGGED = {
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "statements",
    "log_rotation_age": "0",
    "log_rotation_size": "0",
    "log_statement": "all",
    "log_duration": "on",
    "log_line_prefix": "%p|",
    "autovacuum": "off",
    "fsync": "off",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one schedule. clients: LEFT, DECLINED, CONFLICT, CHANGED or the SQLSTATE of each; what repeats in a second run. waited is not compared."""

    broken: bool
    clients: tuple
    aborts: int
    waited: bool = field(compare=False)

    @property
    def state(self):
        return BROKEN if self.broken else ABORTED if self.aborts else WAITED if self.waited else KEPT

    @property
    def short(self):
        again = self.aborts - sum(client not in ("LEFT", "DECLINED") for client in self.clients)
        return "".join(LETTERS.get(client, client) for client in self.clients) + "!" * self.broken + f"+{again}" * bool(again)


def schedules(clients):
    """As words: "112122" is client 1 twice, then client 2, and so on."""
    steps = {str(client): log.STEPS for client in range(1, clients + 1)}
    return ["".join(client for client, _ in schedule) for schedule in interleavings(steps)]


def measure(lab):
    """Run them all, twice, and record what became of each."""
    lab.value("inputs.every_clients", CLIENTS["three"], "client|clients", "most clients whose every schedule is run")
    found = {}
    asked = {"mariadb": (partial(_mariadb, "OFF"), ON_MARIADB), "mariadb_snapshot": (partial(_mariadb, "ON"), ON_MARIADB)}
    for size, clients in CLIENTS.items():
        engine, names = asked.get(size, (_postgresql, NAMES))
        runs = [_run(lab, engine, clients, names) for _ in range(1 if lab.quick else RUNS)]
        found[size] = _same(lab, f"every.{size}", runs)
        lab.log(f"every schedule of {clients} clients on {ENGINES[size]}")
    _record(lab, found)


def _run(lab, engine, clients, names):
    """{name of the way: {schedule: Outcome}} of one run, its order checked against the server's log."""
    words = schedules(clients)
    if lab.quick and len(words) > QUICK_SCHEDULES:
        words = sorted(random.Random(lab.seed).sample(words, QUICK_SCHEDULES))
    lines, asked = [], {}
    for name in names:
        way = rule.WAYS[name.replace(AGAIN, "serializable_at_once")]
        lines.append(f"{way.strategy} {clients} {'again' if name == AGAIN else 'once'}")
        for word in words:
            asked[len(asked) + 1] = (name, word)
            lines.append(f"{len(asked)} {word}")
    said, broken, seen = engine(lab, len(asked), clients, lines)
    found, checked = {name: {} for name in names}, 0
    for line in said:
        shift, clients_said, aborts, waits = line.split()
        name, word = asked[int(shift)]
        found[name][word] = Outcome(int(shift) in broken, tuple(clients_said.split(",")), int(aborts), waits != "0")
        if engine is _postgresql or waits == aborts == "0":
            checked += 1
            if why := log.departure([int(turn) for turn in word], seen[int(shift)], name == AGAIN):
                raise LabError(f"{LABELS[name]}, schedule {word}: the server's log has {why}")
    lab.log(f"the server's log has the order of {checked:,} of {len(asked):,} schedules")
    return found


def _postgresql(lab, shifts, clients, lines):
    with PostgreSQL(lab.workdir, LOGGED) as server:
        lab.version("PostgreSQL", server.version)
        jvm.pin(server)
        rule.create_postgresql(server, shifts, clients)
        said, connections = _ask(jvm.address(server, preferQueryMode="simple"), lines)
        broken = rule.broken(server)
    return said, broken, log.read(server.data_dir / "log" / "statements", log.POSTGRESQL, connections)


def _mariadb(snapshot, lab, shifts, clients, lines):
    """snapshot: "ON" where a REPEATABLE READ that would change what others changed since is aborted; newer versions have it so."""
    settings = {"innodb_flush_log_at_trx_commit": "0", "general_log": "ON", "general_log_file": "statements"}
    with MariaDB(lab.workdir, settings | {"innodb_snapshot_isolation": snapshot}) as server:
        lab.version("MariaDB", server.version)
        rule.create_mariadb(server, shifts, clients)
        said, connections = _ask(f"jdbc:mariadb://127.0.0.1:{server.port}/lab?user=root", lines)
        broken = rule.broken(server, "USE lab; ")
    return said, broken, log.read(server.data_dir / "statements", log.MARIADB, connections)


def _ask(address, lines):
    """What it says of the schedules, and {connection: client}."""
    answers = jvm.ask("Schedules", [address], lines)
    said = [answer for line, answer in zip(lines, answers, strict=True) if line[0].isdigit()]
    opened = [answer.split() for line, answer in zip(lines, answers, strict=True) if not line[0].isdigit()]
    return said, {connection: client for group in opened for client, connection in enumerate(group, 1)}


def _same(lab, key, runs):
    """The first run, and how many schedules ended otherwise in the others: at all, and for the rule."""
    first = runs[0]
    pairs = [(run[name][word], first[name][word]) for run in runs[1:] for name in first for word in first[name]]
    only = "" if pairs else ", of one run"
    for name, differ, what in (
        ("differences", sum(one != other for one, other in pairs), "did not end as in the first run"),
        ("rule_differences", sum(one.broken != other.broken for one, other in pairs), "broke the rule in one run and kept it in the other"),
    ):
        lab.value(f"{key}.{name}", differ, "schedule|schedules", f"that {what}{only}", len(pairs) or sum(map(len, first.values())))
    return first


def _record(lab, found):
    rows = []
    for size, ways in found.items():
        for name, outcomes in ways.items():
            key, n = f"every.{size}.{name}", len(outcomes)
            of = f"of {n:,} schedules of {CLIENTS[size]} clients, {LABELS[name]}, {ENGINES[size]}"
            broken = sum(one.broken for one in outcomes.values())
            stopped = sum(one.aborts > 0 for one in outcomes.values())
            aborts = sum(one.aborts for one in outcomes.values())
            sample = f"schedules_{size}"
            lab.value(f"{key}.broken", broken, "schedule|schedules", f"that broke the rule, {of}", n, sample=sample)
            lab.value(f"{key}.broken_percent", 100 * broken / n, "%", f"share that broke the rule, {of}", n, sample=sample)
            lab.value(f"{key}.stopped", stopped, "schedule|schedules", f"in which a transaction was aborted, {of}", n, sample=sample)
            lab.value(f"{key}.stopped_percent", 100 * stopped / n, "%", f"share in which a transaction was aborted, {of}", n, sample=sample)
            lab.value(f"{key}.aborts", aborts, "transaction|transactions", f"aborted, {of}", n, sample=sample)
            if ENGINES[size] != "PostgreSQL":
                changed = sum("CHANGED" in one.clients for one in outcomes.values())
                lab.value(f"{key}.changed_percent", 100 * changed / n, "%", f"share with error 1020, {of}", n, sample=sample)
            rows.append({"engine": ENGINES[size], "clients": CLIENTS[size],
                         "way": LABELS[name], "schedules": n, "broken": broken, "stopped": stopped, "aborts": aborts})
        lab.sample(f"schedules_{size}", [
            {"schedule": word} | {name: outcomes[word].short for name, outcomes in ways.items()} for word in ways["read_committed"]
        ])
    lab.value("inputs.schedules_two", len(schedules(2)), "schedule|schedules", "orders of the three steps of two clients")
    lab.value("inputs.schedules_three", len(schedules(3)), "schedule|schedules", "orders of the three steps of three clients")
    columns = {"engine": {"label": "engine", "unit": None}, "clients": {"label": "clients", "unit": "count"},
               "way": {"label": "rule kept by", "unit": None}, "schedules": {"label": "schedules", "unit": "count"},
               "broken": {"label": "broke the rule", "unit": "count"}, "stopped": {"label": "with an aborted transaction", "unit": "count"},
               "aborts": {"label": "aborted transactions", "unit": "count"}}
    lab.table("every", columns, rows)
    _strip(lab, found["two"])


def _strip(lab, ways):
    columns = {"way": {"label": "rule kept by", "unit": None}, "schedule": {"label": "turns of clients A and B", "unit": None},
               "state": {"label": "the rule", "unit": None}}
    letters = str.maketrans("12", "AB")
    rows = [{"way": LABELS[name], "schedule": word.translate(letters), "state": one.state}
            for name, outcomes in ways.items() for word, one in outcomes.items()]
    lab.table("strip", columns, rows)
