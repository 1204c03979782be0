"""What leaves the page, in feeds, books and files of their own: colours, words and sizes without the page's stylesheet."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import lxml.etree
import lxml.html
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SVG = "{http://www.w3.org/2000/svg}"
PAGES = (".html", ".css", ".css.map")
# What a colour is where no stylesheet helps: a value, nothing, or what stands in the same file.
LITERAL = re.compile(r"#[0-9a-f]{6}|none|transparent|currentColor|url\(#[\w-]+\)")
PAPER = (0xFD, 0xFC, 0xF9)


@pytest.fixture(scope="module")
def book(build) -> dict[str, bytes]:
    (made,) = (build("make epub").root.parent / "scratch/epub").glob("*.epub")
    with zipfile.ZipFile(made) as files:
        return {f"{made.name}/{name}": files.read(name) for name in files.namelist()}


@pytest.fixture
def drawings(site) -> dict[str, lxml.etree._Element]:
    """Every figure that is a file of the site."""
    found = {name: lxml.etree.parse(path).getroot() for name, path in site.files.items()
             if name.startswith("labs/") and name.endswith(".svg")}
    assert len(found) > 15
    return found


@pytest.fixture
def items(site) -> dict[str, lxml.html.HtmlElement]:
    """Page -> its full text, from both feeds: a fault of one is a fault of the other."""
    feed = json.loads(site.files["feed.json"].read_text("utf-8"))
    entries = lxml.etree.parse(site.files["atom.xml"]).findall("{*}entry")
    texts = [(f"{item['url']} in feed.json", item["content_html"]) for item in feed["items"]]
    texts += [(f"{entry.find('{*}link').get('href')} in atom.xml", entry.findtext("{*}content")) for entry in entries]
    return {name: lxml.html.fragment_fromstring(html, create_parent=True) for name, html in texts}


def test_no_file_but_pages_and_stylesheets_names_a_colour_of_the_stylesheet(site, book):
    """702 colours of one entry were `var(--…)`: figures in feeds, files and specs were blank or black outside of the page."""
    files = {name: path.read_bytes() for name, path in site.files.items()} | book
    left = {name: data for name, data in files.items() if not name.endswith(PAGES)}
    assert any(name.endswith("feed.json") for name in left) and any(name.endswith(".xhtml") for name in left)
    blank = {name: set(re.findall(rb"var\(--[\w-]+\)", data)) for name, data in left.items()}
    blank = {name: found for name, found in blank.items() if found}
    assert not blank, f"{blank}; let it pass through `coloured` in _ext/trenches/evidence/palette.py on its way out"


def test_a_figure_outside_of_its_page_has_its_colours_on_its_marks(drawings, book):
    """A class, a style sheet or a name that another file defines is lost with that file."""
    chapters = [lxml.etree.fromstring(data) for name, data in book.items() if name.endswith(".xhtml")]
    figures = [*drawings.values(), *(svg for chapter in chapters for svg in chapter.iterfind(f".//{{*}}figure//{SVG}svg"))]
    assert len(figures) > 1.5 * len(drawings), "the book has figures too"
    for figure in figures:
        assert not figure.xpath(".//@class | .//@style | .//*[local-name() = 'style']")
        paints = {paint for key in ("fill", "stroke", "stop-color") for paint in figure.xpath(f".//@{key}")}
        assert not [paint for paint in paints if not LITERAL.fullmatch(paint)]
        ids = set(figure.xpath(".//@id"))
        assert {paint[5:-1] for paint in paints if paint.startswith("url")} <= ids
        assert {value[5:-1] for value in figure.xpath(".//@clip-path | .//@mask")} <= ids


@pytest.mark.parametrize("ground", ["#000", "#fff"])
def test_a_figure_is_seen_as_an_image_on_any_page(browser, server, drawings, ground):
    """A feed reader may be dark while the machine is light: ink on a transparent ground was black on black."""
    tab = browser.new_page(viewport={"width": 700, "height": 700})
    try:
        for name, drawing in drawings.items():
            tab.goto(f"{server}/robots.txt")
            tab.set_content(f"<body style='background: {ground}'><img src='{server}/{name}'>")
            tab.wait_for_function("document.images[0].complete")
            image = tab.locator("img")
            assert image.bounding_box()["width"] == float(drawing.get("width")), f"{name} has no size of its own"
            shown = Image.open(io.BytesIO(image.screenshot())).convert("RGB")
            colours = {colour for _, colour in shown.getcolors(shown.width * shown.height)}
            assert shown.getpixel((0, 0)) == shown.getpixel((shown.width - 1, shown.height - 1)) == PAPER, f"{name} has no paper"
            assert len(colours) > 20 and min(map(sum, colours)) < 3 * 0x60, f"{name} has no ink"
    finally:
        tab.close()


def test_a_figures_text_keeps_to_its_place_in_another_font(browser, server, drawings):
    """A file of its own has not the site's font: in DejaVu 55 labels ran over the edge, and legends into each other."""
    tab = browser.new_page(viewport={"width": 700, "height": 700})
    try:
        for name in drawings:
            tab.goto(f"{server}/{name}")
            for font in ("monospace", "serif", "DejaVu Sans"):
                out = tab.evaluate("""font => {
                    const drawing = document.documentElement, width = drawing.viewBox.baseVal.width
                    drawing.querySelectorAll("text").forEach(text => text.setAttribute("font-family", font))
                    return [...drawing.querySelectorAll("text")].filter(text => text.textContent.trim()).filter(text => {
                        const box = text.getBoundingClientRect()
                        return box.left < -1 || box.right > width + 1
                    }).map(text => text.textContent)
                }""", font)
                assert not out, f"{name} in {font}: {out} run over the edge; see hold_width in labs/_harness/drawing.py"
    finally:
        tab.close()


def test_a_feed_shows_each_figure_as_an_image_and_says_it_in_words(site, items):
    """Readers strip drawings from the text and leave their labels, run together; with them went the alternative text."""
    for name, item in items.items():
        page = name.split(" ")[0].removeprefix(site.base)
        alts = site.pages[page].xpath("//figure//svg/@aria-label")
        images = item.xpath(".//figure/img")
        assert alts and [image.get("alt") for image in images] == alts, name
        for image in images:
            assert site.resolve(page, image.get("src"))[0] in site.files, f"{name}: {image.get('src')} is not published"
            assert image.get("src").startswith(site.base) and int(image.get("width")) > 0 < int(image.get("height"))


def test_a_feed_has_no_drawing_style_or_attribute_that_only_the_page_understands(items):
    """The arrows of disclosures stood in feeds too, and were as wide as the text where nobody sizes them."""
    for name, item in items.items():
        only = item.xpath(".//svg | .//style | .//@style | .//button | .//*[@data-file] | .//@data-title | .//@tabindex[../../figure]")
        assert not only, f"{name}: {only[:3]}; see PAGE_ONLY in _ext/trenches/publish/feeds.py"


@pytest.fixture
def sample(tmp_path):
    """The sample site with a figure in a colour of its stylesheet."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))
    (site / "_static").mkdir(exist_ok=True)
    stylesheet, drawing = site / "_static/trenches.css", site / "labs/query-optimization/figures/sample.svg"
    stylesheet.write_text(":root { --page: #ffffff; --ink: #010203; --fig-1: var(--ink); } :root { --ink: #f1f2f3; }")
    drawing.write_text(drawing.read_text("utf-8").replace("<circle", '<circle fill="var(--fig-1)"'), "utf-8")
    return site, stylesheet, drawing


def make(site: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={"SITE": str(ROOT), "PATH": ""})


def test_a_colour_leaves_with_the_stylesheets_first_value_and_is_renewed_with_it(sample):
    """The light page's values come first; a file that was copied once would keep the colours of a stylesheet that went."""
    site, stylesheet, drawing = sample
    published = site / "_html" / drawing.relative_to(site)
    assert not make(site).returncode
    assert 'fill="#010203"' in published.read_text() and 'width="10" height="10"' in published.read_text()
    stylesheet.write_text(stylesheet.read_text().replace("#010203", "#0a0b0c"))
    assert not make(site).returncode
    assert 'fill="#0a0b0c"' in published.read_text()


@pytest.mark.parametrize("suffix", [".svg", ".vl.json"])
def test_a_colour_that_the_stylesheet_has_not_is_refused_in_one_line(sample, suffix):
    """`make epub` ended in a traceback, and the page was drawn in black."""
    site, _, drawing = sample
    path = drawing.with_name(f"sample{suffix}")
    path.write_text(path.read_text().replace("var(--fig-1)", "var(--fig-9)").replace('"point"', '{"type": "point", "color": "var(--fig-9)"}'))
    done = make(site)
    assert done.returncode and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"labs/query-optimization/figures/sample{suffix}: _static/trenches.css has no --fig-9; use")


def test_a_site_without_a_stylesheet_is_told_so_only_where_a_figure_names_its_colours(sample):
    """Every site with a figure needed one, and its lack ended in a traceback."""
    site, stylesheet, drawing = sample
    stylesheet.unlink()
    done = make(site)
    assert done.returncode and done.stderr.count("\n") == 1 and "_static/trenches.css has no --page" in done.stderr, done.stderr
    drawing.write_text(drawing.read_text("utf-8").replace("var(--fig-1)", "#010203"), "utf-8")
    assert not make(site).returncode
