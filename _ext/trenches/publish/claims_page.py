"""The claims page: every claim of the site with its values and status, as HTML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from sphinx.application import Sphinx

from _harness.results import Value

from ..build.outputs import finished, output, to_write
from ..essays.record import Measured, all_measured
from ..evidence.claims import Claim, WORDS
from ..evidence.results import anchor

# The version of what claims.json says is part of its schema's address: a later one takes the place of none.
VERSION = 1
SCHEMA = f"schemas/claims-{VERSION}.json"


def page(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    context = {"title": "Claims", "measured": all_measured(app.env), "row_of": anchor, "statuses": WORDS, "schema": SCHEMA}
    return to_write(app, [("claims", context, "claims.html")], "measured")


def write_json(app: Sphinx, error: Exception | None) -> None:
    """Write claims.json: one object and one line per claim, in the order of the page, each number with its unit and its spread;
    and beside it the schema of its shape."""
    if not finished(app, error):
        return
    entries = [json.dumps(_entry(app, page, claim), ensure_ascii=False) for page in all_measured(app.env) for claim in page.claims]
    head = json.dumps({"version": VERSION, "schema": urljoin(app.config.html_baseurl, SCHEMA), "site": app.config.html_baseurl,
                       "edition": app.config.version, "licence": app.config.trenches_licence})
    text = head.removesuffix("}") + ', "claims": [\n' + ",\n".join(entries) + "\n]}\n"
    output(app, "claims.json").write_text(text, encoding="utf-8")
    output(app, SCHEMA).write_bytes(Path(__file__).with_name("claims.schema.json").read_bytes())


def _entry(app: Sphinx, page: Measured, claim: Claim) -> dict:
    return {
        "label": claim.label,
        "url": urljoin(app.config.html_baseurl, f"{page.docname}.html#{claim.label}"),
        "title": claim.title,
        "essay": page.title,
        "tags": page.tags,
        "sentence": claim.sentence,
        "status": claim.status,
        "verdict": claim.verdict,
        "runs": len(claim.runs),
        "held": claim.held,
        "machines": claim.machines,
        "decides": claim.decides and _deciding(*claim.decides),
        "reason": claim.reason or None,
        "measured": page.measured,
        "lab_commit": page.receipt["commit"],
        "values": [{"key": v.key, "label": v.label, "value": v.value, "unit": v.counted, "shown": v.text, "n": v.n,
                    "low": v.low, "high": v.high, "interval": v.interval} for v in claim.values],
    }


def _deciding(recorded: Value, other: Value) -> dict:
    """What turned an unsettled claim, in the recorded run and in one that went the other way."""
    return {"key": recorded.key, "label": recorded.label, "unit": recorded.counted, "recorded": recorded.value, "other": other.value}


def setup(app: Sphinx) -> None:
    app.connect("html-collect-pages", page)
    app.connect("build-finished", write_json)
