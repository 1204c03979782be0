"""The site's own Sphinx extension: evidence bound to prose, and what ABlog and Furo leave to do."""

from __future__ import annotations

from sphinx.application import Sphinx

from . import (
    address,
    backlinks,
    catalogue,
    changes,
    charts,
    claims,
    discovery,
    economy,
    epub,
    essays,
    evidence,
    feeds,
    formulas,
    freshness,
    head,
    images,
    links,
    listings,
    markup,
    notfound,
    outputs,
    pages,
    prose,
    results,
    search,
    twins,
)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_config_value("trenches_build_date", "", "env", str)
    app.add_config_value("trenches_tags", {}, "env", dict)
    app.add_config_value("trenches_subtitle", "", "html", str)
    for module in (address, economy, outputs, markup, formulas, images, essays, links, results, claims, charts, listings, evidence,
                   changes, prose, backlinks, pages, catalogue, head, feeds, twins, discovery, notfound, epub, search, freshness):
        module.setup(app)
    return {"version": "1", "env_version": 2, "parallel_read_safe": False, "parallel_write_safe": True}
