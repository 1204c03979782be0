"""The labs' harness: what it refuses, what it writes, what it leaves alone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest

from _harness import Lab, LabError, draw, machine, results, servers, stats

LABS = Path(__file__).resolve().parents[1] / "labs"
QUIET = {"load_1m": 0.1, "busy_percent": 2.0, "steal_percent": 0.0}
BUSY = {"load_1m": 3.0, "busy_percent": 60.0, "steal_percent": 9.0}
GOOD = {
    "lab": "demo",
    "mode": "full",
    "receipt": {
        "command": "make lab slug=demo",
        "started": "2026-11-22T15:00:00+00:00",
        "duration_s": 12.5,
        "commit": "a" * 40,
        "machine": {"cpu": "A", "cores": 2, "memory_gib": 8, "kernel": "Linux 6", "os": "Debian"},
        "versions": {},
        "seed": 1,
        "load": {"before": QUIET, "during": QUIET},
        "noise": None,
    },
    "values": {
        "seq.pages": {"value": 285915, "unit": "pages", "label": "pages of a full scan", "n": 1},
        "seq.median_ms": {"value": 2637.2, "unit": "ms", "label": "median of a full scan", "n": 5},
    },
    "tables": {
        "scan": {
            "columns": {
                "pages": {"label": "pages", "unit": "pages"},
                "time": {"label": "time", "unit": "ms"},
            },
            "rows": [{"pages": 6, "time": 0.122}, {"pages": 285915, "time": 2637.2}],
        }
    },
}
SPEC = {
    "data": {"name": "scan"},
    "mark": {"type": "point", "clip": True},
    "encoding": {
        "x": {"field": "pages", "type": "quantitative", "scale": {"type": "log"}},
        "y": {"field": "time", "type": "quantitative"},
    },
}


@pytest.fixture
def written(tmp_path):
    """A good results file, and what is in it."""
    path = tmp_path / "demo" / "results.json"
    path.parent.mkdir()
    results.write(path, GOOD)
    return path


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start(*arguments) makes the Lab of labs/demo/run in a new checkout, on a quiet machine."""
    script = tmp_path / "labs" / "demo" / "run"
    (script.parent / "figures").mkdir(parents=True)
    (script.parent / "figures" / "scan.vl.json").write_text(json.dumps(SPEC))
    script.touch()
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "labs"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message=a"], check=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(machine, "look", lambda seconds: QUIET)
    handler = signal.getsignal(signal.SIGTERM)

    def lab(*arguments):
        monkeypatch.setattr(sys, "argv", [str(script), *arguments])
        return Lab(script, seed=1)

    yield lab
    signal.signal(signal.SIGTERM, handler)


def measure(lab):
    lab.value("scan.median_ms", 1.23456789, "ms", "median of a scan", n=5)
    lab.table("scan", GOOD["tables"]["scan"]["columns"], GOOD["tables"]["scan"]["rows"])
    lab.sample("scan", [{"pages": 6, "time": 0.122}])


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2637.2, "ms", "2,640\N{NO-BREAK SPACE}ms"),
        (0.12243, "ms", "0.122\N{NO-BREAK SPACE}ms"),
        (1.2e-7, "s", "0.00000012\N{NO-BREAK SPACE}s"),
        (1021, "us", "1,020\N{NO-BREAK SPACE}µs"),
        (1_000_021, "rows", "1,000,021\N{NO-BREAK SPACE}rows"),
        (1, "pages", "1\N{NO-BREAK SPACE}page"),
        (0, "indexes", "0\N{NO-BREAK SPACE}indexes"),
        (6.5, "pages", "6.5\N{NO-BREAK SPACE}pages"),
        (13.84, "%", "13.8%"),
        (379.7, "x", "380×"),
        (0.98, "1", "0.98"),
        (-0.5, "1", "\N{MINUS SIGN}0.5"),
        (None, "ms", "not measured"),
    ],
)
def test_a_value_is_printed_as_prose_would(value, unit, text):
    """Plain formatting prints 2.64e+03 ms, "1 pages" and digits that nobody measured."""
    assert results.format_value(value, unit) == text


def test_the_schema_knows_the_units_that_can_be_printed():
    """A unit in one list only is refused by the writer or breaks the page."""
    enum = results.SCHEMA["$defs"]["unit"]["enum"]
    assert sorted(enum) == sorted([*results.COUNTS, *results.CONTINUOUS])


def test_the_site_can_read_results_without_the_measuring_libraries(written):
    """The hosted build installs jsonschema-rs but neither NumPy nor vl-convert."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys("
        "['numpy', 'scipy', 'vl_convert', 'filelock', 'psutil'])); "
        "from _harness.results import load; print(load(sys.argv[1])['seq.pages'])"
    )
    command = [sys.executable, "-c", code, written]
    environment = os.environ | {"PYTHONPATH": str(LABS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "285915\n", done.stderr


def test_what_is_written_is_read_back(written):
    """Two readers with two ideas of the file's shape is how numbers go astray."""
    found = results.load(written)
    assert found["seq.median_ms"] == 2637.2
    assert found.value("seq.median_ms").text == "2,640\N{NO-BREAK SPACE}ms"
    assert found.table("scan")[0] == {"pages": 6, "time": 0.122}
    assert found.reads == ["seq.median_ms"]


def test_a_write_that_fails_leaves_the_old_file(written, monkeypatch):
    """A full disk must not turn an hour's measurements into half a file."""
    before = written.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda descriptor: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        results.write(written, GOOD)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == ["results.json"]


def test_damaged_json_names_the_line_and_the_cure(written):
    """A merge conflict in results.json would be a traceback in the site's build."""
    written.write_text('{\n "lab": "demo",\n<<<<<<< ours\n', encoding="utf-8")
    with pytest.raises(results.ResultsError, match=r"results\.json:3: damaged.*make lab slug=demo"):
        results.load(written)


def test_a_missing_file_names_the_command_that_writes_it(tmp_path):
    """The first thing that a new contributor meets is a lab that has not run here."""
    with pytest.raises(results.ResultsError, match=f"make lab slug={tmp_path.name}"):
        results.load(tmp_path / "results.json")


def test_an_unknown_key_suggests_the_nearest(written):
    """A typing error in a claim must not send its author through the whole file."""
    with pytest.raises(results.ResultsError, match=r"no value 'seq.page'; nearest: seq.pages"):
        results.load(written)["seq.page"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "furlongs"}, 'values/seq.pages/unit: "furlongs" is not one of'),
        ({"label": " "}, "values/seq.pages/label"),
        ({"value": None}, 'values/seq.pages: "reason" is a required property'),
        ({"low": 1}, '"high" is a required property'),
        ({"n": 0}, "values/seq.pages/n"),
        ({"colour": "red"}, "'colour' was unexpected"),
    ],
)
def test_a_value_that_breaks_the_schema_is_named(tmp_path, change, message):
    """A number without unit, label or n cannot be printed, explained or trusted."""
    data = deepcopy(GOOD)
    data["values"]["seq.pages"] |= change
    with pytest.raises(results.ResultsError) as caught:
        results.write(tmp_path / "results.json", data)
    assert message in str(caught.value)


def test_a_start_without_time_zone_is_refused(tmp_path):
    """Claims go stale by the receipt's date, which is ambiguous without an offset."""
    data = deepcopy(GOOD)
    data["receipt"]["started"] = "2026-11-22T15:00:00"
    with pytest.raises(results.ResultsError, match="receipt/started"):
        results.write(tmp_path / "results.json", data)


def test_a_row_with_other_cells_than_columns_is_refused(tmp_path):
    """A misspelt column would be an empty figure."""
    data = deepcopy(GOOD)
    data["tables"]["scan"]["rows"].append({"pages": 1, "tiem": 2})
    with pytest.raises(results.ResultsError, match="tables/scan/rows/2.*tiem"):
        results.write(tmp_path / "results.json", data)


def test_a_full_run_records_values_samples_figures_and_a_receipt(start):
    """The prose, the claims and the figures all start from this one file."""
    with start() as lab:
        measure(lab)
        scratch = lab.workdir
    found = results.load(lab.dir / "results.json")
    assert (found.mode, found["scan.median_ms"]) == ("full", 1.23457)
    assert found.receipt["command"] == "make lab slug=demo"
    assert not found.receipt["commit"].endswith("+dirty")
    assert (lab.dir / "samples" / "scan.csv").read_text() == "pages,time\n6,0.122\n"
    assert (lab.dir / "figures" / "scan.svg").exists()
    assert not scratch.exists()


def test_a_second_run_is_dirty_only_if_the_lab_changed(start):
    """The first run's uncommitted results are no change to the code that measures."""
    for change, dirty in ((None, False), ("run", True)):
        with start() as lab:
            measure(lab)
        if change:
            (lab.dir / change).write_text("changed")
        with start() as lab:
            measure(lab)
        receipt = results.load(lab.dir / "results.json").receipt
        assert receipt["commit"].endswith("+dirty") == dirty


def test_a_quick_run_touches_nothing_that_is_committed(start):
    """A trial on a laptop must not replace the numbers that an essay quotes."""
    with start() as lab:
        measure(lab)
    before = {path: path.read_bytes() for path in lab.dir.rglob("*") if path.is_file()}
    with start("--quick") as lab:
        measure(lab)
        lab.value("other.pages", 1, "pages", "something else")
    assert results.load(lab.dir / ".quick" / "results.json").mode == "quick"
    assert {path: path.read_bytes() for path in before} == before
    quick = lab.dir / ".quick"
    assert {p for p in lab.dir.rglob("*") if p.is_file() and quick not in p.parents} == set(before)


def test_a_run_that_fails_records_nothing_and_says_so_in_one_line(start):
    """A missing binary is the user's to cure; a traceback only hides which."""
    with pytest.raises(SystemExit) as caught, start() as lab:
        measure(lab)
        raise LabError("no `initdb` on this machine; apt-get install postgresql")
    assert str(caught.value).startswith("labs/demo/run: no `initdb`")
    assert not (lab.dir / "results.json").exists()
    assert not (lab.dir / "samples").exists()


def test_a_defect_in_a_lab_keeps_its_traceback(start):
    """Only expected failures are short."""
    with pytest.raises(ZeroDivisionError), start() as lab:
        measure(lab)
        lab.value("ratio", 1 / 0, "x", "a ratio")
    assert not (lab.dir / "results.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ratio", float("nan"), "x", "a ratio"), "nan is not a measurement"),
        (("ratio", float("inf"), "x", "a ratio"), "inf is not a measurement"),
        (("ratio", None, "x", "a ratio"), '"reason" is a required property'),
        (("Ratio B", 1, "x", "a ratio"), '"Ratio B" does not match'),
        (("ratio", 1, "times", "a ratio"), '"times" is not one of'),
        (("ratio", 1, "x", ""), "values/ratio/label"),
        (("scan.median_ms", 1, "ms", "again"), "has a value already"),
    ],
)
def test_a_value_is_checked_when_the_lab_gives_it(start, arguments, message):
    """Learning of a misspelt unit after an hour of measuring costs the hour."""
    with pytest.raises(SystemExit) as caught, start() as lab:
        measure(lab)
        lab.value(*arguments)
    assert message in str(caught.value)


def test_a_refusal_names_the_line_of_the_lab(tmp_path):
    """A lab makes two hundred values; the refused one must be found at once."""
    script = tmp_path / "labs" / "demo" / "run"
    script.parent.mkdir(parents=True)
    script.write_text(
        "from _harness import Lab\n"
        "with Lab(__file__, seed=1) as lab:\n"
        "    lab.value('ratio', 1, 'times', 'a ratio')\n"
    )
    environment = os.environ | {"PYTHONPATH": str(LABS), "TMPDIR": str(tmp_path)}
    command = [sys.executable, script, "--quick"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith('labs/demo/run:3: values/ratio/unit: "times"'), done.stderr
    assert done.stderr.count("\n") == 1


def test_a_second_lab_is_refused_and_told_who_runs(start):
    """Two labs at once measure each other."""
    with start("--quick") as lab:
        with pytest.raises(SystemExit) as caught, start("--quick"):
            pass
        measure(lab)
    assert f"another lab is running on this machine: demo, process {os.getpid()}" in str(caught.value)
    with start("--quick") as lab:
        measure(lab)


def test_a_busy_machine_is_waited_for():
    """Medians taken beside a compiler say nothing about the database."""
    looks, pauses = iter([BUSY, BUSY | {"busy_percent": 1}, QUIET]), []
    load = machine.wait_until_quiet(lambda: next(looks), pauses.append, log=lambda text: None)
    assert load == QUIET
    assert pauses == [machine.PAUSE] * 2
    assert machine.noise(load, QUIET) is None


def test_a_machine_that_stays_busy_is_used_and_the_receipt_says_so():
    """Some machines are never quiet; their numbers must carry the fact with them."""
    pauses = []
    load = machine.wait_until_quiet(lambda: BUSY, pauses.append, log=lambda text: None)
    assert 29 * 60 < sum(pauses) + 5 * (len(pauses) + 1) < 31 * 60
    assert "60.0% busy" in machine.noise(load, QUIET)


def test_time_that_the_host_takes_during_the_run_is_noise_and_the_labs_own_work_is_not():
    """A guest cannot see its neighbours before they wake up."""
    assert machine.noise(QUIET, QUIET | {"busy_percent": 100.0}) is None
    assert "9.0%" in machine.noise(QUIET, QUIET | {"steal_percent": 9.0})


def test_a_figure_is_the_same_bytes_each_time(tmp_path):
    """Vega numbers clip paths through the life of the process, so a second drawing differs."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC))
    first = draw.figure(path, GOOD["tables"])
    assert draw.figure(path, GOOD["tables"]) == first
    assert 'id="scan-1"' in first and "url(#scan-1)" in first


def test_a_figure_scales_follows_the_theme_and_leaves_its_name_to_the_page(tmp_path):
    """Fixed sizes overflow a phone; fixed colours vanish in the dark; 80 labels drown one."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC))
    svg = draw.figure(path, GOOD["tables"])
    head = svg.splitlines()[0]
    assert 'role="img" aria-label=""' in head and "viewBox" in head and "width" not in head
    assert svg.count("aria-") == 1 and svg.count("role=") == 1
    assert "var(--fig-1)" in svg and "var(--font-stack)" in svg and "style=" not in svg
    assert not set(re.findall(r'(?:fill|stroke)="(?!none|var\(|transparent)([^"]*)"', svg))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"name": "scna"}}, "scna"),
        ({"data": {"values": []}}, "not one of the tables scan"),
        ({"encoding": {"x": {"field": "page"}}}, "field 'page' is not a column"),
        ({"width": 900}, "px wide"),
    ],
)
def test_a_figure_that_would_be_empty_or_too_wide_is_refused(tmp_path, change, message):
    """Vega-Lite draws two bare axes for a misspelt field and says nothing."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC | change))
    with pytest.raises(LabError, match=message):
        draw.figure(path, GOOD["tables"])


def test_an_interval_of_the_median_holds_it_and_depends_on_the_seed_only():
    """Intervals that change between two runs over one file look like measurements that did."""
    samples = [1, 2, 2, 3, 5, 8, 13, 21, 34]
    low, high = stats.bootstrap_median(samples, seed=1)
    assert low <= stats.summary(samples)["median"] == 5 <= high
    assert (low, high) == stats.bootstrap_median(samples, seed=1)


def test_the_sign_test_leaves_ties_out():
    """Five equal pairs are not evidence for a change."""
    assert stats.sign_test([1] * 5, [1] * 5) == 1
    assert stats.sign_test([1] * 9, [1] * 4 + [2] * 5) == pytest.approx(2 / 2**5)


def test_statistics_of_nothing_are_refused():
    """The median of no runs is NaN, which travels far before it fails."""
    with pytest.raises(LabError, match="1 or more"):
        stats.summary([])


def test_a_missing_binary_names_its_package(tmp_path):
    """FileNotFoundError does not say what to install."""
    with pytest.raises(LabError, match="no `no-such-server` .*apt-get install some-package"):
        servers._binary("no-such-server", "some-package")


@pytest.mark.parametrize(
    ("kind", "binary"), [(servers.PostgreSQL, "psql"), (servers.MariaDB, "mariadb-install-db")]
)
def test_a_server_is_ours_restarts_and_is_gone_afterwards(kind, binary, tmp_path):
    """Measuring the distribution's server in place of the lab's is easy and invisible."""
    if not shutil.which(binary):
        pytest.skip(f"{binary} is not installed")
    with tempfile.TemporaryDirectory(prefix="lab-") as workdir:
        os.chmod(workdir, 0o711)
        with kind(workdir) as server:
            first = server.pid
            assert server.sql("select 1, 'a'") == [["1", "a"]]
            with pytest.raises(LabError, match="did not|answers"):
                server._prove(server.data_dir, first + 1)
            server.restart()
            assert server.sql("select 2") == [["2"]] and server.pid != first
        assert not Path(f"/proc/{server.pid}").exists()
        with pytest.raises(LabError, match="did not start: .*no_such_setting"), kind(
            workdir, {"no_such_setting": 1}
        ):
            pass
