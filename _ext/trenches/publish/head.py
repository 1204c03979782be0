"""What a page says of itself to machines: description, card, breadcrumbs, and schema.org's terms for what an essay is.

Everything comes from the essay's record and the settings, so a page says the same whichever build wrote it.
"""

from __future__ import annotations

from urllib.parse import urljoin

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from ..essays.record import Essay
from .templates import SITE_PAGES

SITE_CARD = "_static/card.png"
NAMES = {page: name for name, page in SITE_PAGES.items()}
# What the pages that are no essay are for. The landing page has the site's subtitle, a tag its definition.
DESCRIPTIONS = {
    "archive": "Every essay in one table, with its tags, its dates, what became of its claims, and the minutes that it takes to read.",
    "archive/tag": "What the essays are about, each tag with its definition and the number of its essays.",
    "claims": "Every claim of every essay in one place, the refuted ones too, each with its verdict and the values that it was judged by.",
    "glossary": "The terms that the essays use, each defined once.",
    "corrections": "What was wrong in an essay, where it stood, and since when it is right.",
    "about": "Who writes here, where each number and story comes from, what a claim is, how mistakes are corrected, and how to link here.",
    "search": "Every section, claim and term of the site, to look through with a search box or without a script.",
    "404": "Nothing is at this address. A search box and the list of all essays.",
}


def context(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Give head.html what it prints. A page with ``noindex`` in its own context is kept out of search engines."""
    essay = context["essay"]
    context["heading"] = heading(app, pagename, context)
    context["description"] = _description(app, pagename, context)
    context["card"] = urljoin(app.config.html_baseurl, card_of(essay) if essay else SITE_CARD)
    context["graph"] = {"@context": "https://schema.org", "@graph": list(_graph(app, pagename, context))}


def card_of(essay: Essay) -> str:
    """The path of an essay's social card, in the repository and on the site alike."""
    return f"labs/{essay.slug}/figures/card.png"


def _description(app: Sphinx, pagename: str, context: dict) -> str:
    if context["essay"]:
        return context["essay"].summary
    shown = context.get("collection")
    if pagename in DESCRIPTIONS or not shown:
        return DESCRIPTIONS.get(pagename, app.config.trenches_subtitle)
    return app.config.trenches_tags.get(shown.name, f"The essays of {shown}, each with its tags, its claims and the minutes that it takes to read.")


def heading(app: Sphinx, pagename: str, context: dict) -> str:
    """What a page is called: an essay's title, a site page's name, a tag or a year."""
    if pagename == app.config.root_doc:
        return app.config.project
    if context.get("essay"):
        return context["essay"].title
    return NAMES.get(pagename) or str(context.get("collection") or Markup(context.get("title") or "Search").striptags())


def _graph(app: Sphinx, pagename: str, context: dict):
    site = app.config.html_baseurl
    page = urljoin(site, f"{pagename}.html")
    publisher, licence = {"@type": "Organization", "name": app.config.author, "url": site}, app.config.trenches_licence_url
    if pagename == app.config.root_doc:
        yield {"@type": "WebSite", "name": app.config.project, "url": site, "description": context["description"],
               "publisher": publisher, "license": licence}
        return
    if context["essay"]:
        dataset = _dataset(context["essay"], page, site, publisher, licence)
        yield _article(context, page, dataset["@id"], publisher, licence)
        yield dataset
    yield _breadcrumbs(site, pagename, context["heading"])


def _article(context: dict, page: str, dataset: str, publisher: dict, licence: str) -> dict:
    essay = context["essay"]
    return {
        "@type": "TechArticle", "@id": page, "url": page, "mainEntityOfPage": page, "inLanguage": "en",
        "headline": essay.title, "description": essay.summary, "image": context["card"],
        "datePublished": essay.front.date.isoformat(), "dateModified": essay.updated.isoformat(),
        "author": publisher, "publisher": publisher, "license": licence,
        "keywords": list(essay.front.tags), "isBasedOn": {"@id": dataset},
    }


def _dataset(essay: Essay, page: str, site: str, publisher: dict, licence: str) -> dict:
    thesis = next((claim.values for claim in essay.claims if claim.id == "thesis"), ())
    results = urljoin(site, f"labs/{essay.slug}/results.json")
    return {
        "@type": "Dataset", "@id": f"{page}#evidence-panel", "url": f"{page}#evidence-panel",
        "name": f"Measurements behind “{essay.title}”",
        "description": f"What the lab {essay.slug} measured on {essay.machine}: every value the essay quotes, with its "
                       "spread, the number of runs, and a receipt of the machine, the versions and the command.",
        "creator": publisher, "license": licence, "isAccessibleForFree": True,
        "dateCreated": essay.measured, "measurementTechnique": essay.receipt["command"],
        "variableMeasured": [{"@type": "PropertyValue", "name": value.label, "value": value.value,
                              "unitText": value.counted} for value in thesis],
        "distribution": {"@type": "DataDownload", "encodingFormat": "application/json", "contentUrl": results},
    }


def _breadcrumbs(site: str, pagename: str, heading: str) -> dict:
    """The way from the landing page: the site pages that the page's path runs through, then the page itself."""
    parts = pagename.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    way = [(NAMES["index"], "index"), *((NAMES[name], name) for name in above if name in NAMES), (heading, pagename)]
    return {"@type": "BreadcrumbList", "itemListElement": [
        {"@type": "ListItem", "position": position, "name": name, "item": urljoin(site, f"{page}.html")}
        for position, (name, page) in enumerate(way, 1)]}


def setup(app: Sphinx) -> None:
    # What the site's own card says, which author/card.py draws.
    app.add_config_value("trenches_card_words", "", "", str)
    # After the handlers that fill the context with the page's essay.
    app.connect("html-page-context", context, priority=950)
