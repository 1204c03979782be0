"""What a client does about a slow answer: wait, try again, hold back, or ask a second server."""

import asyncio
from collections import deque

from budget import Budget

PLAIN = {
    "retries": 0,
    "backoff_s": 0,
    "jitter": True,
    "budget": None,  # per mille
    "earns": "attempt",  # what fills the budget: each first attempt, or each success
    "breaker": False,
    "hedge_s": None,
}


class Breaker:
    """Opens when half of the last 20 attempts failed; tries one attempt every 2 s until one succeeds."""

    def __init__(self):
        self.outcomes, self.closed, self.until = deque(maxlen=20), True, 0

    def allows(self, now):
        if self.closed:
            return True
        if now < self.until:
            return False
        self.until = now + 2
        return True

    def record(self, ok, now):
        if self.closed:
            self.outcomes.append(ok)
            if len(self.outcomes) == 20 and sum(self.outcomes) <= 10:
                self.closed, self.until = False, now + 2
        elif ok:
            self.closed = True
            self.outcomes.clear()


class Caller:
    """Sends requests over `links` under a policy: PLAIN with some of its entries changed."""

    def __init__(self, links, policy, timeout, rng, on_attempt):
        self.loop = asyncio.get_running_loop()
        self.links, self.timeout, self.rng, self.on_attempt = links, timeout, rng, on_attempt
        self.policy = PLAIN | policy
        self.retries = self.policy["retries"]
        per_mille = self.policy["budget"]
        self.budget = Budget(per_mille) if per_mille else None
        self.breaker = Breaker() if self.policy["breaker"] else None

    def patience(self):
        """Seconds that one request can take at most."""
        pauses = sum(self.policy["backoff_s"] * 2**n for n in range(self.retries))
        return (1 + self.retries) * self.timeout + pauses

    def earn(self, what):
        if self.budget and self.policy["earns"] == what:
            self.budget.earn()

    async def request(self, identity):
        """Whether an attempt was answered within its timeout."""
        self.earn("attempt")
        attempt = 0
        while True:
            if self.breaker and not self.breaker.allows(self.loop.time()):
                return False
            ok = await self.attempt(identity)
            if self.breaker:
                self.breaker.record(bool(ok), self.loop.time())
            if ok:
                self.earn("success")
            if ok or attempt >= self.retries:
                return bool(ok)
            if self.budget and not self.budget.spend():
                return False
            if self.policy["backoff_s"]:
                longest = self.policy["backoff_s"] * 2**attempt
                await asyncio.sleep(self.rng.uniform(0, longest) if self.policy["jitter"] else longest)
            attempt += 1

    async def attempt(self, identity):
        first = self.rng.randrange(len(self.links))
        future = self.call(first, identity)
        hedge = self.policy["hedge_s"]
        if hedge is None:
            return await future
        await asyncio.wait([future], timeout=hedge)
        if future.done() or self.budget and not self.budget.spend():
            return await future
        second = self.call((first + 1) % len(self.links), identity)
        done, _ = await asyncio.wait([future, second], return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()

    def call(self, link, identity):
        self.on_attempt()
        return self.links[link].call(identity, self.timeout)
