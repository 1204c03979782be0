"""One service: a queue before a few workers, and a rule for what enters and leaves it.

A worker is a timer, so a core hosts many. A request that was started is finished
whether or not anyone still waits, unless the server cancels. Reads its settings as
JSON from its first argument, prints where it listens, serves until it is terminated.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import zlib
from collections import defaultdict, deque

from deadline import expired_only, feasible
from effects import Effects
from estimate import Estimate
from wire import Lines, Load

WORTH = {"expired": expired_only, "lifo": expired_only, "feasible": feasible}
COUNTED = ("received", "completed", "wasted", "cancelled", "replayed", "shed", "dropped", "busy_s", "wasted_s")


class Service:
    """Settings: token, workers, service_s, spread ("fixed", "exponential" or "tail"), discipline, seed.

    cancels: whether a worker is freed when its caller's deadline passes. estimate: as Estimate has it. probe_s: after so
    long without a request begun, one is let through that the rule would refuse; None: never. key: as Effects has it.
    """

    def __init__(self, job):
        self.loop = asyncio.get_running_loop()
        self.job, self.rng, self.load = job, random.Random(job["seed"]), Load()
        self.workers, self.service, self.slow = job["workers"], job["service_s"], 1
        self.queue, self.busy = deque(), 0
        self.take = self.queue.pop if job["discipline"] == "lifo" else self.queue.popleft
        self.rule = WORTH.get(job["discipline"], lambda *_: True)
        self.estimate, self.effects = Estimate(self.service, **job["estimate"]), Effects(job["key"])
        self.begun = self.loop.time()  # when the last request was
        self.counts = dict.fromkeys(COUNTED, 0)
        self.seconds = defaultdict(lambda: [0] * job["seconds"])
        self.waits = defaultdict(list)
        self.origin = None

    def count(self, what, amount=1):
        self.counts[what] += amount
        self.note(what, amount)

    def note(self, what, amount=1):
        if (second := self.second()) is not None:
            self.seconds[what][second] += amount

    def second(self):
        """The second of the run, or None outside it."""
        second = int(self.loop.time() - self.origin) if self.origin else -1
        return second if 0 <= second < self.job["seconds"] else None

    def receive(self, request):
        self.count("received")
        if self.admits(request):
            self.queue.append(request)
            self.dispatch()
        else:
            self.count("shed")
            request.reply(b"no")

    def admits(self, request):
        if self.job["discipline"] == "shed":
            return len(self.queue) < self.workers
        if self.job["discipline"] == "bounded":
            wait = len(self.queue) / self.workers * self.estimate.seconds
            return feasible(request.arrived + wait, request.deadline, self.estimate.seconds)
        return True

    def dispatch(self):
        while self.busy < self.workers and self.queue:
            request, now = self.take(), self.loop.time()
            if self.effects.remembers(request.identity):
                self.count("replayed")
                self.answer(request)
            elif self.worth(request, now):
                self.begin(request, now)
            else:
                self.count("dropped")
                request.reply(b"no")
        if self.busy < self.workers:
            self.note("idle")

    def worth(self, request, now):
        if self.rule(now, request.deadline, self.estimate.seconds):
            return True
        probe_s = self.job["probe_s"]
        return probe_s is not None and now - self.begun >= probe_s

    def begin(self, request, now):
        if (second := self.second()) is not None:
            self.waits[second].append((now - request.arrived) * 1000)
        self.busy += 1
        self.begun = now
        due = now + self.duration() * self.slow
        if self.job["cancels"] and request.deadline < due:
            self.loop.call_at(request.deadline, self.cancel, request, now)
        else:
            self.loop.call_at(due, self.finish, request, now, due)

    def duration(self):
        if self.job["spread"] == "exponential":
            return self.rng.expovariate(1 / self.service)
        if self.job["spread"] == "tail" and self.rng.random() < 0.01:
            return 0.3
        return self.service

    def finish(self, request, begun, due):
        now = self.loop.time()
        self.load.late(now - due)
        in_time = self.answer(request)
        self.count("completed")
        if not in_time:
            self.count("wasted")
        self.effects.happen(request.identity)
        self.estimate.finished(now - begun)
        self.free(now - begun, in_time)

    def cancel(self, request, begun):
        self.count("cancelled")
        request.reply(b"no")
        self.free(self.loop.time() - begun, False)

    def answer(self, request):
        """Answer; whether in time."""
        late = self.loop.time() > request.deadline
        request.connection.wasted += late
        request.reply(b"ok")
        return not late

    def free(self, seconds, taken):
        """A worker has been busy for so long, on an answer that somebody took or not."""
        self.busy -= 1
        self.count("busy_s", seconds)
        if not taken:
            self.count("wasted_s", seconds)
        self.dispatch()

    def identity(self):
        return {"port": self.port, "pid": os.getpid(), "token": self.job["token"]}

    def command(self, connection, words):
        name, number = words[0], float(words[-1]) if len(words) > 1 else None
        answer = None
        if name == "hello":
            answer = self.identity()
        elif name == "start":
            self.origin = self.loop.time()
            self.sample(0)
        elif name == "slow":
            self.slow = number
        elif name == "workers":
            self.workers = int(number)
            self.dispatch()
        elif name == "flush":
            while self.queue:
                self.count("dropped")
                self.queue.pop().reply(b"no")
        elif name == "stats":
            answer = self.stats(connection)
        connection.send(b"!" + json.dumps(answer).encode())

    def sample(self, second):
        """Note the queue's length at the start of each second."""
        if second < self.job["seconds"]:
            self.seconds["queue"][second] = len(self.queue)
            self.loop.call_at(self.origin + second + 1, self.sample, second + 1)

    def stats(self, connection):
        own = {name: getattr(connection, name) for name in ("received", "replies", "wasted")}
        waits = [
            statistics.median(self.waits[second]) if self.waits[second] else None
            for second in range(self.job["seconds"])
        ]
        now = {"queued": len(self.queue), "busy": self.busy, "connection": own}
        effects = {"effects": self.effects.happened}
        return self.counts | now | effects | {"seconds": self.seconds | {"wait_ms": waits}} | self.load.report()


class Caller(Lines):
    """The server's end of a connection, with its own counts."""

    def __init__(self, service):
        self.service = service
        self.received = self.replies = self.wasted = 0

    def line(self, line):
        if line.startswith(b"!"):
            self.service.command(self, line[1:].decode().split())
        else:
            self.received += 1
            self.service.receive(Request(self, line))


class Request:
    """One request in the queue; times are the event loop's, in seconds."""

    __slots__ = ("connection", "number", "identity", "arrived", "deadline", "checksum")

    def __init__(self, connection, line):
        self.connection = connection
        self.number, identity, left_ms, payload = line.split()
        self.identity = int(identity)
        self.arrived = connection.service.loop.time()
        self.deadline = self.arrived + int(left_ms) / 1000
        self.checksum = zlib.crc32(payload)

    def reply(self, verdict):
        self.connection.replies += 1
        self.connection.send(b"%s %s %d" % (self.number, verdict, self.checksum))


async def listen(service):
    """Serve on a free port, after saying which."""
    listener = await service.loop.create_server(lambda: Caller(service), "127.0.0.1", 0)
    service.port = listener.sockets[0].getsockname()[1]
    print(json.dumps(service.identity()), flush=True)
    await listener.serve_forever()


async def main(job):
    await listen(Service(job))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
