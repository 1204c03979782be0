"""The rules for Python."""

from rules import around, called_in, file_of, only_logs, rule, tries_again
from trees import field, last_name, names_one, statements, text

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# Those that take a limit, and how many positional arguments come with it.
LIMITED = {"urlopen": 3, "create_connection": 2, "HTTPConnection": 3, "HTTPSConnection": 3, "SMTP": 4}
RUNS = {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output")}
QUEUES = ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue")
STARTS = ("create_task", "ensure_future", "submit")
LOOPS = ("for_statement", "while_statement")
LEAVING = ("return_statement", "break_statement", "raise_statement")
MUTABLE = ("list", "dictionary", "set", "list_comprehension", "dictionary_comprehension", "set_comprehension")
MAKERS = ("list", "dict", "set", "defaultdict", "OrderedDict", "deque", "Counter")
QUERIES = ("execute", "executemany", "fetchone", "fetchall", "scalar", "scalars", "get_or_create", "refresh")


def arguments(call):
    """(how many positional ones, {keyword: its value}, whether there may be more in a * or **)."""
    given = statements(field(call, "arguments"))
    keywords = {text(field(one, "name")): text(field(one, "value")) for one in given if one.type == "keyword_argument"}
    splat = any(one.type in ("dictionary_splat", "list_splat") for one in given)
    return sum(one.type not in ("keyword_argument", "dictionary_splat", "list_splat") for one in given), keywords, splat


def unlimited(call, positional, keyword="timeout"):
    """Whether a call is made without its limit, which may also be the positional argument of that number."""
    count, keywords, splat = arguments(call)
    return not splat and count < positional and keywords.get(keyword, "None") == "None"


@rule("python", "no-timeout", "call")
def no_timeout(node):
    callee = text(field(node, "function"))
    owner, _, name = callee.rpartition(".")
    if owner == "requests" and name in VERBS:
        return unlimited(node, 99)
    if name in LIMITED and owner in ("", "urllib.request", "request", "socket", "http.client", "client", "httplib", "smtplib"):
        return unlimited(node, LIMITED[name])


@rule("python", "endless-wait", "call")
def endless_wait(node):
    callee = field(node, "function")
    if text(callee) in RUNS:
        return unlimited(node, 99)
    if callee.type != "attribute" or node.parent.type == "await":
        return None
    name, (count, keywords, splat) = last_name(callee), arguments(node)
    if name == "communicate":
        return unlimited(node, 2)
    if name == "wait" or name == "join" and ("timeout" in keywords or not count + len(keywords)):
        return not count and not splat and keywords.get("timeout", "None") == "None"


@rule("python", "unbounded-queue", "call")
def unbounded_queue(node):
    name = last_name(field(node, "function"))
    if name in QUEUES:
        count, keywords, splat = arguments(node)
        return name == "SimpleQueue" or not (count or splat or keywords.get("maxsize", "0") != "0")


@rule("python", "unbounded-cache", "assignment")
def unbounded_cache(node):
    left, right = field(node, "left"), field(node, "right")
    name = last_name(left)
    empty = right and (right.type == "dictionary" and not right.named_children or right.type == "call" and last_name(field(right, "function")) in ("dict", "defaultdict", "OrderedDict"))
    lasts = left.type == "attribute" or not around(node, "function_definition")
    if empty and lasts and "cache" in name.lower():
        whole = file_of(node)
        return not any(word in whole for word in (f"{name}.pop", f"{name}.clear(", f"del {text(left)}[", f"del self.{name}["))


@rule("python", "unbounded-cache", "decorator")
def unbounded_memo(node):
    said = text(node).removeprefix("@").removeprefix("functools.").replace(" ", "")
    if said.partition("(")[0] in ("cache", "lru_cache"):
        function = field(node.parent, "definition")
        varies = bool(statements(field(function, "parameters")))
        return varies and (said == "cache" or "maxsize=None" in said or said == "lru_cache(None)")


@rule("python", "retry-without-pause", *LOOPS)
def retry_without_pause(node):
    over = field(node, "right")
    if node.type == "while_statement" or last_name(field(over, "function")) == "range" or names_one(over, ("retr", "attempt", "tries")):
        return tries_again(node, ("try_statement",), ("except_clause",), LEAVING)


@rule("python", "unheard-failure", "call")
def unheard_failure(node):
    callee = field(node, "function")
    if last_name(callee) in STARTS and (callee.type == "attribute" or text(callee) != "submit"):
        held = names_one(field(callee, "object"), ("group", "tg", "nursery")) if callee.type == "attribute" else False
        return node.parent.type == "expression_statement" and not held


def handler(clause):
    """(the broad exception that it names, or None; its block)."""
    *named, block = [child for child in clause.named_children if "comment" not in child.type]
    what = text(named[0]) if named else "BaseException"
    words = what.partition(" as ")[0].strip("()").replace(" ", "").split(",")
    return next((word for word in words if word in ("Exception", "BaseException")), None), block


@rule("python", "empty-catch", "except_clause")
def empty_catch(node):
    return all(one.type == "pass_statement" or text(one) == "..." for one in statements(handler(node)[1]))


@rule("python", "log-only-catch", "except_clause")
def log_only_catch(node):
    broad, block = handler(node)
    return only_logs(block, ("call",)) if broad else None


@rule("python", "mutable-default", "default_parameter", "typed_default_parameter")
def mutable_default(node):
    value = field(node, "value")
    return value.type in MUTABLE or value.type == "call" and last_name(field(value, "function")) in MAKERS


@rule("python", "query-in-loop", *LOOPS)
def query_in_loop(node):
    calls = called_in(node, "call", LOOPS)
    if calls:
        return any(_queries(text(field(call, "function"))) for call in calls)


def _queries(callee):
    owner, _, name = callee.rpartition(".")
    return bool(owner) and (name in QUERIES or owner.endswith(".objects") or owner == "requests" and name in VERBS or name == "query" and "session" in owner)


@rule("python", "post-without-key", "function_definition")
def post_without_key(node):
    decorators = [text(one) for one in node.parent.named_children if one.type == "decorator"] if node.parent.type == "decorated_definition" else []
    routed = any(".post(" in one or "methods=" in one and "POST" in one for one in decorators)
    if routed or text(field(node, "name")) == "post" and text(field(node, "parameters")).startswith("(self"):
        return not names_one(node.parent if routed else node, ("idempot",))
