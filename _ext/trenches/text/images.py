"""Images: a file beside the essay that says what it shows to those who cannot see it, and that looks the same everywhere."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.images import get_image_size

from ..build.errors import SourceError, place

logger = logging.getLogger(__name__)

KINDS = (".png", ".jpg", ".jpeg", ".gif", ".svg")
SIZES = {"width", "height", "scale"}
OTHER_HOST = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
# What a drawing has only on a page it is part of, and what makes it a program.
NOT_ALONE = re.compile(r"currentColor|var\(--|<script|<foreignObject|\son\w+\s*=|@import"
                       r"|(?:href\s*=\s*[\"']|url\([\"']?)(?!#|data:image/)", re.IGNORECASE)


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Refuse an image that some reader would not get; give the others their size, so that nothing moves when they arrive."""
    for node in list(doctree.findall(nodes.image)):
        path = app.env.relfn2path(node["uri"], app.env.docname)[1]
        if problem := _problem(node, os.path.relpath(path, app.srcdir)) or _problem_within(node["uri"], path):
            logger.error("the image %s %s", node["uri"][:80], problem, location=place(node), type="trenches", subtype="image")
            # Sphinx would tell of it again.
            node.parent.remove(node)
        else:
            node["width"], node["height"] = map(str, get_image_size(path))


def _problem(node: nodes.image, below: str) -> str | None:
    uri, alt = node["uri"], node.get("alt", "").strip()
    if OTHER_HOST.match(uri):
        return "is on another host, which every reader's browser would ask for it; put the file beside the essay"
    if not alt or alt in (uri, os.path.basename(uri)):
        return "does not say what it shows; write ![what it shows](file), or :alt:"
    if not re.fullmatch(r"[\w./-]+", uri, re.ASCII):
        return "has a name that not every file system keeps; use letters, digits, - and _"
    if below.startswith(".."):
        return "is outside of the site; put it beside the essay"
    if SIZES & {*node.attributes, *node.parent.attributes}:
        return "is shown in its own size, at most as wide as the text; take out its width, height or scale"
    return None


def _problem_within(uri: str, path: str) -> str | None:
    if not uri.lower().endswith(KINDS):
        return f"is of a kind that not every reader shows; save it as {', '.join(KINDS)}"
    if not os.path.isfile(path):
        return f"is not there; put the file beside the essay, as {os.path.basename(path)}"
    if get_image_size(path) is None:
        return "has no width and height that can be read; save it anew"
    if uri.lower().endswith(".svg") and (found := NOT_ALONE.search(Path(path).read_text(encoding="utf-8", errors="replace"))):
        return f"has {found[0].strip()!r}, which works only inside of a page; draw it in fixed colours and without scripts"
    return None


def check_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Sphinx puts all images into one folder and numbers those of one name in the order it reads them, which edits change."""
    named = defaultdict(list)
    for path in sorted(env.images, key=str.lower):
        named[os.path.basename(path).lower()].append(path)
    for paths in named.values():
        if len(paths) > 1:
            page = min(env.images[paths[-1]][0])
            raise SourceError(f"{page}.md: the images {' and '.join(paths)} have one name; rename one")


def setup(app: Sphinx) -> None:
    # Before Sphinx collects them.
    app.connect("doctree-read", check, priority=400)
    app.connect("env-updated", check_names)
