"""The claims page: every claim of the site with its values and status, as HTML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urljoin

from sphinx.application import Sphinx

from .claims import WORDS, Claim
from .essays import Essay, in_order
from .outputs import finished, output
from .results import anchor


def page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    yield "claims", {"title": "Claims", "row_of": anchor, "statuses": WORDS}, "claims.html"


def write_json(app: Sphinx, error: Exception | None) -> None:
    """Write claims.json: one object and one line per claim, in the order of the page, each number with its unit and its spread."""
    if not finished(app, error):
        return
    entries = [json.dumps(_entry(app, essay, claim), ensure_ascii=False) for essay in in_order(app.env) for claim in essay.claims]
    site = json.dumps(app.config.html_baseurl)
    text = f'{{"site": {site}, "licence": "CC BY 4.0", "claims": [\n' + ",\n".join(entries) + "\n]}\n"
    output(app, "claims.json").write_text(text, encoding="utf-8")


def _entry(app: Sphinx, essay: Essay, claim: Claim) -> dict:
    return {
        "label": claim.label,
        "url": urljoin(app.config.html_baseurl, f"{essay.docname}.html#{claim.label}"),
        "essay": essay.title,
        "tags": essay.front.tags,
        "sentence": claim.sentence,
        "status": claim.status,
        "reason": claim.reason or None,
        "measured": essay.measured,
        "lab_commit": essay.receipt["commit"],
        "values": [{"key": v.key, "label": v.label, "value": v.value, "unit": v.unit, "shown": v.text, "n": v.n,
                    "low": v.low, "high": v.high, "interval": v.interval} for v in claim.values],
    }


def setup(app: Sphinx) -> None:
    app.connect("html-collect-pages", page)
    app.connect("build-finished", write_json)
