"""What a collector and an always-on flight recording cost per request, on Jetty."""

import random
import subprocess
from pathlib import Path

from _harness import LabError
from summary import clean, put
from warm import warmed

COLLECTORS = {"serial": "SerialGC", "g1": "G1GC", "zgc": "ZGC"}
# Live megabytes, and the heap that is equal for all collectors.
LIVE = {"small": (0, 256), "large": (512, 1024)}
PROCESSES = {("small", "g1"): 3, ("small", "zgc"): 3, ("small", "serial"): 1, ("large", "g1"): 1, ("large", "zgc"): 1}
RECORDED, SECONDS = 3, 2.5  # processes, each with windows on, off, off, on; one window
SETTLE = 2  # seconds of load after each change: starting a recording rewrites classes, which are then compiled anew


def measure(lab, load, rate):
    """{"gc": {(live, collector): [Reading]}, "jfr": [(off readings, on readings)]}"""
    return {"gc": _collectors(lab, load, rate), "jfr": _recordings(lab, load, rate)}


def _collectors(lab, load, rate):
    order = random.Random(lab.seed)
    found = {pair: [] for pair in PROCESSES}
    for turn in range(0 if lab.quick else 3):
        pairs = [pair for pair in found if turn < PROCESSES[pair]]
        for live, name in order.sample(pairs, len(pairs)):
            megabytes, heap = LIVE[live]
            lab.log(f"collectors, process {turn + 1}: {COLLECTORS[name]}, {megabytes} MB live")
            flags = [f"-XX:+Use{COLLECTORS[name]}", f"-Xms{heap}m", f"-Xmx{heap}m", f"-Dlab.live.mb={megabytes}"]
            with warmed(load, "jetty", thorough=7, jvm=flags) as server:
                told = {"part": "collector", "stack": "jetty", "process": turn, "variant": f"{name} {live}"}
                reading = load.window(told, server, "/json", rate, 3, errors=True)
                found[live, name].append(reading)
    return found


def _recordings(lab, load, rate):
    """On and off in one process, on-off-off-on: two processes differ by more than what we look for."""
    pairs = []
    for turn in range(1 if lab.quick else RECORDED):
        lab.log(f"flight recorder, process {turn + 1}")
        with warmed(load, "jetty", thorough=1 if lab.quick else 7) as server:
            pid = server.pids()[0]
            _jcmd(pid, "JFR.start", "name=lab", "settings=default")  # its classes are loaded once, and not on the account
            _jcmd(pid, "JFR.stop", "name=lab")
            readings = {"on": [], "off": []}
            for kind in ("on", "off") if lab.quick else ("on", "off", "off", "on"):
                if kind == "on":
                    _jcmd(pid, "JFR.start", "name=lab", "settings=default")
                load.run(server.port, (0.5 if lab.quick else SETTLE, rate, "/json"))
                told = {"part": "recorder", "stack": "jetty", "process": turn, "variant": kind}
                readings[kind].append(load.window(told, server, "/json", rate, 0.5 if lab.quick else SECONDS))
                if kind == "on":
                    _jcmd(pid, "JFR.stop", "name=lab")
            pairs.append(readings)
    return pairs


def _jcmd(pid, *words):
    tool = Path(f"/proc/{pid}/exe").resolve().with_name("jcmd")
    done = subprocess.run([tool, str(pid), *words], capture_output=True, text=True)
    if done.returncode or "Exception" in done.stdout:
        raise LabError(f"jcmd {words[0]}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def record(lab, found):
    for (live, name), readings in found["gc"].items():
        megabytes, heap = LIVE[live]
        words = f"Jetty with {COLLECTORS[name]}, {megabytes} MB live in a heap of {heap} MB"
        good = clean(readings)
        why = "; ".join(readings[0].objections) if readings else "not part of the quick run"
        put(lab, f"gc.{live}.{name}.cpu_us", [one.us for one in good], "us", f"{words}: CPU per request", why)
        put(lab, f"gc.{live}.{name}.p99_ms", [one.p99_ms for one in good], "ms", f"{words}: p99 latency", why)
    for live in LIVE:
        # Processes of one round ran one after the other; they make the pairs.
        pairs = zip(found["gc"][live, "zgc"], found["gc"][live, "g1"], strict=True)
        put(lab, f"gc.{live}.zgc_over_g1_x", [z.us / g.us for z, g in pairs if not z.objections and not g.objections], "x",
            f"CPU per request, ZGC over G1, {LIVE[live][0]} MB live", "no undisturbed pair")
    extra = []
    for readings in found["jfr"]:
        on, off = ([one.us for one in clean(readings[kind])] for kind in ("on", "off"))
        if on and off:
            extra.append(100 * (sum(on) / len(on) / (sum(off) / len(off)) - 1))
    put(lab, "jfr.extra_cpu_percent", extra, "%", "CPU per request that a default flight recording adds, by processes")
