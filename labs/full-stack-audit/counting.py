"""Every place of a codebase where a pattern could be, and whether it is there: what the lab and the reader's tool both count."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import rules_java  # noqa: F401  registers its rules, as the next two do
import rules_python  # noqa: F401
import rules_react  # noqa: F401
import trees
from rules import RULES
from trees import COMMENTS, LANGUAGES, SCOPES


class Place(NamedTuple):
    """function: the names that it stands in, "Class.method". what: how its code begins. commented: whether a comment is within a line."""

    pattern: str
    path: str
    function: str
    line: int
    what: str
    hit: bool
    commented: bool


@dataclass
class Counted:
    """Of a codebase. functions: (path, names) of each function and class, "" for the file's own level. lines: with code, by language; near: how many
    of them have a comment within a line. damaged: files that did not parse whole."""

    places: list = field(default_factory=list)
    functions: set = field(default_factory=set)
    lines: Counter = field(default_factory=Counter)
    near: int = 0
    files: int = 0
    damaged: int = 0

    @property
    def hits(self):
        return [place for place in self.places if place.hit]


def count(root, paths):
    """What the files `paths`, named relative to `root`, have."""
    found = Counted()
    for path in paths:
        _read(found, path, (root / path).read_bytes())
    return found


def _read(found, path, source):
    ending = path[path.rindex("."):]
    language = LANGUAGES[ending]
    root, nodes = trees.parse(source, ending, (*dict.fromkeys((*RULES[language], *SCOPES[language], *COMMENTS[language])),))
    comments = [node for kind in COMMENTS[language] for node in nodes.get(kind, ())]
    near = {row + step for node in comments for row in _rows(node) for step in (-1, 0, 1)}
    code = _code(source, comments)
    scopes = sorted(scope for kind in SCOPES[language] for node in nodes.get(kind, ()) if (scope := _scope(node)))
    found.files += 1
    found.damaged += root.has_error
    found.lines[language] += len(code)
    found.near += len(code & near)
    found.functions |= {(path, ""), *((path, _standing_in(scopes, start)) for start, *_ in scopes)}
    for kind, rules in RULES[language].items():
        for node in nodes.get(kind, ()):
            for pattern, rule in rules:
                if (hit := rule(node)) is not None:
                    where = _standing_in(scopes, node.start_byte), trees.line(node)
                    found.places.append(Place(pattern, path, *where, _gist(node), hit, trees.line(node) in near))


def _rows(comment):
    return range(comment.start_point[0] + 1, comment.end_point[0] + 2)


def _code(source, comments):
    """The lines that have more than comments and blanks."""
    lines = source.split(b"\n")
    for comment in comments:
        (first, start), (last, end) = comment.start_point, comment.end_point
        for row in range(first, last + 1):
            kept = (lines[row][:start] if row == first else b"") + (lines[row][end:] if row == last else b"")
            if not kept.strip():
                lines[row] = b""
    return {row for row, words in enumerate(lines, 1) if words.strip()}


def _scope(node):
    """(where it begins, where it ends, its name), or None for a variable that is no function."""
    value = trees.field(node, "value") if node.type == "variable_declarator" else None
    if node.type != "variable_declarator" or value and value.type in ("arrow_function", "function_expression"):
        return node.start_byte, node.end_byte, trees.text(trees.field(node, "name"))


def _standing_in(scopes, place):
    return ".".join(name for start, end, name in scopes if start <= place < end)


def _gist(node):
    return trees.text(node).partition("\n")[0].partition("(")[0][:60].strip()
