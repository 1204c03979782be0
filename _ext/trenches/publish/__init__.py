"""Publishing: what leaves the site besides its pages' texts: lists, the claims page, heads, feeds, twins, sitemap, book, 404.

It may know of all that others have gathered, and gathers nothing itself.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import ablog, book, claims_page, corrections_page, discovery, feeds, head, inventory, notfound, templates, twins


def setup(app: Sphinx) -> dict[str, object]:
    for module in (templates, ablog, claims_page, corrections_page, head, feeds, twins, discovery, inventory, notfound, book):
        module.setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
