"""Everything that the agent cannot roll back: a model that answers, and a mail service with a ledger of its own, over HTTP.

    python outside.py PORT DSN SEED      serve both on 127.0.0.1; the ledger is a table of the database at DSN
    POST /model  {"run", "step", "differ"}  -> {"tool", "amount"}
    POST /script {"run", "answers"}  what the model says to the first call for a step of this run, and to the next
    GET  /calls?run=R  -> {"calls"}: how often the model was asked
    POST /emails/<keys>  {"run", "step", "tool", "amount"} -> {"number", "tool", "amount"}
    GET  /emails?run=R&step=S  -> what was sent for that step, a list
    GET  /waiting  -> {"waiting"}: how many emails wait
    POST /release  lets in the emails with the header Late, which wait unseen until then
    POST /pace   {"model_ms", "email_ms"}  how long a model call takes, and an email, half of it after its commit

The model, asked once more for the same step, gives another tool and amount with the probability `differ`. <keys> is how
the service treats an Idempotency-Key that it has seen: it `returns` the first email, or `compares` too and answers 422
if tool or amount are not those of the first. With the header Fence, a number, it answers 409 once it has seen
a higher one for the run. An email is in the ledger, committed, before it is answered.
"""

import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg.rows import dict_row

TABLES = """
CREATE TABLE IF NOT EXISTS emails (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run text NOT NULL, step int NOT NULL, tool text NOT NULL, amount int NOT NULL,
    key text UNIQUE, at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
TOOLS = "refund", "voucher"
AMOUNT = 20
SEND = """
INSERT INTO emails (run, step, tool, amount, key) VALUES (%(run)s, %(step)s, %(tool)s, %(amount)s, %(key)s)
ON CONFLICT (key) DO NOTHING RETURNING number, tool, amount
"""
FIRST = "SELECT number, tool, amount FROM emails WHERE key = %s"
SENT = "SELECT number, tool, amount FROM emails WHERE run = %s AND step = %s ORDER BY number"


class Model:
    """A stand-in for a model: the n-th answer to one step is the one before it or, with probability `differ`, a new one."""

    def __init__(self, seed):
        self.seed, self.calls, self.scripts, self.lock = seed, defaultdict(Counter), {}, threading.Lock()

    def answer(self, run, step, differ):
        with self.lock:
            self.calls[run][step] += 1
            calls = self.calls[run][step]
        if script := self.scripts.get(run):
            return script[min(calls, len(script)) - 1]
        changed = sum(random.Random(f"{self.seed} {run} {step} {call}").random() < differ for call in range(1, calls))
        return {"tool": TOOLS[(step + changed) % 2], "amount": AMOUNT * (1 + changed)}


class Outside(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        place, _, keys = self.path.strip("/").partition("/")
        self.reply(*getattr(self, place)(said, keys))

    def do_GET(self):
        place = urlsplit(self.path)
        asked = dict(parse_qsl(place.query))
        if place.path == "/calls":
            return self.reply(200, {"calls": self.server.model.calls[asked["run"]].total()})
        if place.path == "/waiting":
            return self.reply(200, {"waiting": self.server.waiting})
        with self.server.lock:
            self.reply(200, self.server.ledger.execute(SENT, (asked["run"], asked["step"])).fetchall())

    def model(self, said, _):
        time.sleep(self.server.model_s)
        return 200, self.server.model.answer(said["run"], said["step"], said["differ"])

    def script(self, said, _):
        self.server.model.scripts[said["run"]] = said["answers"]
        return 200, {}

    def pace(self, said, _):
        self.server.model_s, self.server.half_s = said["model_ms"] / 1000, said["email_ms"] / 2000
        return 200, {}

    def release(self, *_):
        """Let them in, and come back when they have been seen."""
        with self.server.late:
            self.server.late.notify_all()
            self.server.late.wait_for(lambda: not self.server.waiting)
        return 200, {}

    def emails(self, said, keys):
        if "Late" not in self.headers:
            return self.send_email(said, keys)
        with self.server.late:
            self.server.waiting += 1
            self.server.late.wait()
            answer = self.send_email(said, keys)
            self.server.waiting -= 1
            self.server.late.notify_all()
        return answer

    def send_email(self, said, keys):
        time.sleep(self.server.half_s)
        key = self.headers["Idempotency-Key"]
        with self.server.lock:
            if self.fenced(said["run"]):
                return 409, {"error": "a newer worker has this run"}
            sent = self.server.ledger.execute(SEND, said | {"key": key}).fetchone()
            sent = sent or self.server.ledger.execute(FIRST, (key,)).fetchone()
        time.sleep(self.server.half_s)
        if keys == "compares" and (sent["tool"], sent["amount"]) != (said["tool"], said["amount"]):
            return 422, {"error": "this key was used with another request"}
        return 200, sent

    def fenced(self, run):
        fence = int(self.headers["Fence"] or 0)
        if fence:
            self.server.fences[run] = max(self.server.fences.get(run, 0), fence)
        return fence < self.server.fences.get(run, 0)

    def reply(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked may be dead
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(port, dsn, seed):
    server = ThreadingHTTPServer(("127.0.0.1", port), Outside)
    server.daemon_threads = True
    server.lock, server.model, server.fences = threading.Lock(), Model(seed), {}
    server.late, server.waiting = threading.Condition(), 0
    server.model_s = server.half_s = 0
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as server.ledger:
        server.ledger.execute(TABLES)
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3])
