"""The built pages in a real browser: accessible, self-contained, usable by keyboard, on paper and without scripts."""

import gzip

import pytest
from playwright.sync_api import Page

# Bytes after gzip -9 of everything that a first visit loads; the requests it takes; the part of them that is script.
MOST_BYTES, MOST_ESSAY_BYTES = 130_000, 220_000
MOST_REQUESTS = 16
MOST_SCRIPT = 15_000
LAYOUT_SHIFT = """
    window.shift = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => window.shift += entry.value))
        .observe({type: "layout-shift", buffered: true});
"""
FOCUSED = """() => {
    const element = document.activeElement, box = element.getBoundingClientRect();
    return {tag: element.tagName, name: element.outerHTML.slice(0, 120), controls: element.getAttribute("aria-controls"),
            seen: element.checkVisibility({visibilityProperty: true}) && box.right > 0 && box.left < innerWidth};
}"""


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(visit, axe, page_path, scheme, width):
    """Stock Furo has unnamed asides, headings without a level, and a search page without an h1."""
    page = visit(page_path, width, color_scheme=scheme).page
    told = axe(page)
    if told:
        pytest.fail("\n".join([f"{page_path}, {width} px, {scheme}:", *told]), pytrace=False)


def test_a_page_asks_only_its_own_host_and_keeps_no_cookie(visit, server, page_path):
    """Fonts, maths and badges from elsewhere tell a third party who reads what."""
    visited = visit(page_path)
    urls = [request.url for request in visited.requests]
    assert urls and all(url.startswith((server, "data:")) for url in urls), urls
    assert visited.page.context.cookies() == visited.complaints == []


def test_a_page_works_from_a_folder(visit, site, page_path):
    """A built site is handed on as a folder, and scripts that fetch do nothing there."""
    visited = visit(page_path, origin=site.root.as_uri())
    if page_path == "404.html":
        # Its addresses are absolute, for a host that shows it at any depth: in a folder it is text.
        assert visited.page.locator("[role=main] li").first.is_visible()
        return
    # Browsers refuse to preload a font from a folder, and then load it all the same.
    assert [text for text in visited.complaints if "font" not in text and "net::ERR_FAILED" not in text] == []
    assert visited.page.evaluate("[...document.fonts].some(font => font.status === 'loaded')"), "no font was loaded"


@pytest.mark.parametrize("width", [390, 1920])
def test_no_page_scrolls_sideways(visit, page_path, width):
    """Wide tables, long code and figures widened the whole page on a phone instead of scrolling by themselves."""
    extent = visit(page_path, width).page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert extent[0] <= extent[1], f"{extent[0]} px wide in a window of {extent[1]} px"


@pytest.mark.parametrize("kind, parts", [
    ("landing", ["h1", "text=No beginner tutorials.", ".essay-index article h2", ".essay-index .summary", ".colophon"]),
    ("essay", ["h1", ".byline", "figure.chart svg", ".claim .claim-text", ".evidence", "a.result", "footer"]),
])
def test_pages_are_complete_without_javascript(visit, site, kind, parts):
    """What only a script draws is missing in readers, archives and search engines."""
    page = visit(site.of_kind(kind)[0], java_script_enabled=False).page
    for part in parts:
        found = page.locator(part)
        assert found.count(), f"{part} is not there"
        assert found.first.bounding_box()["height"] > 0, f"{part} is not shown"


def test_drawers_open_and_close_by_keyboard_on_a_phone(visit, site):
    """Furo's drawers are labels of hidden checkboxes, which no key can reach."""
    page = visit(site.of_kind("essay")[0], 390).page
    buttons = page.locator("header button[aria-expanded][aria-controls]")
    assert buttons.count(), "no button opens the drawer; it needs aria-expanded and aria-controls"
    for button in buttons.all():
        drawer = page.locator("#" + button.get_attribute("aria-controls"))
        tab_to(page, button.get_attribute("aria-controls"))
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        page.wait_for_function("d => { const b = d.getBoundingClientRect(); return b.left < innerWidth && b.right > 0 }",
                               arg=drawer.element_handle())
        page.keyboard.press("Escape")
        assert button.get_attribute("aria-expanded") == "false"
        assert page.evaluate(FOCUSED)["controls"] == button.get_attribute("aria-controls"), "focus did not return"


def tab_to(page: Page, controls: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED)["controls"] == controls:
            return
    pytest.fail(f"Tab never reaches the button that controls #{controls}")


def test_tab_never_enters_what_is_not_shown(visit, page_path):
    """Tab walked through every link of Furo's closed drawer, off the edge of a phone's screen."""
    page = visit(page_path, 390).page
    page.keyboard.press("Tab")
    stops = []
    while (focused := page.evaluate(FOCUSED))["tag"] != "BODY" and len(stops) < 400:
        stops.append(focused)
        page.keyboard.press("Tab")
    assert stops, "nothing on the page takes the focus"
    assert all(stop["seen"] for stop in stops[1:]), [stop["name"] for stop in stops if not stop["seen"]]


def test_slash_puts_the_focus_into_search(visit, page_path):
    """Furo has no key for search."""
    page = visit(page_path).page
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.matches('input[type=search], input[name=q]')")
    assert page.evaluate("document.activeElement.value") == "", "the slash was typed into the field"


def test_disclosures_are_open_on_paper(visit, site):
    """A printed page cannot be clicked: plans and figures' tables were summaries only."""
    page = visit(site.of_kind("essay")[0]).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate("""Object.fromEntries([...document.querySelectorAll("[role=main] details")]
        .filter(details => details.checkVisibility())
        .map(details => [details.querySelector("summary").textContent.trim(), details.lastElementChild.checkVisibility()]))""")
    assert printed, "the essay has no disclosure"
    assert all(printed.values()), printed


@pytest.mark.parametrize("width", [390, 1440])
def test_the_layout_stays_where_it_is(visit, page_path, width):
    """Web fonts and margin notes moved the text under the reader's eyes."""
    page = visit(page_path, width, script=LAYOUT_SHIFT).page
    assert page.evaluate("PerformanceObserver.supportedEntryTypes.includes('layout-shift')")
    assert page.evaluate("window.shift") <= 0.02


def test_a_first_visit_keeps_its_budget(visit, page_path):
    """A page grows by what nobody measures."""
    visited = visit(page_path)
    most_bytes = MOST_ESSAY_BYTES if page_path.startswith("essays/") else MOST_BYTES
    assert visited.complaints == []
    sizes = {request.url: len(gzip.compress(request.response().body(), 9)) for request in visited.requests}
    listed = "\n".join(f"{size:7} {url}" for url, size in sorted(sizes.items(), key=lambda item: -item[1]))
    script = sum(size for url, size in sizes.items() if url.partition("?")[0].endswith(".js"))
    assert len(sizes) > 1, "a page without a stylesheet was measured"
    limits = [("bytes", sum(sizes.values()), most_bytes)]
    if page_path != "search.html":  # which loads the search, as nothing else may before it is asked for
        limits += [("requests", len(sizes), MOST_REQUESTS), ("bytes of script", script, MOST_SCRIPT)]
    over = [f"{what}: {value} of {most}" for what, value, most in limits if value > most]
    if over:
        pytest.fail(f"{over}\n{listed}", pytrace=False)


def test_notes_stand_beside_their_references_and_apart(visit, site):
    """Notes ran into one another and over wide figures."""
    page = visit(site.of_kind("essay")[0]).page
    tops = page.evaluate("""[...document.querySelectorAll("aside.footnote")].map(note => {
        const box = note.getBoundingClientRect();
        const reference = document.getElementById(note.querySelector("[role=doc-backlink]").hash.slice(1));
        return [reference.getBoundingClientRect().top, box.top, box.bottom, box.left];
    })""")
    assert tops, "the essay has no note"
    column = page.locator(".byline").bounding_box()
    assert all(left > column["x"] + column["width"] for *_, left in tops), "a note stands in the column"
    assert all(top >= reference for reference, top, *_ in tops)
    assert all(above[2] < below[1] for above, below in zip(tops, tops[1:], strict=False)), "two notes overlap"


def test_a_link_to_a_folded_value_opens_it(visit, site):
    """Every number in the text leads to a row that a closed disclosure hid."""
    page = visit(site.of_kind("essay")[0]).page
    link = page.locator("a.result").first
    link.click()
    page.wait_for_function("id => document.getElementById(id).checkVisibility()",
                           arg=link.get_attribute("href").removeprefix("#"))


def test_copying_is_announced(visit, site):
    """A copy button that changes only its colour says nothing to a screen reader."""
    page = visit(site.of_kind("essay")[0], permissions=["clipboard-read", "clipboard-write"]).page
    page.locator(".highlight").first.hover()
    page.locator(".highlight .copy").first.click()
    page.get_by_role("status").get_by_text("Code copied").wait_for()
    shown = page.locator(".highlight pre").first.inner_text().strip()
    assert page.evaluate("navigator.clipboard.readText()") == shown
