"""Evidence: how a number, claim, figure, form or listing gets from a lab into a page, and the check of the prose around them.

It knows of pages that have a lab, and nothing of essays, feeds or search: another Sphinx project could take it as it is,
with ``trenches.evidence`` among its extensions, this folder's parent and the labs' on its path, and labs of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from ..build import kept
from ..build.kept import Kept, Shown
from . import charts, claims, compared, drawings, finding, forms, lab_files, listings, palette, panel, prose, repository, results, schematics

KEPT = (
    Kept("trenches_replications", dict, "results.replications_of", "the paths of the further runs of a page's lab", by_page=True),
    Kept("trenches_tallies", dict, "compared.note", "of a page's lab that ran again, how its values and verdicts came out", by_page=True),
    Kept("trenches_compares", dict, "compared.note", "the pages that show all tallies", by_page=True),
)
SHOWN = (
    Shown("compared", compared.compared, compared.pages),
)


def own_templates(app: Sphinx, config: Config) -> None:
    # The site's come first, so that it may have one of its own. Sphinx keeps a hash of the paths beside the pages.
    config.templates_path = [*config.templates_path, os.path.relpath(Path(__file__).with_name("templates"), app.confdir)]


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("config-inited", own_templates)
    kept.declare(app, KEPT, SHOWN)
    for module in (repository, palette, results, claims, finding, drawings, charts, schematics, forms, listings, panel, compared, prose, lab_files):
        module.setup(app)
    return {"env_version": 4, "parallel_read_safe": False, "parallel_write_safe": True}
