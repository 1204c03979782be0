"""What the agent's designs are tried on: a PostgreSQL of two databases, what is outside, workers to kill, and the judge.

    with Stage(lab) as stage:
        run = stage.begin("r1")
        fate = stage.worker(design, Crash(3), differ=1, steps=3, lease_ms=1)
        outcome = stage.judge([run], steps=3)

The agent's database has its queue and its memory; the mail service has a ledger in the other, and that alone says what
was sent.
"""

import itertools
import json
import os
import signal
import statistics
import sys
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import psycopg

import agent
from _harness import LabError
from _harness.process import Process, free_port
from _harness.servers import PostgreSQL

SETTINGS = {"autovacuum": "off", "max_connections": "200"}
REFUSED, NO_RUN = 3, 4  # exit statuses of a worker
SECONDS = 20
LEAKS = "stuck", "lost", "doubled", "divergent"
LEDGER = "SELECT run, step, tool, amount FROM emails WHERE run = ANY(%s) ORDER BY number"
TIMES = "SELECT run, step, extract(epoch FROM at)::float FROM {} WHERE run = ANY(%s)"
MEMORY = "SELECT run, step, tool, amount FROM records WHERE run = ANY(%s)"


@dataclass
class Outcome:
    """Of some runs: steps without an email; emails beyond a step's first, and of these steps the ones whose emails say
    different things; steps that the agent remembers otherwise than any of their emails; model calls beyond one a step;
    runs that no worker can end."""

    lost: int = 0
    doubled: int = 0
    contradicting: int = 0
    divergent: int = 0
    wasted: int = 0
    stuck: int = 0

    @property
    def leak(self):
        """The one name for it: a stuck run has lost what it did not come to."""
        return next((kind for kind in LEAKS if getattr(self, kind)), "kept")

    def __add__(self, other):
        return Outcome(*(one + two for one, two in zip(vars(self).values(), vars(other).values())))


class Stage:
    def __init__(self, lab):
        self.lab, self.resources = lab, ExitStack()

    def __enter__(self):
        with self.resources as opened:
            server = opened.enter_context(PostgreSQL(self.lab.workdir, SETTINGS))
            self.lab.version("PostgreSQL", server.version)
            server.sql("CREATE DATABASE outside")
            where = "host={host} port={port} user={user}".format(**server.socket_connection)
            self.dsn, outside = f"{where} dbname=postgres", f"{where} dbname=outside"
            self.memory = opened.enter_context(psycopg.connect(self.dsn, autocommit=True))
            self.memory.execute(agent.TABLES)
            self.port = free_port()
            program = Path(__file__).with_name("outside.py")
            process = Process("what is outside", [sys.executable, program, self.port, outside, self.lab.seed], self.lab.workdir)
            opened.enter_context(process).serve(self.port)
            self.ledger = opened.enter_context(psycopg.connect(outside, autocommit=True))
            self.resources = opened.pop_all()
        return self

    def __exit__(self, *_):
        self.resources.close()

    def say(self, path, body=None):
        """Ask what is outside, on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        with connection.getresponse() as answer:
            return json.load(answer)

    def begin(self, run):
        self.memory.execute("INSERT INTO runs (run) VALUES (%s)", (run,))
        return run

    def done(self, run):
        return self.memory.execute("SELECT done FROM runs WHERE run = %s", (run,)).fetchone()[0]

    def begun(self, prefix):
        """Of the runs whose names begin so, those that a worker has claimed; the others leave the queue."""
        self.memory.execute("DELETE FROM runs WHERE run LIKE %s AND fence = 0", (f"{prefix}%",))
        return [run for run, in self.memory.execute("SELECT run FROM runs WHERE run LIKE %s", (f"{prefix}%",))]

    def pace(self, runs, every):
        """Mean seconds from an email to the next step's, and mean ms from the last email before a record to the record."""
        sent = {(run, step): at for run, step, at in self.ledger.execute(TIMES.format("emails"), (runs,))}
        kept = {(run, step): at for run, step, at in self.memory.execute(TIMES.format("records"), (runs,))}
        steps = [(sent[run, step + 1] - at) for (run, step), at in sent.items() if (run, step + 1) in sent]
        gaps = [kept[run, step] - at for (run, step), at in sent.items() if step % every == 0]
        return statistics.fmean(steps), 1000 * statistics.fmean(gaps)

    def start(self, design, crash, differ, steps, lease_ms, forever=False):
        """The id of a new process that takes the next run, or one after another; its imports are this process's."""
        pid = os.fork()
        if not pid:
            os._exit(_take(design, self.dsn, self.port, differ, steps, lease_ms, crash, forever))
        return pid

    def worker(self, design, crash, **given):
        """Let a worker take the next run. Whether it was killed at its place, ended, or was refused."""
        return ended(self.start(design, crash, **given))

    def close(self, run):
        """Take the run out of the queue, whatever became of it."""
        self.memory.execute("UPDATE runs SET done = true WHERE run = %s", (run,))

    def await_late(self, emails):
        """Until the mail service has that many emails of dead workers, and holds them back."""
        deadline = time.monotonic() + SECONDS
        while self.say("/waiting")["waiting"] < emails:
            if time.monotonic() > deadline:
                raise LabError("an email that was posted by a killed worker never came")

    def judge(self, runs, steps):
        """Outcome of `runs`, of that many steps each."""
        sent, found = {}, Outcome()
        for run, step, *email in self.ledger.execute(LEDGER, (runs,)):
            sent.setdefault((run, step), []).append(email)
        found.lost = len(runs) * steps - len(sent)
        found.doubled = sum(len(emails) - 1 for emails in sent.values())
        found.contradicting = sum(any(email != emails[0] for email in emails) for emails in sent.values())
        remembered = {(run, step): email for run, step, *email in self.memory.execute(MEMORY, (runs,))}
        found.divergent = sum(email not in sent[place] for place, email in remembered.items() if place in sent)
        found.wasted = sum(max(0, self.say(f"/calls?{urlencode({'run': run})}")["calls"] - steps) for run in runs)
        return found


def ended(pid):
    """"killed" or "ended" or "refused"; LabError for a worker that failed."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return "killed"
    if (code := os.waitstatus_to_exitcode(status)) not in (0, REFUSED):
        raise LabError(f"a worker ended with status {code}; what it said stands above")
    return "refused" if code else "ended"


def _take(design, dsn, port, differ, steps, lease_ms, crash, forever):
    """Exit status of a worker that takes a run, waiting for a lease to end, and if so asked one after another."""
    try:
        worker = agent.Agent(design, dsn, port, differ, steps, lease_ms, crash)
        for _ in itertools.count() if forever else range(1):
            deadline = time.monotonic() + SECONDS
            while not (run := worker.claim()):
                if time.monotonic() > deadline:
                    return NO_RUN
            worker.run(run)
        return 0
    except agent.Refused:
        return REFUSED
    except BaseException:
        traceback.print_exc()
        return 1
