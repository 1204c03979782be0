"""The one error of the site, and where a node stands."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.nodes import get_node_line, get_node_source


class SourceError(SystemExit):
    """A mistake in a source of the site, told as ``file:line: what; cure``. It stops the build before it writes.

    Sphinx answers any other exception, its own SphinxError too, with forty lines and a traceback.
    """


def place(node: nodes.Node) -> str:
    """Where ``node`` stands, as file:line; docutils gives some nodes no line of their own."""
    return f"{get_node_source(node)}:{get_node_line(node)}"
