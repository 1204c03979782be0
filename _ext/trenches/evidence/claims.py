"""Claims: pytest functions over results.json, run by the build as well as by the tests, shown with their status."""

from __future__ import annotations

import ast
import datetime
import inspect
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from _harness.claims import fingerprints
from _harness.margins import holds, reads, replaced
from _harness.results import Results, ResultsError, Value

from ..build.errors import SourceError
from ..build.kept import ctime
from ..links.labels import is_own_id, note_label
from ..text.files import marked
from .results import anchor, is_draft, lab_of, render, replications_of, results_of

logger = logging.getLogger(__name__)

STALE_AFTER = datetime.timedelta(days=180)
WORDS = {"holds": "✓ Holds", "fails": "✗ Fails", "unsettled": "± Unsettled", "stale": "≈ Stale"}
# In other documents nothing around a link says that what it shows is a claim.
ABROAD = {"holds": "Holds", "fails": "Refuted", "unsettled": "Unsettled", "stale": "Stale"}
# What a finding may rest on. A claim turns stale by the calendar alone, and a page must not stop building for that; a draft's
# are not run.
SUPPORTS = ("holds", "stale", "not-run")


@dataclass(frozen=True)
class Judged:
    """A run that a claim was judged on: when it began, whether the claim held, and on which machine, if its receipt says so."""

    started: str
    held: bool
    machine: str | None


@dataclass(frozen=True)
class Claim:
    """One claim: ``status`` is holds, fails, unsettled or stale, or not-run in a draft; ``values`` are those that its assertion
    read in the recorded run, in order; ``runs`` are those it was judged on, the recorded one first. What turned an unsettled
    one ``decides``, in the recorded run and in one that went the other way."""

    id: str
    lab: str
    sentence: str
    status: str
    reason: str
    values: tuple[Value, ...]
    runs: tuple[Judged, ...] = ()
    decides: tuple[Value, Value] | None = None

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
    def title(self) -> str:
        """What a link to it shows in other documents, where its sentence would stand as a fact."""
        name = f"thesis of {self.lab.replace('-', ' ')}" if self.id == "thesis" else self.name
        return f"{ABROAD.get(self.status, 'Not run yet')}: {name}"

    @property
    def word(self) -> str:
        return WORDS.get(self.status, "– Not run yet")

    @property
    def held(self) -> int:
        """In how many of the runs it held."""
        return sum(run.held for run in self.runs)

    @property
    def machines(self) -> int | None:
        """On how many machines the runs were, if each says on which."""
        ids = {run.machine for run in self.runs}
        return None if None in ids else len(ids)

    @property
    def rests(self) -> str:
        """What the verdict rests on: “3 of 3 runs on 2 machines”; of an unsettled one the value that decides too."""
        runs, same = len(self.runs), self.held or len(self.runs)
        if runs < 2:
            return "1 run" if runs else ""
        counted = f"{same} of {runs} runs{_on_machines(self)}"
        if self.status != "unsettled":
            return f"held in {counted}" if self.status == "stale" else counted
        return f"holds in {counted}{self.decides and _decided(*self.decides) or ''}"

    @property
    def verdict(self) -> str:
        """The status and what it rests on, in words."""
        return ", ".join(filter(None, (self.word, self.rests)))


def _on_machines(claim: Claim) -> str:
    # A run recorded before receipts said on which machine may have been on any of the others'.
    known = {run.machine for run in claim.runs} - {None}
    if claim.machines:
        return f" on {claim.machines} machine{'s' if claim.machines > 1 else ''}"
    return f" on at least {len(known)} machines" if len(known) > 1 else ""


def _decided(recorded: Value, other: Value) -> str:
    shown = [value.text if recorded.text != other.text else f"{value.value} {value.counted}" for value in (recorded, other)]
    return f"; “{recorded.label}” is {shown[0]} as recorded, {shown[1]} in another"


class claim(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """A claim's box; its only child is the sentence. ``kind`` is what it says instead of “Claim”, ``since`` what it says after the
    verdict. Behind a disclosure stand the values whose keys are ``folded``, where it is ``brief`` all of them and the reason, and
    where it stands ``beneath`` a finding the sentence too."""

    @property
    def hidden(self) -> list[Value]:
        """The values behind a disclosure."""
        return [value for value in self["shown"].values if self.get("brief") or value.key in self.get("folded", ())]


def evaluate(lab: Path, results: Results, again: Sequence[Results] = ()) -> dict[str, Claim]:
    """Run every ``test_*`` function of ``lab``/test_claims.py over the recorded ``results``, and over those replications
    ``again`` that are of its edition; return claims by id, in the file's order.

    Raises SourceError when an assertion fails unmarked over what was recorded, when one marked as failing holds, and for a
    claim without a sentence; raises ResultsError when the recorded results lack a key.
    """
    found, editions = [(test, _run(test, results)) for test in _tests(lab)], fingerprints((lab / "test_claims.py").read_bytes())
    return {c.id: _judge(test, c, results, [run for run in again if run.claims.get(c.id, "") == editions.get(c.id)]) for test, c in found}


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


def _judge(test, made: Claim, results: Results, again: list[Results]) -> Claim:
    """The claim ``made`` over the recorded ``results``, with what those further runs ``again`` say of it that measured the same."""
    held = made.status == "holds"
    runs = [(run, read, holds(test, run)) for run in again
            if (read := reads(test, run)) is not None and _measured(run, made.values) and _measured(results, read)]
    made = replace(made, runs=(_judged(results, held), *(_judged(run, verdict) for run, _, verdict in runs)))
    turned = next(((run, read) for run, read, verdict in runs if verdict != held), None)
    if turned is None:
        return made
    other, read = turned
    # An assertion stops at the part that fails: of what it read until then decides the last that turns it by itself.
    pairs = [(results.values[value.key], other.values[value.key]) for value in (read if held else made.values)]
    differ = [(ours, theirs) for ours, theirs in reversed(pairs) if ours.value != theirs.value]
    turns = [(ours, theirs) for ours, theirs in differ if holds(test, replaced(results, theirs)) != held]
    return replace(made, status="unsettled", decides=next(iter(turns + differ), None))


def _measured(run: Results, values: Iterable[Value]) -> bool:
    """Whether ``run`` has values under the keys of these, in the same units."""
    return all(value.key in run.values and run.values[value.key].unit == value.unit for value in values)


def _judged(run: Results, held: bool) -> Judged:
    return Judged(run.receipt["started"], held, run.receipt["machine"].get("id"))


def _said(error: Exception) -> str:
    """What an exception says, for which pytest would print the assertion; a plain one says nothing."""
    return f" ({' '.join(str(error).split())})" if str(error) else ""


def _read(results: Results) -> str:
    """What a test read, for whoever must find out why it failed."""
    return ", ".join(f"{key} is {results.value(key).text}" for key in results.reads) or "it read no value"


@lru_cache(maxsize=64)
def _evaluate(lab: Path, results: Results, again: tuple[Results, ...], changed: int) -> dict[str, Claim]:
    return evaluate(lab, results, again)


def build_date(app: Sphinx) -> datetime.date:
    """The date that staleness is judged against. Raises SourceError if it was not given."""
    try:
        return datetime.date.fromisoformat(app.config.trenches_build_date)
    except ValueError:
        raise SourceError("BUILD_DATE is not an ISO date; build with `make html`, which sets it, or set it") from None


def claims_of(app: Sphinx, docname: str) -> dict[str, Claim]:
    """The claims of a page's lab by id, judged stale by the date of the newest run against the build's date."""
    env, name = app.env, f"{lab_of(docname)}/test_claims.py"
    tests = Path(app.srcdir, name)
    env.note_dependency(name, docname=docname)
    try:
        results = results_of(env, docname)
        if is_draft(env, docname):
            return claimed(tests.parent)
        found = _evaluate(tests.parent, results, tuple(replications_of(env, docname)), ctime(os.fspath(tests)))
    except ResultsError as error:
        raise SourceError(str(error)) from None
    today = build_date(app)
    return {key: replace(c, status="stale") if c.status == "holds" and today - _newest(c) > STALE_AFTER else c for key, c in found.items()}


def _newest(settled: Claim) -> datetime.date:
    return datetime.date.fromisoformat(max(run.started for run in settled.runs)[:10])


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
    translator.body.append(translator.starttag(node, "div", **{"data-title": node["shown"].title}))
    translator.body.append(_rendered(translator, node, "evidence/claim-head"))


def depart_claim(translator, node: claim) -> None:
    translator.body.append(_rendered(translator, node, "evidence/claim-foot") + "</div>\n")


def _rendered(translator, node: claim, template: str) -> str:
    said = {name: node.get(name) for name in ("kind", "since", "beneath", "brief", "open")}
    return render(translator, template, claim=node["shown"], hidden=node.hidden, row_of=anchor, **said)


def setup(app: Sphinx) -> None:
    app.add_config_value("trenches_build_date", "", "env", str)
    app.add_node(claim, html=(visit_claim, depart_claim))
    app.add_directive("claim", ClaimDirective)
