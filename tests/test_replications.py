"""Replications: what a further run keeps, which edition of a claim it is for, how far a claim is from turning."""

import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_harness import COMMIT, GOOD, add, append, both, looks, measure, remove, root, start  # noqa: F401 (fixtures too)

from _harness import LabError, claims, machine, margins, replications, results

ROOT = Path(__file__).resolve().parents[1]
LABS = sorted(path.parent for path in (ROOT / "labs").glob("*/results.json"))
CLAIMS = '''\
"""The claims of the demo."""

import pytest

LIMIT_MS = 4
ENGINES = ("pg", "mariadb")


def slowest(results, rows):
    return max(row["time"] for row in rows)


@pytest.mark.xfail(strict=True, reason="It was slower.")
def test_thesis(results):
    """A scan takes less
    than four milliseconds."""
    for engine in ENGINES:
        low = 0  # of this engine
        assert low <= results["scan.median_ms"] < LIMIT_MS, engine


def test_whole_table(results):
    """No scan takes longer than three seconds."""
    assert slowest(results, results.table("scan")) < 3_000
'''


@pytest.fixture
def lab(root, start):
    """labs/demo of a checkout, with claims and a recorded run, all of it committed."""
    both(add("labs/demo/test_claims.py", CLAIMS), COMMIT)(root)
    with start() as run:
        measure(run)
    COMMIT(root)
    return root / "labs/demo"


def tree(root):
    """Every file of the checkout but git's own, and its bytes."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}


def elsewhere(lab, file, /, **changes):
    """The recorded run as another machine would have it, changed by path ("receipt.started") and written to `file`."""
    data = json.loads((lab / "results.json").read_text())
    data["receipt"]["started"] = "2026-11-30T10:00:00+00:00"
    for path, value in changes.items():
        *way, last = path.split("__")
        place = data
        for step in way:
            place = place[step]
        place[last] = value
    file.write_text(json.dumps(data))
    return file


# make lab again=1


@pytest.mark.parametrize("arguments", [["--again"], ["--noisy", "--again"]])
def test_a_replication_is_one_new_file_and_nothing_else_changes(lab, start, root, arguments):
    """A second run replaced the recorded one, its samples and its figures, and with them what the essay quotes."""
    before = tree(root)
    for n in 1, 2:
        with start(*arguments) as run:
            run._started = f"2026-11-30T10:00:0{n}+00:00"  # two runs in a second are one
            measure(run)
            run.value("scan.p95_ms", 2, "ms", "p95 of a scan", 5, sample="scan")
            run.text("plans/scan.json", "{}")
        assert set(tree(root)) - set(before) == {lab / f"replications/2026-11-30-{number}.json" for number in range(1, n + 1)}
    assert {path: path.read_bytes() for path in before} == before
    first, second = replications.load(lab)
    assert (first.mode, first["scan.median_ms"], set(first.claims)) == ("again", 1.23457, {"thesis", "whole-table"})
    assert first.receipt["command"].startswith("make lab slug=demo again=1")
    assert first.value("scan.p95_ms").sample is None, "its samples are not kept, and the recorded run's are others"
    assert sum(line.startswith('"scan.') for line in first.path.read_text().splitlines()) == 2, "one line a value"


def test_a_replication_that_fails_keeps_nothing(lab, start, root):
    """Half a run is no run, also where another one is there already."""
    with start("--again") as run:
        measure(run)
    before = tree(root)
    with pytest.raises(SystemExit, match="labs/demo/run: the disk is full"), start("--again") as run:
        measure(run)
        raise LabError("the disk is full")
    assert tree(root) == before


def committed(change):
    return lambda lab: both(change, COMMIT)(lab)


REFUSED = {
    "before there is a recorded run": (["--again"], lambda lab: (lab / "results.json").unlink(), "run `make lab slug=demo`"),
    "of a short run": (["--again", "--quick"], lambda lab: None, "leave out quick=1 or again=1"),
    "from files that no commit holds": (["--again"], append("scan.sql"), "labs/demo/scan.sql is not as committed: .*commit, then run"),
    "without claims": (["--again"], committed(remove("test_claims.py")), "no such file.*write the thesis"),
    "of claims that are no Python": (["--again"], committed(add("test_claims.py", "def")), r"test_claims.py:1: .*mend"),
    "beside another lab's results": (["--again"], lambda lab: elsewhere(lab, lab / "results.json", lab="other"), "no full run of 'demo'"),
    "beside a short run's results": (["--again"], lambda lab: elsewhere(lab, lab / "results.json", mode="quick"), "no full run of 'demo'"),
    "beside damaged results": (["--again"], lambda lab: (lab / "results.json").write_text("{"), "results.json:1: damaged"),
}


@pytest.mark.parametrize(("arguments", "change", "message"), REFUSED.values(), ids=REFUSED)
def test_a_replication_that_could_not_be_kept_is_refused_before_the_wait(lab, start, looks, root, arguments, change, message):
    """Twenty minutes of measuring ended with the words that it had been for nothing."""
    change(lab)
    before = tree(root)
    looks[:] = [lambda: pytest.fail("it looked at the machine first")]
    with pytest.raises(SystemExit, match=message) as caught, start(*arguments):
        pass
    assert "\n" not in str(caught.value)
    assert tree(root) == before


@pytest.mark.parametrize("name", ["run", "test_claims.py", "../_harness/stats.py", "new.py"])
def test_a_replication_whose_files_change_while_it_runs_is_not_kept(lab, start, root, name):
    """Nobody could say which edition of the lab had run."""
    with pytest.raises(SystemExit, match="was written during the run: a replication belongs to the commit"), start("--again") as run:
        measure(run)
        (append if (lab / name).exists() else add)(f"labs/demo/{name}")(root)
    assert not (lab / "replications").exists()


@pytest.mark.parametrize("name", ["a b.json", "it's.json", "$HOME.json", '"; rm x "'])
def test_make_hands_the_command_the_file_that_was_named(name):
    """A blank in a path makes two of it."""
    command = ["make", "--dry-run", "--directory", ROOT, "replication", "slug=about", f"file={name}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in told.splitlines() if "_harness.replications" in line)
    shown = subprocess.run(["sh", "-c", re.sub(r"\S+/python -m \S+", "printf '<%s>'", line)], capture_output=True, text=True)
    assert shown.stdout == f"<about><{name}>"


# Editions of a claim

SAME = {
    "blank lines": ("\n\n\ndef", "\n\n\n\n\ndef"),
    "a comment": ("  # of this engine", "\n        # of MariaDB\n"),
    "a wrapped sentence": ("takes less\n    than", "takes\n    less than"),
    "a mark": ('@pytest.mark.xfail(strict=True, reason="It was slower.")\n', ""),
    "other quotes": ('"scan.median_ms"', "'scan.median_ms'"),
    "brackets": ("low <= results", "(low) <= results"),
    "digits in groups": ("LIMIT_MS = 4\n", "LIMIT_MS = 0x4\n"),
    "what only another claim uses": ('max(row["time"]', 'min(row["time"]'),
    "what is made of a number that it uses": ("\n\n\ndef slowest", "\nTWICE_MS: int = 2 * LIMIT_MS\nMOST_MS = 3 * LIMIT_MS\n\n\ndef slowest"),
    "another claim": ("< 3_000", "< 4_000"),
    "a new claim": ("\n\ndef test_whole", '\n\ndef test_new(results):\n    """New."""\n    LIMIT_MS = 5\n\n\ndef test_whole'),
    "the module's own sentence": ("of the demo", "of a demo"),
    "ends of lines": ("\n", "\r\n"),
}
OTHER = {
    "the sentence": ("four milliseconds", "five milliseconds"),
    "the assertion": ("< LIMIT_MS", "<= LIMIT_MS"),
    "a number": ("LIMIT_MS = 4", "LIMIT_MS = 5"),
    "the type of a number": ("LIMIT_MS = 4", "LIMIT_MS = 4.0"),
    "the key": ('"scan.median_ms"', '"scan.p95_ms"'),
    "the key's blanks": ('"scan.median_ms"', '"scan.median_ms "'),
    "what it loops over": ('("pg", "mariadb")', '("pg",)'),
    "a line that leaves its loop": ("        assert low", "    assert low"),
    "a second meaning of a name": ("def slowest", "LIMIT_MS += 1\n\n\ndef slowest"),
    "a change behind a condition": ("def slowest", "if LIMIT_MS:\n    LIMIT_MS = 9\n\n\ndef slowest"),
    "a name of a name": ("LIMIT_MS = 4", "FOUR = 4\nLIMIT_MS = FOUR + 1"),
    "an import that it uses": ("LIMIT_MS = 4", "from math import pi as LIMIT_MS"),
}


def edited(*edits):
    text = CLAIMS
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return claims.fingerprints(text).get("thesis")


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_a_claim_stays_what_it_was_however_it_is_laid_out(edit):
    """A mark for a failure, a comment or a claim added later would have thrown every replication away."""
    assert edited(edit) == edited()


@pytest.mark.parametrize("edit", OTHER.values(), ids=OTHER)
def test_a_claim_is_another_one_when_what_it_says_or_uses_changes(edit):
    """A threshold moved after the run, perhaps outside of the function, would have had the old runs on its side."""
    assert edited(edit) not in (edited(), None)


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(SAME)), unique=True), st.sampled_from([None, *OTHER]))
def test_any_change_of_layout_beside_any_change_of_meaning(layout, meaning):
    """Each rule holds by itself; together they must not hide one another."""
    changed = CLAIMS.replace(*OTHER[meaning]) if meaning else CLAIMS
    for name in layout:
        assume(SAME[name][0] in changed)  # each in its own place
        changed = changed.replace(*SAME[name])
    assert (claims.fingerprints(changed)["thesis"] == edited()) == (meaning is None)


def test_a_fingerprint_is_the_same_on_every_python():
    """`ast.unparse` writes other text with each version, and all replications would belong to no edition overnight."""
    text = '''
K = {1: "a", **{}}

def test_it(results):
    """Ünïcode."""
    assert all(results[f"{k!r:>{4}}.x"] <= 0.1 for k in K if not k < 2), f"{K=}"
'''
    assert claims.fingerprints(text) == {"it": "79877426fff9757f"}


def test_a_claim_may_use_what_uses_itself():
    """A helper that calls itself, or two that call each other, would have been followed for ever."""
    text = "def a(n):\n    return b(n)\n\n\ndef b(n):\n    return a(n - 1)\n\n\ndef test_x(results):\n    assert a(1)\n"
    assert claims.fingerprints(text) != claims.fingerprints(text.replace("n - 1", "n - 2"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('results["a"]', set()),
        ('results.table("scan")', {"scan"}),
        ('results.tables["scan"]', {"scan", "other"}),
        ('[results.table(name) for name in ("scan",)]', {"scan", "other"}),
        ('results.table("scan"), results.table(f"{x}")', {"scan", "other"}),
        ('results.table("gone")', set()),
    ],
)
def test_a_replication_has_the_tables_that_claims_read(text, read):
    """A claim over a table that was left out could not be judged; all tables would be twice the file."""
    assert claims.tables(f"def test_x(results):\n    assert {text}\n", ["scan", "other"]) == read


def test_the_site_can_read_replications_without_the_measuring_libraries():
    """The hosted build has no psutil to describe machines with."""
    code = "import sys; sys.modules.update(dict.fromkeys(['numpy', 'scipy', 'vl_convert', 'filelock', 'psutil'])); import _harness.replications, _harness.margins"
    subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT / "labs")}, check=True)


# What was kept


def test_replications_come_oldest_first_and_answer_as_results_do(lab):
    """By their names the tenth came before the second, and a claim cannot be run over a bare dict."""
    data = json.loads((lab / "results.json").read_text())
    for hour in range(11):
        data["receipt"]["started"] = f"2026-11-30T{20 - hour // 6:02}:{30 + hour % 6}:00+0{hour % 2}:00"
        data["values"]["scan.median_ms"]["value"] = hour
        replications.keep(lab, data, CLAIMS)
    runs = replications.load(lab)
    assert len({run.path.name for run in runs}) == 11
    starts = [replications._start(run) for run in runs]
    assert starts == sorted(starts)
    module = {}
    exec(CLAIMS, module)
    assert {run["scan.median_ms"] for run in runs if margins.holds(module["test_thesis"], run)} == {0, 1, 2, 3}
    assert all(margins.holds(module["test_whole_table"], run) for run in runs)


SPOILT = {
    "another lab's": (lambda data: data | {"lab": "other"}, "a run of 'other', not of 'demo'"),
    "another schema's": (lambda data: data | {"colour": "red"}, "'colour' was unexpected"),
    "a quick run": (lambda data: {k: v for k, v in data.items() if k != "claims"} | {"mode": "quick"}, "take it in with `make replication slug=demo"),
    "results as a lab writes them": (lambda data: {k: v for k, v in data.items() if k != "claims"} | {"mode": "full"}, "take it in with"),
    "one without its claims": (lambda data: {k: v for k, v in data.items() if k != "claims"}, '"claims" is a required property'),
    "one with a fingerprint of another make": (lambda data: data | {"claims": {"thesis": "sha1"}}, "claims/thesis"),
    "one that no commit holds": (lambda data: data | {"receipt": data["receipt"] | {"commit": "a" * 40 + "+dirty"}}, "receipt/commit"),
    "one that began at no time": (lambda data: data | {"receipt": data["receipt"] | {"started": "2026-11-22T23:59:60Z"}}, "receipt/started"),
    "one of no machine": (lambda data: data | {"receipt": data["receipt"] | {"machine": data["receipt"]["machine"] | {"id": "me"}}}, "receipt/machine/id"),
}


@pytest.mark.parametrize(("change", "message"), SPOILT.values(), ids=SPOILT)
def test_a_kept_file_that_is_no_replication_is_named_with_its_cure(lab, change, message):
    """A file copied into the folder by hand would have counted as a run."""
    path = replications.keep(lab, json.loads((lab / "results.json").read_text()), CLAIMS)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(results.ResultsError) as caught:
        replications.load(lab)
    assert str(path) in str(caught.value) and message in str(caught.value) and "remove it" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spoil", [b"", b"{", b"\xff\xfe", b"[]", b"<<<<<<< ours\n"])
def test_a_damaged_replication_is_named_with_its_cure(lab, spoil):
    """A merge conflict would have been a traceback in the site's build."""
    path = replications.keep(lab, json.loads((lab / "results.json").read_text()), CLAIMS)
    path.write_bytes(spoil)
    with pytest.raises(results.ResultsError, match=rf"{path}.*take it from git again, or remove it$"):
        replications.load(lab)


def test_a_run_that_is_kept_twice_is_named(lab):
    """A copy of a file would have made of two runs three."""
    path = replications.keep(lab, json.loads((lab / "results.json").read_text()), CLAIMS)
    path.with_name("2026-01-01-1.json").write_bytes(path.read_bytes())
    with pytest.raises(results.ResultsError, match="the same run as .*; remove one of them"):
        replications.load(lab)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_the_labs_replications_are_further_runs_of_the_claims_at_their_commit(lab):
    """A fingerprint that was written by hand would have counted a run for a threshold that came after it."""
    for run in replications.load(lab):
        shown = subprocess.run(["git", "show", f"{run.receipt['commit']}:labs/{lab.name}/test_claims.py"], cwd=ROOT, capture_output=True)
        assert not shown.returncode, f"{run.path}: its commit is not in this clone; fetch the whole history"
        assert run.claims == claims.fingerprints(shown.stdout)
        assert replications._start(run) != replications._start(replications.recorded(lab))


# make replication file=...


def test_a_run_from_elsewhere_is_taken_in(lab, tmp_path):
    """What a reader measured could only have been put over what we had."""
    before, claimed = tree(lab), claims.fingerprints(CLAIMS)
    path, same, here = replications.take(lab, elsewhere(lab, tmp_path / "theirs.json"))
    assert path == lab / "replications/2026-11-30-1.json"
    assert (same, here) == (2, 2)
    (run,) = replications.load(lab)
    assert run.claims == claimed
    assert {name: content for name, content in tree(lab).items() if name != path} == before


def test_a_run_that_was_made_again_elsewhere_is_taken_in_too(lab, start, tmp_path):
    """A reader with a clone runs again=1 as well, and sends the one file that it writes."""
    with start("--again") as run:
        run._started = "2026-11-30T10:00:00+00:00"
        measure(run)
    (path,) = (lab / "replications").iterdir()
    theirs = path.rename(tmp_path / "theirs.json")
    path, *_ = replications.take(lab, theirs)
    assert path.read_bytes() == theirs.read_bytes()


def test_claims_of_a_run_from_elsewhere_are_those_of_its_commit(lab, root, tmp_path):
    """A run of the last edition would have been counted for thresholds that it never met."""
    then = claims.fingerprints(CLAIMS)
    both(add("labs/demo/test_claims.py", CLAIMS.replace("LIMIT_MS = 4", "LIMIT_MS = 5")), COMMIT)(root)
    path, same, here = replications.take(lab, elsewhere(lab, tmp_path / "theirs.json"))
    assert (same, here) == (1, 2)
    assert replications.load(lab)[0].claims == then != claims.fingerprints((lab / "test_claims.py").read_bytes())


def test_a_machine_is_told_from_another_by_a_hash(lab, tmp_path, monkeypatch):
    """Three runs on one machine are not three machines; and nobody's machine-id belongs in a public file."""
    monkeypatch.setattr(machine, "_machine_id", lambda: "0123456789abcdef")
    here = machine.describe()
    assert re.fullmatch("[0-9a-f]{16}", here["id"]) and here == machine.describe()
    assert here["id"] != "0123456789abcdef"
    monkeypatch.setattr(machine, "_machine_id", lambda: "another")
    assert machine.describe()["id"] != here["id"]
    taken = []
    nameless = {name: part for name, part in here.items() if name != "id"}
    for day, about in enumerate([here, here, nameless, GOOD["receipt"]["machine"], GOOD["receipt"]["machine"]], 1):
        started = f"2026-12-{day:02}T00:00:00Z"
        path, *_ = replications.take(lab, elsewhere(lab, tmp_path / "a", receipt__started=started, receipt__machine=deepcopy(about)))
        taken.append(results.read(path, "")[0]["receipt"]["machine"]["id"])
    assert taken[0] == taken[1] == here["id"] and taken[3] == taken[4] and len(set(taken)) == 3


UNFIT = {
    "another lab's": ({"lab": "other"}, "a run of 'other'; take it in with slug=other"),
    "a quick run": ({"mode": "quick"}, "this is a quick run; ask for a full one"),
    "another schema's": ({"colour": "red"}, "'colour' was unexpected"),
    "one with a unit that is none": ({"values__scan.median_ms__unit": "furlongs"}, "values/scan.median_ms/unit"),
    "one without a start": ({"receipt": {}}, "required property"),
    "one of a commit that we have not": ({"receipt__commit": "a" * 40}, "fetch that commit first"),
    "one of files that no commit holds": ({"receipt__commit": "a" * 40 + "+dirty"}, "which does not hold what ran"),
    "one of no commit": ({"receipt__commit": "unknown"}, "no claims of 'demo' at its commit unknown"),
}


@pytest.mark.parametrize(("changes", "message"), UNFIT.values(), ids=UNFIT)
def test_a_file_that_is_no_run_of_the_lab_is_refused_and_the_old_state_stays(lab, tmp_path, changes, message):
    """What a stranger sends is checked before it counts."""
    file = elsewhere(lab, tmp_path / "theirs.json", **changes)
    before = tree(lab)
    with pytest.raises(results.ResultsError) as caught:
        replications.take(lab, file)
    assert str(caught.value).startswith(str(file)) and message in str(caught.value) and "\n" not in str(caught.value)
    assert tree(lab) == before


@pytest.mark.parametrize(
    "started", ["recorded", "2026-11-30T10:00:00+00:00", "2026-11-30T10:00:00Z", "2026-11-30T11:30:00.0+01:30"]
)
def test_a_run_that_is_here_already_is_refused(lab, tmp_path, started):
    """The recorded run, sent back to us, would have confirmed itself."""
    replications.take(lab, elsewhere(lab, tmp_path / "theirs.json"))
    before = tree(lab)
    if started == "recorded":
        started = results.load(lab / "results.json").receipt["started"]
    with pytest.raises(results.ResultsError, match=r"this run is here already; see labs/demo/\S+\.json$"):
        replications.take(lab, elsewhere(lab, tmp_path / "theirs.json", receipt__started=started))
    assert tree(lab) == before


def test_a_run_for_claims_that_are_all_others_is_refused(lab, root, tmp_path):
    """It would lie there and count for nothing."""
    both(add("labs/demo/test_claims.py", CLAIMS.replace("scan", "read")), COMMIT)(root)
    with pytest.raises(results.ResultsError, match="no claim is what it was at its commit"):
        replications.take(lab, elsewhere(lab, tmp_path / "theirs.json"))
    assert not (lab / "replications").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-lab", "a.json"], "no lab 'no-lab'; name one of labs/ with slug=…"),
        (["", "a.json"], "no lab ''"),
        (["about", ""], "no file; name the results to take in with file=…"),
        (["about", "a.json"], "a.json: no such file or directory; ask for the file"),
        (["about", "labs"], "labs: is a directory; ask for the file"),
        (["about", "labs/about/results.json"], "this run is here already; see labs/about/results.json"),
    ],
)
def test_the_command_says_in_one_line_what_it_misses(arguments, message):
    """A traceback tells a reader who meant well nothing."""
    command = [sys.executable, "-m", "_harness.replications", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": "labs"}, capture_output=True, text=True)
    assert done.returncode == 1 and message in done.stderr and done.stderr.count("\n") == 1


# Distance from the threshold


@pytest.mark.parametrize(
    ("verdict", "value", "turns"),
    [
        (lambda v: v < 10, 4, 10),
        (lambda v: v <= 10, 4, 10),
        (lambda v: v >= 90, 81.6, 90),
        (lambda v: 0.85 <= v <= 1.15, 0.9, 0.85),
        (lambda v: 0.85 <= v <= 1.15, 1.1, 1.15),
        (lambda v: 0.85 <= v <= 1.15, 2, 1.15),
        (lambda v: v > -0.8, -0.99, -0.8),
        (lambda v: v == 0, 0, 0),
        (lambda v: v == 0, 3, 0),
        (lambda v: v < 1e-6, 0, 1e-6),
        (lambda v: v < 100_000, 1_500, 100_000),
        (lambda v: 1 / v < 2, 5, 0.5),
        (lambda v: True, 5, None),
        (lambda v: v < 1e9, 5, None),
    ],
)
def test_the_nearest_number_that_turns_a_verdict_is_found(verdict, value, turns):
    """An author guessed from the assertion, and forgot the other side of a band."""

    def guarded(number):
        try:
            return verdict(number)
        except ZeroDivisionError:
            return False

    found = margins.nearest_turn(guarded, value, abs(value) or 1, [0, 0.85, 1.15])
    assert found == (turns if turns is None else pytest.approx(turns, rel=1e-6, abs=1e-9))


def demo(**values):
    """Results with these values, of one run."""
    data = deepcopy(GOOD)
    for key, value in values.items():
        about = {"value": value, "unit": "ms", "label": key, "n": 1 if value is not None else 0}
        data["values"][key] = about if value is not None else about | {"reason": "it broke"}
    return results.Results(Path("results.json"), data, "")


def below(results):
    assert results["a"] < 10 and results["b"] > results["a"]


@pytest.mark.parametrize(
    ("runs", "spreads"),
    [
        ([demo(a=4, b=20), demo(a=6, b=30)], {"a": 3, "b": 1.6}),
        ([demo(a=4, b=20), demo(a=4, b=20)], {"a": float("inf"), "b": float("inf")}),
        ([demo(a=4, b=20)], {"a": float("inf"), "b": float("inf")}),
        ([demo(a=12, b=20), demo(a=8, b=20)], {"a": 0.5}),
        ([demo(a=4, b=20), demo(a=6, b=None)], {"a": 3, "b": float("inf")}),
        ([demo(a=None, b=20), demo(a=4, b=20)], {}),
        ([demo(a=4, b=20), demo(a=12)], {"a": 0.75, "b": float("inf")}),
        ([demo(a=0, b=1), demo(a=0, b=0.5)], {"a": float("inf"), "b": 2}),
    ],
)
def test_the_distance_of_a_claim_is_counted_in_spreads_between_runs(runs, spreads):
    """A margin of 10 % is none where two runs differ by 20 %."""
    found = margins.margins(below, runs)
    assert {margin.value.key: margin.spreads for margin in found} == pytest.approx(spreads, rel=1e-6)
    assert [margin.spreads for margin in found] == sorted(margin.spreads for margin in found)


def test_a_runs_values_are_what_they_were_after_its_claims_were_tried():
    """The numbers that are tried must not stay in the run that the next claim is judged on."""
    run = demo(a=4, b=20)
    before = run.values.copy()
    margins.margins(below, [run])
    assert run.values == before


def test_a_draft_is_measured_by_its_quick_runs_and_a_lab_by_its_full_ones(lab, start, root):
    """Of a draft there is no full run; a quick one beside full ones is another experiment."""
    recorded = (lab / "results.json").read_bytes()
    (lab / "results.json").unlink()
    assert list(margins.report(lab))[0] == "thesis: no run has its values; make lab slug=demo quick=1, some five times"
    for median in 1, 2, 1.5:
        with start("--quick") as run:
            run.value("scan.median_ms", median, "ms", "median of a scan", 5)
            run.table("scan", GOOD["tables"]["scan"]["columns"], GOOD["tables"]["scan"]["rows"])
    told = list(margins.report(lab))
    assert told[0] == "thesis: holds in 3 of 3 quick runs"
    assert re.fullmatch(r"  scan.median_ms .+ \(1\sms to 2\sms\): turns at .+, [\d.]+× the spread between runs away", told[1])
    (lab / "results.json").write_bytes(recorded)
    told = list(margins.report(lab))
    assert told[0] == "thesis: holds in 1 of 1 full runs"
    assert told[-1] == "whole-table: holds in 1 of 1 full runs", "a claim over a table reads no value"
    assert re.fullmatch(r"  scan.median_ms 1.23\sms: turns at 0\sms", told[1])


@pytest.mark.parametrize(
    ("slug", "text", "message"),
    [
        ("no-lab", None, "no lab 'no-lab'"),
        ("demo", None, "test_claims.py: no such file or directory; write the thesis"),
        ("demo", "def", "test_claims.py:1: "),
        ("demo", "import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'; mend the file"),
    ],
)
def test_the_margins_of_a_lab_without_claims_are_refused_in_one_line(tmp_path, monkeypatch, slug, text, message):
    """An author begins with neither claims nor runs."""
    monkeypatch.setattr(margins, "ROOT", tmp_path)
    add("labs/demo/run")(tmp_path)
    if text:
        add("labs/demo/test_claims.py", text)(tmp_path)
    with pytest.raises(LabError, match=f"^[^\n]*{message}[^\n]*$"):
        margins.main(slug)


# Samples


@pytest.mark.parametrize("kept", [[], ["scan"], ["runs", "scans"]])
def test_a_value_whose_samples_were_not_kept_is_refused(start, kept):
    """Percentiles of latencies stood in the essay, and the file of its runs had no latencies."""
    with pytest.raises(SystemExit, match=f"labs/demo/run: scan.p99_ms names the samples 'latencies'.*{', '.join(kept) or 'none'}$"), start() as run:
        for name in kept:
            run.sample(name, [{"ms": 1}])
        run.value("scan.p99_ms", 1, "ms", "p99 of a scan", 100, sample="latencies")
    assert not (run.dir / "results.json").exists()


def test_a_value_says_which_samples_it_can_be_computed_from_and_where_it_was_recorded(tmp_path):
    """Whoever doubted a percentile searched the lab for the line that had computed it."""
    lab = tmp_path / "labs/demo"
    for name, text in {
        "run": "from _harness import Lab\nfrom parts import add\nwith Lab(__file__, seed=1) as lab:\n"
               "    lab.sample('scan', [{'ms': 1}])\n    lab.value('a', 1, 'ms', 'a', sample='scan')\n    add(lab)\n",
        "parts/__init__.py": "def add(lab):\n    for key in ('b',):\n        lab.value(key,\n                  1, 'ms', 'b')\n",
    }.items():
        (lab / name).parent.mkdir(parents=True, exist_ok=True)
        (lab / name).write_text(text)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "labs"), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "run", "--quick"], cwd=lab, env=environment, check=True, capture_output=True)
    found = results.load(lab / ".quick/results.json")
    assert (found.value("a").sample, found.value("a").where) == ("scan", "labs/demo/run:5")
    assert (found.value("b").sample, found.value("b").where) == (None, "labs/demo/parts/__init__.py:3")


def test_results_that_were_recorded_before_are_still_valid():
    """What is new in the schema must not ask the recorded runs to be changed."""
    assert [results.load(path).claims for path in (ROOT / "labs").glob("*/results.json")] == [{}] * len(LABS)
