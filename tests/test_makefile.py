"""The Makefile keeps its promises on machines that change: environments that hold no longer, and dates of its own checkout."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INTERPRETER = Path(sys._base_executable)
COMMITTED = "2020-02-03"


def make(checkout: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess:
    outside = {key: value for key, value in os.environ.items()
               if not key.startswith(("MAKE", "MFLAGS", "GIT_", "BUILD_DATE"))}
    return subprocess.run(["make", "-s", *arguments], cwd=checkout, env=outside | variables, capture_output=True, text=True)


def copied(folder: Path) -> Path:
    """A checkout in ``folder`` as far as make looks at it: its environments need no package, and it has one lab."""
    for name in ("requirements.txt", "tests/requirements.txt", "labs/_harness/requirements.txt",
                 "labs/demo/requirements.txt", "labs/demo/run"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    shutil.copy(ROOT / "Makefile", folder)
    return folder


# Environments

# A real environment in a tenth of a second: pip, which takes five, is one that only looks at what it is to install.
PYTHON = f"""#!/bin/sh
test "$2" = venv || exec "{INTERPRETER}" "$@"
shift 2 && "{INTERPRETER}" -m venv --without-pip "$@"
for folder; do :; done
cd "$folder"/lib/python3*/site-packages && mkdir pip && cat > pip/__main__.py << END
import pathlib, sys
print(__file__)
sys.exit(any("nowhere" in pathlib.Path(name).read_text() for name in sys.argv if name.endswith(".txt")))
END
"""


class Machine:
    """A machine with a checkout for which make has made its environments."""

    def __init__(self, folder: Path) -> None:
        self.python, self.checkout = folder / "python3", copied(folder / "check out")
        executable(self.python, PYTHON)
        assert self.install().returncode == 0

    def install(self) -> subprocess.CompletedProcess:
        return make(self.checkout, ".venv/site", "labs/demo/.venv/done", f"PYTHON={self.python}")


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def moved(machine: Machine, venv: Path) -> None:
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved %"))


def upgraded(machine: Machine, venv: Path) -> None:
    """What Python 3.N+1 finds: the link leads to it, and its folder of packages is not there."""
    executable(machine.python.with_name("python3.99"), f'#!/bin/sh\nexec "{INTERPRETER}" "$@"\n')
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(machine.python.with_name("python3.99"))
    next(venv.glob("lib/python3*")).rename(venv / "lib/python3.0")


def gone(machine: Machine, venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to("/nowhere/python3")


def half_made(machine: Machine, venv: Path) -> None:
    """Interrupted while venv installed pip: the interpreter is there and can do nothing."""
    for name in ("made", "site", "done"):
        (venv / name).unlink(missing_ok=True)
    shutil.rmtree(next(venv.glob("lib/python3*/site-packages")))


def hardly_begun(machine: Machine, venv: Path) -> None:
    """Interrupted before venv wrote its first file."""
    shutil.rmtree(venv)
    (venv / "lib").mkdir(parents=True)


def of_an_older_makefile(machine: Machine, venv: Path) -> None:
    """It had stamps for what was installed, and none for what that holds for."""
    (venv / "made").unlink()
    config = venv / "pyvenv.cfg"
    config.write_text("".join(line for line in config.read_text().splitlines(keepends=True) if "prompt" not in line))
    upgraded(machine, venv)


@pytest.mark.parametrize("place", [".venv", "labs/demo/.venv"])
@pytest.mark.parametrize("happens", [moved, upgraded, gone, half_made, hardly_begun, of_an_older_makefile])
def test_an_environment_that_holds_no_longer_is_made_anew(machine, happens, place):
    """After an upgrade of Python or a move of the checkout every command ended in "No module named sphinx", for ever."""
    happens(machine, machine.checkout / place)
    done = machine.install()
    assert done.returncode == 0, done.stderr
    for venv in (machine.checkout / ".venv", machine.checkout / "labs/demo/.venv"):
        told = subprocess.run([venv / "bin/python", "-m", "pip"], capture_output=True, text=True)
        assert told.stdout.startswith(f"{venv}/lib/"), f"{told.stdout}{told.stderr}; see %/made in the Makefile"
        activate = (venv / "bin/activate").read_text()
        assert str(venv) in activate, "what venv and pip wrote names another place; see %/made in the Makefile"


def test_a_sound_environment_is_left_alone(machine):
    """An environment that is made anew at every command costs a minute each time."""
    def times() -> dict[str, int]:
        return {name: (machine.checkout / name).stat().st_mtime_ns
                for name in (".venv/made", ".venv/site", ".venv/pyvenv.cfg", "labs/demo/.venv/made", "labs/demo/.venv/done")}

    before = times()
    assert machine.install().returncode == 0
    assert times() == before


def test_an_install_that_fails_is_tried_again(machine):
    """A stamp that is set before the packages are there says for ever that they are."""
    for name in ("requirements.txt", "labs/demo/requirements.txt"):
        (machine.checkout / name).write_text("./nowhere\n")
    for _ in range(2):
        assert machine.install().returncode
    for name in ("requirements.txt", "labs/demo/requirements.txt"):
        (machine.checkout / name).write_text("")
    assert machine.install().returncode == 0


@pytest.mark.parametrize("place", [".venv", "labs/demo/.venv"])
@pytest.mark.parametrize("names", [
    ["photos/1.jpg"], ["pyvenv.cfg", "bin/python", "lib/mine.py"], [".hidden"], ["site", "made"], [""]])
def test_an_environment_that_make_did_not_make_is_not_cleared(tmp_path, place, names):
    """A folder of the user's may have that name, or be an environment with their own packages; or it is a file."""
    checkout = copied(tmp_path / "checkout")
    for name in names:
        path = checkout / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("home = /usr/bin\n")
    before = {path: path.is_dir() or path.read_text() for path in checkout.rglob("*")}
    done = make(checkout, ".venv/site" if place == ".venv" else "labs/demo/.venv/done")
    assert done.returncode
    assert f"{place} was not made by make" in done.stdout and "Traceback" not in done.stdout + done.stderr
    assert {path: path.is_dir() or path.read_text() for path in checkout.rglob("*")} == before


def test_an_old_or_missing_python_is_told_in_one_line(tmp_path):
    """Without the check venv made an environment in which nothing could be installed."""
    executable(tmp_path / "old", "#!/bin/sh\nexit 1\n")
    for python in (tmp_path / "old", tmp_path / "none"):
        done = make(copied(tmp_path / "checkout"), ".venv/site", f"PYTHON={python}")
        assert done.returncode and "Python 3.11 or newer is needed" in done.stdout


# The date that a build is for

def build_date(checkout: Path, **variables: str) -> str:
    done = make(checkout, "--eval", "date: ; @echo $(BUILD_DATE)", "date", **variables)
    assert done.returncode == 0 and "fatal" not in done.stderr, f"why there is no date is nobody's business: {done.stderr}"
    return done.stdout.strip()


def git(folder: Path, *arguments: object) -> None:
    command = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    subprocess.run([*command, *arguments], check=True, capture_output=True,
                   env=outside | {"GIT_COMMITTER_DATE": f"{COMMITTED}T12:00:00Z", "GIT_AUTHOR_DATE": f"{COMMITTED}T12:00:00Z"})


def committed(folder: Path) -> Path:
    """A repository with everything in ``folder`` committed."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=a")
    return folder


def a_clone(folder: Path) -> Path:
    return committed(copied(folder / "100% grün site"))


def a_shallow_clone(folder: Path) -> Path:
    git(folder, "clone", "--quiet", "--depth=1", committed(copied(folder / "origin")).as_uri(), folder / "checkout")
    return folder / "checkout"


def a_worktree(folder: Path) -> Path:
    git(committed(copied(folder / "origin")), "worktree", "add", "--quiet", folder / "checkout")
    return folder / "checkout"


def a_submodule(folder: Path) -> Path:
    committed(copied(folder / "origin"))
    (folder / "outer").mkdir()
    git(folder / "outer", "init", "--quiet")
    git(folder / "outer", "submodule", "--quiet", "add", folder / "origin", "checkout")
    return folder / "outer/checkout"


def a_link_to_a_clone(folder: Path) -> Path:
    (folder / "checkout").symlink_to(a_clone(folder))
    return folder / "checkout"


@pytest.mark.parametrize("kind", [a_clone, a_shallow_clone, a_worktree, a_submodule, a_link_to_a_clone])
def test_a_checkout_without_changes_is_built_for_its_last_commits_date(tmp_path, kind):
    """Also below a hook of another repository, which leaves its own names for the folders in the environment."""
    checkout = kind(tmp_path)
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "--quiet")
    assert build_date(checkout) == COMMITTED
    hook = {"GIT_DIR": str(tmp_path / "other/.git"), "GIT_WORK_TREE": str(tmp_path / "other"), "GIT_INDEX_FILE": "other/.git/index"}
    assert build_date(checkout, **hook) == COMMITTED


def a_changed_clone(folder: Path) -> Path:
    (a_clone(folder) / "new").touch()
    return folder / "100% grün site"


def a_tarball_that_another_repository_ignores(folder: Path) -> Path:
    checkout = copied(folder / "vendor")
    (folder / ".gitignore").write_text("vendor\n")
    committed(folder)
    return checkout


def a_tarball_that_another_repository_has_committed(folder: Path) -> Path:
    checkout = copied(folder / "vendor")
    committed(folder)
    return checkout


def a_repository_without_a_commit(folder: Path) -> Path:
    git(copied(folder / "checkout"), "init", "--quiet")
    (folder / "checkout/.git/info/exclude").write_text("*\n")
    return folder / "checkout"


@pytest.mark.parametrize("kind", [a_changed_clone, a_tarball_that_another_repository_ignores,
                                  a_tarball_that_another_repository_has_committed, a_repository_without_a_commit])
def test_what_no_commit_of_its_own_dates_is_built_for_today(tmp_path, kind):
    """Inside another repository a tarball took that one's date, by which every claim may be stale."""
    checkout = kind(tmp_path)
    before = datetime.date.today()
    assert build_date(checkout) in {str(before), str(datetime.date.today())}


@pytest.mark.parametrize("trouble", ["a foreign hook", "no git", "an owner that git distrusts"])
def test_a_checkout_whose_repository_cannot_be_asked_is_built_for_today(tmp_path, trouble):
    """A host may lack git, or build as another user than the one who cloned."""
    (tmp_path / "bin").mkdir()
    executable(tmp_path / "bin/git", "#!/bin/sh\nexit 127\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file").touch()
    other = committed(tmp_path / "other")
    checkout, variables = {
        "a foreign hook": (copied(tmp_path / "tarball"), {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other)}),
        "no git": (committed(copied(tmp_path / "clone")), {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}),
        "an owner that git distrusts": (committed(copied(tmp_path / "distrusted")), {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}),
    }[trouble]
    before = datetime.date.today()
    assert build_date(checkout, **variables) in {str(before), str(datetime.date.today())}
