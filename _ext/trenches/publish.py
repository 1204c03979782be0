"""Put a finished build in the place of the last one: readers see the old site or the new, never a part of either."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2


def publish(built: Path, site: Path) -> None:
    """Make ``site`` equal ``built`` in one step. What did not change is linked, not copied. Raises OSError."""
    files, published = _files(built), _files(site)
    # Sphinx gives a stylesheet its source's date, which may be that of the version before.
    last = os.stat(site).st_ctime_ns if site.is_dir() else 0
    kept = {name for name, status in files.items()
            if _stamp(status) == _stamp(published.get(name)) and status.st_ctime_ns < last}
    if kept == files.keys() == published.keys():
        return
    new = site.with_name(site.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    for folder in {os.path.dirname(name) for name in files}:
        os.makedirs(new / folder, exist_ok=True)
    for name in files:
        target = os.path.join(new, name)
        if name in kept:
            os.link(os.path.join(site, name), target)
        else:
            shutil.copyfile(os.path.join(built, name), target)
            os.utime(target, ns=(files[name].st_atime_ns, files[name].st_mtime_ns))
    _exchange(new, site)
    shutil.rmtree(new, ignore_errors=True)


def _stamp(status: os.stat_result | None) -> tuple[int, int] | None:
    return status and (status.st_size, status.st_mtime_ns)


def _files(folder: Path) -> dict[str, os.stat_result]:
    """Path below ``folder`` -> status of every file."""
    found, pending = {}, [str(folder)] if folder.is_dir() else []
    start = len(str(folder)) + 1
    while pending:
        for entry in os.scandir(pending.pop()):
            if entry.is_dir():
                pending.append(entry.path)
            else:
                found[entry.path[start:]] = entry.stat()
    return found


def _exchange(new: Path, site: Path) -> None:
    """Swap two folders; where the system cannot do that in one step, there is a moment with neither."""
    if not site.exists():
        site.parent.mkdir(parents=True, exist_ok=True)
        new.rename(site)
        return
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap and swap(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(site), RENAME_EXCHANGE) == 0:
        return
    old = site.with_name(site.name + ".old")
    site.rename(old)
    new.rename(site)
    shutil.rmtree(old)


if __name__ == "__main__":
    try:
        publish(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; the last site stands as it was; make room or mend this, and build again")
