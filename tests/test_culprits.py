"""The lab of old installations says whose release killed a package: it has to find it by trying, whatever the error says."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

LAB = Path(__file__).resolve().parents[1] / "labs/python-automation-maintenance"
sys.path.insert(0, str(LAB))
import chores  # noqa: E402
import deaths  # noqa: E402
import installing  # noqa: E402
import packages  # noqa: E402
import scripts  # noqa: E402

sys.path.remove(str(LAB))
END = "2022-11-27"
LOCK = ("app==1", "low==1", "mid==1")
# By name, from which day on the index has which release.
RELEASES = {"app": {"2020-01-01": "1"}, "mid": {"2020-01-01": "1", "2021-05-10": "2"}, "low": {"2020-01-01": "1", "2021-05-20": "2", "2022-03-01": "3"}}
BORN = packages.Born(packages.Package("2020-01-03", 1, 1, "app"), LOCK, ("app",))


class Index:
    """Trials over RELEASES: a set is dead where `kills` says so, of its pins and the interpreter."""

    def __init__(self, kills):
        self.kills = kills

    def resolved(self, requirements, version, until):
        pinned = dict(one.split("==") for one in requirements if "==" in one)
        asked = {one.partition("==")[0] for one in requirements}
        newest = {name: max((day, number) for day, number in RELEASES[name].items() if day <= until)[1] for name in (RELEASES if "app" in asked else asked)}
        return tuple(sorted(f"{name}=={number}" for name, number in (newest | pinned).items()))

    def outcome(self, born, requirements, version, until):
        return self.tried(born, requirements if requirements == born.lock else self.resolved(requirements, version, until), version, until)

    def tried(self, born, pins, version, until):
        words = self.kills(dict(pin.split("==") for pin in pins), version)
        return packages.Outcome(pins, words if isinstance(words, installing.Failure) else installing.Failure("import", words) if words else None)


def died(kills):
    return deaths.floating(Index(kills), BORN, "direct", "3.8", END)


def test_a_release_that_came_alone_in_its_month_is_the_culprit():
    """Nothing else moved: there is nothing to hold back."""
    death = died(lambda pins, _: pins["low"] == "3" and "ImportError: cannot import name 'old' from 'low' (…/low.py)")
    assert (death.culprit, death.month, death.missing) == ("low==3", "2022-03", "low.old")


def test_of_two_in_a_month_the_one_that_mends_it_when_held_back():
    """The error names mid, which only passes on what low no longer has."""
    death = died(lambda pins, _: pins["low"] != "1" and "ImportError: mid cannot go on")
    assert (death.culprit, death.month) == ("low==2", "2021-06")


def test_of_two_that_both_kill_one_is_named_and_not_neither():
    """With either held back the other kills: seen with jeepney and cryptography in one month of 2022."""
    death = died(lambda pins, _: (pins["low"] != "1" and "ModuleNotFoundError: No module named 'low.part'") or (pins["mid"] != "1" and "ImportError: of mid"))
    assert death.culprit == "low==2"


def test_of_two_that_kill_only_together_either_is_the_culprit():
    """Holding one of them back is enough, and what the operator could have done."""
    death = died(lambda pins, _: pins["low"] != "1" and pins["mid"] != "1" and "ImportError: of both")
    assert death.culprit in ("low==2", "mid==2")


def test_what_could_not_be_built_is_the_culprit_without_a_trial():
    """uv names it."""
    death = died(lambda pins, _: pins["low"] == "3" and installing.Failure("install", "error: no", "low==3"))
    assert death.culprit == "low==3"


def test_a_lock_dies_on_the_first_interpreter_that_it_does_not_survive():
    """Its culprit is the member that brings it back when it alone is moved, which the error need not name."""
    def kills(pins, version):
        return version in ("3.12", "3.13") and pins["mid"] == "1" and "ModuleNotFoundError: No module named 'low.six.moves'"

    death = deaths.lock(Index(kills), BORN, ("3.11", "3.12", "3.13"), END)
    assert (death.culprit, death.interpreter, death.missing) == ("mid==1", "3.12", "six.moves")


def test_a_lock_whose_build_was_cut_off_is_not_dead_before_it_is_known_to_be():
    """A slow build is no failure."""
    def kills(pins, version):
        return {"3.11": installing.Failure("cut off", "not installed", "low==1"), "3.13": installing.Failure("install", "error: no", "low==1")}.get(version)

    assert deaths.lock(Index(kills), BORN, ("3.11", "3.12", "3.13"), END).interpreter == "3.13"


@pytest.mark.parametrize(("words", "name"), [
    ("ModuleNotFoundError: No module named 'urllib3.packages.six.moves'", "six.moves"),
    ("ImportError: cannot import name 'soft_unicode' from 'markupsafe' (…/__init__.py)", "markupsafe.soft_unicode"),
    ("AttributeError: module 'configparser' has no attribute 'SafeConfigParser'. Did you mean: 'RawConfigParser'?", "configparser.SafeConfigParser"),
    ("TypeError: type 'typing.TypeVar' is not an acceptable base type", ""),
])
def test_what_an_error_misses_is_one_name(words, name):
    """A copy of six that another package carries is six."""
    assert deaths.missing(words) == name


def test_a_warning_names_what_then_was_missing():
    """Any warning at all would count a deprecated loop for a module that went."""
    def death(words):
        return deaths.Death("jeepney==0.8.0", installing.Failure("import", "ModuleNotFoundError: No module named 'jeepney.integrate'"), (("UserWarning", words, "jeepney"),))

    assert death("jeepney.integrate.blocking is deprecated").named
    assert not death("int_from_bytes is deprecated").named


@pytest.mark.parametrize(("words", "line"), [
    ("  × Failed to build `cffi==1.13.2`\n  ╰─▶ c/_cffi_backend.c:407:23: error: lvalue required\n      error: Command '['gcc']' returned 1", "c/_cffi_backend.c:407:23: error: lvalue required"),
    ("Traceback:\n  File \"/a/b/setup.py\", line 1\nModuleNotFoundError: No module named 'pipes'\n  hint: see https://example.org/x", "ModuleNotFoundError: No module named 'pipes'"),
    ("ArgumentError: got <Table at 0x7f00aa>", "ArgumentError: got <Table at …>"),
])
def test_an_error_is_one_line_that_every_machine_says_alike(words, line):
    """Addresses in memory and folders made the same error another one each time."""
    assert installing.last_line(words) == line


@pytest.mark.parametrize(("words", "pin"), [
    ("  × Failed to build `PyYAML==5.1`\n", "pyyaml==5.1"),
    ("   Building numpy==1.18.0\n   Building pandas==0.25.3\n      Built numpy==1.18.0\n", "pandas==0.25.3"),
    ("Resolved 3 packages\n", None),
])
def test_what_was_being_built_when_time_was_over_is_known(words, pin):
    """Each of its users waited for the same build again."""
    assert installing.unbuilt(words) == pin


@pytest.mark.parametrize(("files", "modules"), [
    (["flask/__init__.py", "flask/app.py", "tests/test_app.py", "flask-1.0.dist-info/RECORD"], ["flask"]),
    (["azure/__init__.py", "azure/mgmt/__init__.py", "azure/mgmt/cdn/__init__.py", "azure/mgmt/cdn/models.py"], ["azure.mgmt.cdn"]),
    (["google/cloud/pubsub/__init__.py", "google/cloud/pubsub/client.py", "google/cloud/pubsub_v1/__init__.py"], ["google.cloud.pubsub", "google.cloud.pubsub_v1"]),
    (["six.py", "_speedups.cpython-38-x86_64-linux-gnu.so"], ["six"]),
])
def test_a_packages_own_modules_are_those_that_a_script_would_import(files, modules):
    """An empty parent that anybody's package fills imports long after the package is gone."""
    distribution = SimpleNamespace(files=[metadata.PackagePath(file) for file in files])
    assert packages.own_modules(distribution) == modules


def test_a_command_that_is_cut_off_leaves_nobody_behind(tmp_path):
    """A build went on for minutes after its time was over, on the core of the next trial."""
    mark = tmp_path / "late"
    done = installing.run(["sh", "-c", f"(sleep 2; touch {mark}) & sleep 30"], 0.5, {"PATH": "/usr/bin:/bin"})
    assert done.code is None
    installing.run(["sleep", "2.5"], 10, {"PATH": "/usr/bin:/bin"})
    assert not mark.exists()


def test_what_was_built_is_for_its_interpreter_and_date_alone(tmp_path):
    """What 3.8 had built was installed on 3.13, where its build fails."""
    installer = installing.Installer(tmp_path)
    caches = [installer.cache(*one) for one in (("3.8", "2020-01-03"), ("3.8", END), ("3.13", END))]
    for cache in caches:
        assert {path.name for path in cache.iterdir()} == {*installing.SHARED}, "what is built is in none of the shared"
    (caches[0] / installing.SHARED[0] / "fetched").touch()
    assert (caches[2] / installing.SHARED[0] / "fetched").exists()
    assert installer.cache("3.8", END) == caches[1]


@pytest.mark.parametrize(("words", "outage"), [
    ("error: Failed to download and build `demo==1.0`\n  cause: HTTP status client error (403 Forbidden) for url (…)", True),
    ("error: Failed to download and build `demo==1.0`\n  cause: HTTP status client error (429 Too Many Requests) for url (…)", True),
    ("error: Failed to download and build `demo==1.0`\n  cause: HTTP status server error (503 Service Unavailable) for url (…)", True),
    ("error: Failed to download and build `demo==1.0`\n  cause: tcp connect error\n  cause: Connection refused (os error 111)", True),
    ("error: Failed to download and build `demo==1.0`\n  cause: error decoding response body", True),
    ("error: Failed to download and build `demo==1.0`\n  cause: HTTP status client error (404 Not Found) for url (…)", False),
    ("error: Failed to build `demo==1.0`\n  cause: The build backend returned an error\n\n         [stderr]\n         URLError: Connection refused", False),
])
def test_an_outage_is_no_death(words, outage):
    """A source that could not be fetched was a build that failed, for good; a build's own fetching is not ours."""
    assert installing.unreached(installing.Done(1, "", words)) == outage


def test_an_index_that_hangs_is_no_slow_build(tmp_path, monkeypatch):
    """What was cut off before a build began is asked again, and ends the run if nobody answers."""
    slow, hangs = installing.Done(None, "", "   Building demo==1.0\n"), installing.Done(None, "", "")
    monkeypatch.setattr(installing, "PAUSE_SECONDS", 0)
    installer = installing.Installer(tmp_path)
    monkeypatch.setattr(installing, "run", lambda *_: hangs)
    with pytest.raises(installing.LabError, match="does not answer"):
        installer._ask(["pip"], 1, tmp_path)
    monkeypatch.setattr(installing, "run", lambda *_: slow)
    assert installer._ask(["pip"], 1, tmp_path) == slow


class Old:
    """An installer whose builds fail from a day on, as setuptools 58 failed what needs 2to3."""

    def __init__(self, step="install"):
        self.step = step

    def resolve(self, requirements, version, until):
        return LOCK

    @contextmanager
    def environment(self, pins, version, until, seconds=None):
        yield installing.Failure(self.step, "error: no 2to3", "low==1") if until > "2021-09" else installing.Failure("run", "it got as far as this")


def test_a_trial_is_known_for_its_date_alone():
    """What is built is built with the tools of a date; a death of October was told of the February before."""
    trials = packages.Trials(Old())
    told = [trials.tried(BORN, LOCK, "3.8", until).failure.step for until in ("2021-08-01", "2021-10-01", "2020-02-01", "2022-01-01")]
    assert told == ["run", "install", "run", "install"]


def test_what_was_built_until_then_is_killed_by_the_tools():
    """The release that does not build has not changed."""
    before, failure = packages.Outcome(LOCK), installing.Failure("install", "error: no 2to3", "low==1")
    assert deaths._built(before, packages.Outcome(LOCK, failure)) == deaths.BUILD_TOOLS
    assert deaths._built(before, packages.Outcome(("app==1", "low==2", "mid==1"), installing.Failure("install", "no", "low==2"))) == "low==2"
    assert deaths._built(before, packages.Outcome(("app==1", "low==2", "mid==1"), installing.Failure("import", "no"))) is None


def test_a_month_that_was_cut_off_is_neither_alive_nor_dead():
    """A slow month was taken for the month of death."""
    def trial(place):
        return packages.Outcome((), installing.Failure("cut off", "slow") if place == 5 else installing.Failure("import", "no") if place > 6 else None)

    assert deaths._halved(trial, 10) == (6, 7)
    assert deaths._halved(lambda _: packages.Outcome((), installing.Failure("cut off", "slow")), 10) == (0, 10)


def test_a_set_that_was_cut_off_convicts_nobody():
    """Both releases kill, each with the other's leave; moved alone nobody knows."""
    def kills(pins, _):
        both = pins["low"] != "1" and pins["mid"] != "1"
        return "ImportError: of both" if both else installing.Failure("cut off", "slow") if pins["low"] != "1" or pins["mid"] != "1" else None

    assert died(kills).culprit == deaths.SEVERAL


def test_a_script_that_was_cut_off_is_not_broken():
    """It was counted with those that were."""
    told = {status: scripts.Ran(status) for status in ("right", "wrong", "crash", "install", "resolve", "cut off")}
    assert {status for status, ran in told.items() if ran.broken} == {"wrong", "crash", "install", "resolve"}
    assert {status for status, ran in told.items() if ran.undecided} == {"cut off"}
    assert chores.unsaid(told["cut off"])[1] == "undecided"


def test_a_sole_arrival_is_tried_before_it_is_blamed():
    """What else went from the set may have been what it needed."""
    before = packages.Outcome(("app==1", "gone==1", "low==2"))
    after = packages.Outcome(("app==1", "low==3"), installing.Failure("import", "no gone"))
    index = Index(lambda pins, _: "gone" not in pins and "no gone")
    assert deaths._killer(index, BORN, ("app==1",), "3.8", END, before, after) == deaths.SEVERAL


def test_the_set_that_is_dead_is_changed_by_one_release_alone():
    """A pin lets the others give way: the set that came alive was another one."""
    assert deaths._exchanged(("app==1", "low==2", "mid==2"), "low==2", {"low": "1", "mid": "1"}) == ("app==1", "low==1", "mid==2")
    assert deaths._exchanged(("app==1", "new==1"), "new==1", {}) == ("app==1",)


def test_a_lock_that_dies_on_the_next_interpreter_was_warned_on_its_own():
    """The first step up had nothing before it."""
    class Warning(Index):
        def tried(self, born, pins, version, until):
            outcome = super().tried(born, pins, version, until)
            return outcome if outcome.dead else packages.Outcome(pins, None, (), (("DeprecationWarning", "low.part goes in 3.9", "low"),))

    index = Warning(lambda _, version: version != "3.8" and "ModuleNotFoundError: No module named 'low.part'")
    assert deaths.lock(index, BORN, ("3.8", "3.9", "3.13"), END).named


def test_a_lock_is_undecided_where_it_was_cut_off_and_nowhere_else():
    """It was drawn alive, or dead from the last on."""
    slow, versions = installing.Failure("cut off", "slow", "low==1"), ("3.8", "3.11", "3.12", "3.13")
    death = deaths.lock(Index(lambda _, version: {"3.11": slow, "3.12": "ImportError", "3.13": "ImportError"}.get(version)), BORN, versions, END)
    assert (death.interpreter, death.undecided, [death.survived(one, versions) for one in versions]) == ("3.12", ("3.11",), [True, False, False, False])
    death = deaths.lock(Index(lambda _, version: slow if version == "3.13" else None), BORN, versions, END)
    assert (death.interpreter, death.undecided) == (None, versions[1:])


def test_the_canary_runs_a_job_twice_in_two_folders(tmp_path):
    """A job that makes a file failed the second time, and was said to be announced."""
    (tmp_path / "job.py").write_text("open('made', 'x').close(); print(5)")
    (tmp_path / "expected.txt").write_text("5\n")
    done = installing.run([sys.executable, LAB / "listings/canary.py", "job.py", "expected.txt"], 60, {"PATH": "/usr/bin:/bin"}, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    (tmp_path / "job.py").write_text("import warnings; warnings.warn('five goes'); print(5)")
    done = installing.run([sys.executable, LAB / "listings/canary.py", "job.py", "expected.txt"], 60, {"PATH": "/usr/bin:/bin"}, folder=tmp_path)
    assert done.code == 1 and done.err.startswith("announced: ")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("words", "told"), [
    ("OSError: no file /tmp/lab-xyz", "OSError: no file …"),
    ("OSError: no file '/tmp/tmpa1b2c3d4/x.txt' nor /opt/x.txt", "OSError: no file '…/x.txt' nor …/x.txt"),
    ("OSError: tmpa1b2c3d4 and .tmp1bPD7Y", "OSError: … and …"),
    ("MaxRetryError: HTTPSConnectionPool(host='index.example', port=443)", "MaxRetryError: HTTPSConnectionPool(host='…', port=443)"),
    ("URLError: files.example.org:443/simple/ and example.com", "URLError: … and …"),
    ("ModuleNotFoundError: No module named 'google.cloud.io'", "ModuleNotFoundError: No module named 'google.cloud.io'"),
    ("error: c/_backend.c:407 and/or text/html", "error: c/_backend.c:407 and/or text/html"),
])
def test_an_errors_words_have_nothing_of_a_machine(words, told):
    """Temporary names made one error three; a host is nobody's answer."""
    assert installing.told(words) == told


def test_what_uv_says_of_a_failure_is_not_its_error():
    """The last line that names an exception was "Failed to build"."""
    assert installing.last_line("error: Failed to build `demo==1`\n  cause: it returned an error") == "cause: it returned an error"
    old = "error: Failed to build `demo==1`\n  [stderr]\n  error in demo setup command: use_2to3 is invalid.\n\nhint: Build failures usually mean something"
    assert installing.last_line(old) == "error in demo setup command: use_2to3 is invalid."
    assert installing.last_line("ValueError: bad\nerror: Failed to build `demo==1`") == "ValueError: bad"


def test_an_interpreter_without_its_setuptools_ends_the_run(tmp_path):
    """Everything that needs it was dead instead."""
    with pytest.raises(installing.LabError, match="no setuptools of its own"):
        installing.Installer(tmp_path)._seeds((), "3.8", tmp_path / "bin/python")


def test_a_set_that_is_dead_with_the_tools_of_the_next_month_is_killed_by_no_release():
    """Any release that was moved into it would have been convicted."""
    before, after = packages.Outcome(("app==1", "low==1")), packages.Outcome(("app==1", "low==2"), installing.Failure("import", "no"))
    assert deaths._killer(Index(lambda *_: "ImportError"), BORN, ("app==1",), "3.8", END, before, after) == deaths.BUILD_TOOLS
