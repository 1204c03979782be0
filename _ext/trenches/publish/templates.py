"""What templates are given, and what of Sphinx's and the theme's own the site does without."""

from __future__ import annotations

from functools import partial

from babel.dates import format_date
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_design.tabs import sd_tab_label

from ..essays.around import related
from ..essays.drafts import shown_drafts
from ..essays.record import in_order

SITE_PAGES = {"Essays": "index", "Archive": "archive", "Tags": "archive/tag", "Claims": "claims", "Glossary": "glossary",
              "Corrections": "corrections", "About": "about"}
# Sphinx loads these on every page; only its own search, which the site does without, calls them.
UNUSED_SCRIPTS = {"_static/documentation_options.js", "_static/doctools.js", "_static/sphinx_highlight.js"}
# sphinx-design loads these, 10 KB of a first visit, on every page; its tabs and dropdowns have classes of this beginning.
DESIGN, DESIGNED = {"_static/sphinx-design.min.css", "_static/design-tabs.js"}, 'class="sd-'


def context(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give every template the essays in the owner's order, and this page's own essay and contents."""
    essays = app.env.trenches_essays
    context["essays"] = in_order(app.env)
    context["essay"] = essay = essays.get(pagename)
    if essay:
        context["read_next"] = essays.get(f"essays/{essay.front.read_next}")
        context["related"] = related(app.env, essay)
    if pagename == app.config.root_doc:
        context["drafts"] = shown_drafts(app.env)
    context["contents"] = app.env.trenches_contents.get(pagename, ())
    context["tag_definitions"] = app.config.trenches_tags
    context["site_pages"] = SITE_PAGES
    context["short_name"] = app.config.trenches_name
    context["licence"], context["licence_url"] = app.config.trenches_licence, app.config.trenches_licence_url
    context["code_licence"] = app.config.trenches_code_licence
    # The contents stand in the left column; the right margin belongs to the notes. Essays have no order by date.
    context["furo_hide_toc"] = True
    context["prev"] = context["next"] = None
    unused = UNUSED_SCRIPTS if DESIGNED in context.get("body", "") else UNUSED_SCRIPTS | DESIGN
    for kind in ("css_files", "script_files"):
        context[kind] = [file for file in context[kind] if file.filename not in unused]


def landing_shows_no_toctree(app: Sphinx, env: BuildEnvironment) -> None:
    """Keep Sphinx from writing the landing page anew for every essay read, since its toctree is hidden.

    This comes after the check that every page is in a toctree, and after the environment is saved.
    """
    for pages in env.files_to_rebuild.values():
        pages.discard(app.config.root_doc)


def day_filter(app: Sphinx) -> None:
    """Give templates the filter `day`: strftime names months in the language of the machine that builds."""
    if app.builder.format == "html":
        app.builder.templates.environment.filters["day"] = partial(format_date, locale="en")


def valid_tab_labels(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """HTML forbids aria-controls on a label, and sphinx-design 0.8.0 writes it there."""
    for label in doctree.findall(sd_tab_label):
        label.attributes.pop("aria_controls", None)


def setup(app: Sphinx) -> None:
    for name in ("trenches_subtitle", "trenches_licence", "trenches_licence_url", "trenches_code_licence"):
        app.add_config_value(name, "", "html", str)
    app.connect("builder-inited", day_filter)
    app.connect("env-check-consistency", landing_shows_no_toctree)
    app.connect("doctree-resolved", valid_tab_labels)
    # After Furo and ABlog have filled the context.
    app.connect("html-page-context", context, priority=900)
