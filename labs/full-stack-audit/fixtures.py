"""What each rule has to say of three hits and of three that are none: checked before anything is counted.

fixtures/<language>.toml has, for each pattern, `hits` and `others`: pieces of code, each with one such place at most, and a name for the file's ending.
"""

import tempfile
import tomllib
from pathlib import Path

from _harness import LabError

from counting import count
from rules import patterns_of

FOLDER = Path(__file__).parent / "fixtures"
ENDINGS = {"python": ".py", "java": ".java", "react": ".tsx"}
EACH = 3


def check():
    """LabError for the first piece that its rule judges otherwise, and for a rule that has too few."""
    with tempfile.TemporaryDirectory() as folder:
        for language, ending in ENDINGS.items():
            pieces = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
            if odd := set(pieces) ^ set(patterns_of(language)):
                raise LabError(f"fixtures/{language}.toml: {', '.join(sorted(odd))} has no rule, or no pieces")
            for pattern, of_pattern in pieces.items():
                for kind, wanted in (("hits", 1), ("others", 0)):
                    if len(of_pattern[kind]) < EACH:
                        raise LabError(f"fixtures/{language}.toml: {pattern} has {len(of_pattern[kind])} {kind}; it needs {EACH}")
                    for piece in of_pattern[kind]:
                        if (found := _hits(Path(folder), f"piece{ending}", piece, pattern)) != wanted:
                            raise LabError(f"fixtures/{language}.toml: {pattern} has {found} hits, not {wanted}, in {piece!r}")


def _hits(folder, name, piece, pattern):
    (folder / name).write_text(piece, "utf-8")
    found = count(folder, [name])
    if found.damaged:
        raise LabError(f"fixtures: {piece!r} does not parse")
    return sum(hit.pattern == pattern for hit in found.hits)
