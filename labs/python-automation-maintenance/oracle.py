"""What a trial asks of an environment: import each module named, and write what became of it. It runs on Python 3.6 and later.

    python -I oracle.py <file for the answer> <module> ...

The answer has for each module its error, None if there was none, the files that the error passed through, the deepest last,
and what was warned of meanwhile, with the file that the warning is about.
"""

import importlib
import json
import sys
import traceback
import warnings

answer, modules = sys.argv[1], sys.argv[2:]
heard = []


def hear(message, category, filename, *_):
    heard.append([category.__name__, str(message), filename])


def imported(module):
    try:
        importlib.import_module(module)
    except BaseException as error:
        lines = traceback.format_exception_only(type(error), error)
        return {"error": lines[-1].strip(), "files": [frame[0] for frame in traceback.extract_tb(error.__traceback__)]}
    return {"error": None, "files": []}


warnings.simplefilter("always")
warnings.showwarning = hear
found = {module: imported(module) for module in modules}
with open(answer, "w") as file:
    json.dump({"modules": found, "warnings": heard}, file)
sys.stdout.flush()
