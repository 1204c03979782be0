"""The patterns, and what rules are: functions that look at a node of a syntax tree.

    @rule("python", "empty-catch", "except_clause")
    def empty_catch(node):
        ...

A rule returns None if the node is no place for the pattern, False if it is one and all is well, and True for a hit.
"""

import tomllib
from collections import defaultdict
from pathlib import Path

from trees import field, statements, text, within

HERE = Path(__file__).parent
PATTERNS = tomllib.loads((HERE / "patterns.toml").read_text("utf-8"))
SHAPES = ("absence", "presence", "semantic")
RULES = defaultdict(lambda: defaultdict(list))  # {language: {kind of node: [(pattern, function)]}}
PAUSES = ("sleep", "wait", "backoff", "delay", "settimeout", "await(", "park", "poll(", "pause")
CACHES = ("cache", "memo")
LOGS = ("log", "logger", "logging", "console", "print", "warn", "error", "debug", "info", "exception", "printstacktrace", "trace", "_log", "println")


def rule(language, pattern, *kinds):
    assert pattern in PATTERNS

    def register(function):
        for kind in kinds:
            RULES[language][kind].append((pattern, function))
        return function

    return register


def shape(pattern):
    return PATTERNS[pattern]["shape"]


def patterns_of(language):
    """The patterns that have a rule in that language, in the list's order."""
    has = {pattern for rules in RULES[language].values() for pattern, _ in rules}
    return [pattern for pattern in PATTERNS if pattern in has]


def tries_again(loop, endless, tries, handlers, leaving):
    """Of a loop that is left when an attempt succeeds and goes on when it fails: whether it does so at once, or, `endless`, for ever. None of
    another loop.

    tries, handlers, leaving: the kinds of node that attempt, that handle a failure, and that leave a loop.
    """
    for attempt in within(loop, *tries, later=False):
        succeeds = next(within(field(attempt, "body"), *leaving, later=False), None)
        blocks = [field(one, "body") or one.named_children[-1] for one in within(attempt, *handlers, later=False)]
        if succeeds and any(not statements(block) or statements(block)[-1].type not in leaving for block in blocks):
            said = text(loop).lower().replace("await ", "")
            gives_up = any(next(within(body, *leaving, later=False), None) for body in blocks)
            return endless and not gives_up or not any(word in said for word in PAUSES)
    return None


def called_in(loop, kind, loops):
    """The calls that each turn of `loop` makes, without those of loops in it."""
    body = field(loop, "body")
    inner = {call.id for one in within(body, *loops, later=False) for call in within(one, kind)} if body else ()
    return [call for call in within(body, kind, later=False) if call.id not in inner] if body else []


def file_of(node):
    """The text of the whole file."""
    while node.parent:
        node = node.parent
    return text(node)


def around(node, *kinds):
    """The nearest node of these kinds that `node` stands in, or None."""
    while node and node.type not in kinds:
        node = node.parent
    return node


def only_logs(body, calls):
    """Whether a handler does nothing but write to a log: each statement a call of one of the kinds `calls`."""
    done = statements(body)
    return bool(done) and all(one.type == "expression_statement" and one.named_children and one.named_children[0].type in calls
                              and set(_words(one.named_children[0])) & set(LOGS) for one in done)


def _words(call):
    """The names that a call goes through, "self.log.error(...)" as self, log, error."""
    return text(call).partition("(")[0].lower().replace("()", "").split(".")
