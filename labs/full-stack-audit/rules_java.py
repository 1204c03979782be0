"""The rules for Java."""

from rules import CACHES, around, called_in, file_of, only_logs, rule, tries_again
from trees import field, names_one, statements, text, within

CALL, NEW, LOOPS = "method_invocation", "object_creation_expression", ("for_statement", "enhanced_for_statement", "while_statement", "do_statement")
LEAVING = ("return_statement", "break_statement", "throw_statement")
BUILDERS = {"HttpRequest.newBuilder": ".timeout(", "HttpClient.newBuilder": ".connectTimeout(", "HttpClients.custom": ".setDefaultRequestConfig("}
ENDLESS = {"Executors.newCachedThreadPool", "Executors.newFixedThreadPool", "Executors.newSingleThreadExecutor"}
QUEUES = ("LinkedBlockingQueue", "LinkedBlockingDeque", "ArrayBlockingQueue", "PriorityBlockingQueue", "LinkedTransferQueue", "DelayQueue")
SIZELESS = ("PriorityBlockingQueue", "LinkedTransferQueue", "DelayQueue")
MAPS = ("HashMap", "ConcurrentHashMap", "LinkedHashMap", "TreeMap", "Hashtable", "ConcurrentSkipListMap")
REMOVALS = ("remove", "clear(", "computeIfPresent(", "keySet().re", "values().re", "entrySet().re", "entrySet().iterator", "values().iterator", "keySet().iterator")
BROAD = ("Exception", "Throwable", "RuntimeException")
QUERIES = ("executeQuery", "executeUpdate", "queryForObject", "queryForList", "queryForMap", "findById", "getReferenceById", "getForObject", "postForObject", "findOne")


def given(node):
    return statements(field(node, "arguments"))


def made(node):
    """Of `new a.B<C>(...)`: "B"."""
    return text(field(node, "type")).partition("<")[0].rpartition(".")[2]


def callee(node):
    """Of a.b.c(...): ("a.b", "c")."""
    return text(field(node, "object")), text(field(node, "name"))


@rule("java", "no-timeout", CALL)
def no_timeout(node):
    owner, name = callee(node)
    if f"{owner}.{name}" in ("HttpClient.newHttpClient", "HttpClients.createDefault", "HttpClients.createMinimal"):
        return True
    if name == "openStream" and "url" in owner.lower():
        return True
    if name == "openConnection":
        return not names_one(around(node, "method_declaration", "constructor_declaration", "lambda_expression", "program"), ("setreadtimeout", "setconnecttimeout"))
    if name == "build":
        return next((limit not in owner for builder, limit in BUILDERS.items() if builder in owner), None)


@rule("java", "no-timeout", NEW)
def no_timeout_made(node):
    if made(node) == "Socket":
        return len(given(node)) >= 2
    if made(node) == "RestTemplate":
        return not given(node)


@rule("java", "endless-wait", CALL)
def endless_wait(node):
    owner, name = callee(node)
    if name in ("await", "waitFor", "acquire", "block") or name == "join" and owner != "String" or name == "get" and "future" in owner.lower():
        return not given(node)


@rule("java", "unbounded-queue", NEW)
def unbounded_queue(node):
    if made(node) in QUEUES:
        return made(node) in SIZELESS or not given(node)


@rule("java", "unbounded-queue", CALL)
def unbounded_executor(node):
    return True if ".".join(callee(node)) in ENDLESS else None


@rule("java", "unbounded-cache", "field_declaration")
def unbounded_cache(node):
    declarator = field(node, "declarator")
    name, value = text(field(declarator, "name")), field(declarator, "value")
    if any(word in name.lower() for word in CACHES) and value and value.type == NEW and made(value) in MAPS:
        whole = file_of(node)
        return "removeEldestEntry" not in text(value) and not any(f"{name}.{word}" in whole for word in REMOVALS)


@rule("java", "retry-without-pause", "for_statement", "while_statement", "do_statement")
def retry_without_pause(node):
    head = text(node).partition("{")[0]
    counts_tries = node.type != "for_statement" or not field(node, "condition") or any(word in head.lower() for word in ("retr", "attempt", "tries"))
    condition = text(field(node, "condition")).strip("()")
    return tries_again(node, condition in ("true", ""), ("try_statement", "try_with_resources_statement"), ("catch_clause",), LEAVING) if counts_tries else None


@rule("java", "unheard-failure", CALL)
def unheard_failure(node):
    owner, name = callee(node)
    if name == "start" and owner.startswith("new Thread("):
        return True
    pooled = name == "submit" and any(word in owner.lower() for word in ("executor", "pool", "service", "scheduler", "worker"))
    if pooled or owner == "CompletableFuture" and name in ("runAsync", "supplyAsync"):
        return node.parent.type == "expression_statement"


def caught(clause):
    """The names of what it catches."""
    return text(next(within(clause, "catch_type"), None)).replace(" ", "").split("|")


@rule("java", "empty-catch", "catch_clause")
def empty_catch(node):
    return not statements(field(node, "body"))


@rule("java", "log-only-catch", "catch_clause")
def log_only_catch(node):
    return only_logs(field(node, "body"), (CALL,)) if set(caught(node)) & set(BROAD) else None


@rule("java", "swallowed-interrupt", "catch_clause")
def swallowed_interrupt(node):
    if "InterruptedException" in caught(node):
        body = field(node, "body")
        return "interrupt" not in text(body) and not next(within(body, "throw_statement"), None)


@rule("java", "query-in-loop", *LOOPS)
def query_in_loop(node):
    calls = called_in(node, CALL, LOOPS)
    if calls:
        return any(name in QUERIES or name.startswith("findBy") for _, name in map(callee, calls))


@rule("java", "post-without-key", "method_declaration")
def post_without_key(node):
    marks = text(next((child for child in node.named_children if child.type == "modifiers"), None))
    if text(field(node, "name")) == "doPost" or "@PostMapping" in marks or "@POST" in marks or "RequestMethod.POST" in marks:
        return not names_one(node, ("idempot",))
