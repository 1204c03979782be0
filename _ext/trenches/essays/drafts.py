"""Drafts: essays whose lab has recorded no run yet. `make serve` shows them under a banner; all else leaves them out, and says so."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import docname_join

from ..build.errors import SourceError, place
from ..evidence.results import has_results
from .frontmatter import is_essay
from .owner import owners_words


def drafts(root: Path) -> list[str]:
    """The essays of a site that are none yet."""
    return [f"essays/{path.stem}" for path in sorted(Path(root, "essays").glob("*.md")) if not has_results(root, path.stem)]


def shown_drafts(env: BuildEnvironment) -> list[tuple[str, str]]:
    """(docname, title) of the drafts that this build shows."""
    return [(name, env.titles[name].astext()) for name in sorted(env.found_docs) if is_essay(name) and name not in env.trenches_essays]


def leave_out(app: Sphinx, config: Config) -> None:
    """Before Sphinx looks for pages, so that nothing of a draft is read. The toctree may list it already."""
    app.trenches_hidden = set(drafts(app.srcdir))
    left = [] if config.trenches_drafts else sorted(app.trenches_hidden)
    if left:
        # Of any suffix: of a page that is not there, the toctree takes it for .rst.
        config.exclude_patterns = [*config.exclude_patterns, *(f"{name}.*" for name in left)]
        config.suppress_warnings = [*config.suppress_warnings, "toc.excluded"]
        print(f"Left out as drafts, since their labs have no results.json: {', '.join(left)}; `make serve` shows them")


def refuse_links(app: Sphinx, doctree: nodes.document) -> None:
    """A page that readers see may not lead to one that they do not."""
    hidden = app.trenches_hidden
    if not hidden or app.env.docname in hidden:
        return
    problems = []
    for link in doctree.findall(addnodes.pending_xref):
        for name in filter(None, (link["reftarget"], link.get("reftargetid"))):
            if found := hidden & _pages(app, name.removesuffix(".md").lower()):
                problems.append(f"{place(link)}: “{name}” is in a draft, {found.pop()}.md; link to it once its lab has results")
    if problems:
        raise SourceError("\n".join(problems))


def _pages(app: Sphinx, name: str) -> set[str]:
    """Where a link may lead that names a page, by its path from here or from the top, or a label, which begins with a slug."""
    slugs = [slug for slug in owners_words(app.srcdir) if name == slug or name.startswith(f"{slug}-")]
    return {name, docname_join(app.env.docname, name), *(f"essays/{slug}" for slug in slugs if slug == max(slugs, key=len))}


def setup(app: Sphinx) -> None:
    app.connect("config-inited", leave_out)
    app.connect("doctree-read", refuse_links)
