"""How often a model is asked for one task that always fails, by the retries that libraries bring along, alone and stacked."""

import queue
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from typing import TypedDict

import celery
import openai
from _harness import LabError
from _harness.servers import Redis
from celery.contrib.testing.worker import start_worker
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

PATIENCE_S = 60
# What is counted are calls, so each layer waits as little between them as it can be told to.
WAIT_S = 0.001
LAYERS = {
    "sdk": "OpenAI's client alone",
    "graph": "client in a LangGraph node with a retry policy",
    "queue": "client in a Celery task that retries",
    "all": "client in a LangGraph node in a Celery task",
}


class Failing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(self.path)
        self.send_response(503)
        self.send_header("retry-after-ms", f"{1000 * WAIT_S:g}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def measure(lab):
    """{layer: calls} of one task, and what the libraries' own defaults say: {layer: attempts}."""
    for package in ("openai", "langgraph", "celery"):
        lab.version(package, metadata.version(package))
    attempts = {"sdk": 1 + openai.DEFAULT_MAX_RETRIES, "graph": RetryPolicy().max_attempts, "queue": 1 + celery.Task.max_retries}
    with _stub() as stub:
        ask = _client(stub)
        graph = _graph(ask)
        with _queue(lab, {"queue": ask, "all": graph}) as enqueue:
            tasks = {"sdk": ask, "graph": graph, "queue": lambda: enqueue("queue"), "all": lambda: enqueue("all")}
            calls = {layer: _calls(stub, layer, task) for layer, task in tasks.items()}
    lab.log("retry layers")
    return calls, attempts


def _calls(stub, layer, task):
    """Calls until the task has failed for good."""
    stub.calls.clear()
    try:
        task()
    except openai.OpenAIError:  # its subclass is lost where Celery keeps it
        return len(stub.calls)
    raise LabError(f"{LAYERS[layer]} reports success, but the model always fails; read what is new in these libraries")


@contextmanager
def _stub():
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        server.daemon_threads, server.calls = True, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _client(stub):
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{stub.server_port}/v1", api_key="none")
    return lambda: client.chat.completions.create(model="any", messages=[{"role": "user", "content": "refund or voucher?"}])


def _graph(ask):
    class State(TypedDict):
        decision: str

    def node(state):
        return {"decision": ask()}

    graph = StateGraph(State)
    graph.add_node("ask", node, retry_policy=RetryPolicy(initial_interval=WAIT_S, jitter=False))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)
    compiled = graph.compile()
    return lambda: compiled.invoke({"decision": ""})


@contextmanager
def _queue(lab, tasks):
    """A function that has a Celery worker run one of `tasks` by its name, and raises what it failed with for good."""
    failures = queue.Queue()

    class Task(celery.Task):
        def on_failure(self, error, *_):
            failures.put(error)

    with Redis(lab.workdir) as server:
        app = celery.Celery(broker=f"redis://127.0.0.1:{server.port}/0", set_as_current=False)
        app.conf.worker_hijack_root_logger = False

        @app.task(name="task", base=Task, autoretry_for=(Exception,), default_retry_delay=WAIT_S)
        def run(name):
            tasks[name]()

        def enqueue(name):
            run.delay(name)
            raise failures.get(timeout=PATIENCE_S)

        with start_worker(app, loglevel="CRITICAL", perform_ping_check=False, shutdown_timeout=PATIENCE_S):
            yield enqueue


def record(lab, measured):
    calls, attempts = measured
    lab.value("layers.sdk.retries", attempts["sdk"] - 1, "retry|retries", "of OpenAI's client by default")
    lab.value("layers.graph.attempts", attempts["graph"], "attempt|attempts", "of a node with LangGraph's retry policy by default")
    lab.value("layers.queue.retries", attempts["queue"] - 1, "retry|retries", "of a Celery task that retries, by default")
    for layer, title in LAYERS.items():
        lab.value(f"layers.{layer}.calls", calls[layer], "call|calls", f"of a model that always fails, for one task: {title}")
    columns = {"layers": {"label": "layers", "unit": None}, "calls": {"label": "calls for one task", "unit": "count"}}
    lab.table("layers", columns, [{"layers": title, "calls": calls[layer]} for layer, title in LAYERS.items()])
