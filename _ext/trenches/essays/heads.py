"""What is checked before Sphinx reads a page: the head of each essay, the list of pages, the words of conf.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from . import frontmatter
from ..build.errors import SourceError
from ..evidence.claims import build_date
from ..links.labels import is_own_id
from ..text.files import line_of, marked
from .drafts import drafts
from .frontmatter import is_essay
from .owner import owners_words

TOCTREE = re.compile(r"^(`{3,}|:{3,})\{toctree\}.*\n((?:.*\n)*?)\1[`:]*[ \t]*$", re.MULTILINE)


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
        raise SourceError("\n".join(problems))


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
    # A draft may be listed already.
    start, listed, unfinished = line_of(text, block.start()), {}, set(drafts(env.srcdir))
    for number, line in enumerate(block[2].split("\n"), start + 1):
        entry = re.sub(r"^.*<(.+)>$", r"\1", line.strip()).removeprefix("/").removesuffix(".md")
        if not entry or entry.startswith(":") or entry == "self" or "://" in entry:
            continue
        if entry in listed:
            yield f"{root}.md:{number}: `{entry}` is listed on line {listed[entry]} already; keep one"
        elif entry not in env.found_docs | unfinished:
            yield f"{root}.md:{number}: there is no page `{entry}`; write {entry}.md, or take the line out"
        listed.setdefault(entry, number)
    for docname in sorted(env.found_docs - listed.keys() - unfinished - {root}):
        yield f"{root}.md:{start}: the toctree lacks `{docname}`; add a line for it{', in the owner’s order' * is_essay(docname)}"
    order = [f"essays/{slug}" for slug in owners_words(env.srcdir)]
    essays = [entry for entry in listed if entry in order]
    for before, entry in pairwise(essays):
        if order.index(entry) < order.index(before):
            yield (f"{root}.md:{listed[entry]}: `{entry}` comes before `{before}` in the owner's order "
                   "(owner.toml); move it up")


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", check_heads)
