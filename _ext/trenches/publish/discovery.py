"""The files by which machines find the pages: sitemap.xml, robots.txt and llms.txt, and each essay's card.

Every date is an essay's own, so the files depend on neither the clock nor on which pages a build wrote anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urljoin

import lxml.etree
from docutils import nodes
from sphinx.application import Sphinx

from ..build.errors import SourceError
from ..build.outputs import finished, output
from ..essays.record import in_order
from .head import card_of

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def needs_card(app: Sphinx, doctree: nodes.document) -> None:
    """Hold the essay to its social card, which is published as a dependency like its other lab files."""
    essay = app.env.trenches_essays.get(app.env.docname)
    # An author who is served sees the page before its card, which is drawn when the landing figure stands.
    if essay is None or app.config.trenches_drafts:
        return
    app.env.note_dependency(card_of(essay))
    if not Path(app.srcdir, card_of(essay)).is_file():
        raise SourceError(f"{essay.docname}.md:1: {card_of(essay)} is missing; run: make figures slug={essay.slug}")


def write(app: Sphinx, error: Exception | None) -> None:
    if not finished(app, error):
        return
    shown = {docname: [docname] if docname in app.env.trenches_essays else [] for docname in app.env.all_docs}
    shown[app.config.root_doc] = list(app.env.trenches_essays)
    for page, context in app.trenches_collected.items():
        if not context.get("noindex"):
            shown[page] = [post.docname for post in context.get("collection", ())] or list(app.env.trenches_essays)
    output(app, "sitemap.xml").write_bytes(_sitemap(app, shown))
    _write(app, "robots.txt", ["User-agent: *", "Allow: /", f"Sitemap: {urljoin(app.config.html_baseurl, 'sitemap.xml')}"])
    _write(app, "llms.txt", _llms(app))


def _write(app: Sphinx, name: str, lines: Iterable[str]) -> None:
    output(app, name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sitemap(app: Sphinx, shown: dict[str, list[str]]) -> bytes:
    """Every page with the date of the newest essay it shows; pages that show none have no date to give."""
    root = lxml.etree.Element("urlset", nsmap={None: SITEMAP})
    for page, docnames in sorted(shown.items()):
        url = lxml.etree.SubElement(root, "url")
        lxml.etree.SubElement(url, "loc").text = urljoin(app.config.html_baseurl, f"{page}.html")
        if docnames:
            newest = max(app.env.trenches_essays[docname].updated for docname in docnames)
            lxml.etree.SubElement(url, "lastmod").text = newest.isoformat()
    return lxml.etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _llms(app: Sphinx) -> Iterable[str]:
    """The list of https://llmstxt.org: every essay's Markdown twin with the owner's summary, then the data."""
    essays = in_order(app.env)

    def link(title: str, path: str, note: str) -> str:
        return f"- [{title}]({urljoin(app.config.html_baseurl, path)}): {note}"

    yield from (f"# {app.config.project}", "", f"> {app.config.trenches_subtitle}", "", "## Essays", "")
    yield from (link(essay.title, f"{essay.docname}.md", essay.summary) for essay in essays)
    yield from ("", "## Measurements", "")
    yield from (link(essay.slug, f"labs/{essay.slug}/results.json", f"values, tables and receipt of {essay.measured}")
                for essay in essays)
    yield link("Claims", "claims.json", "every claim with its verdict and the values that it was judged by")
    yield from ("", "## Optional", "")
    yield link("JSON Feed", "feed.json", "the newest essays in full text")
    yield link("Sitemap", "sitemap.xml", "every page with its date")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", needs_card)
    app.connect("build-finished", write)
