"""Put a finished build in the place of the last one, and touch nothing there that was not published from here.

The site carries a list of what was published, a path a line; a file that it does not name is somebody else's and stays.
A folder that holds only ours is exchanged in one step: readers see the old site or the new, never a part of either.
Where that cannot be (somebody else's file is in it, it is a mount point, another disk, a system without exchange) the new
files are laid ready in the folder and then renamed one by one: what pages load, the pages, and at last what went is removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import filecmp
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

LIST, READY = ".trenches", ".trenches.new"
AT_FDCWD, RENAME_EXCHANGE = -100, 2

# Path below a folder -> status. A folder with nothing in it counts, with a closing slash: it may be somebody's.
Files = dict[str, os.stat_result]


class Refused(Exception):
    """What is wrong and the cure, in one line. Nothing was changed."""


def publish(built: Path, site: Path) -> None:
    """Make the published part of ``site``, whose links are followed, equal ``built``. Raises Refused and OSError."""
    site = Path(os.path.realpath(site))
    site.parent.mkdir(parents=True, exist_ok=True)
    with alone(site.parent):
        _publish(built, site)


def _publish(built: Path, site: Path) -> None:
    files, found = _files(built), _scan(site)
    if unlistable := next((name for name in files if "\n" in name), None):
        raise Refused(f"{unlistable!r} has a line break in its name, which no list of files can hold; rename it")
    ours = _ours(site, found, built)
    if ours != found.keys():
        _refuse_collisions(site, files, found.keys() - ours)
    kept = _unchanged(site, files, found, ours)
    if kept == files.keys() == ours and _listed(site) == ours:
        return
    new = built.with_name("new")
    shutil.rmtree(new, ignore_errors=True)
    if ours == found.keys() and new.parent.stat().st_dev == site.parent.stat().st_dev:
        _lay_ready(built, new, files, site, kept)
        # What somebody put there meanwhile would go with the old folder.
        exchanged = _scan(site).keys() == found.keys() and _exchange(new, site)
        shutil.rmtree(new, ignore_errors=True)
        if exchanged:
            return
    _replace(built, site, files, ours, kept)


def adopt(site: Path, built: Path) -> None:
    """Give a site from before there were lists its own, if the last build, which is still ``built``, wrote its every file."""
    found = _scan(site)
    if found and not os.path.lexists(site / LIST):
        with contextlib.suppress(Refused):
            _write_list(site, _ours(site, found, built))


def retract(site: Path, built: Path) -> None:
    """Remove from ``site`` what was published, and the folder if nothing else is in it. Raises Refused."""
    _remove(site, _ours(site, _scan(site), built))
    shutil.rmtree(site / READY, ignore_errors=True)
    if _scan(site):
        # What is left is not ours, and the folder stays one that may be published to.
        _write_list(site, ())
    else:
        (site / LIST).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            site.rmdir()


@contextlib.contextmanager
def alone(path: Path, prepare: Callable[[], object] = lambda: None) -> Iterator[int]:
    """Keep others who ask for the same file or folder waiting, as long as this process and all that inherit the
    descriptor live. It is opened again if whoever had it took it away; ``prepare`` goes before each time."""
    while True:
        prepare()
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            _lock(descriptor, path)
            if os.path.exists(path) and os.path.samestat(os.fstat(descriptor), os.stat(path)):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another make that builds in {path if path.is_dir() else path.parent}", file=sys.stderr, flush=True)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        """A file system without locks, which can be built on all the same."""


def _files(folder: Path) -> Files:
    return {name: status for name, status in _scan(folder).items() if not name.endswith("/")}


def _scan(folder: Path) -> Files:
    """All in ``folder`` but what the publisher keeps there for itself. No link is followed: nothing outside is ever found."""
    found, pending = {}, [""] if folder.is_dir() else []
    while pending:
        below = pending.pop()
        try:
            entries = list(os.scandir(folder / below))
        except PermissionError:
            entries = []  # Somebody else's, like the lost+found of a disk.
        if below and not entries:
            found[below] = os.lstat(folder / below)
        for entry in entries:
            name = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                pending.append(f"{name}/")
            else:
                found[name] = entry.stat(follow_symlinks=False)
    return {name: status for name, status in found.items() if name != LIST and name.partition("/")[0] != READY}


def _listed(site: Path) -> set[str] | None:
    try:
        return set(os.fsdecode((site / LIST).read_bytes()).split("\n")) - {""}
    except FileNotFoundError:
        return None


def _write_list(folder: Path, names: Iterable[str]) -> None:
    """Write it beside and rename it: a list that was cut short would disown the rest of the site."""
    ready = folder / READY / LIST
    ready.parent.mkdir(parents=True, exist_ok=True)
    ready.write_bytes(os.fsencode("".join(f"{name}\n" for name in sorted(names))))
    ready.replace(folder / LIST)
    with contextlib.suppress(OSError):
        ready.parent.rmdir()


def _ours(site: Path, found: Files, built: Path) -> set[str]:
    """Those of the files ``found`` that were published from here: what a list says beyond them means nothing.

    Without a list they are ours if each is, to the byte, one that was ``built``.
    """
    names = {name for name in found if not name.endswith("/")}
    listed = _listed(site)
    if listed is not None:
        return names & listed
    for name in sorted(names):
        if not (stat.S_ISREG(found[name].st_mode) and (built / name).is_file() and filecmp.cmp(site / name, built / name)):
            raise Refused(f"{site / name} was not published from here, so nothing in {site} is touched; "
                          "move it away, or name another folder")
    return names


def _refuse_collisions(site: Path, files: Files, foreign: set[str]) -> None:
    """Somebody else's file or link stands where one of ours, or a folder of it, is to go; or their folder where a file is."""
    in_the_way = {name.rstrip("/") for name in foreign} | set(_folders(foreign))
    leaves = {name for name in foreign if not name.endswith("/")}
    for name in sorted(files):
        met = {name} & in_the_way or leaves.intersection(_folders([name]))
        if met:
            raise Refused(f"{site / met.pop()} was not published from here and stands where {name} is to go; "
                          "move it away and build again")


def _folders(names: Iterable[str]) -> set[str]:
    """Every folder on the way to one of ``names``."""
    found = set()
    for name in names:
        while (name := os.path.dirname(name)) and name not in found:
            found.add(name)
    return found


def _unchanged(site: Path, files: Files, found: Files, ours: set[str]) -> set[str]:
    # Sphinx gives a stylesheet its source's date, which may be that of the version before.
    last = os.lstat(site / LIST).st_ctime_ns if os.path.lexists(site / LIST) else 0
    return {name for name in files.keys() & ours
            if _stamp(files[name]) == _stamp(found[name]) and files[name].st_ctime_ns < last}


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return stat.S_IFMT(status.st_mode), status.st_size, status.st_mtime_ns


def _lay_ready(built: Path, new: Path, files: Files, site: Path, kept: set[str]) -> None:
    """Write the whole of ``files`` and their list to ``new``; what was ``kept`` is linked to where that can be."""
    for folder in {os.path.dirname(name) for name in files}:
        os.makedirs(new / folder, exist_ok=True)
    for name, status in files.items():
        if name not in kept or not _linked(os.path.join(site, name), os.path.join(new, name)):
            _copy(os.path.join(built, name), os.path.join(new, name), status)
    _write_list(new, files)
    if site.exists():
        shutil.copymode(site, new)


def _linked(old: str, new: str) -> bool:
    try:
        os.link(old, new)
    except OSError:
        return False
    return True


def _copy(source: str, target: str, status: os.stat_result) -> None:
    shutil.copyfile(source, target)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _exchange(new: Path, site: Path) -> bool:
    """Swap two folders in one step, if the system can."""
    if not site.exists():
        with contextlib.suppress(OSError):
            new.rename(site)
            return True
        return False
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return bool(swap) and swap(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(site), RENAME_EXCHANGE) == 0


def _replace(built: Path, site: Path, files: Files, ours: set[str], kept: set[str]) -> None:
    """Bring ``site`` up to date file by file. A full disk is met while they are laid ready, before anything changes."""
    site.mkdir(exist_ok=True)
    ready = site / READY
    changed, gone = files.keys() - kept, ours - files.keys()
    try:
        if ready.exists():
            shutil.rmtree(ready)
        for name in changed:
            (ready / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(os.path.join(built, name), os.path.join(ready, name), files[name])
            # On a disk that knows no capitals it is not by its name that somebody else's file is found.
            if name not in ours and os.path.lexists(site / name) and not os.path.isdir(site / name):
                raise Refused(f"{site / name} stands there in another spelling and was not published from here; "
                              "move it away and build again")
    except BaseException:
        shutil.rmtree(ready, ignore_errors=True)
        raise
    # Whatever is stopped from here on is ours when the next build comes.
    _write_list(site, files.keys() | ours)
    folders = _folders(files)
    in_the_way = {name for name in gone if name in folders or not files.keys().isdisjoint(_folders([name]))}
    _remove(site, in_the_way)
    for name in sorted(changed, key=lambda name: (name.endswith(".html"), name)):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(ready / name, site / name)
    _remove(site, gone - in_the_way)
    _write_list(site, files)
    shutil.rmtree(ready, ignore_errors=True)


def _remove(site: Path, names: set[str]) -> None:
    """Remove files, and the folders that this leaves empty."""
    for name in names:
        os.unlink(site / name)
    for folder in sorted(_folders(names), reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(site / folder)
