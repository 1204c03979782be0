"""The Celery application that the workers import: one task is one step of the agent, and counts its starts in the broker's database.

BROKER is Redis's URL, OUTSIDE the port of model and mail service, SETTINGS the application's configuration in JSON.
"""

import json
import os
import secrets
import signal
import time

import redis
from agent import Client, Crash
from celery import Celery

STEP = 1

app = Celery("agent", broker=os.environ["BROKER"])
app.conf.update(json.loads(os.environ["SETTINGS"]))


@app.task(name="step")
def step(run, place):
    """Ask, send with a key of its own. The first start ends at `place`, before or after the email, if there is one."""
    memory = start(run)
    crashes = memory.get(f"starts {run}") == b"1"

    def at(reached):
        if crashes and reached == place:
            memory.rpush("reached", os.getpid())
            signal.pause()  # until the lab kills it

    client = outside()
    decision = client.ask(run, STEP, differ=0)
    at("before")
    client.send(run, STEP, decision, {"Idempotency-Key": secrets.token_hex(8)})
    at("after")
    memory.rpush("ended", run)


@app.task(name="long_step")
def long_step(run, seconds, key):
    """A step whose model answers after `seconds`; key: that of the email, of this attempt or of the step's position."""
    memory = start(run)
    time.sleep(seconds)
    client = outside()
    sent_under = f"{run}/{STEP}" if key == "position" else secrets.token_hex(8)
    client.send(run, STEP, client.ask(run, STEP, differ=0), {"Idempotency-Key": sent_under})
    memory.rpush("ended", run)


def start(run):
    memory = redis.Redis.from_url(os.environ["BROKER"])
    memory.incr(f"starts {run}")
    return memory


def outside():
    return Client(int(os.environ["OUTSIDE"]), Crash())  # which never comes: the tasks have places of their own
