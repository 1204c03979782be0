"""The clients of one service: arrivals drawn beforehand, or users who wait for their answers.

Reads its job as JSON from its first argument, prints what it saw as JSON.
"""

import asyncio
import itertools
import json
import random
import sys
from collections import Counter

from caller import Caller
from wire import Link, Load


class Client:
    """Job: servers, seconds, seed, timeout_s, policy, events, and either arrivals or users.

    rates: [[from second, requests per second], ...]; bursts: [[second, requests], ...];
    users, think_s: so many users who pause so long between two requests.
    events: [[second, command], ...] for the server, or "retries <n>" for the client.
    """

    def __init__(self, job, links):
        self.job, self.links, self.loop = job, links, asyncio.get_running_loop()
        self.rng, self.load = random.Random(job["seed"]), Load()
        self.caller = Caller(links, job["policy"], job["timeout_s"], self.rng, self.on_attempt)
        names = ("offered", "good", "attempts")
        self.seconds = {name: [0] * job["seconds"] for name in names}
        self.latency_ms, self.tasks, self.requests, self.ended = [], set(), 0, {}

    def on_attempt(self):
        self.note("attempts", self.loop.time() - self.start)

    def note(self, what, at):
        """Count `what` in the second `at`, if that is still in the window."""
        if at < self.job["seconds"]:
            self.seconds[what][int(at)] += 1

    def arrivals(self):
        """When requests arrive, in seconds; they go on until the last one in the window is settled."""
        end = self.job["seconds"] + self.caller.patience()
        changes = self.job.get("rates", []) + [[end, 0]]
        times = []
        for (since, rate), (until, _) in itertools.pairwise(changes):
            at = since + self.rng.expovariate(rate)
            while at < until:
                times.append(at)
                at += self.rng.expovariate(rate)
        times += [at for at, requests in self.job.get("bursts", []) for _ in range(requests)]
        return sorted(times)

    async def one(self, at):
        """One request that arrived at `at`; its latency counts from then, not from when it was sent."""
        identity, self.requests = self.requests, self.requests + 1
        self.note("offered", at)
        ok = await self.caller.request(identity)
        self.ended[identity] = int(at), ok
        if ok:
            answered = self.loop.time() - self.start
            self.note("good", answered)
            if at < self.job["seconds"]:
                self.latency_ms.append((answered - at) * 1000)

    def begin(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def open_loop(self, times):
        for at in times:
            wait = self.start + at - self.loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            self.load.late(max(self.loop.time() - self.start - at, 0))
            self.begin(self.one(at))

    async def user(self):
        while True:
            await asyncio.sleep(self.rng.expovariate(1 / self.job["think_s"]))
            await self.one(self.loop.time() - self.start)

    async def inject(self):
        for at, event in self.job["events"]:
            await asyncio.sleep(self.start + at - self.loop.time())
            if event.startswith("retries"):
                self.caller.retries = int(event.split()[1])
            else:
                await asyncio.gather(*(link.command(event) for link in self.links))

    def effects(self, servers):
        """[[second of arrival, answered, effects, requests], ...] of the requests that have ended."""
        happened = Counter()
        for server in servers:
            happened.update(server.pop("effects"))
        rows = Counter((*end, happened[str(identity)]) for identity, end in self.ended.items())
        return [[*row, requests] for row, requests in sorted(rows.items())]

    async def run(self):
        times = self.arrivals()
        await asyncio.gather(*(link.command("start") for link in self.links))
        self.start = self.loop.time()
        events = asyncio.create_task(self.inject())
        for _ in range(self.job.get("users", 0)):
            self.begin(self.user())
        await self.open_loop(times)
        end = self.job["seconds"] + self.caller.patience() + 0.1
        await asyncio.sleep(self.start + end - self.loop.time())
        await events
        report = self.load.report()
        for task in list(self.tasks):
            task.cancel()
        servers = [await link.settle() for link in self.links]
        return {
            "seconds": self.seconds,
            "latency_ms": self.latency_ms,
            "requests": self.requests,
            "sent": sum(link.sent for link in self.links),
            "load": report,
            "effects": self.effects(servers),
            "servers": servers,
        }


async def main(job):
    rng = random.Random(job["seed"] + 1)
    links = [await Link.open(server, rng) for server in job["servers"]]
    return await Client(job, links).run()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
