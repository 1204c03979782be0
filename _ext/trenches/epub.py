"""The site as a book: what the pages have that an EPUB reader lacks is resolved before its pages are written."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from .charts import chart
from .evidence import evidence

VARIABLE = re.compile(r"var\((--[\w-]+)\)")


def is_epub(app: Sphinx) -> bool:
    return app.builder.name == "epub"


def only_documents(app: Sphinx) -> None:
    """Leave out the pages that extensions collect: archives and redirects are how one finds a page on a site."""
    if is_epub(app):
        for listener in list(app.events.listeners["html-collect-pages"]):
            app.disconnect(listener.id)


def template(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> str | None:
    """The site's page.html is Furo's, which a book cannot extend."""
    return "basic/page.html" if is_epub(app) else None


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give figures the light page's colours, and lab files their address on the site: a book carries neither."""
    if not is_epub(app):
        return
    css = Path(app.srcdir, "_static/trenches.css").read_text(encoding="utf-8")
    for node in doctree.findall(chart):
        node["svg"] = _resolved(node["svg"], css)
    page = urljoin(app.config.html_baseurl, f"{docname}.html")
    for node in doctree.findall(lambda n: isinstance(n, (nodes.reference, evidence))):
        if "../labs/" in node.get("refuri", ""):
            node["refuri"] = urljoin(page, node["refuri"])


def _resolved(text: str, css: str) -> str:
    """Replace every variable by the first value that the stylesheet gives it: the light page's, which comes first."""
    def value(found: re.Match) -> str:
        return _resolved(re.search(rf"{found[1]}:\s*([^;]+);", css)[1].replace('"', "'"), css)
    return VARIABLE.sub(value, text)


def setup(app: Sphinx) -> None:
    # After every module has announced its pages.
    app.connect("builder-inited", only_documents, priority=900)
    app.connect("html-page-context", template)
    app.connect("doctree-resolved", resolve)
