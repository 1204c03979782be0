"""Text: what an author may write, and the one reading of it as words.

It knows files, Markdown and docutils' nodes; nothing of labs, essays or the site.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import formulas, images, markup


def setup(app: Sphinx) -> dict[str, object]:
    for module in (markup, formulas, images):
        module.setup(app)
    return {"env_version": 1, "parallel_read_safe": False, "parallel_write_safe": True}
