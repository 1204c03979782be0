"""The policy that hosts are told to send: as strict as the pages allow, and the pages work under it."""

import base64
import hashlib
import re
from pathlib import Path

import lxml.html
import pytest

ROOT = Path(__file__).resolve().parents[1]
INLINE = {"script-src": "//script[not(@src)][not(@type) or @type='module']", "style-src": "//style"}
VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", event => window.violations.push(
        `${event.effectiveDirective} refuses ${event.blockedURI} ${event.sample} at line ${event.lineNumber}`));
"""


def directives(site) -> dict[str, list[str]]:
    parts = (part.split() for part in site.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def test_the_policys_hashes_are_those_of_the_pages_inline_code(site):
    """Furo's inline script sets the theme before the first paint; a new Furo with another script lost the theme."""
    for directive, path in INLINE.items():
        found = {text for tree in site.pages.values() for text in tree.xpath(f"{path}/text()")}
        # A page that has moved runs the template's, and no page may have moved yet.
        found |= set(lxml.html.document_fromstring((ROOT / "_templates/redirect.html").read_bytes()).xpath(f"{path}/text()"))
        assert found, f"no page has what {directive} hashes"
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found}
        given = {source for source in directives(site)[directive] if source.startswith("'sha256-")}
        assert given == hashes, f"in _headers give {directive} these hashes: {' '.join(sorted(hashes))}"


def test_the_policy_allows_nothing_else(site):
    """One 'unsafe-inline' and the policy protects from nothing."""
    policy = directives(site)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    for name, sources in policy.items():
        others = [source for source in sources if not re.match(r"'(none|self|sha256-[\w+/=]{44})'$", source)]
        assert others == (["data:"] if name == "img-src" else []), f"{name} allows {others}"
    for page, tree in site.pages.items():
        inline = tree.xpath("//@style | //@*[starts-with(name(), 'on')]")
        assert not inline, f"{page}: {inline[:3]}; a class and trenches.css, or SVG's own attributes, do the same"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_the_policy(visit, site, server, page_path, scheme):
    """A policy that nobody visits the pages under is found wrong by the readers."""
    visited = visit(page_path, color_scheme=scheme, script=VIOLATIONS)
    page = visited.page
    sent = page.request.get(f"{server}/{page_path}").headers
    assert sent["content-security-policy"] == site.headers["Content-Security-Policy"]
    assert page.evaluate("window.violations") == visited.complaints == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(253, 252, 249)" if scheme == "light" else "rgb(22, 21, 15)"), "the stylesheet was not applied"


def test_what_a_reader_can_work_works_under_the_policy(visit, site):
    """Theme, drawer, copying and figures are what a policy breaks without a word."""
    visited = visit(site.of_kind("essay")[0], 390, script=VIOLATIONS, permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    themes = []
    for _ in range(3):
        page.locator(".theme-toggle-header .theme-toggle").click()
        themes.append(page.evaluate("document.body.dataset.theme"))
    assert set(themes) == {"light", "dark", "auto"}
    assert page.locator(".theme-toggle-header svg:visible").first.bounding_box()["width"] > 10, "the icon is not drawn"
    drawn = page.locator("figure.chart svg path").first.evaluate(
        "path => getComputedStyle(path.closest('svg').querySelector('[stroke]')).stroke")
    assert drawn.startswith("rgb("), f"the figure's colours are not resolved: {drawn}"
    page.get_by_role("button", name="Menu").click()
    assert page.locator(".sidebar-drawer a").first.is_visible()
    page.keyboard.press("Escape")
    page.locator(".highlight .copy").first.evaluate("button => button.click()")
    page.get_by_role("status").get_by_text("Code copied").wait_for()
    assert page.evaluate("window.violations") == visited.complaints == []


def test_tabs_switch_under_the_policy(visit, site):
    """sphinx-design's tabs are radio buttons and a stylesheet, and must stay so: no inline handler, no inline style."""
    tabbed = [page for page, tree in site.pages.items() if tree.xpath("//*[contains(@class, 'sd-tab-set')]")]
    assert tabbed, "no page has tabs; this test and the stylesheet's part for them are not needed"
    visited = visit(tabbed[0], script=VIOLATIONS)
    last = visited.page.locator(".sd-tab-set").first.locator(":scope > .sd-tab-label").last
    last.click()
    assert last.locator("xpath=following-sibling::div[1]").is_visible()
    assert visited.page.evaluate("window.violations") == visited.complaints == []
