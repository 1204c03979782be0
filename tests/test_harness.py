"""The labs' harness: what it refuses, what it writes, what it leaves alone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import ImageFont

from _harness import Lab, LabError, draw, drawing, machine, results, stats

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
RESULTS = results.Results("results.json", GOOD, "")
SPEC = {
    "data": {"name": "scan"},
    "mark": {"type": "point", "clip": True},
    "encoding": {
        "x": {"field": "pages", "type": "quantitative", "scale": {"type": "log"}},
        "y": {"field": "time", "type": "quantitative"},
    },
}


def append(name):
    return lambda root: (root / name).write_bytes((root / name).read_bytes() + b"\n")


def add(name, text="x = 1"):
    def change(root):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return change


def remove(name):
    return lambda root: (root / name).unlink()


def both(*changes):
    return lambda root: [change(root) for change in changes]


def git(*arguments):
    return lambda root: subprocess.run(
        ["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True, capture_output=True
    )


COMMIT = both(git("add", "--all"), git("commit", "--quiet", "--message=b"))
@pytest.fixture
def written(tmp_path):
    """A good results file, and what is in it."""
    path = tmp_path / "demo" / "results.json"
    path.parent.mkdir()
    results.write(path, GOOD)
    return path


@pytest.fixture
def root(tmp_path):
    """A new checkout with labs/demo."""
    root = tmp_path / "checkout"
    for name in ("demo/run", "demo/scan.sql", "demo/requirements.txt", "demo/test_claims.py", "_harness/stats.py"):
        add(f"labs/{name}", "#")(root)
    add("labs/demo/figures/scan.vl.json", json.dumps(SPEC))(root)
    both(git("init", "--quiet", "--initial-branch=main"), COMMIT)(root)
    return root


@pytest.fixture
def looks(monkeypatch):
    """What the next looks at the machine do and return; it is quiet after them, and pauses take no time."""
    given = []
    monkeypatch.setattr(machine, "look", lambda seconds: (given.pop(0)() if given else QUIET, "somebody"))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return given


@pytest.fixture
def start(root, tmp_path, looks, monkeypatch):
    """start(*arguments) makes the Lab of labs/demo/run in a new checkout, on a quiet machine."""
    script = root / "labs" / "demo" / "run"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
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
        (6, "order|orders", "6\N{NO-BREAK SPACE}orders"),
        (1, "order|orders", "1\N{NO-BREAK SPACE}order"),
        (12_345, "double booking|double bookings", "12,345\N{NO-BREAK SPACE}double bookings"),
        (1.5, "re-send|re-sends", "1.5\N{NO-BREAK SPACE}re-sends"),
        (0, "naïve guess|naïve guesses", "0\N{NO-BREAK SPACE}naïve guesses"),
        (12_345, "count", "12,345"),
        (1, "count", "1"),
        (-0.5, "1", "\N{MINUS SIGN}0.5"),
        (None, "ms", "not measured"),
    ],
)
def test_a_value_is_printed_as_prose_would(value, unit, text):
    """Plain formatting prints 2.64e+03 ms, "1 pages" and digits that nobody measured."""
    assert results.format_value(value, unit) == text


def in_units(unit):
    """The good results with their page count, and its column in the table, in `unit`."""
    data = deepcopy(GOOD)
    data["values"]["seq.pages"]["unit"] = data["tables"]["scan"]["columns"]["pages"]["unit"] = unit
    return data


@pytest.mark.parametrize(
    "unit", [*results.COUNTS, *results.CONTINUOUS, "order|orders", "double booking|double bookings", "re-send|re-sends"]
)
def test_a_unit_that_can_be_written_can_be_read_and_printed(tmp_path, unit):
    """A unit in one list only was refused by the writer or broke the page."""
    results.write(tmp_path / "results.json", in_units(unit))
    value = results.load(tmp_path / "results.json").value("seq.pages")
    assert value.unit == unit and value.text.startswith("28")


@pytest.mark.parametrize(
    ("unit", "table", "text", "kind"),
    [
        ("carts", "COUNTS", "cart", "counts"),
        ("boxes", "COUNTS", "box", "counts"),
        ("TB", "SIZES", " TB", "bytes"),
        ("ns", "TIMES", " ns", "wall time"),
        ("dB", "RATIOS", " dB", "ratios"),
    ],
)
def test_adding_a_unit_is_one_edit(tmp_path, unit, table, text, kind):
    """Each new unit was entered in two files, and a lab that knew one of them failed after its hour; then it was counted as a count."""
    harness = Path(shutil.copytree(LABS / "_harness", tmp_path / "_harness", ignore=shutil.ignore_patterns("__pycache__")))
    source = (harness / "results.py").read_text(encoding="utf-8")
    assert source.count(f"\n{table} = {{\n") == 1
    (harness / "results.py").write_text(source.replace(f"\n{table} = {{\n", f"\n{table} = {{\n    {unit!r}: {text!r},\n"), encoding="utf-8")
    code = (
        "import json, sys; from _harness import results; from trenches.evidence.spreads import kind; "
        "results.write(sys.argv[1], json.load(sys.stdin)); value = results.load(sys.argv[1]).value('seq.pages'); print(kind(value), value.text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "results.json"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{LABS.parent / '_ext'}"}, input=json.dumps(in_units(unit)), capture_output=True, text=True,
    )
    assert done.stdout.startswith(kind) and done.stdout.endswith(f"{unit}\n"), done.stderr


@pytest.mark.parametrize(
    "unit",
    [
        *("times", "Pages", "", " pages", "requests/s", "order|", "|orders", "a|b|c", "2 order|2 orders"),
        *("an  order|orders", "order|\u200borders"),
    ],
)
def test_an_unknown_unit_lists_those_there_are(tmp_path, unit):
    """Who is told that "times" is wrong must not have to read the harness for what is right."""
    value, column = in_units(unit), in_units("pages")
    column["tables"]["scan"]["columns"]["time"]["unit"] = unit
    for data, where in (value, "values/seq.pages/unit"), (column, "tables/scan/columns/time/unit"):
        with pytest.raises(results.ResultsError) as caught:
            results.write(tmp_path / "results.json", data)
        message = str(caught.value)
        assert f"{where}: {json.dumps(unit, ensure_ascii=False)} is not one of" in message and '"order|orders"' in message
        assert all(f" {known}," in message or f" {known};" in message for known in (*results.COUNTS, *results.CONTINUOUS))
        assert "\n" not in message and not (tmp_path / "results.json").exists()


def test_the_site_can_read_results_without_the_measuring_libraries(written):
    """The hosted build installs jsonschema-rs but neither NumPy nor vl-convert."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys("
        "['numpy', 'scipy', 'vl_convert', 'fontTools', 'filelock', 'psutil'])); "
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


def test_texts_are_kept_as_samples_without_those_that_an_earlier_run_kept_beside_them(start):
    """A plan of a query that is no longer asked stays in the folder for ever, and looks measured."""
    for names in ("plans/a.json", "plans/deep/b.txt", "note.txt"), ("plans/c.json", "note.txt"):
        with start() as lab:
            measure(lab)
            for name in names:
                lab.text(name, f"of {name}\n")
    kept = {path.relative_to(lab.dir / "samples").as_posix(): path.read_text() for path in (lab.dir / "samples").rglob("*") if path.is_file()}
    assert kept == {"scan.csv": "pages,time\n6,0.122\n", "plans/c.json": "of plans/c.json\n", "note.txt": "of note.txt\n"}


# What changes the files that run, each in a way that something overlooks.
CHANGES = {
    "an edited file": append("labs/demo/run"),
    "an edited file of the harness": append("labs/_harness/stats.py"),
    "an edited pin": append("labs/demo/requirements.txt"),
    "a deleted file": remove("labs/demo/scan.sql"),
    "a new file": add("labs/demo/json.py"),
    "a new hidden file": add("labs/demo/.npmrc"),
    "a new file below a folder": add("labs/demo/servers/java/Main.java"),
    "a new link": lambda root: (root / "labs/demo/link.py").symlink_to("run"),
    "an edited specification of a figure": append("labs/demo/figures/scan.vl.json"),
}
# What nobody runs, or what the lab itself writes.
HARMLESS = {
    "results": both(add("labs/demo/results.json"), add("labs/demo/samples/plans/a.json"), add("labs/demo/figures/scan.svg")),
    "a replication": add("labs/demo/replications/2026-11-28-1.json"),
    "an environment": add("labs/demo/.venv/lib/a.py"),
    "compiled modules": add("labs/demo/__pycache__/a.pyc"),
    "an editor's swap file": add("labs/demo/.run.swp"),
    "another lab": add("labs/other/run"),
}


def changing(root, *changes, load=BUSY):
    """A look at the machine during which somebody changes files."""
    return lambda: both(*changes)(root) and load


def commit_of(lab):
    return results.load(lab.dir / "results.json").receipt["commit"]


def run_again(start, root, change):
    """The commit that the receipt names after `change`; from a run that came before, all results are there."""
    with start() as lab:
        measure(lab)
    change(root)
    with start() as lab:
        measure(lab)
    return commit_of(lab)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_run_is_dirty_if_the_commit_does_not_hold_what_runs(start, root, change):
    """A number from uncommitted code cannot be measured again."""
    assert run_again(start, root, change).endswith("+dirty")


@pytest.mark.parametrize(
    "change",
    [
        both(add(".git/info/exclude", "json.py\n"), add("labs/demo/json.py")),
        both(add(".git/ours", "json.py\n"), git("config", "core.excludesFile", ".git/ours"), add("labs/demo/json.py")),
        both(git("config", "status.showUntrackedFiles", "no"), add("labs/demo/json.py")),
        both(git("update-index", "--assume-unchanged", "labs/demo/run"), append("labs/demo/run")),
        both(git("update-index", "--skip-worktree", "labs/demo/scan.sql"), append("labs/demo/scan.sql")),
    ],
    ids=["private excludes", "a file of excludes", "new files not shown", "a file declared unchanged", "a file declared absent"],
)
def test_a_change_that_git_does_not_show_runs_all_the_same(start, root, change):
    """`git status` was asked, and it leaves out what somebody's settings hide."""
    assert run_again(start, root, change).endswith("+dirty")


def test_a_repository_inside_the_lab_is_not_held_by_the_commit(start, root):
    """Its files run; the receipt's commit has none of them."""
    change = both(add("labs/demo/vendor/a.py"), git("init", "--quiet", "labs/demo/vendor"))
    assert run_again(start, root, change).endswith("+dirty")


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_run_is_not_dirty_for_what_does_not_run(start, root, change):
    """The first run's uncommitted results are no change to the code that measures."""
    assert re.fullmatch("[0-9a-f]{40}", run_again(start, root, change))


@pytest.mark.parametrize("committed", [False, True], ids=["", "and committed"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_lab_whose_files_change_while_it_waits_does_not_begin(start, looks, root, change, committed):
    """After half an hour's wait the old modules and the edited queries ran together, under a commit that had neither."""
    looks[:] = [changing(root, change, *[COMMIT] * committed), lambda: QUIET]
    with pytest.raises(SystemExit, match=r"labs/(demo|_harness)/\S+ changed while the lab waited; start it again"), start():
        pass
    assert len(looks) == 1, "it looked at the machine once more"
    assert not (root / "labs/demo/results.json").exists()
    with start() as lab:
        measure(lab)
    assert commit_of(lab).endswith("+dirty") != committed


@pytest.mark.parametrize("arguments", [[], ["--noisy"], ["--quick"]])
def test_a_file_that_changes_during_the_last_look_is_seen(start, looks, root, arguments):
    """The wait is over, and what runs is not what was looked at before."""
    looks[:] = [changing(root, append("labs/demo/run"), load=QUIET)]
    with pytest.raises(SystemExit, match="labs/demo/run changed while the lab waited; start it again"), start(*arguments):
        pass


@pytest.mark.parametrize(
    "change",
    [
        *HARMLESS.values(),
        both(append("labs/demo/run"), git("checkout", "--", "labs/demo/run")),
        both(git("checkout", "-b", "other"), append("labs/demo/run"), COMMIT, git("checkout", "-")),
        both(add("essay.md"), COMMIT),
    ],
    ids=[*HARMLESS, "a file put back", "another branch and back", "a commit of other files"],
)
def test_a_lab_whose_files_are_what_they_were_begins_and_names_the_commit_of_that_moment(start, looks, root, change):
    """Nothing but the modules is read before the run begins."""
    looks[:] = [changing(root, change), lambda: QUIET]
    with start() as lab:
        measure(lab)
    assert commit_of(lab) == git("rev-parse", "HEAD")(root).stdout.decode().strip()


@pytest.mark.parametrize(
    "change",
    [
        *CHANGES.values(),
        both(append("labs/demo/run"), git("checkout", "--", "labs/demo/run")),
        both(append("labs/demo/run"), COMMIT),
        both(git("checkout", "-b", "other"), append("labs/demo/scan.sql"), COMMIT, git("checkout", "-")),
    ],
    ids=[*CHANGES, "a file put back", "an edit that is committed", "another branch and back"],
)
def test_a_run_is_dirty_if_a_file_is_written_while_it_measures(start, root, change, capsys):
    """Queries and programs are read when their turn comes, some twenty minutes after the receipt was taken."""
    with start() as lab:
        measure(lab)
        change(root)
    assert commit_of(lab).endswith("+dirty")
    assert "was written during the run: the receipt says +dirty" in capsys.readouterr().err


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_a_run_writes_itself_leaves_it_clean(start, root, change):
    """A lab keeps plans in samples/ while it measures."""
    with start() as lab:
        change(root)
        measure(lab)
    assert re.fullmatch("[0-9a-f]{40}", commit_of(lab))


def test_a_copy_inside_a_foreign_repository_does_not_name_its_commit(start, root):
    """A tarball unpacked below somebody's repository had a receipt with a commit of that repository."""
    shutil.rmtree(root / ".git")
    both(git("init", "--quiet", "--initial-branch=main"), COMMIT)(root.parent)
    with pytest.raises(SystemExit, match=f"no clone: it lies in {root.parent}, a repository of others"), start():
        pass
    with start("--quick") as lab:
        measure(lab)
    assert results.load(lab.dir / ".quick" / "results.json").receipt["commit"] == "unknown"


def test_a_hooks_repository_is_not_the_labs(start, root, tmp_path, monkeypatch):
    """Git tells what a hook starts to use the hook's repository, wherever that runs."""
    other = tmp_path / "other"
    both(add("file"), git("init", "--quiet", "--initial-branch=main"), COMMIT)(other)
    for name, value in {"GIT_DIR": other / ".git", "GIT_WORK_TREE": root, "GIT_INDEX_FILE": other / ".git/index"}.items():
        monkeypatch.setenv(name, str(value))
    with start() as lab:
        measure(lab)
    assert commit_of(lab) == (root / ".git/refs/heads/main").read_text().strip()


def test_a_checkout_behind_a_link_is_its_own(start, root, tmp_path):
    """Git names the real place, a link's path is another."""
    real = root.rename(tmp_path / "real")
    root.symlink_to(real)
    with start() as lab:
        measure(lab)
    assert re.fullmatch("[0-9a-f]{40}", commit_of(lab))


def test_a_linked_work_tree_is_its_own(start, root, tmp_path):
    """Its `.git` is a file, and its commit not that of the first checkout."""
    first = root.rename(tmp_path / "first")
    git("worktree", "add", "--quiet", "-b", "b", str(root))(first)
    both(append("labs/demo/run"), COMMIT)(root)
    with start() as lab:
        measure(lab)
    assert commit_of(lab) == (first / ".git/refs/heads/b").read_text().strip()


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


def test_only_a_quick_run_ends_with_what_it_gave_beside_the_recorded(start, capsys):
    """A full run replaces what it would be compared with."""
    for arguments in [], ["--quick"]:
        with start(*arguments) as lab:
            measure(lab)
        said = capsys.readouterr()
        assert ("quick  recorded" in said.out) == bool(arguments) and "recorded in" in said.err


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


def test_a_lab_that_waits_locks_nobody_out(start, looks):
    """A lab held the machine for the half hour in which it only looked at it."""
    lab = start()

    def other():
        with start("--quick") as second:
            measure(second)
        return BUSY

    looks[:] = [other, other, lambda: BUSY, lambda: QUIET]
    with lab:
        measure(lab)
    assert not looks
    assert results.load(lab.dir / ".quick" / "results.json").mode == "quick"
    assert results.load(lab.dir / "results.json").receipt["noise"] is None


def test_of_two_labs_that_see_the_same_quiet_one_begins_and_the_other_waits(start, looks, monkeypatch, capsys):
    """Two that wait must neither both start nor both give up."""
    first, second, pauses = start(), start("--quick"), []

    def quiet_for_both():
        looks.insert(0, lambda: QUIET)
        second.__enter__()
        return QUIET

    def pause(seconds):
        if seconds == machine.PAUSE:  # and not the lock's own
            pauses.append(seconds)
            if len(pauses) == 2:
                measure(second)
                second.__exit__(None, None, None)

    monkeypatch.setattr(time, "sleep", pause)
    looks[:] = [quiet_for_both, lambda: QUIET, lambda: QUIET]
    with first:
        measure(first)
    assert pauses == [machine.PAUSE] * 2 and not looks
    assert capsys.readouterr().err.count(f"another lab is running on this machine: demo, process {os.getpid()}") == 2


@pytest.mark.parametrize("arguments", [[], ["--noisy"], ["--quick"]])
def test_a_lab_is_refused_at_once_while_another_measures(start, looks, arguments):
    """Waiting half an hour to learn of a lab that ran all the time."""
    with start("--quick") as lab:
        looks[:] = [lambda: pytest.fail("it looked at the machine first")]
        with pytest.raises(SystemExit, match="another lab is running on this machine: demo"), start(*arguments):
            pass
        measure(lab)


def test_a_lab_that_measures_to_the_end_of_the_wait_refuses_the_one_that_waits():
    """After half an hour a lab goes on beside other work, but never beside another lab."""

    def take():
        raise LabError("another lab is running")

    with pytest.raises(LabError, match="another lab"):
        machine.wait_until_quiet(lambda: (QUIET, ""), take, lambda seconds: None, log=lambda text: None)


def test_a_busy_machine_is_waited_for():
    """Medians taken beside a compiler say nothing about the database."""
    loads, pauses, taken = iter([BUSY, BUSY | {"busy_percent": 1}, QUIET]), [], []
    load = machine.wait_until_quiet(
        lambda: (next(loads), ""), lambda: taken.append(len(pauses)), pauses.append, log=lambda text: None
    )
    assert load == QUIET
    assert pauses == [machine.PAUSE] * 2 and taken == [2]
    assert machine.noise(load, QUIET) is None


def test_a_machine_that_stays_busy_is_used_and_the_receipt_says_so():
    """Some machines are never quiet; their numbers must carry the fact with them."""
    pauses = []
    load = machine.wait_until_quiet(lambda: (BUSY, ""), lambda: None, pauses.append, log=lambda text: None)
    assert 29 * 60 < sum(pauses) + 5 * (len(pauses) + 1) < 31 * 60
    assert "60.0% busy" in machine.noise(load, QUIET)


def test_a_lab_that_waits_says_what_keeps_it_waiting():
    """Half an hour of "the machine is busy" ended with a search for the process that somebody had left running."""
    loads, told = iter([BUSY, QUIET]), []
    machine.wait_until_quiet(
        lambda: (next(loads), "'cc1' 48% (process 7, user ann)"), lambda: None, lambda seconds: None, told.append
    )
    (line,) = told
    for part in ("60.0% busy (limit 20%)", "9.0% withheld by the host (limit 5%)", "'cc1' 48% (process 7, user ann)", "noisy=1"):
        assert part in line


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        (
            [(2, "d", 4, "u"), (30, "a", 1, "u"), (5, "c", 3, "u"), (20, "b", 2, "root")],
            "'a' 30% (process 1, user u), 'b' 20% (process 2, user root), 'c' 5% (process 3, user u)",
        ),
        ([(0.4, "idle", 1, "u")], "processes too short or not visible from here 60%"),
        ([(20, "make", 1, "u")], "'make' 20% (process 1, user u), processes too short or not visible from here 40%"),
        ([(60, "two\nlines\x1b[2J", 1, "u")], "'two\\nlines\\x1b[2J' 60% (process 1, user u)"),
    ],
)
def test_the_busiest_come_first_and_what_no_process_explains_is_said(shares, told):
    """A build's compilers come and go between two looks, a container hides its neighbours, a name is anybody's text."""
    assert machine.company(BUSY, shares) == told


def test_a_machine_that_only_its_host_keeps_busy_blames_no_process():
    """Steal has no process, and the idle ones are not at fault."""
    assert machine.company(QUIET | {"steal_percent": 9.0}, [(0.2, "sshd", 1, "root")]) == "no single process"


def test_a_lab_does_not_wait_for_itself():
    """Its own servers are not other work; those of others are seen, with their names."""
    with subprocess.Popen(["sleep", "60"]) as child:
        seen = {process.pid for process in machine._spent()}
        child.kill()
    assert not {os.getpid(), child.pid} & seen
    assert os.getppid() in seen
    load, company = machine.look(0.01)
    assert set(load) == set(QUIET) and company


def test_a_lab_that_is_told_not_to_wait_records_the_noise(start, looks):
    """On a shared machine the choice was half an hour's wait or no run."""
    looks[:] = [lambda: BUSY]
    with start("--noisy") as lab:
        measure(lab)
    receipt = results.load(lab.dir / "results.json").receipt
    assert receipt["command"] == "make lab slug=demo noisy=1"
    assert "60.0% busy" in receipt["noise"] and "told not to wait" in receipt["noise"]
    assert receipt["load"]["before"] == BUSY


def test_a_quiet_machine_is_quiet_whatever_a_lab_was_told(start, looks):
    """Noise that was allowed and did not come is none; a quick run never waits, so it may be told so."""
    for arguments, folder in ([["--noisy"], ""], [["--quick", "--noisy"], ".quick"]):
        looks[:] = [lambda: QUIET]
        with start(*arguments) as lab:
            measure(lab)
        assert results.load(lab.dir / folder / "results.json").receipt["noise"] is None


def test_make_hands_the_lab_what_it_was_told():
    """An option that make swallows is a half hour's wait."""
    command = ["make", "--dry-run", "--directory", LABS.parent, "lab", "slug=about"]
    for given, told in (["noisy=1"], "--noisy"), (["quick=1"], "--quick"), (["quick=1", "noisy=1"], "--quick --noisy"), (["again=1"], "--again"), ([], ""):
        done = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
        assert re.search(r"^PATH=.* labs/about/run *(.*?) *$", done.stdout, re.MULTILINE)[1] == told


def test_time_that_the_host_takes_during_the_run_is_noise_and_the_labs_own_work_is_not():
    """A guest cannot see its neighbours before they wake up."""
    assert machine.noise(QUIET, QUIET | {"busy_percent": 100.0}) is None
    assert "9.0%" in machine.noise(QUIET, QUIET | {"steal_percent": 9.0})


def test_a_figure_is_the_same_bytes_each_time(tmp_path):
    """Vega numbers clip paths through the life of the process, so a second drawing differs."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC))
    first = draw.figure(path, RESULTS)
    assert draw.figure(path, RESULTS) == first
    assert 'id="scan-1"' in first and "url(#scan-1)" in first


def test_a_figure_scales_follows_the_theme_and_leaves_its_name_to_the_page(tmp_path):
    """Fixed sizes overflow a phone; fixed colours vanish in the dark; 80 labels drown one."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC))
    svg = draw.figure(path, RESULTS)
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
        draw.figure(path, RESULTS)


DRAW = """
import json, os, sys
from pathlib import Path
from _harness import draw, results
json.dump([{
    str(folder / f"{name}.svg"): draw.figure(source, results.load(folder.parent / "results.json"))
    for folder in Path(sys.argv[1]).glob("*/figures") if (folder.parent / "results.json").exists() for name, source in draw.sources(folder).items()
}, os.environ.get("FONTCONFIG_FILE")], sys.stdout)
"""
MEASURE = """
import json, sys
import vl_convert
json.dump({font: vl_convert.vegalite_to_svg({
    "data": {"values": [{"a": "a long label"}]},
    "mark": "bar",
    "encoding": {"y": {"field": "a", "type": "nominal"}},
    "config": {"font": font},
}) for font in ("Liberation Sans", "Trenches Figures", "sans-serif")}, sys.stdout)
"""


def told(code, environment):
    environment = {k: v for k, v in os.environ.items() if k != "FONTCONFIG_FILE"} | environment
    command = [sys.executable, "-c", code, LABS]
    environment |= {"PYTHONPATH": str(LABS)}
    return json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)


def wide_font(path, family):
    """The figures' own font under another name, each of its letters twice as wide."""
    font = TTFont(drawing.FONTS / "figures.ttf")
    font["hmtx"].metrics = {glyph: (2 * width, left) for glyph, (width, left) in font["hmtx"].metrics.items()}
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = family
    font.save(path)


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Environments of a machine without a font and of two with fonts that take the place of others."""
    root = tmp_path_factory.mktemp("fonts")
    crowd = root / "crowded" / ".fonts"
    for folder in (crowd, root / "none"):
        folder.mkdir(parents=True)
    # The family of the figures, the one that vl-convert brings along, and the one that sans-serif means.
    for number, family in enumerate(("Trenches Figures", "Liberation Sans", "Arial")):
        wide_font(crowd / f"{number}.ttf", family)
    for number in range(300):
        shutil.copy(crowd / "0.ttf", crowd / f"copy-{number}.ttf")
    alias = "<alias><family>sans-serif</family><prefer><family>Trenches Figures</family></prefer></alias>"
    # Of no machine are the fonts of this one a part: its Liberation Sans would be taken before the one in a home.
    for name, folder, inside in (("none", root / "none", ""), ("home", "~/.fonts", ""), ("crowded", crowd, alias)):
        (root / f"{name}.conf").write_text(f"<fontconfig><dir>{folder}</dir>{inside}</fontconfig>")
    return {
        "none": {"HOME": str(root / "none"), "FONTCONFIG_FILE": str(root / "none.conf")},
        "in the home": {"HOME": str(root / "crowded"), "FONTCONFIG_FILE": str(root / "home.conf")},
        "of the system": {"HOME": str(root / "none"), "FONTCONFIG_FILE": str(root / "crowded.conf")},
    }


@pytest.mark.parametrize("machine", ["none", "in the home", "of the system"])
def test_a_figure_is_the_same_bytes_whatever_fonts_a_machine_has(machines, machine):
    """decay.svg was 492 px wide on a bare machine and 494 px with the distribution's Liberation fonts."""
    drawn, configured = told(DRAW, machines[machine])
    committed = {str(path): path.read_text("utf-8") for path in LABS.glob("*/figures/*.svg")}
    assert drawn == committed, "a figure depends on the machine's fonts; see _see_only_our_fonts in charts.py"
    assert configured == machines[machine].get("FONTCONFIG_FILE"), "a lab's browser needs the machine's fonts"


def test_the_fonts_that_are_hidden_and_added_would_make_a_difference(machines):
    """A test that hides fonts where nobody looks for them passes on every code."""
    bare, home, system = (told(MEASURE, machine) for machine in machines.values())
    assert bare["Liberation Sans"] not in (home["Liberation Sans"], system["Liberation Sans"])
    assert bare["Trenches Figures"] not in (home["Trenches Figures"], system["Trenches Figures"])
    assert bare["sans-serif"] not in (home["sans-serif"], system["sans-serif"])


def test_text_is_measured_with_the_font_that_shows_it():
    """Measured with Liberation Sans, the page's narrower letters left 4 % of a figure's width empty."""
    shown = ImageFont.truetype(LABS.parent / "_static/fonts/sans.woff2", 1000)
    shown.set_variation_by_axes([400])
    measured = ImageFont.truetype(drawing.FONTS / "figures.ttf", 1000)
    other = [c for c in drawing.WIDTHS if shown.getlength(c) != measured.getlength(c)]
    assert not other and len(drawing.WIDTHS) > 200, f"{other}: make figures.ttf anew (labs/_harness/fonts/README.md)"


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ({"text": "a → b ⚠"}, "no '⚠' as in 'a → b ⚠'"),
        ({"text": "10 \N{HIRAGANA LETTER A}"}, "no 'あ'"),
        ({"text": "e\N{COMBINING ACUTE ACCENT}"}, "no '\N{COMBINING ACUTE ACCENT}'"),
        ({"text": "a", "fontWeight": "bold"}, "font-weight of 'a' is 'bold'"),
        ({"text": "a", "fontStyle": "italic"}, "font-style of 'a' is 'italic'"),
        ({"text": "a", "font": "Arial"}, "font-family of 'a' is 'Arial'"),
    ],
)
def test_text_that_the_carried_font_cannot_measure_is_refused(tmp_path, mark, message):
    """It would be measured with another face, which one depends on the machine."""
    path = tmp_path / "scan.vl.json"
    path.write_text(json.dumps(SPEC | {"mark": {"type": "text"} | mark}))
    with pytest.raises(LabError, match=rf"^\S+scan\.vl\.json: .*{re.escape(message)}"):
        draw.figure(path, RESULTS)


def test_an_interval_of_the_median_holds_it_and_depends_on_the_seed_only():
    """Intervals that change between two runs over one file look like measurements that did."""
    samples = [1, 2, 2, 3, 5, 8, 13, 21, 34]
    low, high = stats.bootstrap_median(samples, seed=1)
    assert low <= stats.summary(samples)["median"] == 5 <= high
    assert (low, high) == stats.bootstrap_median(samples, seed=1)


@pytest.mark.parametrize(("interval", "given", "low", "high"), [
    (stats.wilson, (0, 10_000), 0, 3.84146 / 10_003.84146),
    (stats.wilson, (50, 100), 0.40383, 0.59617),
    (stats.poisson, (0,), 0, 3.68888),
    (stats.poisson, (10,), 4.79539, 18.39036),
    # Three of the kind that nobody asked for.
    (stats.wilson, (100, 100), 1 - 3.84146 / 103.84146, 1),
    (stats.wilson, (1, 1), 1 / 4.84146, 1),
    (stats.poisson, (1,), 0.02532, 5.57164),
])
def test_the_intervals_of_counts_are_those_of_their_tables(interval, given, low, high):
    """None in ten thousand is not impossible."""
    assert interval(*given) == pytest.approx((low, high), abs=5e-5)


def test_the_sign_test_leaves_ties_out():
    """Five equal pairs are not evidence for a change."""
    assert stats.sign_test([1] * 5, [1] * 5) == 1
    assert stats.sign_test([1] * 9, [1] * 4 + [2] * 5) == pytest.approx(2 / 2**5)


def test_statistics_of_nothing_are_refused():
    """The median of no runs is NaN, which travels far before it fails."""
    with pytest.raises(LabError, match="1 or more"):
        stats.summary([])
