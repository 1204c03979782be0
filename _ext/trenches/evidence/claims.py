"""Claims: pytest functions over results.json, run by the build as well as by the tests, shown with their status."""

from __future__ import annotations

import ast
import datetime
import inspect
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from _harness.results import Results, ResultsError, Value

from ..build.errors import SourceError
from ..build.kept import ctime
from ..links.labels import is_own_id, note_label
from ..text.files import marked
from .results import anchor, is_draft, lab_of, render, results_of

logger = logging.getLogger(__name__)

STALE_AFTER = datetime.timedelta(days=180)
WORDS = {"holds": "✓ Holds", "fails": "✗ Fails", "stale": "≈ Stale"}
# What a finding may rest on. A claim turns stale by the calendar alone, and a page must not stop building for that; a draft's
# are not run.
SUPPORTS = ("holds", "stale", "not-run")


@dataclass(frozen=True)
class Claim:
    """One claim: ``status`` is holds, fails or stale, or not-run in a draft; ``values`` are those its assertion read, in order."""

    id: str
    lab: str
    sentence: str
    status: str
    reason: str
    values: tuple[Value, ...]

    @property
    def label(self) -> str:
        return f"{self.lab}-claim-{self.id}"

    @property
    def kind(self) -> str:
        return "Thesis" if self.id == "thesis" else "Claim"

    @property
    def name(self) -> str:
        return self.id.replace("-", " ")

    @property
    def word(self) -> str:
        return WORDS.get(self.status, "– Not run yet")


class claim(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A claim's box; its only child is the sentence. ``kind`` is what it says instead of “Claim”. Behind a disclosure stand the
    values whose keys are ``folded``, and where it is ``brief`` all of them and the reason."""


def evaluate(lab: Path, results: Results) -> dict[str, Claim]:
    """Run every ``test_*`` function of ``lab``/test_claims.py over ``results``; return claims by id, in the file's order.

    Raises SourceError when an assertion fails unmarked, when one marked as failing holds, and for a claim without
    a sentence; raises ResultsError when the results lack a key.
    """
    return {c.id: c for c in (_run(test, results) for test in _tests(lab))}


def claimed(lab: Path) -> dict[str, Claim]:
    """The claims of a lab that has recorded no run yet, as ``evaluate`` has those of one that has."""
    return {c.id: replace(c, reason="") for c in (_claim(test, lab.name) for test in _tests(lab))}


def _tests(lab: Path) -> list:
    """The ``test_*`` functions of ``lab``/test_claims.py, in the file's order."""
    path = lab / "test_claims.py"
    if not path.is_file():
        raise SourceError(f"{lab.name}: labs/{lab.name}/test_claims.py is missing; write the thesis as a test there")
    module: dict[str, object] = {"__name__": f"claims_of_{lab.name.replace('-', '_')}", "__file__": str(path)}
    try:
        # Not imported: Python would keep bytecode beside it, and take it for current within the second of an edit.
        tree = ast.parse(path.read_bytes(), path)
        exec(compile(tree, path, "exec"), module)
    except Exception as error:
        line = getattr(error, "lineno", None) or 1
        raise SourceError(f"labs/{lab.name}/test_claims.py:{line}: {type(error).__name__}: {error}; mend the file") from None
    first: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and first.setdefault(node.name, node.lineno) != node.lineno:
            raise SourceError(f"labs/{lab.name}/test_claims.py:{node.lineno}: {node.name} stands on line {first[node.name]} already, and "
                             "Python forgets that one; rename one")
    return [f for n, f in module.items() if n.startswith("test_") and inspect.isfunction(f)]


def _place(test, lab: str) -> str:
    return f"labs/{lab}/test_claims.py:{test.__code__.co_firstlineno}"


def _mark(test):
    """The mark of a test that is expected to fail, or None."""
    return next((mark for mark in getattr(test, "pytestmark", []) if mark.name == "xfail"), None)


def _claim(test, lab: str) -> Claim:
    """The claim that a test makes, not run. Raises SourceError for one that has no sentence, or whose words cannot be shown."""
    where, sentence, xfail = _place(test, lab), inspect.getdoc(test), _mark(test)
    if not sentence:
        raise SourceError(f"{where}: {test.__name__} has no docstring; it is the sentence that readers see")
    reason = " ".join(str(xfail.kwargs.get("reason", "")).split()) if xfail else ""
    for what, words in ("docstring", sentence), ("reason of the mark", reason):
        if why := marked(words):
            raise SourceError(f"{where}: the {what} of {test.__name__} has {why}")
    made = Claim(test.__name__.removeprefix("test_").replace("_", "-"), lab, " ".join(sentence.split()), "not-run", reason, ())
    if not is_own_id(made.label):
        raise SourceError(f"{where}: {test.__name__} gives the label “{made.label}”, which is no id; name it in a-z, digits and single _")
    return made


def _run(test, results: Results) -> Claim:
    results.reads.clear()
    where, xfail, made = _place(test, results.lab), _mark(test), _claim(test, results.lab)
    try:
        test(results)
        held = True
    except AssertionError as error:
        held = False
        if xfail is None:
            raise SourceError(f"{where}: {test.__name__} no longer holds{_said(error)}: {_read(results)}; mend the essay, or keep "
                             "the claim as refuted with @pytest.mark.xfail(strict=True, reason=...)") from None
    except Exception as error:
        # What was not measured cannot be compared; a claim over it can only be refuted.
        if xfail is None or all(results.value(key).value is not None for key in results.reads):
            if isinstance(error, ResultsError):
                raise
            raise SourceError(f"{where}: {test.__name__} raised {type(error).__name__}{_said(error)}: {_read(results)}; mend the test "
                             "or the results that it reads") from None
        held = False
    if held and xfail is not None:
        raise SourceError(f"{where}: {test.__name__} is marked as failing but holds: {_read(results)}; remove the mark")
    if xfail is not None and not made.reason:
        raise SourceError(f"{where}: the mark of {test.__name__} has no reason; give it reason=..., which readers see")
    return replace(made, status="holds" if held else "fails", values=tuple(results.value(key) for key in results.reads))


def _said(error: Exception) -> str:
    """What an exception says, for which pytest would print the assertion; a plain one says nothing."""
    return f" ({' '.join(str(error).split())})" if str(error) else ""


def _read(results: Results) -> str:
    """What a test read, for whoever must find out why it failed."""
    return ", ".join(f"{key} is {results.value(key).text}" for key in results.reads) or "it read no value"


@lru_cache(maxsize=64)
def _evaluate(lab: Path, results: Results, changed: int) -> dict[str, Claim]:
    return evaluate(lab, results)


def build_date(app: Sphinx) -> datetime.date:
    """The date that staleness is judged against. Raises SourceError if it was not given."""
    try:
        return datetime.date.fromisoformat(app.config.trenches_build_date)
    except ValueError:
        raise SourceError("BUILD_DATE is not an ISO date; build with `make html`, which sets it, or set it") from None


def claims_of(app: Sphinx, docname: str) -> dict[str, Claim]:
    """The claims of a page's lab by id, judged stale by the receipt's date against the build's date."""
    env, name = app.env, f"{lab_of(docname)}/test_claims.py"
    tests = Path(app.srcdir, name)
    env.note_dependency(name, docname=docname)
    try:
        results = results_of(env, docname)
        if is_draft(env, docname):
            return claimed(tests.parent)
        found = _evaluate(tests.parent, results, ctime(os.fspath(tests)))
        measured = datetime.date.fromisoformat(results.receipt["started"][:10])
    except ResultsError as error:
        raise SourceError(str(error)) from None
    stale = build_date(app) - measured > STALE_AFTER
    return {key: replace(c, status="stale") if stale and c.status == "holds" else c for key, c in found.items()}


def known_claim(env: BuildEnvironment, wanted: str) -> Claim:
    """The claim ``wanted`` of the lab of the page being read. Raises ValueError."""
    known = claims_of(env.app, env.docname)
    if wanted not in known:
        raise ValueError(f"no claim {wanted!r} in {lab_of(env.docname)}/test_claims.py; it has: {', '.join(known)}")
    return known[wanted]


def box(env: BuildEnvironment, shown: Claim, source: str, line: int, **more: object) -> claim:
    """The box of a claim on the page being read, labelled."""
    node = claim(shown=shown, ids=[shown.label], classes=["claim", f"claim-{shown.status}"], **more)
    if shown.id == "thesis":
        node["classes"].append("thesis")
    node.source, node.line = source, line
    node += nodes.paragraph(shown.sentence, shown.sentence)
    note_label(env, shown.label, shown.sentence, line)
    return node


class ClaimDirective(SphinxDirective):
    """``{claim} id``: the claim's sentence, the values behind it, and whether it holds."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        try:
            shown = known_claim(self.env, self.arguments[0])
        except ValueError as error:
            logger.error("%s", error, location=self.get_location(), type="trenches", subtype="claim")
            return []
        return [box(self.env, shown, *self.get_source_info())]


def visit_claim(translator, node: claim) -> None:
    translator.body.append(translator.starttag(node, "div"))
    translator.body.append(render(translator, "evidence/claim-head", claim=node["shown"], kind=node.get("kind")))


def depart_claim(translator, node: claim) -> None:
    shown, brief, open_ = (node.get(name) for name in ("shown", "brief", "open"))
    hidden = [value for value in shown.values if brief or value.key in node.get("folded", ())]
    translator.body.append(render(translator, "evidence/claim-foot", claim=shown, hidden=hidden, brief=brief, open=open_, row_of=anchor) + "</div>\n")


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_build_date", "", "env", str)
    app.add_node(claim, html=(visit_claim, depart_claim))
    app.add_directive("claim", ClaimDirective)
