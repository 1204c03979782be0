"""DBOS killed at each place that it comes to, and recovered from PostgreSQL by a new process."""

import itertools
from importlib import metadata

from dbos import DBOS, SetWorkflowID
from dbos._sys_db import SystemDatabase
from psycopg.conninfo import conninfo_to_dict

import graphs
from stage import Stage

BUILDS = {"one_step": "one step asks and sends", "split": "one step asks, the next sends under its key"}
RUNS = 2
EVERY = 9  # of the places, in a quick run
POLL_S = 0.03


def measure(lab):
    """One row for each crash point, as of `graphs.measure`."""
    lab.version("dbos", metadata.version("dbos"))
    rows = []
    with Stage(lab) as stage:
        where = "postgresql://{user}@/dbos?host={host}&port={port}".format(**conninfo_to_dict(stage.dsn))
        graphs.attempt(lambda at: launched(where), None)  # the first creates the database and its tables
        for number, build in itertools.product(range(1, 2 if lab.quick else RUNS + 1), BUILDS):
            take = lambda run, at: recover(where, stage.port, build, run, at)
            found = graphs.crashed(stage, take, f"dbos {build} {number}", itertools.count(1, EVERY if lab.quick else 1))
            rows += [{"run": number, "build": build, "mode": "DBOS"} | row for row in found]
    lab.log(f"{len(rows)} crash points of DBOS")
    return rows


def recover(where, port, build, run, at):
    """Begin the run, or wait until DBOS has recovered it and taken it to its end; what the agent remembers then."""
    _tell(at)
    workflow = registered(build, graphs.Tools(port, run, at))
    launched(where)
    if DBOS.get_workflow_status(run) is None:
        with SetWorkflowID(run):
            handle = DBOS.start_workflow(workflow)
    else:
        handle = DBOS.retrieve_workflow(run)
    return {"decisions": handle.get_result(polling_interval_sec=POLL_S)}


def _tell(at):
    """Make the recording of each step's output a place before and a place after."""
    recording = SystemDatabase.record_operation_result

    def told(database, *given, **named):
        at("before the record")
        recording(database, *given, **named)
        at("after the record")

    SystemDatabase.record_operation_result = told


def registered(build, tools):
    """The workflow, known to DBOS by the same names in every process."""

    @DBOS.step()
    def ask_and_send(step):
        return tools.ask_and_send(step)

    @DBOS.step()
    def ask(step):
        return tools.ask(step)

    @DBOS.step()
    def send_once(step, decision):
        return tools.send_once(step, decision)

    @DBOS.workflow()
    def workflow():
        steps = range(1, graphs.STEPS + 1)
        if build == "one_step":
            return {step: ask_and_send(step) for step in steps}
        return {step: send_once(step, ask(step)) for step in steps}

    return workflow


def launched(where):
    config = {"name": "agent", "system_database_url": where, "application_version": "1", "log_level": "ERROR"}
    # A recovered workflow waits in this queue for a second by default, which changes nothing but how long this takes.
    DBOS(config=config)._registry.get_internal_queue()._polling_interval_sec = POLL_S
    DBOS.launch()


def record(lab, rows):
    for build, title in BUILDS.items():
        graphs.note(lab, f"dbos.{build}", f"DBOS, {title}", [row for row in rows if row["build"] == build], "dbos")
    lab.table("dbos", graphs.COLUMNS, graphs.shares(rows, BUILDS))
    lab.sample("dbos", rows)
