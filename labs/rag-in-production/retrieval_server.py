"""One process that finds passages: retrieval_server.py <settings, as JSON>.

POST / with a question as its body answers {"ids", "texts", "ms", "cpu_ms"}: the milliseconds for which it waited for an encoder and that
each stage took, and the CPU time of each stage. GET / answers {"cpu_ms"}: of the whole process since it began.
"""

import asyncio
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "rag-fell-apart-in-prod"))

import encoders
from passages import Passages

LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


class Files:
    """The encoder's own files from a folder, as `Materials` gives them."""

    def __init__(self, folder):
        self._folder = folder

    def original(self, name):
        return (self._folder / name).read_bytes()


class Service:
    """Encoder threads that take one question at a time, in the order in which they came, and one thread that searches and fetches.

    folder: with tokenizer.json and what `passages.write` wrote. rows: of its graph. threads: encoders.
    """

    def __init__(self, folder, rows, threads):
        self._encoder = encoders.in_service(Files(folder), 1)
        self._passages = Passages(folder, rows)
        self._encoders, self._finder = ThreadPoolExecutor(threads), ThreadPoolExecutor(1)

    async def answer(self, question):
        loop, asked = asyncio.get_running_loop(), time.monotonic()
        vector, encode = await loop.run_in_executor(self._encoders, _timed, self._encoder.one, question)
        ids, search, texts, fetch = await loop.run_in_executor(self._finder, self._find, vector)
        stages = {"encode": encode, "search": search, "fetch": fetch}
        ms = {"wait": 1000 * (encode["began"] - asked)} | {name: stage["ms"] for name, stage in stages.items()}
        return {"ids": ids, "texts": texts, "ms": ms, "cpu_ms": {name: stage["cpu_ms"] for name, stage in stages.items()}}

    def _find(self, vector):
        ids, search = _timed(self._passages.nearest, vector)
        texts, fetch = _timed(self._passages.texts, ids)
        return ids, search, texts, fetch


def _timed(work, given):
    """What `work` makes of `given`, and when it began, in seconds, how long it took and how much CPU on this thread."""
    began, cpu = time.monotonic(), time.thread_time()
    made = work(given)
    return made, {"began": began, "ms": 1000 * (time.monotonic() - began), "cpu_ms": 1000 * (time.thread_time() - cpu)}


async def _serve(service, reader, writer):
    """Requests of one connection, one after another, until its client closes it."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                question = await reader.readexactly(int(LENGTH.search(head)[1]))
                found = await service.answer(question.decode())
            else:
                found = {"cpu_ms": 1000 * time.process_time()}
            body = json.dumps(found).encode()
            # In one write: a body sent after its head waits for the client's delayed acknowledgement, 40 ms.
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
    writer.close()


async def main(port, folder, rows, threads):
    service = Service(Path(folder), rows, threads)
    server = await asyncio.start_server(lambda *streams: _serve(service, *streams), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
