"""The scripts, which we wrote from the documents of their birth: whether each still says what it said, by treatment and interpreter."""

import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installing import Failure, last_line

FOLDER = Path(__file__).parent / "scripts"
INPUTS = FOLDER / "inputs"
USER = "ada"
NAMED = re.compile(r"['\"`]([\w.]{3,})['\"`]")
WARNED = re.compile(r"(\w*Warning): (.*)")


@dataclass(frozen=True)
class Script:
    name: str
    chore: str
    born: str
    needs: tuple

    @property
    def path(self):
        return FOLDER / f"{self.name}.py"

    @property
    def expected(self):
        return (FOLDER / "expected" / f"{self.name}.txt").read_text("utf-8")


@dataclass(frozen=True)
class Ran:
    """status: right, wrong (exit 0, another answer), crash, cut off, or resolve or install of what never ran; words: the error's last
    line; warned: what was warned of, as (category, message); strict: the status with warnings as errors."""

    status: str
    words: str = ""
    warned: tuple = ()
    strict: str = ""

    @property
    def right(self):
        return self.status == "right"

    @property
    def undecided(self):
        return self.status == "cut off"

    @property
    def broken(self):
        return not self.right and not self.undecided


def scripts():
    return [_read(path) for path in sorted(FOLDER.glob("*.py"))]


def _read(path):
    told = dict(re.findall(r"^# (chore|born|needs): *(.*)$", path.read_text("utf-8"), re.MULTILINE))
    return Script(path.stem, told["chore"], told["born"], tuple(told["needs"].split()))


@contextmanager
def desk(script):
    """A folder with the script as job.py, its inputs, and a home; the variables that a user's session has."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        work = Path(folder) / "work"
        shutil.copytree(INPUTS, work, ignore=shutil.ignore_patterns("home"))
        home = shutil.copytree(INPUTS / "home", Path(folder) / "home")
        shutil.copy(script.path, work / "job.py")
        yield work, {"HOME": str(home), "LOGNAME": USER, "USER": USER}


def run(script, environment, options=("-W", "default")):
    """(Ran without `strict`) of the script in that environment."""
    if isinstance(environment, Failure):
        return Ran(environment.step, environment.words)
    with desk(script) as (work, variables):
        return judged(script, environment.run([*options, "job.py"], work, environment=variables))


def judged(script, done):
    warned = tuple(dict.fromkeys(WARNED.findall(done.err)))
    if done.code is None:
        return Ran("cut off", "it did not end", warned)
    if done.code:
        return Ran("crash", last_line(done.err), warned)
    right = done.out == script.expected
    return Ran("right" if right else "wrong", "" if right else difference(script.expected, done.out), warned)


def difference(expected, out):
    pairs = zip([*expected.splitlines(), "nothing more"], [*out.splitlines(), "nothing more"])
    return next((f"{said!r} for {meant!r}" for meant, said in pairs if meant != said), "more lines")[:200]


def names_cause(warned, words):
    """Whether a warning has a name that the error has in quotes, such as an attribute or a module."""
    names = {part for name in NAMED.findall(words) for part in (name, name.rpartition(".")[2])}
    return any(re.search(rf"\b{re.escape(name)}\b", message) for name in names for _, message in warned)
