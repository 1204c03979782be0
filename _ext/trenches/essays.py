"""What the site knows of each essay, gathered once at reading and shown on every page that lists essays."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _harness.results import ResultsError

from . import frontmatter
from .basics import EssayError, build_date, is_essay, keep_by_page, lab_of, render
from .claims import Claim, claims_of
from .links import is_own_id
from .prose import Prose, shown
from .results import results_of
from .texts import line_of, marked
from .words import words_of

WORDS_A_MINUTE = 220
TOCTREE = re.compile(r"^(`{3,}|:{3,})\{toctree\}.*\n((?:.*\n)*?)\1[`:]*[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """A page that has a lab: its claims and the receipt of the run that settled them."""

    docname: str
    title: str
    claims: tuple[Claim, ...]
    receipt: dict

    @property
    def tags(self) -> tuple[str, ...]:
        return ()

    @property
    def counts(self) -> str:
        """How many of the claims hold, fail and are stale: "9 hold, 2 fail"."""
        statuses = [claim.status for claim in self.claims]
        found = {"hold": statuses.count("holds"), "fail": statuses.count("fails"), "stale": statuses.count("stale")}
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
    front: frontmatter.FrontMatter
    minutes: int
    figure: str

    @property
    def tags(self) -> tuple[str, ...]:
        return self.front.tags

    @property
    def updated(self) -> datetime.date:
        return self.front.revised or self.front.date

    def bibtex(self, author: str, url: str) -> str:
        """The essay as a BibTeX entry."""
        title = re.sub(r"([&%$#_{}])", r"\\\1", self.title)
        return "\n".join((
            f"@misc{{trenches-{self.slug},",
            f"  author = {{{{{author}}}}},",
            f"  title = {{{{{title}}}}},",
            f"  year = {{{self.front.date.year}}},",
            f"  month = {{{self.front.date.month}}},",
            f"  note = {{Updated {self.updated}, measured {self.measured}}},",
            f"  howpublished = {{\\url{{{url}}}}},",
            "}"))


class byline(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """The line under the title; rendered from the essay's record when the page is written."""


def check_heads(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Stop before Sphinx reads anything if the head of an essay is wrong: nothing is written, nothing is lost."""
    problems, today = [*_check_settings(app), *_check_toctree(env)], build_date(app)
    for docname in sorted(name for name in docnames if not is_essay(name)):
        problems += frontmatter.source(env.doc2path(docname), env.srcdir)[1]
    # An essay that nobody touched may name one that went.
    astray = [docname for docname, front in env.trenches_front.items() if docname in env.found_docs
              and front.read_next and f"essays/{front.read_next}" not in env.found_docs]
    for docname in sorted({*filter(is_essay, docnames), *astray}):
        try:
            front = frontmatter.check(env.doc2path(docname), env.srcdir, app.config.trenches_tags, today)
            env.trenches_front[docname] = front
        except frontmatter.Problems as error:
            problems.append(str(error))
    if problems:
        raise EssayError("\n".join(problems))


def _check_settings(app: Sphinx) -> Iterator[str]:
    """Words of conf.py that lists and feeds show as they stand, and tags, which are part of addresses."""
    for name, words in {"trenches_subtitle": app.config.trenches_subtitle, **app.config.trenches_tags}.items():
        if why := marked(words):
            yield f"conf.py: the words of {name!r} have {why}"
    for tag in app.config.trenches_tags:
        if not is_own_id(tag):
            yield f"conf.py: the tag {tag!r} cannot be part of an address; name it in letters a-z, digits and single hyphens"


def _check_toctree(env: BuildEnvironment) -> Iterator[str]:
    """The landing page's list of pages against the pages there are; Sphinx names no line, or warns after all is read."""
    root = env.config.root_doc
    text, wrong = frontmatter.source(env.doc2path(root), env.srcdir) if root in env.found_docs else ("", ["no page"])
    if wrong:
        return
    block = TOCTREE.search(text)
    if not block:
        yield f"{root}.md:1: no toctree; add one that lists every page, the essays in the owner's order"
        return
    start, listed = line_of(text, block.start()), {}
    for number, line in enumerate(block[2].split("\n"), start + 1):
        entry = re.sub(r"^.*<(.+)>$", r"\1", line.strip()).removeprefix("/").removesuffix(".md")
        if not entry or entry.startswith(":") or entry == "self" or "://" in entry:
            continue
        if entry in listed:
            yield f"{root}.md:{number}: `{entry}` is listed on line {listed[entry]} already; keep one"
        elif entry not in env.found_docs:
            yield f"{root}.md:{number}: there is no page `{entry}`; write {entry}.md, or take the line out"
        listed.setdefault(entry, number)
    for docname in sorted(env.found_docs - listed.keys() - {root}):
        yield f"{root}.md:{start}: the toctree lacks `{docname}`; add a line for it{', in the owner’s order' * is_essay(docname)}"
    order = [f"essays/{slug}" for slug in frontmatter.OWNER]
    essays = [entry for entry in listed if entry in order]
    for before, entry in pairwise(essays):
        if order.index(entry) < order.index(before):
            yield (f"{root}.md:{listed[entry]}: `{entry}` comes before `{before}` in the owner's order "
                   "(_ext/trenches/owner.toml); move it up")


def gather(app: Sphinx, doctree: nodes.document) -> None:
    """Make the record of a page with a lab; an essay's byline goes under its title."""
    env = app.env
    title = doctree.next_node(nodes.title)
    if not is_essay(env.docname):
        if Path(env.srcdir, lab_of(env.docname), "results.json").exists():
            env.trenches_measured[env.docname] = Measured(
                docname=env.docname, title=words_of(title), claims=tuple(claims_of(app, env.docname).values()),
                receipt=results_of(env, env.docname).receipt)
        return
    slug = env.docname.removeprefix("essays/")
    words = sum(len(part.text.split()) for part in shown(doctree, Prose(app.config.html_baseurl)))
    front = env.trenches_front[env.docname]
    try:
        results = results_of(env, env.docname)
        figure = results.value(front.figure).text
    except ResultsError as error:
        raise EssayError(f"{env.docname}.md:1: {error}") from None
    record = Essay(
        docname=env.docname, slug=slug, number=list(frontmatter.OWNER).index(slug) + 1,
        title=frontmatter.OWNER[slug]["title"], summary=frontmatter.OWNER[slug]["summary"],
        front=front, figure=figure, minutes=math.ceil(words / WORDS_A_MINUTE),
        claims=tuple(claims_of(app, env.docname).values()),
        receipt=results.receipt)
    _check_landing_row(record)
    env.trenches_essays[env.docname] = record
    title.parent.insert(title.parent.index(title) + 1, byline())


def _check_landing_row(essay: Essay) -> None:
    if essay.front.figure_claim not in {claim.id for claim in essay.claims}:
        raise EssayError(f"{essay.docname}.md:1: `figure_claim: {essay.front.figure_claim}` is no claim of "
                         f"labs/{essay.slug}/test_claims.py; it has: {', '.join(c.id for c in essay.claims)}")


def visit_byline(translator, node: byline) -> None:
    essay = translator.builder.env.trenches_essays[translator.builder.current_docname]
    translator.body.append(render(translator, "byline", essay=essay))
    raise nodes.SkipNode


def all_measured(env: BuildEnvironment) -> list[Measured]:
    """Every page with a lab: the essays in the owner's order, then the site's own pages."""
    return [*in_order(env), *(page for _, page in sorted(env.trenches_measured.items()))]


def in_order(env: BuildEnvironment) -> list[Essay]:
    """Every essay, in the owner's order."""
    return sorted(env.trenches_essays.values(), key=lambda essay: essay.number)


def init(app: Sphinx) -> None:
    # Filled before Sphinx purges what it is about to read, so this one is not kept by page.
    if not hasattr(app.env, "trenches_front"):
        app.env.trenches_front = {}


def setup(app: Sphinx) -> None:
    app.add_node(byline, html=(visit_byline, None))
    app.connect("builder-inited", init)
    app.connect("env-before-read-docs", check_heads)
    keep_by_page(app, "trenches_essays", "trenches_measured")
    # Before the handlers that read the record and the front matter's figure.
    app.connect("doctree-read", gather, priority=400)
