"""What templates are given, and which of ABlog's pages the site keeps."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial

import jinja2
from ablog.post import PostNode, generate_archive_pages, process_posts
from babel.dates import format_date
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_design.tabs import sd_tab_label

from .basics import differs, is_essay, keep_by_page
from .essays import Essay, all_measured, in_order
from .outputs import to_write
from .words import words_of

logger = logging.getLogger(__name__)

SITE_PAGES = {"Essays": "index", "Archive": "archive", "Tags": "archive/tag", "Claims": "claims", "Glossary": "glossary",
              "Corrections": "corrections", "About": "about"}
# Sphinx loads these on every page; only its own search, which the site does without, calls them.
UNUSED_SCRIPTS = {"_static/documentation_options.js", "_static/doctools.js", "_static/sphinx_highlight.js"}

MOST_RELATED = 5


def context(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give every template the essays in the owner's order, and this page's own essay and contents."""
    essays = app.env.trenches_essays
    context["essays"] = in_order(app.env)
    context["essay"] = essay = essays.get(pagename)
    if essay:
        context["read_next"] = essays.get(f"essays/{essay.front.read_next}")
        context["related"] = _related(app.env, essay)
    context["contents"] = app.env.trenches_contents.get(pagename, ())
    context["tag_definitions"] = app.config.trenches_tags
    context["site_pages"] = SITE_PAGES
    # The contents stand in the left column; the right margin belongs to the notes. Essays have no order by date.
    context["furo_hide_toc"] = True
    context["prev"] = context["next"] = None
    context["script_files"] = [js for js in context["script_files"] if js.filename not in UNUSED_SCRIPTS]


def _related(env: BuildEnvironment, essay: Essay) -> list[Essay]:
    """The essays with the most tags in common, few of them, in the owner's order: the tag pages list all."""
    essays = env.trenches_essays
    common = Counter(docname for tag in essay.front.tags for docname in env.trenches_tagged[tag])
    del common[essay.docname]
    return [essays[name] for name in heapq.nsmallest(MOST_RELATED, common, lambda name: (-common[name], essays[name].number))]


def no_navigation_tree(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Keep Furo from rendering the whole site's tree for every page: no template of ours shows it.

    It was half of a build of 100 essays and nine tenths of one of 1,000.
    """
    context.pop("toctree", None)


def show_ablog_little(app: Sphinx, doctree: nodes.document) -> None:
    """Show ABlog an essay's head and title only, and let it keep no nodes.

    Of what it is shown it makes two copies, for feeds and excerpts that the site does not have, and every node knows
    its document: they were four fifths of the environment that every build loads and saves.
    """
    shown = doctree.copy()
    for post in list(doctree.findall(PostNode)):
        post.parent.remove(post)
        shown += [nodes.section("", doctree.next_node(nodes.title).deepcopy()), post]
    process_posts(app, shown)
    for post in app.env.ablog_posts.get(app.env.docname, ()):
        post["doctree"], post["excerpt"] = None, []


def note_contents(app: Sphinx, doctree: nodes.document) -> None:
    """Keep (anchor, heading) of each H2 of an essay."""
    if is_essay(app.env.docname):
        parts = next(doctree.findall(nodes.section))
        app.env.trenches_contents[app.env.docname] = [
            (f"#{part['ids'][0]}", words_of(part[0])) for part in parts if isinstance(part, nodes.section)]


def related_pages_changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write every essay anew when one came, went or changed its tags: each page lists those it shares tags with."""
    tagged = defaultdict(list)
    for essay in in_order(env):
        for tag in essay.front.tags:
            tagged[tag].append(essay.docname)
    return list(env.trenches_essays) if differs(env, "trenches_tagged", tagged) else []


def lists_changed(app: Sphinx, env: BuildEnvironment) -> None:
    """Note whether the pages that list essays or claims list anything else than the last build's."""
    app.trenches_measured_anew = differs(env, "trenches_listed", all_measured(env))


def landing_changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the landing page anew when a row of it changed."""
    rows = [(essay.docname, essay.title, essay.summary, essay.front, essay.figure) for essay in in_order(env)]
    return [app.config.root_doc] if differs(env, "trenches_rows", rows) else []


def landing_shows_no_toctree(app: Sphinx, env: BuildEnvironment) -> None:
    """Keep Sphinx from writing the landing page anew for every essay read, since its toctree is hidden.

    This comes after the check that every page is in a toctree, and after the environment is saved.
    """
    for pages in env.files_to_rebuild.values():
        pages.discard(app.config.root_doc)


def archive_pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """ABlog's pages without those that can only be empty here or repeat the archive: drafts and the list of years."""
    unwanted = {f"{app.config.blog_path}/drafts", f"{app.config.blog_path}/archive"}
    return to_write(app, (page for page in generate_archive_pages(app) if page[0] not in unwanted), app.trenches_measured_anew)


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


def prepare_templates(app: Sphinx) -> None:
    """Give templates the filter `day`, and take from them what only strangers' templates need."""
    if app.builder.format == "html":
        environment = app.builder.templates.environment
        # strftime names months in the language of the machine that builds.
        environment.filters["day"] = partial(format_date, locale="en")
        # A template included a thousand times would be looked for on disk each time.
        environment.auto_reload = False
        # Sphinx's sandbox asks of every attribute and call whether a template may; these are the site's own.
        environment.__class__ = jinja2.Environment


def valid_tab_labels(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """HTML forbids aria-controls on a label, and sphinx-design 0.8.0 writes it there."""
    for label in doctree.findall(sd_tab_label):
        label.attributes.pop("aria_controls", None)


def setup(app: Sphinx) -> None:
    for name in ("post", "postlist", "update"):
        app.add_directive(name, UnusedDirective, override=True)
    app.connect("builder-inited", replace_ablogs_handlers)
    app.connect("builder-inited", prepare_templates)
    # After sphinx-notfound-page has put in its own, before Furo asks for it.
    app.connect("html-page-context", no_navigation_tree, priority=450)
    app.connect("env-updated", related_pages_changed)
    app.connect("env-updated", lists_changed)
    app.connect("env-updated", landing_changed)
    keep_by_page(app, "trenches_contents")
    # After links.py has taken the other ids from the headings.
    app.connect("doctree-read", note_contents)
    app.connect("env-check-consistency", landing_shows_no_toctree)
    app.connect("doctree-resolved", valid_tab_labels)
    # After Furo and ABlog have filled the context.
    app.connect("html-page-context", context, priority=900)
