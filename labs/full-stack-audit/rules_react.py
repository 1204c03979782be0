"""The rules for TypeScript and JavaScript with React."""

from rules import CACHES, around, called_in, file_of, only_logs, rule, tries_again
from trees import field, last_name, names_one, statements, text, within

CALL, LOOPS = "call_expression", ("for_statement", "for_in_statement", "while_statement", "do_statement")
LEAVING = ("return_statement", "break_statement", "throw_statement")
FUNCTIONS = ("arrow_function", "function_expression")
SUBSCRIBES = ("addEventListener", "setInterval", "subscribe", "observe", "addListener", "on")
STREAMS = ("WebSocket", "EventSource")
AXIOS = {f"axios.{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "request")}
WRITES = ("axios.post",)


def given(node):
    return statements(field(node, "arguments"))


def asks(node):
    """Whether a call goes to the network by fetch or axios."""
    return text(field(node, "function")) in {"fetch", "window.fetch", "globalThis.fetch", "axios"} | AXIOS


@rule("react", "no-timeout", CALL)
def no_timeout(node):
    if text(field(node, "function")) == "axios.create":
        return not names_one(field(node, "arguments"), ("timeout",)) and not next(within(node, "spread_element"), None)
    if asks(node) and given(node):
        options = given(node)[-1]
        elsewhere = len(given(node)) > 1 and options.type != "object" or next(within(options, "spread_element"), None)
        return not elsewhere and not names_one(options, ("signal", "timeout"))


@rule("react", "unbounded-cache", "variable_declarator")
def unbounded_cache(node):
    name, value = text(field(node, "name")), field(node, "value")
    if any(word in name.lower() for word in CACHES) and value and _grows(value) and not around(node, *FUNCTIONS, "function_declaration", "method_definition"):
        whole = file_of(node)
        return not any(word in whole for word in (f"{name}.delete(", f"{name}.clear(", f"delete {name}["))


def _grows(value):
    return value.type == "object" and not value.named_children or value.type == "new_expression" and text(field(value, "constructor")) in ("Map", "Set")


@rule("react", "retry-without-pause", "for_statement", "while_statement", "do_statement")
def retry_without_pause(node):
    head = text(node).partition("{")[0].lower()
    if node.type != "for_statement" or any(word in head for word in ("retr", "attempt", "tries", ";;")):
        return tries_again(node, text(field(node, "condition")).strip("();") in ("true", ""), ("try_statement",), ("catch_clause",), LEAVING)


@rule("react", "unheard-failure", "expression_statement")
def unheard_failure(node):
    call = node.named_children[0] if node.named_children else None
    names, heard = [], False
    while call and call.type == CALL and field(call, "function").type == "member_expression":
        name = last_name(field(call, "function"))
        names.append(name)
        heard |= name == "catch" or name == "then" and len(given(call)) > 1
        call = field(field(call, "function"), "object")
    if {"then", "catch"} & set(names):
        return not heard
    if call and call.type == CALL and field(call, "function").type == "identifier":
        return _fails_unheard(node, text(field(call, "function")))


def _fails_unheard(node, name):
    """Of an async function of this file: whether nothing in it handles a failure. None of any other."""
    whole = file_of(node)
    if f"async function {name}(" in whole or f"const {name} = async" in whole:
        root = around(node, "program")
        made = next(one for one in within(root, "function_declaration", "variable_declarator") if text(field(one, "name")) == name)
        return not next(within(made, "try_statement"), None) and ".catch(" not in text(made)


def effect(node):
    """The function that useEffect is given, and how many arguments there are; (None, 0) of another call."""
    name = last_name(field(node, "function"))
    if name in ("useEffect", "useLayoutEffect") and given(node) and given(node)[0].type in FUNCTIONS:
        return given(node)[0], len(given(node))
    return None, 0


@rule("react", "effect-without-cleanup", CALL)
def effect_without_cleanup(node):
    function, _ = effect(node)
    body = field(function, "body")
    if body and body.type == "statement_block" and any(_subscribes(one) for one in within(body, CALL, "new_expression", later=False)):
        return not any(one.named_children for one in within(body, "return_statement", later=False))


def _subscribes(node):
    return text(field(node, "constructor")) in STREAMS or last_name(field(node, "function")) in SUBSCRIBES


@rule("react", "empty-catch", "catch_clause")
def empty_catch(node):
    return not statements(field(node, "body"))


@rule("react", "empty-catch", CALL)
def empty_catch_of_promise(node):
    if field(node, "function").type == "member_expression" and last_name(field(node, "function")) == "catch" and given(node) and given(node)[0].type in FUNCTIONS:
        body = field(given(node)[0], "body")
        return body.type == "statement_block" and not statements(body)


@rule("react", "log-only-catch", "catch_clause")
def log_only_catch(node):
    return only_logs(field(node, "body"), (CALL,))


@rule("react", "derived-state", CALL)
def derived_state(node):
    function, count = effect(node)
    body = field(function, "body")
    if count < 2 or not body:
        return None
    done = statements(body) if body.type == "statement_block" else [body]
    calls = [one.named_children[0] if one.type == "expression_statement" else one for one in done]
    names = {text(field(call, "function")) for call in calls if call.type == CALL}
    return bool(calls) and all(call.type == CALL for call in calls) and names <= _setters(node)


def _setters(node):
    """What useState gives in this file to set its state with."""
    while node.parent:
        node = node.parent
    pairs = [field(one, "name") for one in within(node, "variable_declarator") if last_name(field(field(one, "value"), "function")) == "useState"]
    return {text(pair.named_children[-1]) for pair in pairs if pair.type == "array_pattern" and len(pair.named_children) == 2}


@rule("react", "index-key", "jsx_attribute")
def index_key(node):
    if text(node.named_children[0]) != "key":
        return None
    used = {text(one) for one in within(node, "identifier")}
    function = around(node, *FUNCTIONS)
    while function and not _maps(function):
        function = around(function.parent, *FUNCTIONS)
    parameters = statements(field(function, "parameters"))
    return len(parameters) > 1 and text(field(parameters[1], "pattern") or parameters[1]) in used


def _maps(function):
    call = function.parent and function.parent.parent
    return call and call.type == CALL and last_name(field(call, "function")) in ("map", "forEach", "flatMap", "filter", "some", "every", "find", "findIndex", "from")


@rule("react", "query-in-loop", *LOOPS)
def query_in_loop(node):
    calls = called_in(node, CALL, LOOPS)
    if calls:
        return any(map(asks, calls))


@rule("react", "post-without-key", CALL)
def post_without_key(node):
    if asks(node) and (text(field(node, "function")) in WRITES or names_one(field(node, "arguments"), ('method: "post"', "method: 'post'"))):
        return not names_one(field(node, "arguments"), ("idempot",))
