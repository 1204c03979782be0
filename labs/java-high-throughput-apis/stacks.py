"""The stacks under test: what they are, how they are built and how one is started.

    build(lab, ["jetty", "go"])
    with serve("jetty", cores="0", postgres=server) as running:
        load(running.port)

Every one is started as its documentation says for production, without access logs. Vert.x
serves /json alone: its event loops are its idiom, and the shared handlers block.
"""

import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _harness import LabError
from _harness.daemon import free_port
from servers import java, toolchains
from servers.process import start

HERE = Path(__file__).resolve().parent
EVERYTHING = ("json", "db", "slow")


@dataclass(frozen=True)
class Stack:
    """framework: what an HTTP request meets; endpoints: which of the three it serves."""

    name: str
    language: str
    framework: str
    label: str
    endpoints: tuple = EVERYTHING


STACKS = {
    stack.name: stack
    for stack in (
        Stack("jdk", "Java", "HttpServer", "JDK HttpServer"),
        Stack("jetty", "Java", "Jetty", "Jetty"),
        Stack("helidon", "Java", "Helidon SE", "Helidon"),
        Stack("vertx", "Java", "Vert.x Web", "Vert.x", ("json",)),
        Stack("spring", "Java", "Spring Boot", "Spring Boot"),
        Stack("go", "Go", "net/http", "Go net/http"),
        Stack("axum", "Rust", "axum", "axum"),
        Stack("node", "JavaScript", "http", "Node.js http"),
        Stack("starlette", "Python", "Starlette on uvicorn", "Starlette"),
        Stack("fastapi", "Python", "FastAPI on uvicorn", "FastAPI"),
        Stack("granian", "Python", "Starlette on granian", "Starlette, granian"),
    )
}
BUILDERS = {"Java": java.build, "Go": toolchains.go, "Rust": toolchains.rust, "JavaScript": toolchains.node}


def build(lab, names):
    """Install and compile what `names` need and is not in .cache/ yet, and record all versions."""
    for name in names:
        builder = BUILDERS.get(STACKS[name].language, toolchains.python)
        for tool, version in builder(name, lab.log).items():
            lab.version(tool, version)


@contextmanager
def serve(
    name,
    *,
    cores,
    postgres=None,
    pool=10,
    dependency=None,
    workers=1,
    threads="virtual",
    limit=None,
    jvm=(),
    cache=None,
    env=None,
):
    """A `Running` server that has answered /json once; stopped by pid at the end.

    cores: a list for taskset. pool: database connections a process. dependency: port of the
    slow service, asked for /?ms=N. workers: processes (Python, Node.js). threads: "virtual"
    or "platform:N" (jdk, jetty). limit: {"db": n, "slow": n} calls at once, one more is
    answered 503 (Java, Go). jvm: flags; a collector or heap size among them replaces the
    default. cache: an AOT cache to start from. env: variables of the runtime's own.
    """
    _check(name, workers, threads, limit)
    port = free_port()
    environment = {"PORT": port, "WORKERS": workers, "THREADS": threads}
    if postgres:
        told = postgres.connection
        environment |= {f"DATABASE_{key.upper()}": told[key] for key in ("host", "port", "user")}
        environment |= {"DATABASE_NAME": told["dbname"], "POOL": pool}
    if dependency:
        environment |= {"DEPENDENCY": dependency}
    environment |= {f"LIMIT_{endpoint.upper()}": calls for endpoint, calls in (limit or {}).items() if calls}
    environment |= env or {}
    command = _command(name, port, workers, jvm, cache)
    pinned = [_taskset(), "-c", cores, *command]
    with start(STACKS[name].label, pinned, environment, port, workers) as running:
        yield running


def _check(name, workers, threads, limit):
    language = STACKS[name].language
    if workers > 1 and language not in ("Python", "JavaScript"):
        raise LabError(f"{name} is one process; it has no workers")
    if threads != "virtual" and name not in ("jdk", "jetty"):
        raise LabError(f"{name} has no choice of threads; jdk and jetty have")
    if limit and language not in ("Java", "Go"):
        raise LabError(f"{name} knows no limit; Java and Go do")


def _command(name, port, workers, jvm, cache):
    if STACKS[name].language == "Java":
        return java.command(name, jvm, cache)
    if name in ("go", "axum"):
        return [toolchains.CACHE / name / "server"]
    if name == "node":
        return [toolchains.node_binary(), toolchains.CACHE / "node" / "main.mjs"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--loop", "uvloop"]
    folder = HERE / "servers" / "python"
    if name == "granian":
        quiet = ["--no-access-log", "--log-level", "warning"]
        kind = ["--interface", "asgi", "--working-dir", folder]
        return [sys.executable, "-m", "granian", *kind, *where, *quiet, "starlette_app:app"]
    # The default, 5 s, would cut an open loop's spare connections.
    kept = ["--http", "httptools", "--timeout-keep-alive", "75"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", "--app-dir", folder, *where, *kept, *quiet, f"{name}_app:app"]


def _taskset():
    found = shutil.which("taskset", path=os.environ["PATH"])
    if not found:
        raise LabError("no `taskset` on this machine; apt-get install util-linux")
    return found
