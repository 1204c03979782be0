"""LangGraph killed at each place that it comes to, under each durability, and resumed from its checkpoints in PostgreSQL."""

import itertools
import json
import operator
import os
import secrets
import signal
import statistics
import threading
import time
import traceback
from importlib import metadata
from typing import Annotated, TypedDict

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import START, StateGraph
from psycopg.rows import dict_row

from _harness import LabError
from agent import Client
from stage import LEDGER, Stage, ended

STEPS = 3
SLOW_MS = 100
# Of each durability: LangGraph's name for it, how long the model takes, and enumerations; the writes of async race.
MODES = {"sync": ("sync", 0, 3), "async": ("async", 0, 5), "async_slow": ("async", SLOW_MS, 3), "exit": ("exit", 0, 2)}
TITLES = {"async_slow": "async, slow model"}
TRIES = 5  # processes after the killed one, before a run counts as stuck
SECONDS = 60  # until a process counts as hanging
DIFFER = 1  # the model never gives the same answer twice
BUILDS = {"one_node": "one node asks and sends", "split": "one node asks, the next sends under its key"}
QUICK = [("split", "sync")]
POINT = "crash point|crash points"
COUNTED = {
    "doubled": ("email|emails", "emails beyond a step's first"),
    "lost": ("step|steps", "steps without an email"),
    "divergent": ("step|steps", "steps remembered otherwise than any of their emails"),
    "stuck": ("run|runs", f"runs that {TRIES} more processes did not finish"),
}
POINTS = {
    "doubling": ("doubled", "that double an email"),
    "divergent": ("divergent", "after which a step is remembered otherwise than any of its emails"),
}
# The places that every mode of every framework has, of each step: they alone are compared.
SHARED = {"before the model", "after the model", "sent", "answered"}
FAULTLESS = {"emails": STEPS, "doubled": 0, "lost": 0, "divergent": 0}
COLUMNS = {
    "mode": {"label": "framework and durability", "unit": None},
    "build": {"label": "how a step is built", "unit": None},
    "doubled": {"label": "emails doubled by a kill at each crash point that all modes share", "unit": "count"},
    "low": {"label": "fewest in an enumeration", "unit": "count"},
    "high": {"label": "most in an enumeration", "unit": "count"},
    "divergent": {"label": "steps remembered otherwise", "unit": "count"},
    "points": {"label": "crash points", "unit": "count"},
}
LEFT = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND datname <> 'outside' AND pid <> pg_backend_pid()
"""


class Places:
    """What agent.Crash is, for several threads. It writes each place's name to a pipe, which outlives the process."""

    def __init__(self, place, pipe):
        self.place, self.pipe = place, pipe
        self.passed, self.lock = itertools.count(1), threading.Lock()

    def __call__(self, name):
        if name == "posted":  # here the same as "sent": an email on its way arrives before the next process begins
            return
        with self.lock:
            os.write(self.pipe, f"{name}\n".encode())
            if next(self.passed) == self.place:
                os.kill(os.getpid(), signal.SIGKILL)

    def next(self):
        """No email is to arrive late."""
        return False


class Tools:
    """What the steps of one run do outside."""

    def __init__(self, port, run, at):
        self.client, self.run, self.at = Client(port, at), run, at

    def ask(self, step):
        self.at("before the model")
        decision = self.client.ask(self.run, step, DIFFER)
        self.at("after the model")
        return decision

    def send(self, step, decision, key):
        self.client.send(self.run, step, decision, {"Idempotency-Key": key})
        self.at("answered")
        return decision

    def ask_and_send(self, step):
        return self.send(step, self.ask(step), secrets.token_hex(8))

    def send_once(self, step, decision):
        return self.send(step, decision, f"{self.run}/{step}")


class Saver(PostgresSaver):
    def __init__(self, connection, at):
        super().__init__(connection)
        self.at = at

    def put(self, *given):
        return self._between("put", super().put, *given)

    def put_writes(self, *given):
        return self._between("put_writes", super().put_writes, *given)

    def _between(self, name, write, *given):
        self.at(f"before {name}")
        written = write(*given)
        self.at(f"after {name}")
        return written


class State(TypedDict):
    decided: Annotated[dict, operator.or_]
    decisions: Annotated[dict, operator.or_]  # what the agent remembers: of each step, what it asked the mail service for


def measure(lab):
    """One row for each crash point: {"run", "build", "mode", "place", "name", "emails", "doubled", "lost", …}."""
    for package in ("langgraph", "langgraph-checkpoint-postgres"):
        lab.version(package, metadata.version(package))
    rows = []
    with Stage(lab) as stage:
        with psycopg.connect(stage.dsn, autocommit=True, row_factory=dict_row) as connection:
            PostgresSaver(connection).setup()
        kinds = QUICK if lab.quick else list(itertools.product(BUILDS, MODES))
        for build, mode in kinds:
            durability, model_ms, runs = MODES[mode]
            stage.say("/pace", {"model_ms": model_ms, "email_ms": 0})
            take = lambda run, at: resume(stage, build, durability, run, at)
            for number in range(1, 2 if lab.quick else runs + 1):
                about = {"run": number, "build": build, "mode": mode}
                rows += [about | row for row in crashed(stage, take, f"{build} {mode} {number}", itertools.count(1))]
    lab.log(f"{len(rows)} crash points of LangGraph")
    return rows


def resume(stage, build, durability, run, at):
    """Take the run from its last checkpoint to its end; what the agent remembers then."""
    config = {"configurable": {"thread_id": run}}
    with psycopg.connect(stage.dsn, autocommit=True, prepare_threshold=0, row_factory=dict_row) as connection:
        graph = built(build, Tools(stage.port, run, at)).compile(Saver(connection, at))
        found = graph.get_state(config)
        begun = found.created_at is not None
        # A node that has saved its writes but not yet its checkpoint is not next, and nor are those after it.
        seems_done = begun and not found.next and len(found.values["decisions"]) < STEPS
        graph.invoke(None if begun else {"decisions": {}}, config, durability=durability)
        return {"decisions": graph.get_state(config).values["decisions"], "seems_done": int(seems_done)}


def built(build, tools):
    graph = StateGraph(State)
    names = [name for step in range(1, STEPS + 1) for name in _add(graph, build, tools, step)]
    for edge in itertools.pairwise([START, *names]):
        graph.add_edge(*edge)
    return graph


def _add(graph, build, tools, step):
    """Add the nodes of a step; their names."""
    act = f"act {step}"
    if build == "one_node":
        graph.add_node(act, lambda state: {"decisions": {step: tools.ask_and_send(step)}})
        return [act]
    decide = f"decide {step}"
    graph.add_node(decide, lambda state: {"decided": {step: tools.ask(step)}})
    graph.add_node(act, lambda state: {"decisions": {step: tools.send_once(step, state["decided"][step])}})
    return [decide, act]


def crashed(stage, take, name, places):
    """Kill a process that takes a new run at each of `places` in turn, and resume it; their rows.

    take: called with a run and a Places in a process of its own; returns a dictionary with "decisions".
    """
    rows = []
    for place in places:
        run = f"{name} {place}"
        passed, ending = attempt(lambda at: take(run, at), place)
        if ending is not None:
            if judged(stage, run, ending["decisions"]) != FAULTLESS or len(ending["decisions"]) < STEPS:
                raise LabError(f"{run}: without a crash a step has another number of emails than one, or is remembered otherwise")
            return rows
        for _ in range(TRIES):
            _await_end(stage)
            ending = attempt(lambda at: take(run, at), None)[1]
            if len(ending["decisions"]) == STEPS:
                break
        decisions = ending.pop("decisions")
        stuck = int(len(decisions) < STEPS)
        rows.append({"place": place, "name": passed[-1]} | judged(stage, run, decisions) | {"stuck": stuck} | ending)
    return rows


def attempt(work, place):
    """Do `work` in a new process that is killed at `place`: the names of its places, and what it returned or None."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os._exit(_do(work, place, writing))
    os.close(writing)
    with open(reading) as pipe:
        told = pipe.read().splitlines()
    if ended(pid) == "killed":
        return told, None
    return told[:-1], json.loads(told[-1])


def _do(work, place, pipe):
    """Exit status of a process that does it."""
    signal.alarm(SECONDS)
    try:
        returned = work(Places(place, pipe))
        os.write(pipe, json.dumps(returned).encode())
        return 0
    except BaseException:
        traceback.print_exc()
        return 1


def judged(stage, run, decisions):
    """{"emails", "doubled", "lost", "divergent"} of a run, by the ledger."""
    sent = {step: [] for step in range(1, STEPS + 1)}
    for _, step, *email in stage.ledger.execute(LEDGER, ([run],)):
        sent[step].append(email)
    remembered = {int(step): [decision["tool"], decision["amount"]] for step, decision in decisions.items()}
    return {
        "emails": sum(map(len, sent.values())),
        "doubled": sum(max(0, len(emails) - 1) for emails in sent.values()),
        "lost": sum(not emails for emails in sent.values()),
        "divergent": sum(email not in sent[step] for step, email in remembered.items() if sent[step]),
    }


def _await_end(stage):
    """Until PostgreSQL has done with what the dead process had asked for: its last statement may still commit."""
    deadline = time.monotonic() + SECONDS
    while stage.memory.execute(LEFT).fetchone()[0]:
        if time.monotonic() > deadline:
            raise LabError(f"a killed process still has connections after {SECONDS} s")
        time.sleep(0.001)


def record(lab, rows):
    lab.value("inputs.slow_model_ms", SLOW_MS, "ms", "that the slow model takes under LangGraph")
    for build, mode in dict.fromkeys((row["build"], row["mode"]) for row in rows):
        mine = [row for row in rows if (row["build"], row["mode"]) == (build, mode)]
        title = f"LangGraph, {TITLES.get(mode, mode)}, {BUILDS[build]}"
        key = f"graph.{build}.{mode}"
        note(lab, key, title, mine, "graphs")
        label = f"crash points after which the saved state names no next node though steps are left: {title}"
        over_runs(lab, f"{key}.seems_done_points", mine, POINT, label, "graphs", lambda one: total(one, "seems_done"))
    lab.table("graphs", COLUMNS, shares(rows, BUILDS))
    lab.sample("graphs", rows)


def note(lab, key, title, rows, sample):
    """Record what the crash points of one build and mode did."""
    over_runs(lab, f"{key}.points", rows, POINT, f"crash points: {title}", sample, len)
    shared = [row for row in rows if row["name"] in SHARED]
    for name, (unit, label) in COUNTED.items():
        whole = f"{label} after a kill at each crash point: {title}"
        over_runs(lab, f"{key}.{name}", rows, unit, whole, sample, lambda one: total(one, name))
        whole = f"{label} after a kill at each crash point that all modes share: {title}"
        over_runs(lab, f"{key}.shared_{name}", shared, unit, whole, sample, lambda one: total(one, name))
    for name, (column, label) in POINTS.items():
        whole = f"crash points {label}: {title}"
        over_runs(lab, f"{key}.{name}_points", rows, POINT, whole, sample, lambda one: hit(one, column))


def over_runs(lab, key, rows, unit, label, sample, figure):
    """Record the median of `figure` over the runs, and its range."""
    figures = sorted(figure(list(one)) for _, one in itertools.groupby(rows, lambda row: row["run"]))
    spread = {"low": figures[0], "high": figures[-1], "interval": f"range of {len(figures)} runs"} if len(figures) > 1 else {}
    lab.value(key, statistics.median_low(figures), unit, label, len(rows) // len(figures), sample=sample, **spread)


def shares(rows, builds):
    """Rows for COLUMNS, one for each mode and build."""
    found = []
    for mode, build in dict.fromkeys((row["mode"], row["build"]) for row in rows):
        mine = [row for row in rows if (row["mode"], row["build"]) == (mode, build) and row["name"] in SHARED]
        runs = [list(one) for _, one in itertools.groupby(mine, lambda row: row["run"])]
        doubled, divergent = (sorted(total(one, column) for one in runs) for column in ("doubled", "divergent"))
        found.append({
            "mode": TITLES.get(mode, mode), "build": builds[build], "doubled": statistics.median_low(doubled), "low": doubled[0],
            "high": doubled[-1], "divergent": statistics.median_low(divergent), "points": len(runs[0]),
        })
    return found


def total(rows, column):
    return sum(row[column] for row in rows)


def hit(rows, column):
    return sum(row[column] > 0 for row in rows)
