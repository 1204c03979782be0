"""The files that run, and the commit that holds them.

Git is asked what a commit holds and never what has changed: it does not show what somebody's private excludes,
settings or index flags hide, and all of that runs.
"""

import hashlib
import os
import subprocess
from fnmatch import fnmatch
from pathlib import Path

from _harness import LabError

# Environments, caches, quick results, and what an editor keeps beside a file that is only being read.
SCRATCH = (".venv", ".quick", ".cache", "__pycache__", ".pytest_cache", ".hypothesis", ".*.sw?", ".#*", "*~")
# A hook's git hands these down, and they name its repository rather than the one that a lab lies in.
HANDED_DOWN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


class Sources:
    """The lab's and the harness's files, as they were when this was made.

    By then Python has read the lab's modules; what they start or open is read later, while the lab runs. What the
    lab itself writes does not count: a second run is not dirty because the first one's results are not committed yet.
    root: the checkout, without links in its path, as git names it.
    """

    def __init__(self, root, slug):
        self._root = root
        self._lab = f"labs/{slug}"
        self._start = self._now = self._read()

    def check(self):
        """LabError if a file is no longer what the modules in memory were read from."""
        self._now = self._read()
        for name in sorted(self._start.keys() | self._now.keys()):
            if _blob(self._start, name) != _blob(self._now, name):
                raise LabError(f"{name} changed while the lab waited; start it again")

    def uncommitted(self):
        """HEAD's full hash, and the first file that differs from it, or None. LabError if it holds no files of ours."""
        top = git(self._root, "rev-parse", "--show-toplevel").removesuffix("\n")
        if Path(top) != self._root:
            raise LabError(f"the receipt names the commit, but this is no clone: it lies in {top}, a repository of others")
        head = git(self._root, "rev-parse", "HEAD").strip()
        listed = git(self._root, "ls-tree", "-r", "-z", head, "--", self._lab, "labs/_harness").split("\0")
        entries = (entry.partition("\t") for entry in listed if entry)
        held = {name: (about.split()[2], None) for about, _, name in entries if not self._written(name)}
        names = sorted(held.keys() | self._now.keys())
        return head, next((name for name in names if _blob(held, name) != _blob(self._now, name)), None)

    def touched(self):
        """The first file that was written since the run began, even if it is now what it was; or None."""
        after = self._read()
        return next((name for name in sorted(after.keys() | self._now.keys()) if after.get(name) != self._now.get(name)), None)

    def _read(self):
        """{path: (its hash as git computes it, time of its last change)}."""
        found = {}
        for top in (self._lab, "labs/_harness"):
            for folder, folders, files in os.walk(self._root / top):
                folders[:] = [name for name in folders if not _scratch(name)]
                for name in (*files, *folders):
                    path = os.path.join(folder, name)
                    short = os.path.relpath(path, self._root)
                    if not _scratch(name) and not self._written(short) and (entry := _entry(path, short)):
                        found[short] = entry
        return found

    def _written(self, name):
        outputs = ("results.json", "samples/*", "figures/*.svg", "replications/*.json")
        return any(fnmatch(name, f"{self._lab}/{pattern}") for pattern in outputs)


def git(root, *arguments):
    """What git prints of the checkout at `root`. LabError in git's own words if it refuses."""
    environment = {name: value for name, value in os.environ.items() if name not in HANDED_DOWN}
    try:
        done = subprocess.run(["git", "-C", root, *arguments], env=environment, capture_output=True)
    except FileNotFoundError:
        raise LabError("the receipt names the commit, so git must be installed") from None
    if done.returncode:
        reason = os.fsdecode(done.stderr).strip().splitlines()[0]
        raise LabError(f"the receipt names the commit, but git says: {reason}")
    return os.fsdecode(done.stdout)


def _scratch(name):
    return any(fnmatch(name, pattern) for pattern in SCRATCH)


def _blob(files, name):
    return files.get(name, (None,))[0]


def _entry(path, short):
    """Hash and time of a file or a link; None for what is neither, or is just gone."""
    try:
        if os.path.islink(path):
            content = os.fsencode(os.readlink(path))
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                content = file.read()
        else:
            return None
        changed = os.lstat(path).st_ctime_ns
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LabError(f"{short}: {error.strerror}; the receipt names the files that run, so they must be readable") from None
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(), changed
