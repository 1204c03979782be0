"""What the site consists of. Sphinx leaves behind what it once wrote; here a file that no page or module owns is removed."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .errors import SourceError

SERVED = ("html", "epub", "linkcheck")
# Sphinx's own, each written anew by every build.
SPHINXS = {"objects.inv", ".buildinfo"}


def finished(app: Sphinx, error: Exception | None) -> bool:
    """Whether the build that ends is of the site and went well."""
    return error is None and app.builder.name == "html"


def own(app: Sphinx, name: str) -> None:
    """Keep a file that the site has beside its pages; whoever wrote it says so in every build."""
    vars(app).setdefault("trenches_outputs", set()).add(name)


def output(app: Sphinx, name: str) -> Path:
    """The path to write such a file to, its folder made."""
    own(app, name)
    path = Path(app.outdir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def note_page(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    own(app, f"{pagename}.html")
    if doctree is None:
        app.trenches_collected[pagename] = context


def to_write(app: Sphinx, pages: Iterable[tuple[str, dict, str]], shown: str) -> Iterator[tuple[str, dict, str]]:
    """Yield those of ``pages``, made of no document, that are to be written: all if what is ``shown`` on them changed or if
    every document is written, which several processes would not tell, else those that are not there. The others stay."""
    changed = (shown in app.trenches_changed or app.parallel > 1
               or all(f"{name}.html" in app.trenches_outputs for name in app.env.found_docs))
    for name, context, template in pages:
        if changed or not Path(app.outdir, f"{name}.html").exists():
            yield name, context, template
        else:
            own(app, f"{name}.html")
            app.trenches_collected[name] = context


def assets(env: BuildEnvironment) -> dict[str, int]:
    """The stylesheets and scripts, whose versions every page names, and the templates, of whatever date."""
    return {os.fspath(path): zlib.crc32(path.read_bytes()) for path in (
        *(path for folder in env.config.html_static_path for path in Path(env.srcdir, folder).glob("*.*")),
        *(path for folder in env.config.templates_path for path in Path(env.srcdir, folder).rglob("*.html")))}


def drop_static(app: Sphinx, env: BuildEnvironment) -> None:
    """Sphinx would keep a copy of the same size and date."""
    if "assets" in app.trenches_changed:
        shutil.rmtree(os.path.join(app.outdir, "_static"), ignore_errors=True)


def copied(app: Sphinx) -> Iterator[str]:
    """What Sphinx copies as it is: images, downloads and extra files, of which it takes what stands in a folder."""
    yield from (f"{app.builder.imagedir}/{name}" for _, name in app.env.images.values())
    yield from (f"_downloads/{name}" for _, name in app.env.dlfiles.values())
    for given in app.config.html_extra_path:
        path = Path(app.confdir, given)
        yield from (file.relative_to(path).as_posix() for file in path.rglob("*")) if path.is_dir() else [path.name]


def prune(app: Sphinx, error: Exception | None) -> None:
    """Remove what nothing owns: pages of essays that went, tags without an essay, lab files no longer shown."""
    if not finished(app, error):
        return
    owned = app.trenches_outputs | SPHINXS | set(copied(app))
    owned |= {f"{name}.html" for name in (*app.env.found_docs, *getattr(app.config, "redirects", ()))}
    for folder, _, names in os.walk(app.outdir, topdown=False):
        below = os.path.relpath(folder, app.outdir).replace(os.sep, "/")
        if f"{below}/".startswith("_static/"):
            continue
        for name in names:
            if (f"{below}/{name}" if below != "." else name) not in owned:
                os.remove(os.path.join(folder, name))
        if below != "." and not os.listdir(folder):
            os.rmdir(folder)


def refuse_unserved(app: Sphinx) -> None:
    """Stop before anything is read where Sphinx would warn for each page, or write pages that nobody has looked at."""
    cure = "this site is built by `make html` and `make epub`"
    if app.builder.name not in SERVED:
        raise SourceError(f"conf.py: the builder {app.builder.name!r} is not served; {cure}")
    if app.parallel > 1 and app._fail_on_warnings:
        raise SourceError(f"conf.py: -j {app.parallel} with -W is not served, since ABlog lets pages be read one after another only and "
                         f"Sphinx warns of it; {cure}, or leave out one of the two")


def init(app: Sphinx) -> None:
    # Every file of the site, and the pages made of no document with their contexts.
    app.trenches_outputs, app.trenches_collected = set(), {}


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", refuse_unserved, priority=0)
    app.connect("builder-inited", init)
    # After what was shown is compared.
    app.connect("env-updated", drop_static, priority=950)
    app.connect("html-page-context", note_page)
    # After every module that writes a file.
    app.connect("build-finished", prune, priority=900)
