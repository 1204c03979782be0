"""The built pages in a real browser: accessible, self-contained, usable by keyboard, on paper and without scripts."""

import gzip

import awkward
import pytest
from playwright.sync_api import Page

# Bytes after gzip -9 of everything that a first visit loads; the requests it takes; the part of them that is script.
MOST_BYTES, MOST_ESSAY_BYTES = 130_000, 220_000
MOST_REQUESTS = 16
MOST_SCRIPT = 15_000
LAYOUT_SHIFT = """
    window.shifts = [];
    const note = entries => entries.forEach(({value, sources}) => window.shifts.push([value, ...sources.map(({node}) =>
        (node?.outerHTML ?? node?.textContent ?? "what is gone").slice(0, 60))]));
    const observer = new PerformanceObserver(list => note(list.getEntries()));
    observer.observe({type: "layout-shift", buffered: true});
    window.settled = async () => {
        for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
        note(observer.takeRecords());
        return window.shifts;
    };
"""
MOST_SHIFT = 0.02
# Whether the page scrolls sideways, and what is wider than its own box without scrolling there.
TOO_WIDE = """() => {
    const wide = [...document.querySelectorAll("body *")].filter(element => element.scrollWidth > element.clientWidth + 1
        && element.clientWidth && getComputedStyle(element).overflowX === "visible" && element.checkVisibility());
    return document.documentElement.scrollWidth > innerWidth ? ["the page", ...wide.map(element => element.outerHTML.slice(0, 90))] : [];
}"""
# The controls below a root that something else lies over, or that lie outside the window.
COVERED = """async root => {
    await new Promise(requestAnimationFrame);
    const controls = [...document.querySelectorAll(`${root} :is(a[href], button, summary, input, select, label)`)]
        .filter(control => control.checkVisibility({visibilityProperty: true, opacityProperty: true}) && control.offsetWidth !== 0
            && !control.matches(".skip-to-content"));
    const covered = controls.filter(control => {
        control.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
        return ![...control.getClientRects()].some(({left, top, width, height}) => {
            const hit = document.elementFromPoint(left + width / 2, top + height / 2);
            return control.contains(hit) || (hit && hit.closest("label")?.control === control);
        });
    });
    scrollTo({top: 0, behavior: "instant"});
    return [controls.length, ...covered.map(control => control.outerHTML.slice(0, 120))];
}"""
# How a browser answers whose reader blocks site data, a view that has no storage, and one whose storage is full.
STORAGES = {
    "is denied": """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
        configurable: true, get() { throw new DOMException("Access is denied", "SecurityError") }})""",
    "is missing": 'Object.defineProperty(window, "localStorage", {configurable: true, value: null})',
    "cannot be read": 'Storage.prototype.getItem = () => { throw new DOMException("No", "SecurityError") }',
    "is full": """localStorage.setItem("theme", "dark");
        Storage.prototype.setItem = () => { throw new DOMException("Full", "QuotaExceededError") }""",
    "keeps for ever": 'Storage.prototype.removeItem = () => { throw new DOMException("No", "InvalidStateError") }',
}
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


@pytest.fixture(scope="module")
def awkward_site(tmp_path_factory, site):
    """A site of what authors may write and the essays do not."""
    copy = awkward.write(tmp_path_factory.mktemp("awkward") / "site")
    done = copy.make()
    assert not done.returncode, done.stderr
    return type(site)(copy.html)


def test_no_word_is_too_long_for_a_phone(visit, awkward_site):
    """A tab's label of 74 letters widened the whole page, and so did long words in eleven other places."""
    found = []
    for kind in awkward_site.kinds.keys() - {"missing"}:  # whose stylesheet a folder does not find
        page = visit(awkward_site.of_kind(kind)[0], 320, origin=awkward_site.root.as_uri()).page
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        for width in (320, 390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{kind}, {width} px: {wide}" for wide in page.evaluate(TOO_WIDE)]
    if found:
        pytest.fail("\n".join([*found, "let it break (overflow-wrap) or scroll by itself"]), pytrace=False)


def test_no_word_is_too_long_for_drawer_and_search(visit, awkward_site):
    """What opens over the page widens it as well."""
    page = visit(f"essays/{awkward.ESSAY}.html", 320, origin=awkward_site.root.as_uri()).page
    page.get_by_role("button", name="Menu").click()
    assert not page.evaluate(TOO_WIDE), "the drawer is wider than a phone"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    for query in (awkward.WORD, f"no{awkward.WORD[::-1]}"):
        page.locator("dialog input").fill(query)
        page.locator(".search-status", has_text="Nothing" if query.startswith("no") else "result").wait_for()
        assert not page.evaluate(TOO_WIDE), f"what is found for {query} is wider than a phone"
        assert page.locator("dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth"), query


@pytest.mark.parametrize("kind, parts", [
    ("landing", ["h1", "text=No beginner tutorials.", ".essay-index article h2", ".essay-index .summary", ".colophon"]),
    ("essay", ["h1", ".byline", "figure.chart svg", ".finding-text", ".evidence", "a.result", "footer"]),
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


@pytest.mark.parametrize("slug", ["java-backend-architecture", "query-optimization"])
def test_every_variant_is_on_paper_under_its_name(visit, slug):
    """Of three engines' statements two were lost, and nobody can press a printed tab."""
    page = visit(f"essays/{slug}.html").page
    page.emulate_media(media="print")
    variants = page.evaluate("""[...document.querySelectorAll(".sd-tab-content")].map(content => [content.checkVisibility(),
        Math.round(content.getBoundingClientRect().top - content.previousElementSibling.getBoundingClientRect().bottom)])""")
    assert len(variants) > 1 and all(shown and 0 <= under < 30 for shown, under in variants), variants


def assert_still(page: Page, told: str = "") -> None:
    """Fail if what the page showed has moved under the reader's eyes."""
    shifts = page.evaluate("window.settled()")
    if sum(value for value, *_ in shifts) > MOST_SHIFT:
        pytest.fail("\n".join([f"{told} what was drawn moved by:", *map(str, shifts), "let what comes late change no size and no "
                               "place (trenches.css), or come before the first drawing"]), pytrace=False)


def test_nothing_that_is_pressed_is_printed(visit, page_path):
    """The claims page printed its filter: two boxes that nobody can open."""
    page = visit(page_path).page
    page.emulate_media(media="print")
    printed = page.evaluate("""[...document.querySelectorAll("button, input, select, output, dialog")]
        .filter(control => control.checkVisibility({visibilityProperty: true, opacityProperty: true}) && control.getBoundingClientRect().width > 1)
        .map(control => control.outerHTML.slice(0, 80))""")
    assert not printed, f"{printed}; hide it where trenches.css styles print"


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_layout_stays_where_it_is(visit, page_path, width):
    """With its fonts 0.9 s late an essay shifted by 0.38; on one's own machine they are never late."""
    page = visit(page_path, width, script=LAYOUT_SHIFT, extra_http_headers={"Late": ".woff2 1, .js 1"}).page
    assert page.evaluate("PerformanceObserver.supportedEntryTypes.includes('layout-shift')")
    assert page.evaluate("[...document.fonts].some(font => font.status === 'loaded')"), "the fonts were never to come"
    assert_still(page)


@pytest.mark.parametrize("late", [".woff2 .1", ".woff2 never", "italic .05, mono 1", ".js 1", ".css 1, serif.woff2 1",
                                  "<article 1, <footer 1"])
@pytest.mark.parametrize("address", [
    "index.html", "essays/query-optimization.html#query-optimization-keyset", "claims.html?tag=databases", "search.html?q=retry"])
def test_the_layout_stays_whatever_comes_late(visit, late, address):
    """Claims that an address filters jumped by half a screen when the script was late; so did a landing page that came in two."""
    chosen = "localStorage.setItem('sphinx-design-tab-id-engine', 'mariadb');"
    for width, touch in ((390, True), (1440, False)):
        page = visit(address, width, script=LAYOUT_SHIFT + chosen, has_touch=touch, is_mobile=touch,
                     extra_http_headers={"Late": late}).page
        assert_still(page, f"{width} px:")
        page.context.set_extra_http_headers({})
        page.reload()
        assert_still(page, f"{width} px, the second time:")


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_scripts_move_nothing_of_an_essay(visit, width):
    """Buttons below code moved a phone's page by 42 px each, the plan of the reader's engine by 65, while it scrolled to its place."""
    chosen = "localStorage.setItem('sphinx-design-tab-id-engine', 'mariadb');"
    # Without fonts: on a busy machine they come in time for one of the two pages.
    tops = [visit("essays/query-optimization.html", width, script=chosen, has_touch=width == 390, is_mobile=width == 390,
                  extra_http_headers={"Late": late}).page.evaluate("""[document.querySelectorAll(".copy").length > 0,
                      Object.fromEntries([...document.querySelectorAll("section[id]")].map(section =>
                          [section.id, Math.round(section.getBoundingClientRect().top + scrollY)]))]""")
            for late in (".woff2 never, .js never", ".woff2 never, .js 0")]
    assert [scripted for scripted, _ in tops] == [False, True]
    assert len(tops[0][1]) > 5 and tops[0][1] == tops[1][1], "keep the room of what a script adds (trenches.css)"


@pytest.mark.parametrize("width", [390, 1440])
def test_of_a_variant_that_is_not_chosen_nothing_is_seen(visit, width):
    """All variants lie in one place, and the links of one stood in the code of the other, where Tab found them too."""
    page = visit("essays/query-optimization.html", width).page
    sets = page.locator(".sd-tab-set")
    for place in range(2):
        sets.first.locator(".sd-tab-label").nth(place).click()
        seen = page.evaluate("""[...document.querySelectorAll(".sd-tab-content, .sd-tab-content *")]
            .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.closest("details:not([open])"))
            .map(element => [[...element.closest(".sd-tab-set").querySelectorAll(":scope > .sd-tab-content")]
                .findIndex(content => content.contains(element)), element.outerHTML.slice(0, 90)])""")
        assert seen and not [html for which, html in seen if which != place]


def test_a_first_visit_shows_the_sites_faces(visit, site, page_path):
    """What is not preloaded is asked for after the first drawing: italics were a local font's among ours."""
    for path in [page_path] if page_path not in site.of_kind("essay") else site.of_kind("essay"):
        page = visit(path, extra_http_headers={"Late": ".css 1"}).page
        wanted = page.evaluate("""() => {
            const faces = new Set();
            for (const element of document.querySelectorAll("body, body *")) {
                const {fontFamily, fontStyle} = getComputedStyle(element), face = `${fontFamily.split('"')[1]} ${fontStyle}`;
                const text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
                if (!text || faces.has(face) || !element.checkVisibility({visibilityProperty: true})) continue;
                faces.add(face);
                element.dataset.face = face;
            }
            return faces.size;
        }""")
        cdp = page.context.new_cdp_session(page)
        cdp.send("DOM.enable")
        cdp.send("CSS.enable")
        root = cdp.send("DOM.getDocument")["root"]["nodeId"]
        marked = cdp.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-face]"})["nodeIds"]
        assert len(marked) == wanted > 1
        for node in marked:
            attributes = cdp.send("DOM.getAttributes", {"nodeId": node})["attributes"]
            family, _, style = attributes[attributes.index("data-face") + 1].rpartition(" ")
            drawn = {font["familyName"] for font in cdp.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
                     if font["isCustomFont"]}
            right = {f"{family}-Italic"} if (family, style) == ("Trenches Serif", "italic") else {family}
            assert right <= drawn, f"{path}: {family} {style} is drawn in {drawn or 'a local font'}; preload it in page.html"


def test_a_first_visit_keeps_its_budget(visit, page_path):
    """A page grows by what nobody measures."""
    visited = visit(page_path)
    # The claims page lists what all essays claim: it grows with them, and is read as one.
    most_bytes = MOST_ESSAY_BYTES if page_path.startswith(("essays/", "claims.html")) else MOST_BYTES
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
    noted = (name for name in site.of_kind("essay") if site.pages[name].find_class("footnote"))
    page = visit(next(noted)).page
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


def misplaced(page: Page) -> list[str]:
    """The notes that stand neither beside their reference nor right under what is seen there."""
    return page.evaluate("""async () => {
        await window.settled();
        const seen = element => !element.closest("[hidden], details:not([open]) > :not(summary)") && element.getClientRects().length
            && getComputedStyle(element).visibility === "visible";
        const box = element => element.getBoundingClientRect();
        const notes = [...document.querySelectorAll("aside.footnote")];
        const inTheWay = [...document.querySelectorAll(".table-wrapper, .wide, figure, pre"), ...notes].filter(seen);
        return notes.filter(note => {
            let beside = document.getElementById(note.querySelector("[role=doc-backlink]").hash.slice(1));
            while (!seen(beside)) beside = beside.parentElement;
            const under = inTheWay.some(other => other !== note && box(other).right > box(note).left - 20
                && box(other).bottom + 16 > box(beside).top && Math.abs(box(note).top - box(other).bottom - 16) < 2);
            return Math.abs(box(note).top - box(beside).top) > 2 && !under;
        }).map(note => `${note.id}, ${Math.round(box(note).top)}`);
    }""")


def test_a_note_gives_way_only_to_what_is_seen(visit, awkward_site):
    """A note stood 4,311 px below its reference, under tables that closed disclosures hold."""
    page = visit(f"essays/{awkward.ESSAY}.html", origin=awkward_site.root.as_uri(), script=LAYOUT_SHIFT).page
    assert page.locator("aside.footnote").count() == 7
    assert misplaced(page) == [], "all disclosures are closed"
    for name in ("A table", "Outer", "Inner", "A reference"):
        page.locator("summary", has_text=name).click()
        assert misplaced(page) == [], f"“{name}” is open"
    page.locator(".sd-tab-label", has_text="Two").click()
    assert misplaced(page) == [], "the other tab is chosen"
    page.evaluate("document.querySelectorAll('article figure, article .table-wrapper').forEach(box => { box.hidden = true; })")
    assert misplaced(page) == [], "figures and tables are hidden"
    page.locator("summary", has_text="Outer").click()
    assert misplaced(page) == [], "a disclosure with an open one in it is closed"


def test_a_link_to_a_folded_value_opens_it(visit, site):
    """Every number in the text leads to a row that a closed disclosure hid."""
    page = visit(site.of_kind("essay")[0]).page
    link = page.locator("a.result").first
    link.click()
    page.wait_for_function("id => document.getElementById(id).checkVisibility()",
                           arg=link.get_attribute("href").removeprefix("#"))


def test_a_link_to_a_thesis_that_folds_opens_it(visit):
    """The claims page led to a line that said only how the thesis had fared."""
    page = visit("essays/designing-for-failure.html#designing-for-failure-claim-thesis").page
    page.wait_for_function("document.querySelector('.finding .thesis .claim-text').checkVisibility()")


def test_copying_is_announced(visit, site):
    """A copy button that changes only its colour says nothing to a screen reader."""
    page = visit(site.of_kind("essay")[0], permissions=["clipboard-read", "clipboard-write"]).page
    page.locator(".highlight:visible").first.hover()
    page.locator(".highlight:visible .copy").first.click()
    page.get_by_role("status").get_by_text("Code copied").wait_for()
    shown = page.locator(".highlight:visible pre").first.inner_text().strip()
    assert page.evaluate("navigator.clipboard.readText()") == shown


def assert_reachable(page: Page, root: str, told: str) -> None:
    count, *covered = page.evaluate(COVERED, root)
    assert count, f"{told}: {root} has no control"
    assert not covered, f"{told}: something lies over {covered}"


def assert_theme_turns(page: Page) -> None:
    themes = []
    for _ in range(3):
        page.locator(".theme-toggle:visible").click()
        themes.append(page.evaluate("document.body.dataset.theme"))
    assert set(themes) == {"light", "dark", "auto"}, themes


def test_every_control_takes_the_mouse(visit, page_path):
    """The article lay over the theme toggle: seen, and dead to the mouse, on every page but one."""
    page = visit(page_path, reduced_motion="reduce").page
    for width in (390, 820, 1024, 1280, 1600):
        told = f"{page_path}, {width} px"
        page.set_viewport_size({"width": width, "height": 900})
        for opened in (False, True):
            page.evaluate("open => document.querySelectorAll('article details').forEach(d => { d.open = open })", opened)
            assert_reachable(page, "body", told)
        assert_theme_turns(page)
        if (menu := page.get_by_role("button", name="Menu")).is_visible():
            menu.click()
            page.wait_for_function("document.querySelector('.sidebar-drawer').getBoundingClientRect().left === 0")
            assert_reachable(page, ".sidebar-drawer", f"{told}, the drawer")
            page.mouse.click(width - 10, 450)
            page.wait_for_function("!document.querySelector('.sidebar-drawer').checkVisibility({visibilityProperty: true})")
        page.locator("button[aria-haspopup=dialog]:visible").first.click()
        if page_path != "search.html":  # whose own field the button leads to
            page.locator("dialog input").fill("index")
            page.locator("dialog li").first.wait_for()
            assert_reachable(page, "dialog", f"{told}, search")
            page.locator("dialog button").click()
            assert page.locator("dialog").is_hidden()


@pytest.mark.parametrize("width", [390, 820, 1024, 1280, 1600])
def test_the_mouse_works_what_an_essay_offers(visit, width):
    """A control that can be hit may still do nothing."""
    page = visit("essays/query-optimization.html", width, permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("h2").first.hover()
    page.locator("h2 .headerlink").first.click()
    page.get_by_role("status").get_by_text("Link copied").wait_for()
    page.locator(".link-forms button").first.click()
    page.get_by_role("status").get_by_text("Markdown link copied").wait_for()
    page.locator(".highlight").first.hover()
    page.locator(".highlight .copy").first.click()
    page.get_by_role("status").get_by_text("Code copied").wait_for()
    page.locator(".sd-tab-label").nth(1).click()
    assert page.locator(".sd-tab-set > input").nth(1).is_checked()
    disclosure = page.locator("article details").first
    disclosure.locator("> summary").click()
    assert disclosure.get_attribute("open") is not None
    if (menu := page.get_by_role("button", name="Menu")).is_visible():
        menu.click()
    entry = page.locator(".sidebar-drawer .toc-tree a").nth(2)
    entry.click()
    page.wait_for_url("**" + entry.get_attribute("href"))
    assert not page.locator("#__navigation").is_checked()


@pytest.mark.parametrize("storage", STORAGES)
def test_the_page_works_where_the_storage(visit, storage):
    """Furo's toggle threw where site data is blocked, and changed the scheme only once where the storage was full."""
    visited = visit("essays/query-optimization.html", script=STORAGES[storage], color_scheme="light")
    page = visited.page
    assert page.evaluate("document.body.dataset.theme") == ("dark" if storage == "is full" else "auto")
    assert_theme_turns(page)
    page.locator(".sd-tab-label[data-sync-id=mariadb]").first.click()
    assert page.locator(".sd-tab-label[data-sync-id=mariadb] + .sd-tab-content:visible").count() == 2
    page.keyboard.press("/")
    page.locator("dialog input").fill("keyset")
    page.locator("dialog li").first.wait_for()
    assert visited.complaints == []


def test_the_theme_turns_where_the_storage_is_denied(visit, page_path):
    """The script that sets the scheme stands on every page."""
    visited = visit(page_path, script=STORAGES["is denied"])
    assert_theme_turns(visited.page)
    assert visited.complaints == []
