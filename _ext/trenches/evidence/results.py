"""The results of a page's lab, and the ``result`` and ``stated`` roles: how a number gets into a sentence."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from _harness import replications
from _harness.results import Results, ResultsError, load

from ..build.errors import SourceError
from ..build.kept import ctime
from .rounding import keys_of, quote
from .spreads import between

logger = logging.getLogger(__name__)


def lab_of(docname: str) -> str:
    """The folder of a page's lab, relative to the site: a page and its lab share one name."""
    return "labs/" + docname.rpartition("/")[2]


def render(translator, template: str, **context: object) -> str:
    """Fill ``template``.html, of this room's templates or the site's own; they escape whatever they are given."""
    return translator.builder.templates.render(f"{template}.html", context)


def has_results(root: str | Path, docname: str) -> bool:
    """Whether a page's lab has recorded a run; an essay of which it has not is a draft."""
    return os.path.isfile(os.path.join(root, lab_of(docname), "results.json"))


def is_draft(env: BuildEnvironment, docname: str) -> bool:
    """Whether a page's lab has recorded no run yet, in a build that shows such pages with what its quick run gave, if anything."""
    return env.config.trenches_drafts and not has_results(env.srcdir, docname)


def not_run(what: str) -> nodes.literal:
    """What a draft shows in place of what its lab has still to give."""
    return nodes.literal("", f"{what}: not run", classes=["not-run"])


def results_of(env: BuildEnvironment, docname: str) -> Results:
    """Load the results of the page ``docname`` and rebuild the page when they change. Raises ResultsError."""
    name = lab_of(docname) + "/results.json"
    env.note_dependency(name, docname=docname)
    if is_draft(env, docname):
        name = lab_of(docname) + "/.quick/results.json"
        env.note_dependency(name, docname=docname)
        if not os.path.isfile(os.path.join(env.srcdir, name)):
            return Results(None, {"lab": docname.rpartition("/")[2], "mode": "none", "receipt": None, "values": {}, "tables": {}}, "")
    path, slug = os.path.join(env.srcdir, name), docname.rpartition("/")[2]
    results = _load(path, ctime(path))
    if results.lab != slug:
        raise ResultsError(f"{name}:1: these are the results of {results.lab!r}; run `make lab slug={slug}`")
    rows: dict[str, str] = {}
    for key in results.values:
        if rows.setdefault(anchor(key), key) != key:
            raise ResultsError(f"{name}: values/{key}: its row in the panel has the id of {rows[anchor(key)]}'s, {anchor(key)}; rename one")
    return results


@lru_cache(maxsize=64)
def _load(path: str, changed: int) -> Results:
    return load(path)


def replications_of(env: BuildEnvironment, docname: str) -> list[Results]:
    """The further runs of the lab of the page ``docname``, oldest first; none in a draft. Rebuild the page when one is added,
    changed or removed. Raises SourceError, so that a damaged one is told of once and not by each number of the page."""
    if is_draft(env, docname):
        return []
    if docname not in env.trenches_replications:  # each number of the page asks
        env.trenches_replications[docname] = _replications(env, docname)
        for name in env.trenches_replications[docname]:
            env.note_dependency(name, docname=docname)
    names = env.trenches_replications[docname]
    try:
        return _load_all(os.path.join(env.srcdir, lab_of(docname)), tuple((name, ctime(os.path.join(env.srcdir, name))) for name in names))
    except ResultsError as error:
        raise SourceError(str(error)) from None


def _replications(env: BuildEnvironment, docname: str) -> list[str]:
    """The paths of the lab's replications below the site."""
    return sorted(path.relative_to(env.srcdir).as_posix() for path in Path(env.srcdir, lab_of(docname)).glob("replications/*.json"))


@lru_cache(maxsize=64)
def _load_all(lab: str, files: tuple[tuple[str, int], ...]) -> list[Results]:
    return replications.load(lab)


def ran_again(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """Return the pages to whose lab a replication came or went. A dependency on their folder would make Sphinx read a page in
    every build."""
    return [docname for docname, names in env.trenches_replications.items()
            if docname in env.found_docs - added - changed and names != _replications(env, docname)]


def anchor(key: str) -> str:
    """The id of a value's row in the evidence panel."""
    return "result-" + key.replace(".", "-").replace("_", "-")


def cited(env: BuildEnvironment, form: str) -> nodes.reference:
    """A link that shows a value as ``form`` wants it (rounding.py) and leads to its row in the evidence panel, which names
    the ``base`` of a ratio. To whoever points at it, what is not exact shows what is, and what varies between runs how far."""
    quoted = quote(results_of(env, env.docname), form)
    # Said in words: in a draft it is a number of the quick run.
    text = f"{quoted.text} (quick)" if is_draft(env, env.docname) else quoted.text
    node = nodes.reference("", text, refuri="#" + anchor(quoted.value.key), internal=True, classes=["result"])
    node["result"], node["base"] = quoted.value.key, quoted.base and quoted.base.key
    again = between(quoted.value, replications_of(env, env.docname), quoted.base)
    if told := "; ".join(filter(None, [quoted.exact if quoted.text != quoted.exact else "", again.title])):
        node["reftitle"] = told
    return node


def quoted_keys(node: nodes.Element) -> list[str]:
    """The keys of the values that the result roles under ``node`` show, in order, with the bases of ratios."""
    found = [ref for ref in node.findall(nodes.reference) if "result" in ref]
    return list(dict.fromkeys(key for ref in found for key in (ref["result"], ref["base"]) if key))


class ResultRole(SphinxRole):
    """``{result}`key.path` ``: the value under that key of the page's own results.json, with its unit; rounded as rounding.py says."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            node = cited(self.env, self.text.strip())
        except ResultsError as error:
            if is_draft(self.env, self.env.docname) and keys_of(self.text.strip()) - results_of(self.env, self.env.docname).values.keys():
                return [not_run(self.text.strip())], []
            logger.error("%s", error, location=self.get_location(), type="trenches", subtype="result")
            return [], []
        self.set_source_info(node)
        return [node], []


class StatedRole(SphinxRole):
    """``{stated}`100 pages` ``: a number we chose (an input or a threshold), not one we measured."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.inline("", self.text, classes=["stated"])], []


def setup(app: Sphinx) -> None:
    # Set by make serve alone.
    app.add_config_value("trenches_drafts", False, "env", bool)
    app.add_role("result", ResultRole())
    app.add_role("stated", StatedRole())
    app.connect("env-get-outdated", ran_again)
