"""The site's own Sphinx extension, in rooms: evidence bound to prose, and what ABlog and Furo leave to do.

A room may use those above it in this list and knows nothing of those below; pyproject.toml holds them to it. ``author``
comes last: its commands are run by make, and Sphinx never sees them. ARCHITECTURE.md draws the whole.
"""

from __future__ import annotations

from sphinx.application import Sphinx

ROOMS = ("build", "text", "links", "evidence", "essays", "search", "publish")


def setup(app: Sphinx) -> dict[str, object]:
    # By name, since another project may take one room and has not what the later ones need.
    for room in ROOMS:
        app.setup_extension(f"{__name__}.{room}")
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
