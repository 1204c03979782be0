"""The address that the site is built for: whatever joins a path to it reads ``html_baseurl``, and may trust its form."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sphinx.application import Sphinx

from .errors import SourceError

# A host and a folder, in the characters that an address may have (RFC 3986): no page, name, password, query or fragment.
ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/([\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?(?<!\.html)", re.ASCII | re.IGNORECASE)


def settled(address: str) -> str:
    """``address`` with its last slash: joined to one without, a path takes the place of the last folder. Raises SourceError."""
    if not ADDRESS.fullmatch(address):
        raise SourceError(f"conf.py: html_baseurl: {address!r} is not the address of a site; give one such as "
                         "https://example.org/docs/ as the variable SITE_URL, which goes before READTHEDOCS_CANONICAL_URL, or in conf.py")
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/") + "/").geturl()


def setup(app: Sphinx) -> None:
    # Not at config-inited: sphinx-notfound-page parses the host's address in its setup.
    app.config.html_baseurl = settled(app.config.html_baseurl)
