"""The agent under each of its designs: it claims a run from a queue in PostgreSQL and takes the run's steps."""

import hashlib
import http.client
import json
import mmap
import os
import secrets
import select
import signal
from dataclasses import dataclass
from urllib.parse import urlencode

import psycopg

TABLES = """
CREATE TABLE runs (run text PRIMARY KEY, done boolean NOT NULL DEFAULT false, fence int NOT NULL DEFAULT 0,
                   leased_until timestamptz NOT NULL DEFAULT '-infinity');
CREATE TABLE decisions (run text, step int, tool text NOT NULL, amount int NOT NULL, PRIMARY KEY (run, step));
CREATE TABLE records (run text, step int, tool text NOT NULL, amount int NOT NULL,
                      at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (run, step))
"""
CLAIM = """
UPDATE runs SET fence = fence + 1, leased_until = clock_timestamp() + %s * interval '1 ms' WHERE run = (
    SELECT run FROM runs WHERE NOT done AND leased_until < clock_timestamp() ORDER BY run LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING run, fence
"""
RENEW = "UPDATE runs SET leased_until = clock_timestamp() + %s * interval '1 ms' WHERE run = %s"
DONE = "UPDATE runs SET done = true WHERE run = %s"
DECIDE = "INSERT INTO decisions VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
OVERWRITE = "INSERT INTO decisions VALUES (%s, %s, %s, %s) ON CONFLICT (run, step) DO UPDATE SET tool = excluded.tool, amount = excluded.amount"
DECIDED = "SELECT tool, amount FROM decisions WHERE run = %s AND step = %s"
RECORD = "INSERT INTO records VALUES (%s, %s, %s, %s) ON CONFLICT (run, step) DO UPDATE SET tool = excluded.tool, amount = excluded.amount"
RECORDED = "SELECT count(*) FROM records WHERE run = %s"
SHARED = 16  # bytes, of a place's name


@dataclass(frozen=True)
class Design:
    """What an agent does in which order.

    acknowledges: the run is done before its steps, or after them. every: steps between two records; None is the whole
    run. decides: the model's answer is kept before it is acted on; "first" keeps the first of two, "last" the last.
    key: of what the mail service is to know a second copy by. service: what that does with a key it knows. keeps: the
    record says what was asked for, or what the service says was sent. looks: asks the service before it sends. fences:
    sends the number of its lease along, and the service refuses one that is not the newest.
    """

    title: str
    acknowledges: str = "last"
    every: int | None = 1
    decides: str | None = None
    key: str = "attempt"
    service: str = "returns"
    keeps: str = "asked"
    looks: bool = False
    fences: bool = False


DESIGNS = {
    "ack": Design("acknowledge first", acknowledges="first"),
    "restart": Design("restart the run", every=None),
    "checkpoint": Design("checkpoint each step"),
    "look": Design("look before sending", looks=True),
    "fence": Design("checkpoint, fenced", fences=True),
    "content": Design("key from the content", key="content"),
    "position": Design("key (run, step)", key="position"),
    "compares": Design("key (run, step), compared", key="position", service="compares"),
    "receipt": Design("key (run, step), record the receipt", key="position", keeps="sent"),
    "overwrite": Design("decide, the last answer stays", decides="last", key="position"),
    "strict": Design("decide, key compared", decides="first", key="position", service="compares"),
    "decide": Design("decide, then key (run, step)", decides="first", key="position"),
}


class Refused(Exception):
    """The service knows the key from another request, or the run from a newer worker."""


class Crash:
    """Counts the places that a worker comes to, and at one of them sends its process a signal: SIGKILL or SIGSTOP.

    place: its number, counted from 1; None is nowhere. passed: the names of the places, in the worker; last: the last of
    them, in whoever forked the worker too.
    """

    def __init__(self, place=None, signal_number=signal.SIGKILL):
        self.place, self.signal, self.passed = place, signal_number, []
        self._shared = mmap.mmap(-1, SHARED)

    def __call__(self, name):
        self.passed.append(name)
        self._shared[:] = name.encode().ljust(SHARED, b"\0")
        if len(self.passed) == self.place:
            os.kill(os.getpid(), self.signal)

    def next(self):
        """Whether the place that it comes to next is the one."""
        return len(self.passed) + 1 == self.place

    @property
    def last(self):
        return self._shared[:].rstrip(b"\0").decode()


class Client:
    """Speaks to what is outside, on one connection. at: the Crash that hears of an email posted, and of one sent."""

    def __init__(self, port, at):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.at = at

    def ask(self, run, step, differ):
        """The model's decision: {"tool", "amount"}."""
        self._post("/model", {"run": run, "step": step, "differ": differ})
        return self._answer()

    def send(self, run, step, decision, headers, keys="returns"):
        """The email that was sent for it, or the first under its key. Refused if the service does."""
        late = {"Late": "1"} if self.at.next() else {}  # who dies with a request on its way leaves one that arrives late
        self._post(f"/emails/{keys}", {"run": run, "step": step, **decision}, headers | late)
        self.at("posted")
        select.select([self.connection.sock], [], [])  # its answer is there: the email is committed
        self.at("sent")
        return self._answer()

    def sent(self, run, step):
        """The emails sent for that step."""
        self.connection.request("GET", f"/emails?{urlencode({'run': run, 'step': step})}")
        return self._answer()

    def _post(self, path, body, headers=None):
        self.connection.request("POST", path, json.dumps(body), headers or {})

    def _answer(self):
        answer = self.connection.getresponse()
        said = json.load(answer)
        if answer.status != 200:
            raise Refused(said["error"])
        return said


class Agent:
    """One worker. differ: how likely the model is to answer otherwise when asked again; at: a Crash."""

    def __init__(self, design, dsn, port, differ, steps, lease_ms, at):
        self.design, self.differ, self.steps, self.lease_ms, self.at = design, differ, steps, lease_ms, at
        self.client = Client(port, at)
        self.database = psycopg.connect(dsn, autocommit=True, application_name="agent")

    def claim(self):
        """The next run whose lease is over, or None."""
        run, self.fence = self.database.execute(CLAIM, (self.lease_ms,)).fetchone() or (None, None)
        return run

    def run(self, run):
        """Take the run from its last record to its end."""
        self.at("claimed")
        if self.design.acknowledges == "first":
            self.database.execute(DONE, (run,))
            self.at("acknowledged")
        begun = self.database.execute(RECORDED, (run,)).fetchone()[0]
        unrecorded = []
        for step in range(begun + 1, self.steps + 1):
            unrecorded.append((run, step, *self.step(run, step)))
            if step % (self.design.every or self.steps) == 0 or step == self.steps:
                self.record(run, unrecorded)
                unrecorded = []
        if self.design.acknowledges == "last":
            self.database.execute(DONE, (run,))
            self.at("done")

    def step(self, run, step):
        """(tool, amount) as the agent will remember them."""
        decision = self.decision(run, step)
        if self.design.looks and (found := self.client.sent(run, step)):
            sent = found[0]
        else:
            if self.design.looks:
                self.at("looked")
            sent = self.client.send(run, step, decision, self.headers(run, step, decision), self.design.service)
        self.at("answered")
        kept = sent if self.design.keeps == "sent" or self.design.looks else decision
        return kept["tool"], kept["amount"]

    def decision(self, run, step):
        if not self.design.decides:
            return self.ask(run, step)
        found = self.database.execute(DECIDED, (run, step)).fetchone()
        if not found:
            decision = self.ask(run, step)
            keep = DECIDE if self.design.decides == "first" else OVERWRITE
            self.database.execute(keep, (run, step, decision["tool"], decision["amount"]))
            self.at("decided")
            found = self.database.execute(DECIDED, (run, step)).fetchone()
        return dict(zip(("tool", "amount"), found))

    def ask(self, run, step):
        decision = self.client.ask(run, step, self.differ)
        self.at("asked")
        return decision

    def headers(self, run, step, decision):
        fence = {"Fence": str(self.fence)} if self.design.fences else {}
        return {"Idempotency-Key": self.key(run, step, decision)} | fence

    def key(self, run, step, decision):
        match self.design.key:
            case "position":
                return f"{run}/{step}"
            case "content":
                return hashlib.sha256(json.dumps([run, step, decision], sort_keys=True).encode()).hexdigest()
            case _:
                return secrets.token_hex(8)

    def record(self, run, steps):
        with self.database.transaction():
            for row in steps:
                self.database.execute(RECORD, row)
            self.database.execute(RENEW, (self.lease_ms, run))
        self.at("recorded")
