"""Resolve and install as of a date, on a real interpreter, in a fresh environment; what fails is an answer, with its words.

A resolved set is a tuple of pins, "six==1.13.0". Nothing is timed: an answer depends on the set, the interpreter and the date
until which the index is asked for what a build from source needs.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from _harness import LabError

RESOLVE_SECONDS, INSTALL_SECONDS, RUN_SECONDS = 60, 60, 40
TRIES, PAUSE_SECONDS = 3, 5
# What all caches have in common, by the names of the uv pinned: a bucket that it renames costs time, never an answer.
SHARED = ("archive-v0", "interpreter-v5", "simple-v28", "wheels-v8")
PROBE_SECONDS = 20
UNREACHED = re.compile(r"error sending request|timed out|network timeout|connection (closed|refused|reset)|dns error|HTTP status (server error|code: 5)"
                       r"|HTTP status client error \((403|407|408|429)\b|(request|response) body|end of file before message", re.IGNORECASE)
BACKEND = re.compile(r"^\s*\[std(?:out|err)\]$", re.MULTILINE)  # from here on it is a build that speaks, no longer uv
UNBUILT = re.compile(r"Failed to (?:build|download and build) `([\w.-]+)==([^`]+)`")
SCRATCH = re.compile(r"(?:/var)?/tmp/[\w.+@-]+(?![\w.+@/-])")
PATHS = re.compile(r"(?<![\w…./])(?:/[\w.+@-]+)+/(?=[\w.+-])")
HOSTS = re.compile(r"https?://\S+|(?<=host=')[^']+|(?<![\w.-])(?:[\w-]+\.)+(?:org|com|net|io)(?=[\s:/,)]|$)(?::\d+)?(?:/\S*)?")
MADE_UP = re.compile(r"0x[0-9a-f]+|(?<![\w.])\.?(?:tmp|env-|desk-|lab-)(?=\w*[A-Z0-9_])\w{6,}")
HEADERS = ("bzlib.h", "curl/curl.h", "ffi.h", "gmp.h", "jpeglib.h", "krb5.h", "lber.h", "ldap.h", "libpq-fe.h", "librdkafka/rdkafka.h", "libxml/parser.h", "libxslt/xslt.h", "lzma.h",
           "mysql/mysql.h", "openssl/ssl.h", "sasl/sasl.h", "snappy-c.h", "sql.h", "sqlite3.h", "yaml.h", "zlib.h")
SEEDED_BEFORE = (3, 12)  # python -m venv installs setuptools until then


@dataclass(frozen=True)
class Done:
    """What a command did. code is None where it was cut off."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True)
class Failure:
    """step: resolve, install, cut off, import or run; words: the error's last line; member: what could not be built, as a pin."""

    step: str
    words: str
    member: str | None = None


class Installer:
    """uv, the interpreters by their version, and caches of its own below `folder`: what was fetched is shared, what was built from source
    is for its interpreter and date alone."""

    def __init__(self, folder):
        self.folder = folder
        self._uv = shutil.which("uv")
        self._caches = folder / "caches"
        home = folder / "home"
        home.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "PYENV_", "UV_", "VIRTUAL_ENV"))}
        self._environment = kept | {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                                    "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "UV_CONCURRENT_BUILDS": "1", "UV_CONCURRENT_INSTALLS": "1"}
        self._found = {}

    def interpreter(self, version):
        """The path of the interpreter of that version, such as "3.8"."""
        if version not in self._found:
            places = sorted(Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/*/bin"))
            path = os.pathsep.join([*map(str, places), os.environ["PATH"]])
            done = run([self._uv, "python", "find", "--no-project", version], 60, self._environment | {"PATH": path, "HOME": os.environ["HOME"]})
            if done.code:
                raise LabError(f"no Python {version} on this machine; install it where uv finds it: pyenv install {version}")
            self._found[version] = Path(done.out.strip())
        return self._found[version]

    def full_version(self, version):
        return run([self.interpreter(version), "-c", "import platform; print(platform.python_version())"], 60, self._environment).out.strip()

    def version(self):
        return run([self._uv, "--version"], 60, self._environment).out.split()[1]

    def compiler(self):
        done = run(["gcc", "-dumpfullversion"], 60, self._environment)
        if done.code:
            raise LabError("no gcc on this machine; apt-get install gcc")
        return done.out.strip()

    def headers(self):
        """Of HEADERS, those that a build finds here: with another machine's, other releases build."""
        return [one for one in HEADERS if run(["gcc", "-E", "-x", "c", "-"], 60, self._environment, f"#include <{one}>\n").code == 0]

    def resolve(self, requirements, version, until):
        """The set that `requirements` resolve to on that interpreter from what the index had on that day, or a Failure."""
        command = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--exclude-newer", until, "--python", self.interpreter(version), "-"]
        done = self._ask(command, RESOLVE_SECONDS, self.cache(version, until), "\n".join(requirements))
        if done.code is None:
            return Failure("cut off", f"not resolved in {RESOLVE_SECONDS} s")
        if done.code:
            return Failure("resolve", last_line(done.err), unbuilt(done.err))
        return tuple(sorted(line for line in done.out.splitlines() if "==" in line))

    @contextmanager
    def environment(self, pins, version, until, seconds=INSTALL_SECONDS):
        """A fresh environment with those pins, as an Environment, or a Failure. Until 3.12 it has the interpreter's own setuptools, as
        `python -m venv` has. `until`: the date as of which builds from source get what they need."""
        python = self.interpreter(version)
        with tempfile.TemporaryDirectory(prefix="env-", dir=self.folder) as folder:
            place = Path(folder) / "venv"
            done = self._ask(["venv", "--quiet", "--python", python, place], RESOLVE_SECONDS, self.cache(version, until))
            if done.code != 0:
                raise LabError(f"no environment for Python {version}: {last_line(done.err)}")
            wanted = [*pins, *self._seeds(pins, version, python)]
            done = self._install(wanted, place, version, until, seconds) if wanted else Done(0, "", "")
            if done.code is None:
                yield Failure("cut off", f"not installed in {seconds} s", unbuilt(done.err))
            elif done.code:
                yield Failure("install", last_line(done.err), unbuilt(done.err))
            else:
                yield Environment(place, self._environment)

    def _install(self, wanted, place, version, until, seconds):
        command = ["pip", "install", "--no-deps", "--exclude-newer", until, "--python", place / "bin/python", *wanted]
        return self._ask(command, seconds, self.cache(version, until))

    def _seeds(self, pins, version, python):
        if tuple(map(int, version.split("."))) >= SEEDED_BEFORE or any(pin.startswith("setuptools==") for pin in pins):
            return []
        seeds = sorted((python.resolve().parents[1] / f"lib/python{version}/ensurepip/_bundled").glob("setuptools-*.whl"))
        if not seeds:
            raise LabError(f"the Python {version} here has no setuptools of its own; install one that does: pyenv install {version}")
        return seeds

    def cache(self, version, until):
        """The folder of uv's cache for that interpreter and date. A wheel built on 3.8 installs on 3.13, and one that was built with the
        tools of one date at any other, where a build would fail."""
        folder = self._caches / f"{version}-{until}"
        folder.mkdir(parents=True, exist_ok=True)
        for bucket in SHARED:
            (self._caches / "shared" / bucket).mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                (folder / bucket).symlink_to(Path("../shared") / bucket)
        return folder

    def _ask(self, words, seconds, cache, told=""):
        for attempt in range(TRIES):
            time.sleep(attempt * PAUSE_SECONDS)
            done = run([self._uv, *words], seconds, self._environment | {"UV_CACHE_DIR": str(cache)}, told)
            if not (unreached(done) or unbegun(done) and not self._answers()):
                return done
        raise LabError(f"the package index does not answer: {last_line(done.err)}")

    def _answers(self):
        """Whether the index answers at all, asked past every cache."""
        command = ["pip", "compile", "--quiet", "--no-cache", "--python", sys.executable, "-"]
        return run([self._uv, *command], PROBE_SECONDS, self._environment, "six").code == 0


class Environment:
    """An environment with something installed. site: where; python: what runs in it."""

    def __init__(self, place, environment):
        self.python = place / "bin/python"
        (self.site,) = place.glob("lib/python3*/site-packages")
        self._environment = environment | {"PATH": f"{place / 'bin'}:/usr/bin:/bin"}

    def run(self, words, folder, seconds=RUN_SECONDS, environment=None):
        return run([self.python, *words], seconds, self._environment | (environment or {}), folder=folder)

    def distributions(self):
        """{normalised name: importlib.metadata's distribution}"""
        return {normal(one.metadata["Name"]): one for one in metadata.distributions(path=[str(self.site)])}

    def owner(self, file):
        """The name of the distribution that installed `file`, or None."""
        return self._owners.get(file)

    @cached_property
    def _owners(self):
        return {str(self.site / path): name for name, one in self.distributions().items() for path in one.files or ()}


def run(command, seconds, environment, told="", folder=None):
    """The command in a session of its own; when its time is over the whole of it is killed."""
    process = subprocess.Popen([str(word) for word in command], env=environment, cwd=folder, text=True, errors="replace", start_new_session=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(told, timeout=seconds)
        return Done(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return Done(None, out or "", err or "")
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def unreached(done):
    """Whether uv itself says that it did not get an answer. What a build says of a network of its own is that build's failure."""
    return bool(done.code) and bool(UNREACHED.search(BACKEND.split(done.err)[0]))


def unbegun(done):
    """Whether it was cut off with no build under way: slow, or an index that hangs."""
    return done.code is None and not unbuilt(done.err)


def unbuilt(words):
    """The pin that could not be built, or that was being built when time was over."""
    built = set(re.findall(r"^ +Built (\S+)$", words, re.MULTILINE))
    begun = [pin for pin in re.findall(r"^ +Building (\S+)$", words, re.MULTILINE) if pin not in built]
    found = UNBUILT.search(words)
    name, _, version = f"{found[1]}=={found[2]}".partition("==") if found else (begun or [""])[0].partition("==")
    return f"{normal(name)}=={version}" if name else None


HINT = re.compile(r"^\s*hint: ", re.MULTILINE)  # from here on uv advises
COMPILER = re.compile(r"^\S+:\d+(?::\d+)?: (?:fatal )?error: .*")
EXCEPTION = re.compile(r"^(?:[\w.]+(?:Error|Exception|NotFound|Missing|Invalid)\b|error: (?!Command|command|Failed to )|error in \S+ setup command|AssertionError|SystemExit).*")


def last_line(words):
    """Of what a tool said, in one line and without paths of this machine: a compiler's first error, or the last line that names an
    exception, or else the last."""
    words = HINT.split(words)[0]
    lines = [line.strip(" │├╰─▶×") for line in words.splitlines() if line.strip(" │├╰─▶×")] or ["no message"]
    compiled = [line for line in lines if COMPILER.match(line)]
    named = [line for line in lines if EXCEPTION.match(line)]
    return told((compiled[:1] or named or lines)[-1])


def told(words):
    """Words that are the same on every machine: without paths, hosts, addresses in memory and of pages, and names made up for once."""
    return " ".join(MADE_UP.sub("…", PATHS.sub("…/", SCRATCH.sub("…", HOSTS.sub("…", words)))).split())[:200]
