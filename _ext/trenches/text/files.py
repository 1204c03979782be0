"""Text as authors and their editors save it: what is put right, what is refused, and how to name what nobody can see."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from pathlib import Path

from _harness.results import plain

# XML, and so the feeds, can hold none of these, or they end a line for some readers of a file and not for others.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
UNSEEN = re.compile("[\u00a0\u00ad\u034f\u061c\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff]")
MARKUP = re.compile(r"[`*\[\]<>\\]|(?<!\w)_+\w|\w_+(?!\w)|&#?\w+;")


def read(path: Path) -> str:
    """The text of a file from whatever editor. Raises UnicodeDecodeError if it is not UTF-8."""
    return plain(path.read_bytes()).decode("utf-8")


def read_toml(path: Path) -> dict:
    """What the file at ``path`` says; a mistake in it ends whatever asks."""
    try:
        return tomllib.loads(read(path))
    except ValueError as error:
        line = re.search(r"line (\d+)|$", str(error))[1] or 1
        raise SystemExit(f"{os.path.relpath(path)}:{line}: {error}; mend the file") from None
    except OSError as error:
        raise SystemExit(f"{os.path.relpath(path)}: {error.strerror}; put it back") from None


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}" if character else "the end of the line"


def difference(line: str, wanted: str) -> str:
    """Where ``line`` departs from ``wanted``: "column 12 has U+00A0 NO-BREAK SPACE where U+0020 SPACE must be"."""
    at = next((i for i, (a, b) in enumerate(zip(line, wanted, strict=False)) if a != b), min(len(line), len(wanted)))
    return f"column {at + 1} has {named(line[at:at + 1])} where {named(wanted[at:at + 1])} must be"


def marked(words: str) -> str:
    """How to put right words that are shown as they stand, in feeds and lists too, but have markup; "" if they have none."""
    found = MARKUP.search(words)
    return f"markup, “{found[0]}”, which is shown as it stands; write plain words" if found else ""
