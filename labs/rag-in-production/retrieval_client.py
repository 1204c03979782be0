"""A retrieval service of the lab's own, and a client of it."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from _harness.process import Process, free_port

SERVER = Path(__file__).with_name("retrieval_server.py")


class Client:
    """Connections that are kept; a request takes one that is free, or opens another."""

    def __init__(self, port):
        self._port, self._free = port, []

    async def ask(self, question):
        """What the service answers: {"ids", "texts", "ms", "cpu_ms"}."""
        return await self._send(b"POST", question.encode())

    async def cpu_ms(self):
        """CPU that the service's process has used, all its threads."""
        return (await self._send(b"GET", b""))["cpu_ms"]

    def close(self):
        for _, writer in self._free:
            writer.close()

    async def _send(self, method, body):
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(b"%b / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (method, len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            found = json.loads(await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0])))
        except BaseException:
            writer.close()
            raise
        self._free.append((reader, writer))
        return found


@asynccontextmanager
async def serving(folder, rows, threads):
    """A client of a service that searches the graph of so many rows in `folder` and has so many encoder threads."""
    port = free_port()
    told = {"port": port, "folder": str(folder), "rows": rows, "threads": threads}
    with Process(f"the service with {threads} encoders", [sys.executable, SERVER, json.dumps(told)], folder) as process:
        process.serve(port)
        client = Client(port)
        try:
            yield client
        finally:
            client.close()
