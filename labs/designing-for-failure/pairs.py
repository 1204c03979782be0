"""Start servers and clients, many pairs at a time, and hand back what each pair saw."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

from _harness import LabError
from _harness.worker import Worker

HERE = Path(__file__).parent
AT_ONCE = 28  # pairs of processes; they sleep most of the time

WORKERS, SERVICE_S, TIMEOUT_S = 4, 0.04, 0.5
SERVER = {"workers": WORKERS, "service_s": SERVICE_S, "spread": "fixed", "discipline": "fifo"}
SERVER |= {"cancels": False, "estimate": {}, "probe_s": None, "key": None}
CLIENT = {"timeout_s": TIMEOUT_S, "policy": {}, "events": []}


def pair(key, seed, server, client, program="client.py", replicas=1):
    """A job for `run`: equal servers and one client, with SERVER and CLIENT changed as given."""
    server = SERVER | {"seed": seed, "seconds": client["seconds"]} | server
    client = CLIENT | {"seed": seed} | client
    return {"key": key, "tiers": [server] * replicas, "chain": [], "client": client, "program": program}


@contextmanager
def process(program, job):
    """A server on a free port of 127.0.0.1, which it announces; stopped by its process id."""
    job = job | {"token": token_hex(8)}
    with Worker([sys.executable, HERE / program, json.dumps(job)], HERE) as server:
        told = json.loads(server.step() or "null")
        if told is None or told["pid"] != server.pid or told["token"] != job["token"]:
            raise LabError(f"{program} did not start as itself: {told}")
        yield told


def run(job):
    """What the job's client printed; LabError if it found a wrong answer or count."""
    with ExitStack() as running:
        servers = [running.enter_context(process("server.py", tier)) for tier in job["tiers"]]
        for tier in job["chain"]:
            servers = [running.enter_context(process("relay.py", tier | {"servers": servers}))]
        client = job["client"] | {"servers": servers}
        command = [sys.executable, HERE / job["program"], json.dumps(client)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=client["seconds"] + 120)
    if done.returncode:
        raise LabError(f"{job['key']}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout) | {"key": job["key"], "job": job}


def run_all(jobs, lab, title, at_once=AT_ONCE):
    """The results of all jobs in their order; the longest start first."""
    seconds = [job["client"]["seconds"] for job in jobs]
    lab.log(f"{title}: {len(jobs)} runs, {sum(seconds) / min(at_once, len(jobs)):.0f} s or more")
    order = sorted(range(len(jobs)), key=lambda number: -seconds[number])
    with ThreadPoolExecutor(at_once) as pool:
        futures = {number: pool.submit(run, jobs[number]) for number in order}
        try:
            return [futures[number].result() for number in range(len(jobs))]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
