"""A client whose requests arrive when they are due, however slow the answers are.

    async def send(number):                        # one request over whatever transport, alone or beside others
        status = await client.get(...)
        return None if status == 200 else "refused"

    offered = asyncio.run(offer(send, poisson(rate, seconds, lab.seed), deadline_s=1))
    if why := offered.behind(LATE_LIMIT_MS):       # the generator measured itself
        raise LabError(why)
    lab.sample("requests", offered.rows())

Latency counts from the moment at which a request was due: a client that waits for an answer before it sends again
leaves out what those who would have come in between had waited (coordinated omission; Gil Tene, How NOT to Measure
Latency, 2013). Times are seconds since the first moment of the run, and the event loop's own clock is about 1 ms coarse.
"""

import asyncio
import random
from dataclasses import asdict, dataclass
from itertools import count, takewhile

from _harness import LabError
from _harness.stats import summary

OK, LATE = "ok", "deadline"


@dataclass(frozen=True)
class Request:
    """due, sent and ended: seconds since the start. outcome: OK, LATE, a word of the sender's, or an error's name."""

    due: float
    sent: float
    ended: float
    outcome: str


@dataclass(frozen=True)
class Offered:
    """The requests of one run, in the order in which they were due; all have ended."""

    requests: list

    def latency_ms(self, outcome=OK):
        """Of the requests that ended so, from when they were due."""
        return [1000 * (one.ended - one.due) for one in self.requests if one.outcome == outcome]

    def outcomes(self):
        """{outcome: requests}"""
        found = [one.outcome for one in self.requests]
        return {outcome: found.count(outcome) for outcome in sorted(set(found))}

    def late_ms(self):
        """How late the generator sent each request: its own fault, and part of the latency."""
        return [1000 * (one.sent - one.due) for one in self.requests]

    def behind(self, limit_ms):
        """Why this run is no measurement: the generator sent later than `limit_ms` at p99. None if it kept up."""
        late = summary(self.late_ms())["p99"]
        return f"the generator sent {late:.3g} ms late at p99 (limit {limit_ms} ms)" if late > limit_ms else None

    def rows(self):
        """As `lab.sample` takes them."""
        return [asdict(one) for one in self.requests]


def constant(rate, seconds):
    """When `rate` requests a second are due at equal intervals, the first at once."""
    _check(rate, seconds)
    return list(takewhile(lambda due: due < seconds, (number / rate for number in count())))


def poisson(rate, seconds, seed):
    """When requests are due that do not know of each other, `rate` a second on average: a Poisson process."""
    _check(rate, seconds)
    generator, due, found = random.Random(seed), 0, []
    while (due := due + generator.expovariate(rate)) < seconds:
        found.append(due)
    return found


async def offer(send, due, deadline_s):
    """`await send(number)` for each moment of `due`, counted from 0; what came of each, as Offered.

    A request is cancelled `deadline_s` after it was due. What `send` returns is its outcome, None is OK; of its errors
    OSError and EOFError, which say that a connection broke, are outcomes, and every other ends the run at once.
    """
    if not due:
        raise LabError("no request is due; offer for longer or at a higher rate")
    loop, requests = asyncio.get_running_loop(), [None] * len(due)
    start = loop.time()

    async def one(number, at):
        sent = loop.time()
        try:
            async with asyncio.timeout_at(start + at + deadline_s) as limit:
                outcome = await send(number) or OK
        except (OSError, EOFError) as error:
            outcome = type(error).__name__
        ended = loop.time()
        # A timer that is late itself has not cancelled what is past its deadline.
        late = limit.expired() or ended > start + at + deadline_s
        requests[number] = Request(at, sent - start, ended - start, LATE if late else outcome)

    try:
        async with asyncio.TaskGroup() as tasks:
            for number, at in enumerate(sorted(due)):
                await asyncio.sleep(max(start + at - loop.time(), 0))  # 0 lets those begin that were sent already
                tasks.create_task(one(number, at))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return Offered(requests)


def _check(rate, seconds):
    if not (rate > 0 and seconds > 0):
        raise LabError(f"{rate} requests a second for {seconds} s are none; both must be above 0")
