"""Run a job and list what it takes from its author's machine; it runs on Python 3.8 and later.

    python traced.py <file for the answer> job.py

An input counts when the job's own code is on the stack and no import is under way. What leaves no trace in Python (the C library's
time zone, the encoding of a text file) is told by the call that uses it.
"""

import builtins
import io
import json
import os
import runpy
import sys

ANSWER, JOB = sys.argv[1], os.path.abspath(sys.argv[2])
CALLS = {"localtime": "zone", "mktime": "zone", "fromtimestamp": "zone", "now": "zone", "today": "zone", "getuser": "user", "getpwuid": "user"}
VARIABLES = {"HOME": "home", "TZ": "zone", "LOGNAME": "user", "USER": "user", "PATH": "path", "LANG": "locale", "LC_ALL": "locale"}
FILES = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "sqlite3.connect", "shutil.move", "glob.glob"}
found = {}


def note(what, shown):
    frame, names = sys._getframe(1), []
    while frame:
        names.append(frame.f_code.co_filename)
        frame = frame.f_back
    if JOB in names and not any("importlib" in name for name in names):
        found.setdefault(what, shown)


def hear(event, given):
    if event in FILES and given and isinstance(given[0], (str, bytes)):
        place = os.fsdecode(given[0])
        if place and place != ":memory:" and not os.path.isabs(place):
            note("folder", "%s %s" % (event, place))
    elif event == "subprocess.Popen" and "/" not in os.fsdecode(given[0]):
        note("path", os.fsdecode(given[0]))


def called(frame, event, given):
    name = given.__name__ if event == "c_call" else frame.f_code.co_name if event == "call" else ""
    if name in CALLS:
        note(CALLS[name], name)


def opened(file, mode="r", buffering=-1, encoding=None, *rest, **more):
    if encoding is None and "b" not in mode and not isinstance(file, int):
        note("locale", "text of %s" % os.path.basename(os.fsdecode(file)))
    return plain_open(file, mode, buffering, encoding, *rest, **more)


def read(self, key):
    if key in VARIABLES:
        note(VARIABLES[key], key)
    return plain_read(self, key)


class Heard(io.TextIOWrapper):
    def write(self, text):
        if not text.isascii():
            note("locale", "text of the output")
        return super().write(text)


plain_open, plain_read = builtins.open, type(os.environ).__getitem__
builtins.open = io.open = opened
type(os.environ).__getitem__ = read
sys.stdout = Heard(sys.stdout.detach(), encoding="utf-8", line_buffering=True)
sys.argv = [sys.argv[2]]
sys.path[0] = os.path.dirname(JOB)
sys.addaudithook(hear)
sys.setprofile(called)
try:
    runpy.run_path(JOB, run_name="__main__")
finally:
    sys.setprofile(None)
    with plain_open(ANSWER, "w") as file:
        json.dump(found, file)
