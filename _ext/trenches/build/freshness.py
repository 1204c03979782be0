"""What Sphinx does not see: a page that quotes another is written again when that changes, a file from a backup is read.

Without this an incremental build is not the clean one. Sphinx resolves references when it writes a page, and writes
only what it has read; it takes a file for unchanged unless its date is later than before. A date can be set, to an older
one or to that of the version before; the time of a file's last change of any kind, ctime, cannot.
"""

from __future__ import annotations

import os

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import docname_join

from .kept import ctime


def note_quotes(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the names of all that a page refers to."""
    page, names = app.env.docname, set()
    for node in doctree.findall(addnodes.pending_xref):
        names |= {node["reftarget"], docname_join(page, node["reftarget"]), node.get("reftargetid") or ""}
    app.env.trenches_quotes[page] = sorted(names)


def note_times(app: Sphinx, doctree: nodes.document) -> None:
    app.env.trenches_times[app.env.docname] = _times(app.env, app.env.docname)


def _times(env: BuildEnvironment, docname: str) -> dict[str, int]:
    """Path -> ctime in ns of each file that a page is read from."""
    paths = [env.doc2path(docname), *(os.path.join(env.srcdir, name) for name in env.dependencies.get(docname, ()))]
    return {path: ctime(path) for path in map(os.fspath, paths)}


def outdated(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """Return the pages of which a file was changed or put in place since, of whatever date, and all when the site's address changed."""
    before, env.trenches_address = getattr(env, "trenches_address", ""), app.config.html_baseurl
    return [docname for docname in sorted(env.found_docs - added - changed)
            if before != env.trenches_address or _times(env, docname) != env.trenches_times.get(docname)]


def quoted(env: BuildEnvironment) -> dict[str, list[tuple]]:
    """What the references of each page lead to and show."""
    return {docname: [_meaning(env, name) for name in env.trenches_quotes[docname]] for docname in sorted(env.trenches_quotes)}


def _meaning(env: BuildEnvironment, name: str) -> tuple:
    std, label = env.domains.standard_domain, name.lower()
    title = env.titles.get(name)
    return (std.labels.get(label), std.anonlabels.get(label), std.objects.get(("term", name)), std._terms.get(label),
            title and title.astext())


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", note_quotes)
    # After every module that notes a file its page depends on; after links.py has redirected labels.
    app.connect("doctree-read", note_times, priority=950)
