"""Lines over TCP, the checksum that proves an answer, and a process's own load.

A request is "<number> <identity> <milliseconds left> <payload>", its reply "<number>
ok|no <checksum>"; all attempts of one request carry its identity. Lines that start
with "!" are commands and their answers in JSON. A connection carries many requests
at once, as HTTP/2 does.
"""

import asyncio
import json
import time
import zlib

# Where a request that a server has received can be: each is in one of these, and none in two.
ENDS = ("completed", "replayed", "cancelled", "shed", "dropped", "queued", "busy")


class Lines(asyncio.Protocol):
    """A connection that hands each complete line to `self.line`."""

    def connection_made(self, transport):
        self.transport, self.rest = transport, b""

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.line(line)

    def send(self, line):
        if not self.transport.is_closing():
            self.transport.write(line + b"\n")


class Link(Lines):
    """The caller's end: every reply is matched to its request and its checksum verified."""

    def __init__(self, rng):
        self.rng, self.loop = rng, asyncio.get_running_loop()
        self.pending, self.commands = {}, []
        self.sent = self.answered = self.refused = self.late = self.wrong = 0

    @classmethod
    async def open(cls, server, rng):
        """Connect and prove that the other end is the process that was started for this run."""
        loop = asyncio.get_running_loop()
        _, link = await loop.create_connection(lambda: cls(rng), "127.0.0.1", server["port"])
        told = await link.command("hello")
        if told != server:
            raise RuntimeError(f"port {server['port']} is held by {told}, not by {server}")
        return link

    def call(self, identity, timeout):
        """Send one attempt; a future of True (answered), False (refused) or None (timed out)."""
        number, payload = b"%d" % self.sent, b"%032x" % self.rng.getrandbits(128)
        future = self.loop.create_future()
        timer = self.loop.call_later(timeout, self._give_up, future)
        self.pending[number] = future, timer, b"%d" % zlib.crc32(payload)
        self.sent += 1
        self.send(b"%s %d %d %s" % (number, identity, timeout * 1000, payload))
        return future

    def _give_up(self, future):
        if not future.done():
            future.set_result(None)

    def line(self, line):
        if line.startswith(b"!"):
            # The server goes on answering, so the replies up to this line are counted here.
            self.replies_before = self.answered + self.late + self.refused
            self.commands.pop(0).set_result(json.loads(line[1:]))
            return
        number, verdict, checksum = line.split()
        future, timer, right = self.pending.pop(number)
        timer.cancel()
        ok = verdict == b"ok"
        self.wrong += ok and checksum != right
        self.refused += not ok
        self.answered += ok and not future.done()
        self.late += ok and future.done()
        if not future.done():
            future.set_result(ok)

    def command(self, text):
        """Send a command; a future of its answer."""
        answer = self.loop.create_future()
        self.commands.append(answer)
        self.send(b"!" + text.encode())
        return answer

    async def settle(self):
        """The server's counts, after checking that both ends tell the same story.

        Everything on one connection is in order: a server that has answered
        `stats` has read all requests sent before, and its replies have arrived. The
        caller must have stopped sending.
        """
        stats = await self.command("stats")
        mine = {"received": self.sent, "replies": self.replies_before}
        yours = stats["connection"]
        if self.wrong or any(yours[name] != count for name, count in mine.items()):
            raise RuntimeError(f"{self.wrong} wrong checksums; client {mine}, server {yours}")
        inside = sum(stats[name] for name in ENDS)
        if inside != stats["received"]:
            raise RuntimeError(f"the server lost requests: {stats}")
        # Both clocks judge the same deadline a network hop apart, so they may differ by a few.
        if abs(yours["wasted"] - self.late) > 20 + 0.05 * yours["replies"]:
            raise RuntimeError(f"server counts {yours['wasted']} wasted, client {self.late} late")
        return stats


class Load:
    """What a process costs and how late its event loop runs."""

    def __init__(self):
        self.wall, self.cpu, self.late_ms = time.monotonic(), time.process_time(), []

    def late(self, seconds):
        self.late_ms.append(seconds * 1000)

    def report(self):
        """{"cpu_percent" of one core, "late_p99_ms", "late_max_ms"} since the start."""
        late = sorted(self.late_ms) or [0]
        wall = time.monotonic() - self.wall
        return {
            "cpu_percent": 100 * (time.process_time() - self.cpu) / wall,
            "late_p99_ms": late[int(0.99 * (len(late) - 1))],
            "late_max_ms": late[-1],
        }
