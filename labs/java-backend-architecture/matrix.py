"""How often the rule breaks, what is aborted and what gets through, by the number of keys and the way the rule is kept."""

import random
import statistics
from collections import defaultdict
from itertools import product

import jvm
import rule
from _harness import LabError
from _harness.form import form
from _harness.servers import PostgreSQL
from _harness.stats import bootstrap_median, wilson

SHIFTS = 20_000  # always this many in the table; a cell with fewer keys uses shifts that lie far apart
KEYS = (5, 50, 1_000, 20_000)
CLIENTS, MANY, HOT = 8, 16, 5
GAP_MS = 2
# Keys and gaps for the form, at READ COMMITTED. A doctor who left stays away for longer than another's gap: who came back
# at once would undo the violation before the other has committed.
FORM = ((50, 0), (50, 2), (50, 10), (50, 40), (200, 2), (200, 10))
AWAY_MS = 3  # and the gap
RUNS, SECONDS, FORM_SECONDS, WARM_SECONDS = 5, 1, 1.6, 3
RARE, RARE_SECONDS = 1_000, 3  # keys over which a violation has to be waited for
SPARSE_COMMITS = 2_000  # a run over the most keys ends after so many
LONGEST_S = 60
COUNTS = ("left", "declined", "aborted", "conflicts", "failed", "back_aborted", "violations")
NAMES = tuple(rule.WAYS)
BREAKING = ("read_committed", "repeatable_read")

SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "track_commit_timestamp": "on",
}
LEDGER = (
    "CREATE TABLE ledger (shift int NOT NULL, change int NOT NULL)",
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO ledger VALUES (NEW.shift, NEW.on_call::int - OLD.on_call::int); RETURN NULL; END $$",
    "CREATE TRIGGER note AFTER UPDATE OF on_call ON doctors FOR EACH ROW WHEN (OLD.on_call <> NEW.on_call) EXECUTE FUNCTION note()",
)


def measure(lab):
    """Run all cells in random order in one warm JVM; {(way, keys, clients, gap, away): its runs}."""
    cells = _cells(lab.quick)
    jobs = [cell for cell in cells for _ in range(1 if lab.quick else RUNS)]
    random.Random(lab.seed).shuffle(jobs)
    with PostgreSQL(lab.workdir, SETTINGS) as server:
        jvm.pin(server)
        rule.create_postgresql(server, SHIFTS, 2)
        for statement in LEDGER:
            server.sql(statement)
        for name in ("fsync", "synchronous_commit"):
            lab.version(f"PostgreSQL's {name}", server.sql(f"SHOW {name}")[0][0])
        warm = _line("read_committed", SHIFTS, CLIENTS, 0, 0, 0.5 if lab.quick else WARM_SECONDS, 0, lab.seed)
        lines = [warm] + [_line(*cell, *_length(cell, lab.quick), lab.seed + number) for number, cell in enumerate(jobs, 1)]
        answers = jvm.ask("Matrix", [jvm.address(server), SHIFTS], lines)[1:]
    runs = defaultdict(list)
    for cell, answer in zip(jobs, answers, strict=True):
        runs[cell].append({name: float(number) for name, number in (pair.split("=") for pair in answer.split())})
    lab.log(f"{len(jobs)} cells of the matrix")
    return runs


def _cells(quick):
    """(way, keys, clients, gap, away)."""
    form_cells = [("read_committed", keys, CLIENTS, gap, gap + AWAY_MS) for keys, gap in FORM]
    if quick:
        names = ("read_committed", "repeatable_read", "serializable", "serializable_jitter", "for_update", "guarded")
        sweep = [*product(names, (5, 50), (CLIENTS,)), *product(BREAKING, (SHIFTS,), (CLIENTS,))]
        form_cells = form_cells[1:2]
    else:
        sweep = [*product(NAMES, KEYS, (CLIENTS,)), *product(NAMES, (HOT,), (MANY,))]
    return [(*cell, GAP_MS, 0) for cell in sweep] + form_cells


def _length(cell, quick):
    """Seconds, and transactions after which it ends before that."""
    name, keys, _, _, away = cell
    if keys == SHIFTS:
        return LONGEST_S, SPARSE_COMMITS // (4 if quick else 1)
    if quick:
        return 0.4, 0
    return FORM_SECONDS if away else RARE_SECONDS if keys == RARE and name in BREAKING else SECONDS, 0


def _line(name, keys, clients, gap, away, seconds, commits, seed):
    way = rule.WAYS[name]
    return f"{way.strategy} {way.retry} {keys} {clients} {gap} {away} {seconds} {commits} {seed}"


def record(lab, runs):
    for key, value, unit, label in (
        ("inputs.clients", CLIENTS, "client|clients", "clients of a cell, each with one connection"),
        ("inputs.clients_hot", MANY, "client|clients", "clients at the hot end"),
        ("inputs.gap_ms", GAP_MS, "ms", "gap between the first and the second statement"),
        ("inputs.shifts", SHIFTS, "shift|shifts", "shifts in the table"),
        ("inputs.sparse_commits", SPARSE_COMMITS // (4 if lab.quick else 1), "transaction|transactions", "after which a run over all shifts ends"),
        ("inputs.attempts", 10, "attempt|attempts", "of a transaction that is retried, at most"),
    ):
        lab.value(key, value, unit, label)
    sweep = {cell[:3]: mine for cell, mine in runs.items() if not cell[4]}
    order = sorted(sweep, key=lambda cell: (cell[2], NAMES.index(cell[0]), cell[1]))
    _table(lab, [_cell(lab, *cell, sweep[cell]) for cell in order])
    names = ("way", "keys", "clients", "gap_ms", "away_ms")
    lab.sample("matrix", [dict(zip(names, cell, strict=True)) | run for cell, mine in runs.items() for run in mine])
    _ratios(lab, sweep)
    _form(lab, {cell: mine for cell, mine in runs.items() if cell[4]})


def _cell(lab, name, keys, clients, cell):
    """The values of one cell, and its row of the table."""
    total = {count: int(sum(run[count] for run in cell)) for count in COUNTS}
    decided, aborted = total["left"] + total["declined"], total["aborted"] + total["conflicts"]
    tried, ended = decided + aborted, decided + total["failed"]
    at = f"{rule.WAYS[name].label} over {keys:,} keys, {clients} clients"
    key = f"matrix.{name}.k{keys}" + (f".c{clients}" if clients != CLIENTS else "")
    commits = decided + total["left"]  # who left also came back
    if not commits:
        raise LabError(f"{at}: no transaction committed; the machine is too slow for cells of {SECONDS} s")
    per_low, per_high = (1e4 * share for share in wilson(total["violations"], commits))
    per = 1e4 * total["violations"] / commits

    def value(which, number, unit, label, **more):
        lab.value(f"{key}.{which}", number, unit, f"{label}, {at}", sample="matrix", **more)

    value("violations", total["violations"], "violation|violations", "shifts left without a doctor", n=commits)
    value("violations_per_10k", per, "1", "shifts left without a doctor per 10,000 commits", n=commits, low=per_low, high=per_high, interval="Wilson 95 %")
    value("clean_runs", sum(run["violations"] == 0 for run in cell), "runs", "runs without a violation", n=len(cell))
    value("decided", decided, "transaction|transactions", "on-call transactions that committed", n=len(cell))
    value("aborted", aborted, "transaction|transactions", "on-call transactions that were aborted", n=len(cell))
    shares = {"aborted_percent": 100 * aborted / tried, "failed_percent": 100 * total["failed"] / ended, "attempts": tried / ended}
    value("aborted_percent", shares["aborted_percent"], "%", "share of attempts that were aborted", n=tried)
    value("failed_percent", shares["failed_percent"], "%", "share that failed for good", n=ended)
    value("attempts", shares["attempts"], "1", "attempts a transaction", n=ended)
    value("aborts_a_departure", aborted / total["left"] if total["left"] else None, "1", "aborted attempts for each doctor that left",
          n=total["left"], reason=None if total["left"] else "nobody left")
    rates = {}
    for kind, counted, label in (("left", ("left",), "doctors that left"), ("decided", ("left", "declined"), "on-call transactions that committed")):
        each = [sum(run[one] for one in counted) / run["seconds"] for run in cell]
        low, high = bootstrap_median(each, lab.seed) if len(cell) > 1 else (None, None)
        spread = {"low": low, "high": high, "interval": "bootstrap 95 %"} if len(cell) > 1 else {}
        rates |= {f"{kind}_per_s": statistics.median(each), f"{kind}_low": low, f"{kind}_high": high}
        value(f"{kind}_per_s", rates[f"{kind}_per_s"], "1", f"{label} each second, median of runs", n=len(cell), **spread)
    return rates | shares | {"way": rule.WAYS[name].label, "keys": keys, "clients": clients, "runs": len(cell), "commits": commits,
            "violations": total["violations"], "per_10k": per, "per_10k_high": per_high}


def _table(lab, rows):
    columns = {"way": ("rule kept by", None), "keys": ("keys", "count"), "clients": ("clients", "count"),
               "runs": ("runs", "runs"), "commits": ("commits", "count"), "violations": ("violations", "count"),
               "per_10k": ("violations per 10,000 commits", "1"), "per_10k_high": ("at most, Wilson 95 %", "1"),
               "left_per_s": ("doctors that left a second", "1"), "left_low": ("bootstrap 95 %, from", "1"), "left_high": ("to", "1"),
               "decided_per_s": ("on-call transactions a second", "1"), "decided_low": ("bootstrap 95 %, from", "1"), "decided_high": ("to", "1"),
               "aborted_percent": ("attempts aborted", "%"),
               "failed_percent": ("failed for good", "%"), "attempts": ("attempts a transaction", "1")}
    lab.table("matrix", {name: {"label": label, "unit": unit} for name, (label, unit) in columns.items()}, rows)


def _rate(sweep, name, keys, counted):
    return statistics.median(sum(run[one] for one in counted) / run["seconds"] for run in sweep[name, keys, CLIENTS])


def _ratios(lab, sweep):
    """What the claims compare, at every number of keys that was run."""
    keys = sorted({keys for name, keys, clients in sweep if clients == CLIENTS and name == "guarded"})
    for one, other in (("guarded", "serializable"), ("version", "serializable"), ("check", "serializable"),
                       ("serializable_jitter", "for_update"), ("version", "for_update"), ("guarded", "for_update")):
        if one not in {name for name, *_ in sweep}:
            continue
        for count in keys:
            for end, counted, what in (("x", ("left", "declined"), "on-call transactions"), ("left_x", ("left",), "doctors that left")):
                lab.value(f"ratio.{one}_over_{other}.k{count}_{end}", _rate(sweep, one, count, counted) / _rate(sweep, other, count, counted), "x",
                          f"{what} a second, {rule.WAYS[one].label} over {rule.WAYS[other].label}, {count:,} keys", len(sweep[one, count, CLIENTS]), sample="matrix")


def _form(lab, runs):
    """What the form predicts from keys, rate and the measured gap. A day has 86,400 seconds of the runs."""
    cases = []
    for (_, keys, _, gap, _), cell in runs.items():
        total = {name: sum(run[name] for run in cell) for name in ("left", "violations", "seconds")}
        window = sum(run["window_ms"] * run["left"] for run in cell) / total["left"]
        lab.value(f"form.k{keys}.gap{gap}.violations", int(total["violations"]), "violation|violations",
                  f"shifts left without a doctor, {keys} keys, gap of {gap} ms, doctors stay away", len(cell), sample="matrix")
        cases.append({"keys": keys, "rate": round(total["left"] / total["seconds"], 2), "gap_ms": round(window, 2),
                      "measured": float(f"{86_400 * total['violations'] / total['seconds']:.3g}")})
    form(lab, "violations", sorted(cases, key=lambda case: (case["keys"], case["gap_ms"])), unit="violation|violations", label="violations a day")
