"""The rules for Python."""

from rules import CACHES, around, called_in, file_of, only_logs, rule, tries_again
from trees import field, last_name, names_one, statements, text

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# Those that take a limit, and how many positional arguments come with it.
LIMITED = {"urlopen": 3, "create_connection": 2, "HTTPConnection": 3, "HTTPSConnection": 3, "SMTP": 4}
# Clients that wait for ever unless they are told otherwise, by which keyword.
CLIENTS = {"psycopg.connect": "connect_timeout", "psycopg2.connect": "connect_timeout", "pymysql.connect": "read_timeout", "redis.Redis": "socket_timeout",
           "redis.StrictRedis": "socket_timeout"}
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
    if name in VERBS and (owner == "requests" or owner.endswith("session") and "requests.Session(" in file_of(node)):
        return unlimited(node, 99)
    if owner == "httpx":
        return arguments(node)[1].get("timeout") == "None"
    if callee in CLIENTS:
        return unlimited(node, 99, CLIENTS[callee])
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
    owner = last_name(field(callee, "object")).lower()
    if name in ("wait", "acquire") or name == "result" and "fut" in owner or name == "get" and "queue" in owner and not count or name == "join" and ("timeout" in keywords or not count + len(keywords)):
        return not count and not splat and keywords.get("timeout", "None") == "None"


@rule("python", "unbounded-queue", "call")
def unbounded_queue(node):
    name = last_name(field(node, "function"))
    if name in ("ThreadPoolExecutor", "ProcessPoolExecutor"):
        return not around(node, "with_item")  # with which it ends
    if name in QUEUES:
        count, keywords, splat = arguments(node)
        return name == "SimpleQueue" or not (count or splat or keywords.get("maxsize", "0") != "0")


@rule("python", "unbounded-cache", "assignment")
def unbounded_cache(node):
    left, right = field(node, "left"), field(node, "right")
    name = last_name(left)
    empty = right and (right.type == "dictionary" and not right.named_children or right.type == "call" and last_name(field(right, "function")) in ("dict", "defaultdict", "OrderedDict"))
    lasts = left.type == "attribute" or not around(node, "function_definition")
    if empty and lasts and any(word in name.lower() for word in CACHES):
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
        return tries_again(node, text(field(node, "condition")) in ("True", "1"), ("try_statement",), ("except_clause",), LEAVING)


@rule("python", "retry-without-pause", "decorator")
def retrying(node):
    said = text(node).removeprefix("@").removeprefix("tenacity.")
    if said.partition("(")[0] == "retry" and "tenacity" in file_of(node):
        return "stop=" not in said or "wait=" not in said


@rule("python", "unheard-failure", "call")
def unheard_failure(node):
    callee = field(node, "function")
    if last_name(callee) == "start" and last_name(field(field(callee, "object"), "function")) == "Thread":
        return True
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
    broad, block = handler(node)
    return all(one.type == "pass_statement" or text(one) == "..." for one in statements(block)) if broad else None


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
