"""Listings run as pasted: each one that an essay shows, on the engine it is for, from the state that its lab gives.

labs/<slug>/listings.toml says how; what its words mean stands in `Trial`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from _harness import LabError, servers
from _harness.servers import MariaDB, PgVector, PostgreSQL
from _harness.tools import jars, once
from pygments.lexers import get_lexer_by_name
from trenches.evidence.listings import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
SHOWN = re.compile(r"^[`:]{3,}\{listing\} (\S+)", re.MULTILINE)
TABLE = "listings.toml"
FRESH = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
# The essays whose second edition is still to come: what they list may need more than the page shows. No other may.
FIRST_EDITIONS = {"query-optimization", "rag-fell-apart-in-prod", "java-high-throughput-apis"}


@dataclass(frozen=True)
class Trial:
    """How a listing is tried on one engine: files of the lab that make the ``state``, the listing, ``then`` what shows what it
    did, and the ``output`` of all that, its cells parted by " | ". ``values`` stand for what a driver fills in; ``needs`` says
    what a reader who pastes it lacks. A ``recorded`` output says where it is from: its command runs here, on the listing
    ``command_on``, and its figures are those of the run. A configuration's engine is "schema", its state the published one."""

    lab: Path
    file: str
    engine: str
    state: tuple[str, ...] = ()
    then: str = ""
    output: str = ""
    values: dict[str, str] = field(default_factory=dict)
    needs: str = ""
    command_on: str = ""
    recorded: str = ""

    @property
    def name(self) -> str:
        return f"labs/{self.lab.name}/{self.file} on {self.engine}"

    def read(self, name: str) -> str:
        return (self.lab / name).read_text(encoding="utf-8")

    def text(self) -> str:
        """What is pasted."""
        text = self.read(self.file)
        if self.recorded:
            command, _, listing = text.partition("\n")[0].partition(" -- ")
            assert listing == Path(self.command_on).name != "", (
                f"{self.name}: its first line is no command on the listing {self.command_on!r}; begin it so: EXPLAIN -- {listing or 'x.sql'}")
            text = f"{command} {self.read(self.command_on)}"
        for name, value in self.values.items():
            assert name in text, f"{self.name}: there is no {name} in it; mend `values` in {TABLE}"
            text = text.replace(name, value)
        return text


def trials(lab: Path) -> list[Trial]:
    """Those of a lab's table, one for each engine. ValueError, in one line, for a table that does not say how."""
    path = lab / TABLE
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8")).get("listing", []) if path.exists() else []
    except ValueError as error:
        raise ValueError(f"labs/{lab.name}/{TABLE}: {error}; mend the file") from None
    found = []
    for number, entry in enumerate(given, 1):
        where = f"labs/{lab.name}/{TABLE}: listing {number}"
        if odd := entry.keys() - Trial.__dataclass_fields__.keys() | {"file", "engine"} - entry.keys():
            raise ValueError(f"{where}: {', '.join(sorted(odd))} unknown or missing; give file, engine, state and output")
        if odd := [engine for engine in entry["engine"] if engine not in ENGINES]:
            raise ValueError(f"{where}: no engine {odd[0]!r}; one that no lab runs gets no listing, the others are a list of "
                             + ", ".join(ENGINES))
        if bool(entry.get("output")) == bool(entry.get("recorded")) and entry["engine"] != ["schema"]:
            raise ValueError(f"{where}: give its output, or say in `recorded` which run it is from, not both")
        for engine in entry["engine"]:
            state = tuple(name.format(engine=engine) for name in entry.get("state", ()))
            if missing := [name for name in (entry["file"], *state) if not (lab / name).is_file()]:
                raise ValueError(f"{where}: labs/{lab.name}/{missing[0]} is not there; mend the path")
            found.append(Trial(lab, **entry | {"engine": engine, "state": state}))
    return found


def untried(essay: Path, lab: Path) -> list[str]:
    """What the essay lists and nothing tries, and what is tried and not listed."""
    text, tried = essay.read_text(encoding="utf-8"), {trial.file for trial in trials(lab)}
    listed = {found[1]: text.count("\n", 0, found.start()) + 1 for found in SHOWN.finditer(text)}
    return [f"essays/{essay.name}:{line}: nothing tries the listing {file}; say in labs/{lab.name}/{TABLE} how: file, engine, state, output"
            for file, line in listed.items() if file not in tried] + [
        f"labs/{lab.name}/{TABLE}: the essay does not list {file}; take it out" for file in sorted(tried - listed.keys())]


class Engines:
    """What runs a trial and gives its lines; a server starts when it is first asked for, and then runs until all are done."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self._servers = stack, {}

    def run(self, trial: Trial) -> list[str]:
        return ENGINES[trial.engine](self, trial)

    def postgresql(self, trial: Trial) -> list[str]:
        return self._sql(PostgreSQL, FRESH, trial)

    def mariadb(self, trial: Trial) -> list[str]:
        return self._sql(MariaDB, "CREATE OR REPLACE DATABASE lab; USE lab", trial)

    def pgvector(self, trial: Trial) -> list[str]:
        return self._sql(PgVector, f"{FRESH}; CREATE EXTENSION vector", trial)

    def _sql(self, kind, fresh: str, trial: Trial) -> list[str]:
        parts = [fresh, *map(trial.read, trial.state), trial.text(), trial.then]
        rows = self._server(kind).sql(";\n".join(part.strip().removesuffix(";") for part in parts if part))
        return [" | ".join(row) for row in rows]

    def _server(self, kind):
        if kind not in self._servers:
            self._servers[kind] = self._stack.enter_context(kind(self._folder()))
        return self._servers[kind]

    def _folder(self) -> Path:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
        folder.chmod(0o711)
        return folder

    def sqlite(self, trial: Trial) -> list[str]:
        store = sqlite3.connect(":memory:")
        store.executescript(";\n".join(map(trial.read, trial.state)))
        return [" | ".join(map(str, row)) for row in store.execute(trial.text())]

    def python(self, trial: Trial) -> list[str]:
        return _lines([sys.executable, "-I", "-c", "\n".join([*map(trial.read, trial.state), trial.text(), trial.then])])

    def java(self, trial: Trial, libraries: Path | None = None, *words: str) -> list[str]:
        folder, compiler = self._folder(), _javac()
        for name in (trial.file, *trial.state):
            shutil.copy(trial.lab / name, folder)
        (folder / "Main.java").write_text(trial.then, encoding="utf-8")
        package = re.search(r"^package ([\w.]+);", trial.then, re.MULTILINE)
        path = f"{folder}:{libraries}/*" if libraries else folder
        _lines([compiler, "-d", folder, "-cp", path, *sorted(folder.glob("*.java"))])
        return _lines([compiler.with_name("java"), "-cp", path, f"{package[1]}.Main" if package else "Main", *words])

    def jdbc(self, trial: Trial) -> list[str]:
        """Java with the drivers of the lab's java/pom.xml; Main is given the address of a PostgreSQL with the state, of which
        what is Java is compiled beside the listing."""
        pom = trial.lab / "java/pom.xml"
        if not pom.is_file():
            raise LabError("no java/pom.xml in the lab; name PostgreSQL's driver there")
        libraries = once(trial.lab / ".cache/jars", [pom], "", lambda folder: jars(folder, pom), print)
        server = self._server(PostgreSQL)
        beside = tuple(name for name in trial.state if name.endswith(".java"))
        server.sql(";\n".join([FRESH, *(trial.read(name) for name in trial.state if name not in beside)]))
        told = server.connection
        return self.java(replace(trial, state=beside), libraries, f"jdbc:postgresql://{told['host']}:{told['port']}/{told['dbname']}?user={told['user']}")

    def promtool(self, trial: Trial) -> list[str]:
        """Rules of Prometheus: what promtool says of their unit test, the first of the state; the rest is rules that they need."""
        folder, promtool = self._folder(), _promtool()
        for name in (trial.file, *trial.state):
            shutil.copy(trial.lab / name, folder)
        done = subprocess.run([promtool, "test", "rules", Path(trial.state[0]).name], cwd=folder, capture_output=True, text=True)
        return [line.strip() for line in (done.stdout + done.stderr).splitlines()[1:] if line.strip()]

    def schema(self, trial: Trial) -> list[str]:
        """A configuration's departures from its published schema; JSON is YAML too."""
        validator = jsonschema_rs.validator_for(json.loads(trial.read(trial.state[0])))
        return [error.message for error in validator.iter_errors(yaml.safe_load(trial.text()))]


ENGINES = {name: getattr(Engines, name) for name in ("postgresql", "pgvector", "mariadb", "sqlite", "python", "java", "jdbc", "promtool", "schema")}


def _lines(command: list) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(next((line for line in words if "rror" in line), words[0] if words else "no message"))
    return done.stdout.splitlines()


def _javac() -> Path:
    """The path's, or the newest of the machine's."""
    homes = sorted(Path("/usr/lib/jvm").glob("*/bin/javac"))
    found = shutil.which("javac", path=os.pathsep.join([os.environ["PATH"], *(str(path.parent) for path in homes[::-1])]))
    if not found:
        raise LabError("no javac on this machine; apt-get install default-jdk-headless")
    return Path(found).resolve()


def _promtool() -> str:
    found = shutil.which("promtool")
    if not found:
        raise LabError("no promtool on this machine; apt-get install prometheus")
    return found


@pytest.fixture(scope="module")
def engines():
    with ExitStack() as stack:
        yield Engines(stack)


def tried(engines: Engines, trial: Trial) -> str:
    """Try the listing; "" or one line that says what is wrong."""
    try:
        lines = engines.run(trial)
    except (LabError, sqlite3.Error) as error:
        # An engine that is not here says what to install.
        cure = "" if "on this machine" in str(error) else f"; mend the listing, or the state in labs/{trial.lab.name}/{TABLE}"
        return f"{trial.name}: {error}{cure}"
    if trial.recorded:
        return "" if lines else f"{trial.name}: its command says nothing; mend its first line"
    wanted = trial.output.strip("\n").splitlines()
    for number, (said, meant) in enumerate(zip_longest(lines, wanted, fillvalue="nothing more"), 1):
        if said != meant:
            return f"{trial.name}: line {number} is “{said}”, not “{meant}”; mend the listing, or its output in {TABLE}"
    return ""


ESSAYS = sorted((ROOT / "essays").glob("*.md"))
TRIALS = [trial for essay in ESSAYS for trial in trials(ROOT / "labs" / essay.stem)]


def test_the_listings_of_a_new_essay_are_tried_from_the_start(engines):
    """The scaffold would have left its author with a red suite and no example."""
    template = ROOT / "_ext/trenches/author/template"
    assert not untried(template / "essay.md", template / "lab")
    for trial in trials(template / "lab"):
        assert engines.run(trial) == [trial.output]


@pytest.mark.parametrize("essay", ESSAYS, ids=lambda essay: essay.stem)
def test_every_listing_of_an_essay_is_tried(essay):
    """A listing that nothing runs is pasted by the readers first."""
    assert not (found := untried(essay, ROOT / "labs" / essay.stem)), "\n".join(found)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_a_listing_runs_as_pasted(trial, engines):
    """What is true of twenty million rows is read off the page; what the reader pastes has to run first."""
    assert not (found := tried(engines, trial)), found


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial.recorded], ids=lambda trial: trial.name)
def test_a_recorded_output_is_the_recorded_runs(trial):
    """A plan kept from an older run stands beside numbers of a newer one."""
    last = [subprocess.run(["git", "log", "-1", "--format=%h %s", "--", trial.lab / name], cwd=ROOT, capture_output=True, text=True).stdout
            for name in (trial.file, "results.json")]
    assert last[0] == last[1] != "", f"{trial.file} is of {last[0]!r}, results.json of {last[1]!r}; make lab slug={trial.lab.name} writes both"


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_only_a_first_edition_lists_what_needs_more_than_the_page_shows(trial):
    """“Runs as pasted, but for” is what every listing said that did not run."""
    assert not trial.values or trial.needs or trial.recorded, f"{trial.name}: as it fills in values, say in `needs` what a reader lacks"
    assert not trial.needs or trial.lab.name in FIRST_EDITIONS, f"{trial.name}: needs {trial.needs}; show it in the essay, and drop `needs`"


def write(lab: Path, table: str, **files: str) -> Path:
    lab.mkdir(exist_ok=True)
    (lab / TABLE).write_text(table, encoding="utf-8")
    for name, text in files.items():
        (lab / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return lab


@pytest.mark.parametrize(("engine", "listing", "rest", "said"), [
    ("postgresql", "SELEC 1", 'output = "1"', "syntax error"),
    ("mariadb", "SELECT 1", 'output = "2"', "line 1 is “1”, not “2”"),
    ("python", "print(1)", 'output = "1\\n2"', "line 2 is “nothing more”, not “2”"),
    # Three of the kind that nobody asked for, and then more.
    ("python", "print(missing)", 'output = "1"', "NameError: name 'missing' is not defined; mend the listing"),
    ("sqlite", "select x from y", 'output = "1"', "no such table: y; mend the listing, or the state"),
    ("java", "class Listing { int x = nothing; }", 'then = "class Main { }"\noutput = "1"', "error: cannot find symbol"),
    ("postgresql", "SELECT 1", 'output = "1"\nthen = "SELECT 2"', "line 2 is “2”, not “nothing more”"),
    ("jdbc", "class Listing { }", "then = '''class Main { public static void main(String[] words) throws Exception { "
     "java.sql.DriverManager.getConnection(words[0]).createStatement().execute(\"SELEC 1\"); } }'''\noutput = '1'", "syntax error"),
    ("schema", "port: many", 'state = ["schema.json"]', "line 1 is “\"many\" is not of type \"integer\"”, not “nothing more”"),
])
def test_a_listing_that_does_not_run_is_one_line(engines, tmp_path, engine, listing, rest, said):
    """An engine's complaint names its own files; what is to be mended is the listing's."""
    lab = write(tmp_path / "lab", f'[[listing]]\nfile = "listing"\nengine = ["{engine}"]\n{rest}\n',
                schema_json='{"properties": {"port": {"type": "integer"}}}')
    java = engine in ("java", "jdbc")
    (lab / ("Listing.java" if java else "listing")).write_text(listing)
    if java:
        (lab / TABLE).write_text((lab / TABLE).read_text().replace('"listing"', '"Listing.java"'))
        (lab / "java").mkdir()
        shutil.copy(ROOT / "labs/java-high-throughput-apis/servers/java/pom.xml", lab / "java")
    (trial,) = trials(lab)
    found = tried(engines, trial)
    assert said in found and found.startswith("labs/lab/") and "\n" not in found


def test_an_alert_that_fires_otherwise_is_told(engines, tmp_path):
    """promtool checks a rule's grammar too; one that parses and never fires would have passed for one that runs."""
    lab = write(tmp_path / "lab", '[[listing]]\nfile = "rules.yaml"\nengine = ["promtool"]\nstate = ["test.yaml"]\noutput = "SUCCESS"\n',
                rules_yaml="groups: [{name: all, rules: [{alert: Down, expr: up == 0}]}]",
                test_yaml="rule_files: [rules.yaml]\ntests: [{interval: 1m, input_series: [{series: up, values: 1 1}], alert_rule_test: "
                          "[{eval_time: 1m, alertname: Down, exp_alerts: [{}]}]}]")
    assert "line 1 is “FAILED:”, not “SUCCESS”" in tried(engines, *trials(lab))
    (lab / "rules.yaml").write_text((lab / "rules.yaml").read_text().replace("== 0", "== 1"))
    assert tried(engines, *trials(lab)) == ""


@pytest.mark.parametrize(("engine", "package"), [("java", "default-jdk-headless"), ("jdbc", "maven"), ("promtool", "prometheus"), ("postgresql", "postgresql"), ("mariadb", "mariadb-server")])
def test_an_engine_that_is_not_installed_is_named_with_its_package(monkeypatch, tmp_path, engine, package):
    """Who has no server was told to mend the listing, and a test that is skipped says nothing of it."""
    def missing(name, package):
        raise LabError(f"no `{name}` on this machine; apt-get install {package}")

    monkeypatch.setattr(shutil, "which", lambda *_, **options: None)
    monkeypatch.setattr(servers, "_binary", missing)
    lab = write(tmp_path / "lab", f'[[listing]]\nfile = "listing"\nengine = ["{engine}"]\noutput = "1"\n')
    (lab / "listing").write_text("SELECT 1")
    (lab / "java").mkdir()
    (lab / "java/pom.xml").touch()
    with ExitStack() as stack:
        found = tried(Engines(stack), *trials(lab))
    assert "on this machine; apt-get install" in found and "mend" not in found and package.partition("-")[0] in found


def test_a_configuration_may_hold_to_its_published_schema(engines, tmp_path):
    """A proxy that no lab runs has a schema, and what it refuses is not pasted in vain."""
    lab = write(tmp_path / "lab", '[[listing]]\nfile = "proxy.yaml"\nengine = ["schema"]\nstate = ["schema.json"]\n',
                proxy_yaml="port: 80\n", schema_json='{"properties": {"port": {"type": "integer"}}}')
    assert tried(engines, *trials(lab)) == ""


@pytest.mark.parametrize(("suffix", "language"), [
    (".yaml", "YAML"), (".json", "JSON"),
    # Three of the kind that nobody asked for.
    (".go", "Go"), (".mjs", "JavaScript"), (".txt", "Text only"),
])
def test_a_page_can_show_what_the_engines_can_try(suffix, language):
    """A configuration could be held to its schema, and no page could list it: its suffix was no known kind of file."""
    assert get_lexer_by_name(LANGUAGES[suffix]).name == language


@pytest.mark.parametrize(("table", "said"), [
    ("", "essays/lab.md:3: nothing tries the listing one.sql; say in labs/lab/listings.toml how: file, engine, state, output"),
    ('[[listing]]\nfile = "one.sql"\nengine = ["oracle"]\noutput = "1"', "listing 1: no engine 'oracle'; one that no lab runs gets no listing"),
    ('[[listing]]\nfile = "one.sql"\nengine = ["sqlite"]\n', "listing 1: give its output, or say in `recorded` which run it is from"),
    # Three of the kind that nobody asked for, and then more.
    ('[[listing]]\nfile = "one.sql"\nengine = ["sqlite"]\noutput = "1"\nstate = ["none.sql"]',
     "listing 1: labs/lab/none.sql is not there; mend the path"),
    ('[[listing]]\nfile = "one.sql"\nengines = ["sqlite"]\noutput = "1"', "listing 1: engine, engines unknown or missing"),
    ('[[listing]\n', "labs/lab/listings.toml: Expected ']]' at the end of an array declaration"),
    ('[[listing]]\nfile = "two.sql"\nengine = ["sqlite"]\noutput = "1"', "labs/lab/listings.toml: the essay does not list two.sql; take it out"),
    ('[[listing]]\nfile = "one.sql"\nengine = ["sqlite"]\noutput = "1"\nrecorded = "by the run"', "listing 1: give its output, or say"),
])
def test_a_listing_that_nothing_tries_is_named_with_its_line(tmp_path, table, said):
    """The author learns what to write from the line that fails."""
    lab = write(tmp_path / "lab", table, one_sql="select 1", two_sql="select 2")
    essay = tmp_path / "lab.md"
    essay.write_text("# Title\n\n```{listing} one.sql\n```\n")
    try:
        found = untried(essay, lab)
    except ValueError as error:
        found = [str(error)]
    assert any(said in line for line in found), found
    assert not any("\n" in line for line in found)
