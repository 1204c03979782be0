"""The site owner's words: title and summary of each essay, in the owner's order, from owner.toml beside conf.py."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ..build.kept import ctime
from ..text.files import read_toml

FILE = "owner.toml"


def owners_words(root: Path) -> dict[str, dict[str, str]]:
    """Slug -> {"title", "summary"}, in the owner's order."""
    path = Path(root, FILE)
    return _read(path, ctime(os.fspath(path)))


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> dict[str, dict[str, str]]:
    return read_toml(path)
