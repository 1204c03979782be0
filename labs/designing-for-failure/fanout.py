"""A client whose every request needs an answer from all servers, while others use them too.

Job: servers, seconds, seed, timeout_s, rate of requests and background, the rate of
single calls that go to one server each. Prints the milliseconds of every call, one row a request.
"""

import asyncio
import itertools
import json
import random
import sys

from wire import Link, Load


class Fanout:
    def __init__(self, job, links):
        self.job, self.links, self.loop = job, links, asyncio.get_running_loop()
        self.rng, self.load, self.rows = random.Random(job["seed"]), Load(), []
        self.numbers = itertools.count()

    async def timed(self, link, begun):
        """Milliseconds from `begun` to a right answer, which every call here must get."""
        if await link.call(next(self.numbers), self.job["timeout_s"]) is not True:
            raise RuntimeError("a call was not answered though nothing is wrong")
        return (self.loop.time() - begun) * 1000

    async def everyone(self, begun):
        self.rows.append(await asyncio.gather(*(self.timed(link, begun) for link in self.links)))

    async def anyone(self, begun):
        await self.timed(self.rng.choice(self.links), begun)

    async def arrive(self, rate, send):
        """Send at random moments, `rate` a second on average, then wait for all answers."""
        at, tasks = self.loop.time(), []
        end = at + self.job["seconds"]
        while rate and (at := at + self.rng.expovariate(rate)) < end:
            await asyncio.sleep(at - self.loop.time())
            self.load.late(self.loop.time() - at)
            tasks.append(asyncio.create_task(send(at)))
        await asyncio.gather(*tasks)

    async def run(self):
        await asyncio.gather(
            self.arrive(self.job["rate"], self.everyone), self.arrive(self.job["background"], self.anyone)
        )
        servers = [await link.settle() for link in self.links]
        sent = sum(link.sent for link in self.links)
        return {"rows": self.rows, "load": self.load.report(), "servers": servers, "sent": sent}


async def main(job):
    rng = random.Random(job["seed"] + 1)
    links = [await Link.open(server, rng) for server in job["servers"]]
    return await Fanout(job, links).run()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
