"""What the rules find of faults that somebody else planted, and what they report beside them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from _harness import LabError

from corpus import paths
from counting import count
from rules import shape
from trees import LANGUAGES

SEEDED = Path(__file__).parent / "seeded"
NEAR = 3  # lines


@dataclass(frozen=True)
class Fault:
    language: str
    file: str
    line: int
    shape: str
    pattern: str
    source: str
    says: str


def faults():
    """Those of the list, each with its file as it lies below seeded/."""
    listed = tomllib.loads((SEEDED / "planted.toml").read_text("utf-8"))["fault"]
    return [Fault(**one | {"file": _file(one["file"], one["language"])}) for one in listed]


def _file(name, language):
    found = [path.relative_to(SEEDED).as_posix() for path in SEEDED.rglob(Path(name).name)
             if path.as_posix().endswith(f"/{name}") and LANGUAGES.get(path.suffix) == language]
    if len(found) != 1:
        raise LabError(f"seeded/planted.toml: {len(found)} files of {language} are called {name}; there must be one")
    return found[0]


def measure(planted):
    """({fault: the shapes of the hits that begin near it}, the hits that are near no fault)."""
    hits = count(SEEDED, paths(SEEDED)).hits
    found = {fault: {shape(hit.pattern) for hit in hits if _near(hit, fault)} for fault in planted}
    return found, [hit for hit in hits if not any(_near(hit, fault) for fault in planted)]


def _near(hit, fault):
    return hit.path == fault.file and abs(hit.line - fault.line) <= NEAR
