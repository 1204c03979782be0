"""What other projects link by, and where they are led once it has moved."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from ..build.errors import SourceError
from .labels import UNBUILT


class MappingDirective(SphinxDirective):
    """``{mapping}``: the line that another project needs in its conf.py, with the address this site is built for."""

    def run(self) -> list[nodes.Node]:
        line = f'intersphinx_mapping = {{"{self.config.trenches_name}": ("{self.config.html_baseurl}", None)}}'
        return [nodes.literal_block(line, line, language="python")]


def redirect_labels(app: Sphinx, env: BuildEnvironment) -> None:
    """Let the labels that `trenches_moved` retires lead to those that took their place."""
    std = env.domains.standard_domain
    for name in UNBUILT:
        std.labels.pop(name, None)
        std.anonlabels.pop(name, None)
    for old, new in app.config.trenches_moved.items():
        page, _, anchor = old.partition("#")
        if page not in env.found_docs or not anchor or new not in std.labels:
            raise SourceError(f"conf.py: trenches_moved: {old!r}: {new!r} does not lead from an id of a page "
                             "(page#id) to a label that exists; mend the entry")
        if std.anonlabels.get(anchor, std.anonlabels[new]) != std.anonlabels[new]:
            raise SourceError(f"conf.py: trenches_moved: {old!r} has not moved, {std.anonlabels[anchor][0]}.md still has the label; "
                             "take out one of the two")
        std.labels[anchor], std.anonlabels[anchor] = std.labels[new], std.anonlabels[new]


def moved_from(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give a page the anchors that moved away from it, as (id, address, title)."""
    std, uri = app.env.domains.standard_domain, app.builder.get_relative_uri
    context["moved"] = [
        (old.partition("#")[2], f"{uri(pagename, page)}#{anchor}", title)
        for old, new in app.config.trenches_moved.items() if old.partition("#")[0] == pagename
        for page, anchor, title in [std.labels[new]]]


def setup(app: Sphinx) -> None:
    # Under this name other projects know the site.
    app.add_config_value("trenches_name", "", "env", str)
    app.add_config_value("trenches_moved", {}, "env", dict)
    app.add_directive("mapping", MappingDirective)
    app.connect("env-updated", redirect_labels)
    app.connect("html-page-context", moved_from)
