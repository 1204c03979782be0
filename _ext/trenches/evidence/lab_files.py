"""The lab's files beside the pages that show them, so that whoever doubts a number can fetch what it came from."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sphinx.application import Sphinx

from _harness.results import SCHEMA, plain

from ..build.kept import ctime
from ..build.outputs import finished, output, own
from .palette import alone, coloured, stylesheet

# The shape of results.json has had one version, so no file names it; the schema's address does.
SCHEMA_NAME = "schemas/results-1.json"


def shown(app: Sphinx) -> list[str]:
    """The paths of the lab files that pages show. One that climbs out of labs/ would climb out of the site too."""
    labs = os.path.join(app.srcdir, "labs", "")
    paths = {os.path.normpath(os.path.join(app.srcdir, name)) for names in app.env.dependencies.values() for name in map(os.fspath, names)}
    return sorted(path for path in paths if path.startswith(labs))


def _open(schema: object) -> object:
    """The schema as readers may keep it: what a later file has besides is none of its errors, as it is of ours."""
    if not isinstance(schema, dict):
        return schema
    return {key: _open(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}


def publish(app: Sphinx, error: Exception | None) -> None:
    """Copy every lab file that a page shows to the same path under the site, so that the evidence can be fetched. A figure
    and its spec name the page's colours, which mean nothing outside of it: the copies have the colours themselves. The schema of
    results.json is published with them."""
    if not finished(app, error):
        return
    output(app, SCHEMA_NAME).write_text(json.dumps(_open(SCHEMA), indent=1) + "\n", encoding="utf-8")
    restyled = ctime(os.fspath(stylesheet(app)))
    for source in shown(app):
        changed, name = ctime(source), source.removeprefix(os.path.join(app.srcdir, ""))
        if changed:
            own(app, name)
            target = os.path.join(app.outdir, name)
            # The date of a file from a backup may be anything; ctime is when it came.
            if max(changed, restyled) > ctime(target):
                output(app, name).write_bytes(_published(app, name, Path(source)))


def _published(app: Sphinx, name: str, source: Path) -> bytes:
    """The file as it is hashed and shown, whatever line ends the checkout has; a drawing as it stands alone."""
    if name.endswith(".png"):
        return source.read_bytes()
    text = plain(source.read_bytes())
    if not name.endswith((".svg", ".vl.json")):
        return text
    drawing = text.decode("utf-8")
    return coloured(app, name, alone(drawing) if name.endswith(".svg") else drawing).encode()


def setup(app: Sphinx) -> None:
    app.connect("build-finished", publish)
