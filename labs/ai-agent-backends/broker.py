"""Celery over Redis: what comes back after which kill, how often a long task starts, what a killed Redis has forgotten."""

import itertools
import json
import math
import os
import signal
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import billiard
import celery
import kombu
import redis
from _harness import LabError
from _harness.process import Process
from _harness.servers import Redis
from kombu.transport.redis import Channel
from stage import Stage

HERE = Path(__file__).parent
QUEUE, UNACKNOWLEDGED = "celery", "unacked"  # Redis keys of Celery's default queue and of kombu's messages in delivery
MODES = {
    "early": ("default settings", {}),
    "late": ("late acknowledgement", {"task_acks_late": True}),
    "reject": ("late acknowledgement, reject on a lost worker", {"task_acks_late": True, "task_reject_on_worker_lost": True}),
}
VICTIMS = {"child": "the pool's child process", "worker": "the whole worker"}
PLACES = {"before": "before the email", "after": "after the email"}
QUICK_CELLS = [("late", "worker"), ("early", "worker")]
ROUNDS = 3
# By default a worker waits 10 s for the result of a child that is gone, and a message an hour. Celery looks for such
# children every 5 s, so the shorter visibility timeout must be longer than that: else it acts before the worker does.
LOST_WAIT_S = 1
KILL_VISIBILITY_S, QUICK_KILL_VISIBILITY_S = 9, 2
SWEEP_S = 0.2
LOCK_S = 1  # instead of 300 for a worker's lock on the sweep, if it is killed just then
PATIENCE_S = 60
LOOK_S = 0.1
RATIOS = (0.5, 1.5, 2.5, 5)  # of a task's length to the visibility timeout
VISIBILITY_S, QUICK_VISIBILITY_S = 2, 1
KEYS = {"attempt": "a key for each attempt", "position": "key (run, step)"}
COPIES = 2
PERSISTENCE = {
    "default": ("snapshots, as shipped", {}),
    "everysec": ("append-only file, fsync each second", {"appendonly": "yes", "appendfsync": "everysec"}),
    "always": ("append-only file, fsync each time", {"appendonly": "yes", "appendfsync": "always"}),
}
REDIS_KILLS, MESSAGES = 5, 200
POINTS = "crash point|crash points"


@dataclass
class Kill:
    """One task whose first start was killed: how often it started in all, how many emails the ledger has of it."""

    mode: str
    victim: str
    place: str
    round: int
    starts: int
    emails: int


@dataclass
class LongTask:
    """One task that nobody killed."""

    ratio: float
    key: str
    starts: int
    emails: int


class Broker:
    """One database of a Redis as a Celery broker, with workers of one configuration."""

    def __init__(self, stage, server, number, settings, visibility_s):
        self.stage = stage
        self.url = f"redis://127.0.0.1:{server.port}/{number}"
        self.memory = redis.Redis.from_url(self.url)
        transport = {"visibility_timeout": visibility_s, "unacked_restore_interval": SWEEP_S, "unacked_restore_throttle": 1,
                     "unacked_mutex_expire": LOCK_S}
        settings = settings | {"broker_transport_options": transport, "worker_lost_wait": LOST_WAIT_S}
        self.environment = {"BROKER": self.url, "OUTSIDE": stage.port, "SETTINGS": json.dumps(settings)}

    @contextmanager
    def worker(self, children):
        command = [sys.executable, "-m", "celery", "-A", "celery_jobs", "worker", "--concurrency", children, "--prefetch-multiplier", 1,
                   "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        process = Process("a Celery worker", command, HERE, self.environment)
        try:
            yield process
        finally:
            process.kill()  # its clean end would take seconds, and nothing is left to clean

    def send(self, task, *arguments):
        with celery.Celery(broker=self.url, set_as_current=False) as app:
            for each in arguments:
                app.send_task(task, each)

    def wait(self, worker, condition):
        def answer():
            time.sleep(LOOK_S)
            return condition()

        worker.wait(answer, PATIENCE_S)

    def paused(self):
        return self.memory.llen("reached")

    def ended(self):
        return self.memory.llen("ended")

    def in_delivery(self):
        return self.memory.hlen(UNACKNOWLEDGED)

    def quiet(self):
        """Whether no message is in the queue or in delivery, twice: on its way from one to the other it is in neither."""
        looks = []
        for _ in range(2):
            looks.append(self.memory.llen(QUEUE) + self.in_delivery())
            time.sleep(LOOK_S)
        return not any(looks)

    def starts(self, run):
        return int(self.memory.get(f"starts {run}") or 0)

    def check(self, run):
        """LabError unless the task `run`, which nobody killed, started once and sent one email."""
        found = self.starts(run), _emails(self.stage).get(run, 0)
        if found != (1, 1):
            what = f"{found[0]} starts and {found[1]} emails"
            raise LabError(f"task {run}, which nobody killed, had {what}; run the lab on a quieter machine")


def measure(lab):
    """The kills, the long tasks, and {persistence: messages that a killed Redis had forgotten}."""
    for name, module in {"celery": celery, "kombu": kombu, "billiard": billiard, "redis-py": redis}.items():
        lab.version(name, module.__version__)
    with Stage(lab) as stage, Redis(lab.workdir, {"databases": 64, "save": ""}) as server:
        lab.version("Redis", server.version)
        numbers = itertools.count()
        broker = lambda *settings: Broker(stage, server, next(numbers), *settings)
        cells = QUICK_CELLS if lab.quick else list(itertools.product(MODES, VICTIMS))
        kills = []
        with ThreadPoolExecutor(len(cells) + 1) as pool:
            # A kill may come late; a long task that starts late would be a wrong number. In full it runs alone.
            long_tasks = pool.submit(_long_tasks, lab, broker)
            if not lab.quick:
                long_tasks.result()
                lab.log("long tasks")
            for number in range(1 if lab.quick else ROUNDS):
                kills += itertools.chain(*pool.map(lambda cell: _kills(lab, broker, *cell, number), cells))
                lab.log("Celery workers killed")
            long_tasks = long_tasks.result()
    lost = {name: _forgotten(lab, PERSISTENCE[name][1]) for name in (["default"] if lab.quick else PERSISTENCE)}
    lab.log("Redis killed")
    return kills, long_tasks, lost


def _emails(stage):
    """{run: emails in the ledger}."""
    return dict(stage.ledger.execute("SELECT run, count(*) FROM emails GROUP BY run"))


def _kills(lab, broker, mode, victim, number):
    """A task killed at each place, in a worker of their own."""
    visibility_s = QUICK_KILL_VISIBILITY_S if lab.quick else KILL_VISIBILITY_S
    broker = broker(MODES[mode][1], visibility_s)
    runs = {place: f"{mode} {victim} {place} {number}" for place in PLACES}
    control = f"{mode} {victim} unharmed {number}"
    broker.send("step", [control, None], *([run, place] for place, run in runs.items()))
    # An early acknowledgement may not lag behind the place: with a true model it comes seconds before.
    in_delivery = 0 if mode == "early" else len(runs)
    with broker.worker(len(runs) + 1) as worker:
        broker.wait(worker, lambda: broker.paused() == len(runs) and broker.ended() == 1 and broker.in_delivery() == in_delivery)
        killed = time.monotonic()
        if victim == "child":
            for child in broker.memory.lrange("reached", 0, -1):
                os.kill(int(child), signal.SIGKILL)
            _settle(broker, worker, killed + visibility_s)
        else:
            worker.kill()
    if victim == "worker":
        broker.send("step", [f"{control} later", None])  # until it is taken from the queue, the next worker is not there yet
        with broker.worker(len(runs) + 1) as worker:
            _settle(broker, worker, killed + visibility_s)
    broker.check(control)
    emails = _emails(broker.stage)
    return [Kill(mode, victim, place, number, broker.starts(run), emails.get(run, 0)) for place, run in runs.items()]


def _settle(broker, worker, timeout):
    """Wait until the visibility timeout is over and kombu has swept since, and no message is left."""
    broker.wait(worker, lambda: time.monotonic() > timeout + 2 * SWEEP_S and broker.quiet())


def _long_tasks(lab, broker):
    visibility_s, ratios, copies = (QUICK_VISIBILITY_S, RATIOS[2:3], 1) if lab.quick else (VISIBILITY_S, RATIOS, COPIES)
    broker = broker(MODES["late"][1], visibility_s)
    tasks = {f"{ratio} {key} {copy}": (ratio, key) for ratio in ratios for key in KEYS for copy in range(copies)}
    children = sum(math.ceil(ratio) + 1 for ratio, _ in tasks.values())
    with broker.worker(children) as worker:
        broker.send("long_step", ["unharmed", 0, "attempt"])
        broker.wait(worker, lambda: broker.ended() == 1)
        broker.check("unharmed")
        broker.send("long_step", *([run, ratio * visibility_s, key] for run, (ratio, key) in tasks.items()))
        starts = lambda: sum(map(broker.starts, tasks))
        broker.wait(worker, lambda: starts() >= len(tasks) and broker.ended() == 1 + starts() and broker.quiet())
    emails = _emails(broker.stage)
    return [LongTask(ratio, key, broker.starts(run), emails[run]) for run, (ratio, key) in tasks.items()]


def _forgotten(lab, settings):
    """Of each of a few Redis servers: how many messages it had acknowledged to Celery and does not have when started again."""
    lost = []
    for _ in range(1 if lab.quick else REDIS_KILLS):
        with Redis(lab.workdir, settings) as server:
            with celery.Celery(broker=f"redis://127.0.0.1:{server.port}/0", set_as_current=False) as app:
                for number in range(MESSAGES):
                    app.send_task("step", [str(number), None])
                os.kill(server.pid, signal.SIGKILL)
            server.restart()
            lost.append(MESSAGES - server.command("LLEN", QUEUE))
    return lost


def record(lab, measured):
    kills, long_tasks, lost = measured
    lab.value("defaults.visibility_s", Channel.visibility_timeout, "s", "visibility timeout of kombu over Redis by default")
    lab.value("defaults.sweep_s", Channel.unacked_restore_interval * Channel.unacked_restore_throttle, "s",
              "time between two looks of a worker for messages beyond the visibility timeout by default")
    lab.value("defaults.lost_wait_s", celery.Celery(set_as_current=False).conf.worker_lost_wait, "s",
              "time for which a worker waits for the result of a child that is gone, by default")
    _record_kills(lab, kills)
    _record_long_tasks(lab, long_tasks)
    _record_redis(lab, lost)


def _record_kills(lab, kills):
    visibility_s = QUICK_KILL_VISIBILITY_S if lab.quick else KILL_VISIBILITY_S
    lab.value("inputs.celery_visibility_s", visibility_s, "s", "visibility timeout of the workers that are killed")
    lab.value("inputs.celery_lost_wait_s", LOST_WAIT_S, "s", "time for which a worker waits for the result of a child that is gone")
    lab.value("inputs.celery_sweep_s", SWEEP_S, "s", "time between two looks for messages beyond the visibility timeout")
    rows, cells = [], {}
    for kill in kills:
        cells.setdefault((kill.mode, kill.victim, kill.place), []).append(kill)
    for (mode, victim, place), mine in cells.items():
        key, n = f"celery.{mode}.{victim}.{place}", len(mine)
        what = f"{VICTIMS[victim]} killed {PLACES[place]}, {MODES[mode][0]}"
        row = {"settings": MODES[mode][0], "victim": VICTIMS[victim], "place": PLACES[place], "kills": n}
        for count, unit in (("starts", "start|starts"), ("emails", "email|emails")):
            found = [getattr(kill, count) for kill in mine]
            row[count] = found[0] if len(set(found)) == 1 else None
            reason = None if row[count] is not None else f"{n} kills gave {', '.join(map(str, sorted(found)))}"
            lab.value(f"{key}.{count}", row[count], unit, f"{count} of a task: {what}", n, reason=reason, sample="celery_kills")
        row |= {"lost": sum(kill.emails == 0 for kill in mine), "doubled": sum(max(kill.emails - 1, 0) for kill in mine)}
        rows.append(row)
    for mode, (title, _) in MODES.items():
        mine = [row for row in rows if row["settings"] == title]
        if not mine:
            continue
        for kind, label in (("lost", "without an email"), ("doubled", "with an email twice")):
            count = sum(row[kind] > 0 for row in mine)
            lab.value(f"celery.{mode}.{kind}", count, POINTS, f"{label} after a kill, {title}", len(mine), sample="celery_kills")
    disagreeing = sum(None in (row["starts"], row["emails"]) for row in rows)
    lab.value("celery.disagreeing", disagreeing, POINTS, "whose kills did not all end alike", len(rows), sample="celery_kills")
    columns = {
        "settings": {"label": "settings", "unit": None}, "victim": {"label": "killed", "unit": None}, "place": {"label": "place", "unit": None},
        "kills": {"label": "kills", "unit": "count"}, "starts": {"label": "starts of the task", "unit": "count"},
        "emails": {"label": "emails of the task", "unit": "count"}, "lost": {"label": "lost", "unit": "count"},
        "doubled": {"label": "doubled", "unit": "count"},
    }
    lab.table("celery", columns, rows)
    lab.sample("celery_kills", [vars(kill) for kill in kills])


def _record_long_tasks(lab, tasks):
    lab.value("inputs.visibility_s", QUICK_VISIBILITY_S if lab.quick else VISIBILITY_S, "s", "visibility timeout of the worker with long tasks")
    rows = []
    for ratio in sorted({task.ratio for task in tasks}):
        key, what = f"visibility.x{str(ratio).replace('.', '_')}", f"task of {ratio:g} visibility timeouts"
        mine = [task for task in tasks if task.ratio == ratio]
        starts = [task.starts for task in mine]
        row = {"ratio": ratio, "tasks": len(mine), "least": min(starts), "median": statistics.median(starts), "most": max(starts)}
        _median(lab, f"{key}.starts", starts, "start|starts", f"starts, median: {what}")
        for name, title in KEYS.items():
            emails = [task.emails for task in mine if task.key == name]
            row[name] = statistics.median(emails)
            _median(lab, f"{key}.emails_{name}", emails, "email|emails", f"emails, {title}, median: {what}")
        rows.append(row)
    columns = {
        "ratio": {"label": "task over visibility timeout", "unit": "x"}, "tasks": {"label": "tasks", "unit": "count"},
        "least": {"label": "starts, least", "unit": "count"}, "median": {"label": "starts, median", "unit": "count"},
        "most": {"label": "starts, most", "unit": "count"},
    } | {name: {"label": f"emails, {title}", "unit": "count"} for name, title in KEYS.items()}
    lab.table("visibility", columns, rows)
    lab.sample("long_tasks", [vars(task) for task in tasks])


def _median(lab, key, found, unit, label):
    lab.value(key, statistics.median(found), unit, label, len(found), min(found), max(found), "range", sample="long_tasks")


def _record_redis(lab, lost):
    rows = []
    for name, (title, _) in PERSISTENCE.items():
        if name not in lost:
            continue
        sent = MESSAGES * len(lost[name])
        label = f"acknowledged and gone after a kill of Redis, {title}"
        lab.value(f"redis.{name}.lost", sum(lost[name]), "message|messages", label, sent, sample="redis_kills")
        rows.append({"persistence": title, "kills": len(lost[name]), "sent": sent, "lost": sum(lost[name])})
    lab.value("inputs.redis_messages", rows[0]["sent"], "message|messages", "acknowledged by the killed Redis servers of one kind")
    lab.value("inputs.redis_kills", rows[0]["kills"], "kill|kills", "kills of Redis servers of one kind")
    columns = {"persistence": {"label": "persistence", "unit": None}, "kills": {"label": "kills", "unit": "count"},
               "sent": {"label": "messages acknowledged", "unit": "count"}, "lost": {"label": "gone", "unit": "count"}}
    lab.table("redis", columns, rows)
    lab.sample("redis_kills", [{"persistence": name, "sent": MESSAGES, "lost": one} for name, mine in lost.items() for one in mine])
