"""The packages drawn: whether what they could import at birth still imports, by treatment, date and interpreter."""

import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock

from installing import INSTALL_SECONDS, Failure, last_line, told

HERE = Path(__file__).parent
END = "2026-11-27"
COHORTS = {"2020-01-03": "3.8", "2021-07-01": "3.9", "2023-01-01": "3.11"}  # birth date: the newest interpreter of that day
TREATMENTS = {"unpinned": "nothing pinned", "direct": "only the direct version pinned", "lock": "everything locked"}
PATIENT_SECONDS = 120  # on the birth's interpreter, where no treatment may lose by the clock; at birth everything is fetched, too
NOT_ITS_OWN = {"test", "tests", "testing", "doc", "docs", "example", "examples", "benchmarks", "scripts", "tools"}


@dataclass(frozen=True)
class Package:
    birth: str
    order: int
    rank: int
    name: str


@dataclass(frozen=True)
class Outcome:
    """Of a trial. failure: None while it is alive. suspects: distributions that the error passed through, the deepest last.
    warned: (category, message, distribution) of each warning."""

    pins: tuple
    failure: Failure | None = None
    suspects: tuple = ()
    warned: tuple = ()

    @property
    def alive(self):
        return self.failure is None

    @property
    def dead(self):
        return not self.alive and not self.undecided

    @property
    def undecided(self):
        return not self.alive and self.failure.step == "cut off"


@dataclass(frozen=True)
class Born:
    """A package at birth. lock: its resolved set; modules: what imports; compiled: whether a member installs a shared object.
    failure: why it was never alive."""

    package: Package
    lock: tuple = ()
    modules: tuple = ()
    compiled: bool = False
    failure: Failure | None = None

    @property
    def pin(self):
        return next(pin for pin in self.lock if pin.partition("==")[0] == self.package.name)

    def requirements(self, treatment):
        return {"unpinned": (self.package.name,), "direct": (self.pin,), "lock": self.lock}[treatment]


def drawn(cohort, count):
    with (HERE / "packages.csv").open(encoding="utf-8", newline="") as file:
        rows = [Package(row["birth"], int(row["order"]), int(row["rank"]), row["package"]) for row in csv.DictReader(file) if row["birth"] == cohort]
    return rows[:count]


class Trials:
    """Trials of packages, each resolved set once on each interpreter with the build tools of each date, and so what could not be built."""

    def __init__(self, installer):
        self.installer = installer
        self._sets, self._outcomes, self._unbuilt, self._lock = {}, {}, {}, Lock()

    def bear(self, package, version):
        """The package at its birth: its lock, and the modules of its own that import."""
        lock = self.resolved((package.name,), version, package.birth)
        if isinstance(lock, Failure):
            return Born(package, failure=lock)
        with self.installer.environment(lock, version, package.birth, PATIENT_SECONDS) as environment:
            if isinstance(environment, Failure):
                return Born(package, lock, failure=environment)
            found = environment.distributions()
            modules = own_modules(found[package.name])
            answer, failure = imports(environment, modules)
            alive = tuple(module for module in modules if answer and answer["modules"][module]["error"] is None)
            compiled = any(str(path).endswith(".so") for one in found.values() for path in one.files or ())
            if not alive:
                return Born(package, lock, failure=failure or Failure("import", told(answer["modules"][modules[0]]["error"]) if modules else "it has no module of its own"))
            return Born(package, lock, alive, compiled)

    def resolved(self, requirements, version, until):
        key = requirements, version, until
        if key not in self._sets:
            self._sets[key] = self.installer.resolve(requirements, version, until)
        return self._sets[key]

    def outcome(self, born, requirements, version, until):
        """Whether the modules import when `requirements` are resolved at that date. A lock is taken as it is."""
        pins = requirements if requirements == born.lock else self.resolved(requirements, version, until)
        return Outcome((), pins) if isinstance(pins, Failure) else self.tried(born, pins, version, until)

    def tried(self, born, pins, version, until):
        key = born.modules, pins, version, until
        if key not in self._outcomes:
            self._outcomes[key] = self._known(pins, version, until) or self._try(born, pins, version, until)
        return self._outcomes[key]

    def _known(self, pins, version, until):
        failure = next((self._unbuilt[pin, version, until] for pin in pins if (pin, version, until) in self._unbuilt), None)
        return failure and Outcome(pins, failure, (failure.member.partition("==")[0],))

    def _try(self, born, pins, version, until):
        seconds = PATIENT_SECONDS if version == COHORTS[born.package.birth] else INSTALL_SECONDS
        with self.installer.environment(pins, version, until, seconds) as environment:
            if isinstance(environment, Failure):
                if environment.member:
                    self._unbuilt[environment.member, version, until] = environment
                    return Outcome(pins, environment, (environment.member.partition("==")[0],))
                return Outcome(pins, environment)
            answer, failure = imports(environment, born.modules)
            if failure:
                return Outcome(pins, failure)
            warned = tuple(sorted({(category, words, environment.owner(file) or "") for category, words, file in answer["warnings"]}))
            for module, found in answer["modules"].items():
                if found["error"]:
                    passed = dict.fromkeys(owner for file in found["files"] if (owner := environment.owner(file)))
                    return Outcome(pins, Failure("import", told(found["error"])), tuple(passed), warned)
            return Outcome(pins, None, (), warned)


def imports(environment, modules):
    """(the oracle's answer, None), or (None, Failure) for an interpreter that did not come back."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        done = environment.run(["-I", HERE / "oracle.py", answer, *modules], folder)
        if done.code is None:
            return None, Failure("cut off", "the import did not end")
        if not answer.exists():
            return None, Failure("import", last_line(done.err) if done.code >= 0 else f"ended by signal {-done.code}")
        return json.loads(answer.read_text("utf-8")), None


def own_modules(distribution):
    """The public modules at the top of what a distribution installs; below a package that holds nothing but one package, that one."""
    paths = [PurePosixPath(path) for path in distribution.files or () if str(path).endswith((".py", ".so"))]
    paths = [path for path in paths if path.parts[0] not in ("..", "__pycache__") and ".dist-info" not in path.parts[0]]
    return sorted(module for module in _below(paths, ()) if not module.startswith("_") and module.split(".")[0] not in NOT_ITS_OWN)


def _below(paths, prefix):
    here = {path.name.split(".")[0] for path in paths if path.parts[:-1] == prefix}
    within = {path.parts[len(prefix)] for path in paths if len(path.parts) > len(prefix) + 1 and path.parts[:len(prefix)] == prefix}
    packages = sorted(name for name in within if name.isidentifier())
    if prefix and (here - {"__init__"} or "__init__" in here and len(packages) != 1):
        return [".".join(prefix)]
    loose = [] if prefix else [name for name in here if name.isidentifier()]
    return loose + [module for name in packages for module in _below(paths, (*prefix, name))]
