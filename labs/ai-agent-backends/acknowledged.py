"""Commits that PostgreSQL acknowledged and no longer has, after somebody else's server process was killed."""

import itertools
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

import agent
from _harness import LabError
from _harness.process import Process, free_port
from _harness.servers import PostgreSQL
from _harness.stats import wilson

# "local" is left out: without a synchronous standby it is "on".
COMMITS = {"on": "synchronous commit", "off": "asynchronous commit"}
CRASHES, QUICK_CRASHES = 6, 2
AFTER = 300, 600  # acknowledged checkpoints after which the crash comes
MORE = 100_000  # checkpoints that a writer which outlives the crash is allowed before we say so
RECOVERY_S = 60
TABLE = "CREATE TABLE checkpoints (number int PRIMARY KEY)"
WRITE = "INSERT INTO checkpoints VALUES (%s)"

# An agent that takes steps on such a server; what it does once more is seen by the ledger, on a server that does not crash.
DESIGNS = "checkpoint", "decide"
STEPS, STEPS_AFTER, QUICK_STEPS = 100, (40, 80), 10
DIFFERS = 1  # the model, asked again, always answers otherwise
LEASE_MS = 60_000


class Witness(agent.Crash):
    """Lives through all places; when the agent has been told of so many records, kills the server process `victim`."""

    def __init__(self, victim=None, after=None):
        super().__init__()
        self.victim, self.after = victim, after

    @property
    def told(self):
        return self.passed.count("recorded")

    def __call__(self, name):
        super().__call__(name)
        if name == "recorded" and self.told == self.after:
            os.kill(self.victim, signal.SIGKILL)


def measure(lab):
    """{"checkpoints", "agents"}: what each crash left, the settings in turn."""
    places = random.Random(lab.seed)
    crashes = range(QUICK_CRASHES if lab.quick else CRASHES)
    with PostgreSQL(lab.workdir) as server, PostgreSQL(lab.workdir) as world:
        lab.version("PostgreSQL", server.version)
        if server.sql("SHOW fsync") != [["on"]]:
            raise LabError("fsync is off; without it no commit is kept, whatever was acknowledged")
        server.sql(TABLE)
        server.sql(agent.TABLES)
        turns = list(itertools.product([(places.randint(*AFTER), places.randint(*STEPS_AFTER)) for _ in crashes], COMMITS))
        checkpoints = [_write(server, commit, after) for (after, _), commit in turns]
        lab.log(f"{len(checkpoints)} crashes under a writer of checkpoints")
        port = free_port()
        program = [sys.executable, Path(__file__).with_name("outside.py"), port, make_conninfo(**world.connection), lab.seed]
        with Process("the model and the mail service", program, lab.workdir) as outside:
            outside.serve(port)
            for design in DESIGNS:
                _check(server, world, port, design)
            agents = [
                _act(server, world, port, design, commit, f"{design} {commit} {number}", after)
                for number, ((_, after), commit) in enumerate(turns[: len(COMMITS)] if lab.quick else turns) for design in DESIGNS
            ]  # fmt: skip
        lab.log(f"{len(agents)} crashes under an agent")
    return {"checkpoints": checkpoints, "agents": agents}


def _write(server, commit, after):
    """Write numbered checkpoints until the server goes down; how many were acknowledged, and how many of those are gone."""
    with closing(_connect(server)) as victim, closing(psycopg.connect(_dsn(server, commit), autocommit=True)) as writer:
        victim.execute("TRUNCATE checkpoints")
        acknowledged = 0
        with suppress(psycopg.OperationalError):
            for number in range(1, after + MORE):
                writer.execute(WRITE, (number,))
                acknowledged = number
                if number == after:
                    os.kill(victim.info.backend_pid, signal.SIGKILL)
            raise LabError("the writer outlived the crash of another session's process; restart_after_crash must be on")
    with closing(_connect(server)) as reader:
        kept = [number for number, in reader.execute("SELECT number FROM checkpoints ORDER BY number")]
    if kept != list(range(1, len(kept) + 1)):
        raise LabError("a checkpoint is missing before one that is there; a crash loses the last ones only")
    return {"commit": commit, "after": after, "acknowledged": acknowledged, "lost": max(acknowledged - len(kept), 0)}


def _check(server, world, port, design):
    """LabError unless without a crash each step is one email, and remembered as sent."""
    run = f"{design} alone"
    _agent(server, port, design, "on", QUICK_STEPS, run, Witness())
    emails, memory = _outcome(server, world, run)
    if Counter(step for step, _ in emails) != Counter(range(1, QUICK_STEPS + 1)) or dict(emails) != memory:
        raise LabError(f"without a crash, {design!r} has {len(emails)} emails for {QUICK_STEPS} steps, or remembers others")


def _act(server, world, port, design, commit, run, after):
    """Take a run's steps until the server goes down, and after its recovery, from what it still has, the rest."""
    with closing(_connect(server)) as victim:
        witness = Witness(victim.info.backend_pid, after)
        with suppress(psycopg.OperationalError):
            _agent(server, port, design, commit, STEPS, run, witness)
            raise LabError("the agent outlived the crash of another session's process; restart_after_crash must be on")
    told = witness.told
    with closing(_connect(server)) as reader:
        kept = reader.execute("SELECT count(*) FROM records WHERE run = %s", (run,)).fetchone()[0]
    _agent(server, port, design, commit, STEPS, run, Witness())
    emails, memory = _outcome(server, world, run)
    sent = Counter(step for step, _ in emails)
    return {
        "design": design, "commit": commit, "after": after, "acknowledged": told, "gone": max(told - kept, 0),
        "lost": STEPS - len(sent), "doubled": sum(times - 1 for step, times in sent.items() if step <= told),
        "divergent": sum((step, said) not in emails for step, said in memory.items()),
    }  # fmt: skip


def _agent(server, port, design, commit, steps, run, at):
    one = agent.Agent(agent.DESIGNS[design], _dsn(server, commit), port, DIFFERS, steps, LEASE_MS, at)
    with closing(one.database), closing(one.client.connection):
        one.database.execute("INSERT INTO runs (run) VALUES (%s) ON CONFLICT DO NOTHING", (run,))
        one.run(run)


def _outcome(server, world, run):
    """[(step, (tool, amount))] of the ledger, and {step: (tool, amount)} as the agent remembers."""
    with closing(_connect(world)) as ledger, closing(_connect(server)) as memory:
        emails = ledger.execute("SELECT step, tool, amount FROM emails WHERE run = %s", (run,)).fetchall()
        records = memory.execute("SELECT step, tool, amount FROM records WHERE run = %s", (run,)).fetchall()
    return [(step, tuple(said)) for step, *said in emails], {step: tuple(said) for step, *said in records}


def _dsn(server, commit):
    return make_conninfo(**server.connection, options=f"-c synchronous_commit={commit}")


def _connect(server):
    """A connection, when the server has recovered."""
    deadline = time.monotonic() + RECOVERY_S
    while True:
        try:
            return psycopg.connect(**server.connection, autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise LabError(f"the server has not recovered in {RECOVERY_S} s: {error}") from None
            time.sleep(0.02)


def record(lab, measured):
    rows = []
    for commit, title in COMMITS.items():
        mine = [crash for crash in measured["checkpoints"] if crash["commit"] == commit]
        n, key, unit = len(mine), f"acknowledged.{commit}", "checkpoint|checkpoints"
        lost = [crash["lost"] for crash in mine]
        hit, acknowledged = sum(map(bool, lost)), sum(crash["acknowledged"] for crash in mine)
        low, high = (n * share for share in wilson(hit, n))
        about = {"n": n, "sample": "acknowledged"}
        lab.value(f"{key}.acknowledged", acknowledged, unit, f"acknowledged before {n} crashes, {title}", **about)
        lab.value(f"{key}.lost", sum(lost), unit, f"acknowledged and gone after {n} crashes, {title}", **about)
        lab.value(f"{key}.lost_most", max(lost), unit, f"acknowledged and gone after one crash, the most, {title}", **about)
        label = f"that lost an acknowledged checkpoint, {title}"
        lab.value(f"{key}.crashes_with_loss", hit, "crash|crashes", label, low=low, high=high, interval="Wilson 95 %", **about)
        rows.append({"commit": title, "crashes": n, "acknowledged": acknowledged, "lost": sum(lost), "crashes_with_loss": hit}
                    | _record_agents(lab, commit, [crash for crash in measured["agents"] if crash["commit"] == commit]))
    lab.sample("acknowledged", measured["checkpoints"])
    lab.sample("acknowledged_agents", measured["agents"])
    columns = {"commit": {"label": "commit", "unit": None}, "crashes": {"label": "crashes", "unit": "count"},
               "acknowledged": {"label": "acknowledged checkpoints", "unit": "count"}, "lost": {"label": "of these gone", "unit": "count"},
               "crashes_with_loss": {"label": "crashes that lost one", "unit": "count"},
               "doubled": {"label": "emails sent again", "unit": "count"},
               "divergent": {"label": "steps remembered otherwise than sent", "unit": "count"}}
    lab.table("acknowledged", columns, rows)


def _record_agents(lab, commit, crashes):
    """Record what the loss did to an agent of each design; the table's cells."""
    total = lambda name, *designs: sum(crash[name] for crash in crashes if crash["design"] in designs)
    key, title, n = f"acknowledged.{commit}.agent", COMMITS[commit], len(crashes)
    doubled, divergent = total("doubled", "checkpoint"), total("divergent", "decide")
    every, each = {"n": n, "sample": "acknowledged_agents"}, {"n": n // len(DESIGNS), "sample": "acknowledged_agents"}
    label = f"recorded, acknowledged and gone after {n} crashes, {title}"
    lab.value(f"{key}.gone", total("gone", *DESIGNS), "step|steps", label, **every)
    lab.value(f"{key}.lost", total("lost", *DESIGNS), "step|steps", f"without an email after {n} crashes, {title}", **every)
    label = f"sent again for steps whose record was acknowledged, checkpoint after each step, {title}"
    lab.value(f"{key}.doubled", doubled, "email|emails", label, **each)
    label = f"remembered otherwise than sent, decision kept first and key (run, step), {title}"
    lab.value(f"{key}.divergent", divergent, "step|steps", label, **each)
    return {"doubled": doubled, "divergent": divergent}
