"""The YAML at the head of an essay: plain texts and lists only, each key with its line."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from ..text.files import CONTROL, UNSEEN, difference, line_of

# What is taken for --- at a glance: other dashes, blanks around them, YAML's own end.
LIKE_A_FENCE = re.compile(r"(?=.*\S)[\s\u00ad\u200b-\u200f\u2060\ufeff.=_*\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+")


def split(text: str, required: tuple[str, ...], problem: Callable[[int, str], None]) -> tuple[dict[str, tuple[object, int]], str, int]:
    """Split an essay into {key: (value, line)}, its body, and the line the body starts on; tell ``problem`` what is wrong."""
    match = re.match(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", text, re.DOTALL)
    if not match:
        problem(*_unfenced(text.split("\n"), required))
        return {}, "", 1
    try:
        # An alias may hold itself, or a thousand others.
        for token in yaml.scan(match[1], Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AnchorToken):
                raise yaml.MarkedYAMLError(problem="an anchor, &", problem_mark=token.start_mark)
        node = yaml.compose(match[1], Loader=yaml.SafeLoader)
        if not isinstance(node, yaml.MappingNode):
            problem(2, "front matter is not a list of `key: value` lines; write it so")
            return {}, "", 1
        fields = _plain(node)
    except yaml.MarkedYAMLError as error:
        # YAML complains of what follows a key whose blank is none.
        mark, unseen = error.problem_mark or error.context_mark, UNSEEN.search(match[1])
        line = line_of(text, match.start(1) + unseen.start()) if unseen else mark.line + 2
        problem(line, f"broken YAML: {error.problem}; mend the front matter")
        return {}, "", 1
    except (yaml.YAMLError, RecursionError):
        problem(2, "broken YAML: odd characters or too many brackets; mend the front matter")
        return {}, "", 1
    return fields, text[match.end():], text[:match.end()].count("\n") + 1


def _unfenced(lines: list[str], required: tuple[str, ...]) -> tuple[int, str]:
    """The line at which an essay's front matter does not begin or end, and why."""
    begun = lines[0].rstrip(" \t") == "---"
    like = [number for number, line in enumerate(lines, 1) if LIKE_A_FENCE.fullmatch(line)][begun:]
    if like and (begun or like[0] == 1):
        return like[0], f"this line must be --- and nothing else: {difference(lines[like[0] - 1], '---')}"
    if begun:
        return 1, "the front matter that begins here has no end; put --- on a line of its own below its last key"
    return 1, f"no front matter; begin the file with --- and the keys {', '.join(required)}: {difference(lines[0], '---')}"


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, tuple[object, int]] = {}
        for key, value in node.value:
            name, line = _plain_key(key), key.start_mark.line + 2
            if name in fields:
                raise yaml.MarkedYAMLError(problem=f"`{name}:` stands on line {fields[name][1]} already", problem_mark=key.start_mark)
            fields[name] = _plain(value), line
        return fields
    if CONTROL.search(node.value):
        raise yaml.MarkedYAMLError(problem="a control character", problem_mark=node.start_mark)
    return node.value


def _plain_key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key that is not a word", problem_mark=node.start_mark)
    return node.value
