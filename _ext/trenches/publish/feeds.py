"""Feeds: the site's in full text, as Atom (RFC 4287) and as JSON Feed 1.1, and one Atom feed of summaries per tag.
Each has the newest essays: a reader that comes too late finds the rest in the archive.

Every date comes from an essay and every id from its slug, so a feed depends on neither the clock nor the host.
"""

from __future__ import annotations

import datetime
import json
import uuid
from pathlib import Path
from urllib.parse import urljoin

import lxml.html
import lxml.html.builder
from feedgen.feed import FeedGenerator
from sphinx.application import Sphinx

from ..build.outputs import finished, output
from ..essays.record import Essay
from .head import card_of

NEWEST = 20
# Permalinks, scripts, forms, copy targets and the icons of disclosures mean nothing outside the page.
PAGE_ONLY = "//a[contains(@class,'headerlink')] | //script | //form | //button | //svg"


def write(app: Sphinx, error: Exception | None) -> None:
    if not finished(app, error):
        return
    essays = sorted(app.env.trenches_essays.values(), key=lambda e: (e.updated, e.number), reverse=True)
    if not essays:
        return
    texts = {essay.docname: _full_text(app, essay) for essay in essays[:NEWEST]}
    _atom(app, "atom.xml", app.config.project, "index.html", essays[:NEWEST], texts)
    _json(app, essays[:NEWEST], texts)
    for tag in app.config.trenches_tags:
        tagged = [essay for essay in essays if tag in essay.front.tags]
        if tagged:
            path = f"{app.config.blog_path}/tag/{tag}"
            _atom(app, f"{path}/atom.xml", f"{app.config.project}: {tag}", f"{path}.html", tagged[:NEWEST], {})


def _atom(app: Sphinx, path: str, title: str, page: str, essays: list[Essay], texts: dict[str, str]) -> None:
    site = app.config.html_baseurl
    feed = FeedGenerator()
    feed.id(_identifier(app, path))
    feed.title(title)
    feed.subtitle(app.config.trenches_subtitle)
    feed.author(name=app.config.author)
    feed.link(href=urljoin(site, path), rel="self", type="application/atom+xml")
    feed.link(href=urljoin(site, page), rel="alternate", type="text/html")
    feed.updated(_moment(max(essay.updated for essay in essays)))
    feed.generator("")
    for essay in essays:
        entry = feed.add_entry(order="append")
        entry.id(_identifier(app, essay.docname))
        entry.title(essay.title)
        entry.link(href=urljoin(site, essay.docname + ".html"), rel="alternate", type="text/html")
        entry.published(_moment(essay.front.date))
        entry.updated(_moment(essay.updated))
        entry.summary(essay.summary)
        entry.category([{"term": tag} for tag in essay.front.tags])
        if essay.docname in texts:
            entry.content(texts[essay.docname], type="html")
    output(app, path).write_bytes(feed.atom_str(pretty=True))


def _json(app: Sphinx, essays: list[Essay], texts: dict[str, str]) -> None:
    """The site's feed again, as https://www.jsonfeed.org/version/1.1/ has it; entries keep their ids."""
    site = app.config.html_baseurl
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": app.config.project,
        "description": app.config.trenches_subtitle,
        "home_page_url": urljoin(site, "index.html"),
        "feed_url": urljoin(site, "feed.json"),
        "authors": [{"name": app.config.author, "url": site}],
        "language": "en",
        "items": [{
            "id": _identifier(app, essay.docname),
            "url": urljoin(site, essay.docname + ".html"),
            "title": essay.title,
            "summary": essay.summary,
            "image": urljoin(site, card_of(essay)),
            "date_published": _moment(essay.front.date).isoformat(),
            "date_modified": _moment(essay.updated).isoformat(),
            "tags": list(essay.front.tags),
            "content_html": texts[essay.docname],
        } for essay in essays],
    }
    output(app, "feed.json").write_text(json.dumps(feed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _identifier(app: Sphinx, name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{app.config.epub_identifier}/{name}").urn


def _moment(date: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(date, datetime.time(), datetime.UTC)


def _full_text(app: Sphinx, essay: Essay) -> str:
    """The essay as it was written to disk, every link absolute: right too for a page this build did not rewrite."""
    # Given a path, libxml2 takes one with a % in it for an address, here and where it writes.
    page = Path(app.outdir, essay.docname + ".html").read_bytes()
    body = lxml.html.document_fromstring(page, parser=lxml.html.HTMLParser(encoding="utf-8")).xpath("//div[@class='essay']")[0]
    for figure in body.xpath("//figure[@data-file]"):
        _picture(figure, app.config.html_baseurl)
    for element in body.xpath(PAGE_ONLY):
        element.drop_tree()
    for titled in body.xpath("//*[@data-title]"):
        del titled.attrib["data-title"]
    # Readers that know no mathematics would show a fraction's two numbers as one.
    for formula in body.xpath("//math"):
        tex = lxml.html.builder.CODE(formula.get("alttext"))
        tex.tail = formula.tail
        formula.getparent().replace(formula, tex)
    body.make_links_absolute(urljoin(app.config.html_baseurl, essay.docname + ".html"))
    return lxml.html.tostring(body, encoding="unicode")


def _picture(figure: lxml.html.HtmlElement, site: str) -> None:
    """Show the drawing as an image. Of a drawing in the text, Miniflux and FreshRSS leave the labels, run together, and the
    rest show it without the page's colours; all of them keep an image, or the words that stand for it."""
    drawing = figure.find(".//svg")
    _, _, width, height = drawing.get("viewbox").split()
    picture = lxml.html.Element("img", src=urljoin(site, figure.attrib.pop("data-file")), alt=drawing.get("aria-label"),
                                width=width, height=height)
    figure.replace(drawing.getparent(), picture)


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write)
