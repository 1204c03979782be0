"""One service: a queue before a few workers, and a rule for what enters and leaves it.

A worker is a timer, so a core hosts many; a request that was started is finished
whether or not anyone still waits. Reads its settings as JSON from its first
argument, prints where it listens, serves until it is terminated.
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
from wire import Lines, Load

WORTH = {"expired": expired_only, "lifo": expired_only, "feasible": feasible}


class Service:
    """Settings: token, workers, service_s, spread ("fixed", "exponential" or "tail"), discipline, seed."""

    def __init__(self, job):
        self.loop = asyncio.get_running_loop()
        self.job, self.rng, self.load = job, random.Random(job["seed"]), Load()
        self.workers, self.service, self.slow = job["workers"], job["service_s"], 1
        self.queue, self.busy = deque(), 0
        self.take = self.queue.pop if job["discipline"] == "lifo" else self.queue.popleft
        self.worth = WORTH.get(job["discipline"], lambda *_: True)
        self.counts = dict.fromkeys(("received", "completed", "wasted", "shed", "dropped"), 0)
        self.seconds = defaultdict(lambda: [0] * job["seconds"])
        self.waits = defaultdict(list)
        self.origin = None

    def count(self, what):
        self.counts[what] += 1
        if (second := self.second()) is not None:
            self.seconds[what][second] += 1

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
            wait = len(self.queue) / self.workers * self.service
            return feasible(request.arrived + wait, request.deadline, self.service)
        return True

    def dispatch(self):
        while self.busy < self.workers and self.queue:
            request, now = self.take(), self.loop.time()
            if self.worth(now, request.deadline, self.service):
                self.begin(request, now)
            else:
                self.count("dropped")
                request.reply(b"no")

    def begin(self, request, now):
        if (second := self.second()) is not None:
            self.waits[second].append((now - request.arrived) * 1000)
        self.busy += 1
        due = now + self.duration() * self.slow
        self.loop.call_at(due, self.finish, request, due)

    def duration(self):
        if self.job["spread"] == "exponential":
            return self.rng.expovariate(1 / self.service)
        if self.job["spread"] == "tail" and self.rng.random() < 0.01:
            return 0.3
        return self.service

    def finish(self, request, due):
        now = self.loop.time()
        self.load.late(now - due)
        self.busy -= 1
        self.count("completed")
        if now > request.deadline:
            self.count("wasted")
            request.connection.wasted += 1
        request.reply(b"ok")
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
        return self.counts | now | {"seconds": self.seconds | {"wait_ms": waits}} | self.load.report()


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

    __slots__ = ("connection", "number", "arrived", "deadline", "checksum")

    def __init__(self, connection, line):
        self.connection = connection
        self.number, left_ms, payload = line.split()
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
