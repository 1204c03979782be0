"""The ``form`` directive: the lab's formula for the reader's numbers, above the lab's own cases of it.

The formula is one module, labs/<slug>/forms/<name>.mjs, which the lab runs too (``_harness.form``). It knows of no page, and
the build, which has no JavaScript, reads its inputs: they are written as JSON. Browsers load no module from disk, so that
the page gets a script with the module in it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from _harness.results import Results, ResultsError

from ..build.outputs import finished, output
from ..links.labels import note_label
from ..text.files import line_of, read
from .charts import rows_of
from .lab_files import shown
from .results import is_draft, lab_of, not_run, render, results_of

logger = logging.getLogger(__name__)

RUNNER = Path(__file__).with_name("form.js")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
TEXTS, NUMBERS = ("id", "label", "unit"), ("default", "min", "max", "step")
# Beyond it neither a browser nor the build counts steps exactly.
MOST = 1e12
OUTCOMES = ("predicted", "measured")
EXPORTS = {"inputs": "export const inputs = [", "answer": "export function answer(", "sentence": "export function sentence("}
LINKED = re.compile(r"^[ \t]*(?:import|export)\b.*$", re.MULTILINE)
INPUTS = re.compile(r"^export const inputs = (\[.*?^\]);$", re.MULTILINE | re.DOTALL)


class form(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A formula to put numbers in; its children say what it computes. ``inputs`` are as in the module, ``table`` the lab's
    cases as in a chart, and what ``refuri`` leads to is the module."""


class FormDirective(SphinxDirective):
    """``{form} name``: labs/<slug>/forms/name.mjs and the table of that name; the content says what it computes."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        name, lab = self.arguments[0], lab_of(self.env.docname)
        file = f"{lab}/forms/{name}.mjs"
        try:
            if not NAME.fullmatch(name):
                raise ValueError("that is no name of a form; name it in a-z, digits and single -")
            results = results_of(self.env, self.env.docname)
            self.env.note_dependency(file)
            inputs = _inputs(read(Path(self.env.srcdir, file)), file)
            table = name.replace("-", "_")
            ran = table in results.tables or not is_draft(self.env, self.env.docname)
            if ran:
                _check_cases(results, table, inputs)
        except OSError as error:
            return self._refused(f"{file}: {error.strerror.lower()}; a form needs its formula there")
        except UnicodeDecodeError:
            return self._refused(f"{file}: not UTF-8; save the file as UTF-8")
        except (ValueError, ResultsError) as error:
            return self._refused(error)
        label = f"{lab.removeprefix('labs/')}-form-{name}"
        if ran:
            node = form("", ids=[label], inputs=inputs, table=rows_of(results, table), refuri=relative_uri(self.env.docname, file))
            node += self.parse_content_to_nodes()
        else:
            node = nodes.paragraph("", "", not_run(name), ids=[label])
        self.set_source_info(node)
        note_label(self.env, label, "Put your numbers in", node.line)
        return [node]

    def _refused(self, why: object) -> list[nodes.Node]:
        logger.error("form %r: %s", self.arguments[0], why, location=self.get_location(), type="trenches")
        return []


def _inputs(module: str, file: str) -> list[dict]:
    """The module's inputs. ValueError where it is not what a page can run and the build can read."""
    for line in LINKED.finditer(module):
        if not line[0].startswith(tuple(EXPORTS.values())):
            raise ValueError(f"{file}:{line_of(module, line.start())}: “{line[0].strip()}”; a form's module imports nothing and "
                             f"exports {', '.join(EXPORTS)} alone, each where it is defined")
    for name, start in EXPORTS.items():
        if len(re.findall(f"^{re.escape(start)}", module, re.MULTILINE)) != 1:
            raise ValueError(f"{file}: no {name}, or two of them; define it in a line that begins `{start}`")
    found = INPUTS.search(module)
    first = line_of(module, module.index(EXPORTS["inputs"]))
    if not found:
        raise ValueError(f"{file}:{first}: the inputs do not end; close them with a line `];`")
    try:
        inputs = json.loads(found[1])
    except (ValueError, RecursionError) as error:
        line = first + getattr(error, "lineno", 1) - 1
        raise ValueError(f"{file}:{line}: the inputs are no JSON: {error}; write them as JSON, which the build can read") from None
    for number, one in enumerate(inputs, 1):
        if problem := _problem(one):
            raise ValueError(f"{file}:{first}: input {number}: {problem}")
    names = [one["id"] for one in inputs]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{file}:{first}: no input, or two with one id; give each an id of its own")
    return inputs


def _problem(one: object) -> str:
    if not isinstance(one, dict) or one.keys() != {*TEXTS, *NUMBERS}:
        return f"it needs {', '.join((*TEXTS, *NUMBERS))}, and nothing else"
    if not all(isinstance(one[key], str) and one[key].strip() for key in TEXTS):
        return f"one of {', '.join(TEXTS)} is no text; write it in quotes"
    if not IDENTIFIER.fullmatch(one["id"]) or one["id"] in OUTCOMES:
        return f"the id {one['id']!r}; use a-z, digits and _, and neither {' nor '.join(OUTCOMES)}"
    if not all(type(one[key]) in (int, float) and abs(one[key]) < MOST for key in NUMBERS):
        return f"one of {', '.join(NUMBERS)} is no number; write digits, without quotes"
    if one["step"] < 1 / MOST or not _fits(one["default"], one):
        return "the form would refuse its default; keep it from min to max, in steps from min"
    return ""


def _fits(value: object, one: dict) -> bool:
    """Whether the input takes the value, as a browser judges it."""
    if type(value) not in (int, float) or not one["min"] <= value <= one["max"]:
        return False
    steps = (value - one["min"]) / one["step"]
    return abs(steps - round(steps)) < 1e-6


def _check_cases(results: Results, name: str, inputs: list[dict]) -> None:
    """ValueError if the lab's cases are not cases of these inputs, ResultsError if there are none."""
    rows, columns = results.table(name), results.tables[name]["columns"]
    where, cure = f"labs/{results.lab}/results.json: tables/{name}", f"run `make lab slug={results.lab}` to write it anew"
    wanted = {one["id"]: {"label": one["label"], "unit": one["unit"]} for one in inputs}
    if list(columns) != [*wanted, *OUTCOMES]:
        raise ValueError(f"{where}: its columns are {', '.join(columns)}, not the inputs, {' and '.join(OUTCOMES)}; {cure}")
    if changed := next((key for key in wanted if columns[key] != wanted[key]), None):
        raise ValueError(f"{where}: {changed} has another label or unit than the input; {cure}")
    if not rows:
        raise ValueError(f"{where}: no case; have the lab record one")
    for number, row in enumerate(rows, 1):
        if odd := next((one["id"] for one in inputs if not _fits(row[one["id"]], one)), None):
            raise ValueError(f"{where}: row {number}: the form would refuse {odd} = {row[odd]}; mend the input's range or step")
        if type(row["predicted"]) not in (int, float):
            raise ValueError(f"{where}: row {number} has no prediction; {cure}")


def script(module: str) -> str:
    """The module as a script that needs no other: its exports, handed to what makes a form answer."""
    names = ", ".join(name for name in EXPORTS if name != "inputs")
    plain = re.sub("^export ", "", module, flags=re.MULTILINE)
    return f"({read(RUNNER).rstrip()})((() => {{\n{plain}\nreturn {{ {names} }};\n}})());\n"


def publish(app: Sphinx, error: Exception | None) -> None:
    """Write each form's script beside its module."""
    if not finished(app, error):
        return
    for source in map(Path, shown(app)):
        if source.suffix == ".mjs" and source.parent.name == "forms" and source.exists():
            name = source.with_suffix(".js").relative_to(app.srcdir).as_posix()
            output(app, name).write_text(script(read(source)), encoding="utf-8")


def visit_form(translator, node: form) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="form"))


def depart_form(translator, node: form) -> None:
    translator.body.append(render(translator, "evidence/form", form=node, script=node["refuri"].removesuffix(".mjs") + ".js") + "</div>\n")


def setup(app: Sphinx) -> None:
    app.add_node(form, html=(visit_form, depart_form))
    app.add_directive("form", FormDirective)
    app.connect("build-finished", publish)
