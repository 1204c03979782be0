"""The YAML at the head of an essay: plain texts and lists only, each key with its line."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

# XML, and so the feeds, can hold none of these.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def split(text: str, required: tuple[str, ...], problem: Callable[[int, str], None]) -> tuple[dict[str, tuple[object, int]], str, int]:
    """Split an essay into {key: (value, line)}, its body, and the line the body starts on; tell ``problem`` what is wrong."""
    match = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if not match:
        problem(1, "no front matter; begin the file with --- and the keys " + ", ".join(required))
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
        mark = error.problem_mark or error.context_mark
        problem(mark.line + 2, f"broken YAML: {error.problem}; mend the front matter")
        return {}, "", 1
    except (yaml.YAMLError, RecursionError):
        problem(2, "broken YAML: odd characters or too many brackets; mend the front matter")
        return {}, "", 1
    return fields, text[match.end():], text[:match.end()].count("\n") + 1


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {_plain_key(key): (_plain(value), key.start_mark.line + 2) for key, value in node.value}
    if CONTROL.search(node.value):
        raise yaml.MarkedYAMLError(problem="a control character", problem_mark=node.start_mark)
    return node.value


def _plain_key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key that is not a word", problem_mark=node.start_mark)
    return node.value
