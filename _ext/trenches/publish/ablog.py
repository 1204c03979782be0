"""ABlog: which of its pages the site keeps, and what it is shown of an essay."""

from __future__ import annotations

from collections.abc import Iterator

from ablog.post import PostNode, generate_archive_pages, process_posts
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ..build.outputs import to_write
from ..evidence.results import is_draft

logger = logging.getLogger(__name__)


def show_ablog_little(app: Sphinx, doctree: nodes.document) -> None:
    """Show ABlog an essay's head and title only, and let it keep no nodes.

    Of what it is shown it makes two copies, for feeds and excerpts that the site does not have, and every node knows
    its document: they were four fifths of the environment that every build loads and saves.
    """
    shown = doctree.copy()
    for post in list(doctree.findall(PostNode)):
        post.parent.remove(post)
        if is_draft(app.env, app.env.docname):
            continue
        shown += [nodes.section("", doctree.next_node(nodes.title).deepcopy()), post]
    process_posts(app, shown)
    for post in app.env.ablog_posts.get(app.env.docname, ()):
        post["doctree"], post["excerpt"] = None, []


def archive_pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """ABlog's pages without those that can only be empty here or repeat the archive: drafts and the list of years."""
    unwanted = {f"{app.config.blog_path}/drafts", f"{app.config.blog_path}/archive"}
    return to_write(app, (page for page in generate_archive_pages(app) if page[0] not in unwanted), "measured")


def replace_ablogs_handlers(app: Sphinx) -> None:
    for event, theirs, ours in (("html-collect-pages", generate_archive_pages, archive_pages),
                                ("doctree-read", process_posts, show_ablog_little)):
        listener = next(listener for listener in app.events.listeners[event] if listener.handler is theirs)
        app.disconnect(listener.id)
        app.connect(event, ours)


class UnusedDirective(SphinxDirective):
    """ABlog's own directives, which end in a traceback for a wrong date and make posts of parts of pages."""

    optional_arguments, final_argument_whitespace, has_content = 1, True, True

    def run(self) -> list[nodes.Node]:
        logger.error("{%s} makes nothing here; an essay is a file with front matter", self.name,
                     location=self.get_location(), type="trenches")
        return []


def setup(app: Sphinx) -> None:
    for name in ("post", "postlist", "update"):
        app.add_directive(name, UnusedDirective, override=True)
    app.connect("builder-inited", replace_ablogs_handlers)
