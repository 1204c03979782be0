"""The page for addresses that lead nowhere. sphinx-notfound-page makes its links absolute; this says what is on it."""

from __future__ import annotations

from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config


def configure(app: Sphinx, config: Config) -> None:
    """A host shows the page at any depth, so its links start from the path that the site is served under."""
    config.notfound_template = "404.html"
    config.notfound_context = {"title": "Page not found", "noindex": True}
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path


def root_of_content(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Scripts load further files from here; sphinx-notfound-page 1.1.0 leaves it relative."""
    if pagename == app.config.notfound_pagename:
        context["content_root"] = app.config.notfound_urls_prefix


def setup(app: Sphinx) -> None:
    app.setup_extension("notfound.extension")
    app.connect("config-inited", configure)
    app.connect("html-page-context", root_of_content)
