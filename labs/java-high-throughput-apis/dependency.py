"""The service that others wait for: GET /?ms=N is answered after N milliseconds, however many wait.

    with dependency(cores="1") as port:
"""

import asyncio
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

BACKLOG = 4096
ASKED = re.compile(rb"GET /\?ms=(\d+) HTTP/1\.1\r\n")


class Late(asyncio.Protocol):
    """One connection; a caller asks again only when it has its answer."""

    def __init__(self):
        self.text = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.text += data
        if not self.text.endswith(b"\r\n\r\n"):
            return
        milliseconds = int(ASKED.match(self.text)[1])
        self.text = b""
        asyncio.get_running_loop().call_later(milliseconds / 1e3, self.answer, b"waited %d ms" % milliseconds)

    def answer(self, body):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def _main(listening):
    server = await asyncio.get_running_loop().create_server(Late, sock=listening, backlog=BACKLOG)
    await server.serve_forever()


@contextmanager
def dependency(cores):
    """The port of a running one. It inherits a socket that listens already, so nobody else can answer there."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
        descriptor = listening.fileno()
        command = ["taskset", "-c", cores, sys.executable, __file__, str(descriptor)]
        process = subprocess.Popen(command, pass_fds=[descriptor])
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    import uvloop

    with socket.socket(fileno=int(sys.argv[1])) as inherited:
        uvloop.run(_main(inherited))
