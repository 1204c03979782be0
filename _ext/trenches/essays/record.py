"""What the site knows of each essay, gathered once at reading and shown on every page that lists essays."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _harness.results import ResultsError

from ..build.errors import SourceError
from ..evidence.claims import Claim, claims_of
from ..evidence.drawings import drawing
from ..evidence.panel import evidence
from ..evidence.prose import Prose, shown
from ..evidence.results import has_results, is_draft, render, results_of
from ..text.words import words_of
from .frontmatter import FrontMatter, is_essay
from .owner import owners_words

WORDS_A_MINUTE = 220
COUNTED = {"holds": "hold", "fails": "fail", "unsettled": "unsettled", "stale": "stale"}


@dataclass(frozen=True)
class Measured:
    """A page that has a lab: its claims, the receipt of the run that settled them, and its ``figures`` by label with their titles."""

    docname: str
    title: str
    claims: tuple[Claim, ...]
    receipt: dict
    figures: tuple[tuple[str, str], ...]

    @property
    def tags(self) -> tuple[str, ...]:
        return ()

    @property
    def counts(self) -> str:
        """How many of the claims hold, fail, are unsettled and are stale: "9 hold, 2 fail"."""
        statuses = [claim.status for claim in self.claims]
        found = {word: statuses.count(status) for status, word in COUNTED.items()}
        return ", ".join(f"{count} {word}" for word, count in found.items() if count or word == "hold")

    @property
    def measured(self) -> str:
        return self.receipt["started"][:10]

    @property
    def machine(self) -> str:
        machine = self.receipt["machine"]
        return f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']:.0f} GiB"


@dataclass(frozen=True)
class Essay(Measured):
    """One finished essay, as the landing page, the archive, the feeds and its own byline show it."""

    slug: str
    number: int
    summary: str
    front: FrontMatter
    minutes: int
    figure: str

    @property
    def tags(self) -> tuple[str, ...]:
        return self.front.tags

    @property
    def updated(self) -> datetime.date:
        return self.front.revised or self.front.date

    def bibtex(self, name: str, author: str, url: str, edition: str) -> str:
        """The essay as a BibTeX entry; ``name`` is the site's short one, ``edition`` its version."""
        title = re.sub(r"([&%$#_{}])", r"\\\1", self.title)
        return "\n".join((
            f"@misc{{{name}-{self.slug},",
            f"  author = {{{{{author}}}}},",
            f"  title = {{{{{title}}}}},",
            f"  year = {{{self.front.date.year}}},",
            f"  month = {{{self.front.date.month}}},",
            f"  note = {{Updated {self.updated}, measured {self.measured}, edition {edition}}},",
            f"  howpublished = {{\\url{{{url}}}}},",
            "}"))


class byline(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The line under the title; rendered from the essay's record when the page is written. A draft has none, but ``draft``,
    its results so far."""


def gather(app: Sphinx, doctree: nodes.document) -> None:
    """Make the record of a page with a lab; an essay's byline goes under its title."""
    env = app.env
    title = doctree.next_node(nodes.title)
    if not is_essay(env.docname):
        # A page that shows no evidence has no claims, whatever lab has its name.
        if has_results(env.srcdir, env.docname) and any(doctree.findall(evidence)):
            env.trenches_measured[env.docname] = Measured(
                docname=env.docname, title=words_of(title), claims=tuple(claims_of(app, env.docname).values()),
                receipt=results_of(env, env.docname).receipt, figures=_figures(doctree))
        return
    if is_draft(env, env.docname):
        env.metadata[env.docname]["orphan"] = True
        title.parent.insert(title.parent.index(title) + 1, byline(draft=results_of(env, env.docname)))
        return
    slug = env.docname.removeprefix("essays/")
    words = sum(len(part.text.split()) for part in shown(doctree, Prose(app.config.html_baseurl)))
    owned = owners_words(app.srcdir)
    front = env.trenches_front[env.docname]
    try:
        results = results_of(env, env.docname)
        figure = results.value(front.figure).text
    except ResultsError as error:
        raise SourceError(f"{env.docname}.md:1: {error}") from None
    record = Essay(
        docname=env.docname, slug=slug, number=list(owned).index(slug) + 1,
        title=owned[slug]["title"], summary=owned[slug]["summary"],
        front=front, figure=figure, minutes=math.ceil(words / WORDS_A_MINUTE),
        claims=tuple(claims_of(app, env.docname).values()),
        receipt=results.receipt, figures=_figures(doctree))
    _check_landing_row(record)
    for panel in doctree.findall(evidence):
        panel["also"] = (front.figure,)
    env.trenches_essays[env.docname] = record
    title.parent.insert(title.parent.index(title) + 1, byline())


def _figures(doctree: nodes.document) -> tuple[tuple[str, str], ...]:
    return tuple((node["label"], node["title"]) for node in doctree.findall(drawing))


def _check_landing_row(essay: Essay) -> None:
    if essay.front.figure_claim not in {claim.id for claim in essay.claims}:
        raise SourceError(f"{essay.docname}.md:1: `figure_claim: {essay.front.figure_claim}` is no claim of "
                         f"labs/{essay.slug}/test_claims.py; it has: {', '.join(c.id for c in essay.claims)}")


def visit_byline(translator, node: byline) -> None:
    essay = translator.builder.env.trenches_essays.get(translator.builder.current_docname)
    translator.body.append(render(translator, "trenches/byline", essay=essay) if essay else
                           render(translator, "trenches/draft", results=node["draft"]))
    raise nodes.SkipNode


def all_measured(env: BuildEnvironment) -> list[Measured]:
    """Every page with a lab: the essays in the owner's order, then the site's own pages."""
    return [*in_order(env), *(page for _, page in sorted(env.trenches_measured.items()))]


def in_order(env: BuildEnvironment) -> list[Essay]:
    """Every essay, in the owner's order."""
    return sorted(env.trenches_essays.values(), key=lambda essay: essay.number)


def setup(app: Sphinx) -> None:
    app.add_node(byline, html=(visit_byline, None))
    # Before the handlers that read the record and the front matter's figure.
    app.connect("doctree-read", gather, priority=400)
