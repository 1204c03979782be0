"""A middle tier: answers each request by asking the next tier, under a policy of its own.

Its settings are a service's, with `servers`, `policy` and `timeout_s` added.
"""

import asyncio
import json
import random
import sys

import caller
from server import Service, listen
from wire import Link


class Relay(Service):
    def __init__(self, job, links):
        super().__init__(job)
        self.links, self.tasks = links, set()
        self.caller = caller.Caller(links, job["policy"], job["timeout_s"], self.rng, lambda: None)

    def receive(self, request):
        self.count("received")
        self.busy += 1
        self.begin(self.forward(request))

    def begin(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def forward(self, request):
        ok = await self.caller.request(request.identity)
        self.busy -= 1
        self.count("completed")
        if not ok:
            request.reply(b"no")
        elif not self.answer(request):
            self.count("wasted")

    def command(self, connection, words):
        if words[0] == "hello":
            super().command(connection, words)
        else:
            asyncio.create_task(self.pass_on(connection, words))

    async def pass_on(self, connection, words):
        """Do what is asked here and in the tier below; `stats` ends this tier's own work."""
        if words[0] == "stats":
            for task in self.tasks:
                task.cancel()
            self.below = [await link.settle() for link in self.links]
        else:
            await asyncio.gather(*(link.command(" ".join(words)) for link in self.links))
        super().command(connection, words)

    def stats(self, connection):
        return super().stats(connection) | {"below": self.below[0]}


async def main(job):
    rng = random.Random(job["seed"])
    links = [await Link.open(server, rng) for server in job["servers"]]
    await listen(Relay(job, links))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
