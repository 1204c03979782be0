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
    if files == published:
        return
    kept = {name for name, stamp in published.items() if files.get(name) == stamp}
    new = site.with_name(site.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    for name in files:
        target = new / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in kept:
            os.link(site / name, target)
        else:
            shutil.copy2(built / name, target)
    _exchange(new, site)
    shutil.rmtree(new, ignore_errors=True)


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Path below ``folder`` -> (size in bytes, time of change in ns) of every file."""
    found, pending = {}, [str(folder)] if folder.is_dir() else []
    start = len(str(folder)) + 1
    while pending:
        for entry in os.scandir(pending.pop()):
            if entry.is_dir():
                pending.append(entry.path)
            else:
                status = entry.stat()
                found[entry.path[start:]] = status.st_size, status.st_mtime_ns
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
