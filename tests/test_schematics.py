"""How a system works, drawn from pic: one hand, the same bytes, no number without a source."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import lxml.html
import pytest
from PIL import ImageFont

from _harness import LabError, draw, drawing, results, schematics

ROOT = Path(__file__).resolve().parents[1]
LABS = ROOT / "labs"
FOUND = results.load(LABS / "designing-for-failure/results.json")
SVG = drawing.SVG


@pytest.fixture
def drawn(tmp_path):
    """Draw pic source; the SVG's root element."""
    def draw_it(source):
        path = tmp_path / "system.pic"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return ET.fromstring(draw.figure(path, FOUND))

    return draw_it


# What is refused, and what is said of it. The first of each kind is the one that came up, the others are of its kind.
DOES_NOT_DRAW = {
    'box "client"\nbxo': "2: expected an object, found `bxo`",
    'box "client': "1: unterminated string literal",
    'box\nbox "two\nlines"': "2: unterminated string literal",
    'box "client"\n\nbox wid half': "3: variable not found `half`",
    'arrow from A to B\nA: box': "1: unknown label `A`",
    'copy "/etc/passwd"': "1: .*includes are disabled",
    "for i = 1 to 100000 do { box }": "1: for loop exceeded",
    "# a plan, and no more": "1: nothing is drawn",
    b'box "caf\xe9"': " not UTF-8",
    b'box "a\x00b"': "1: the figures' font has no",
}
OWN_LOOK = {
    'box colored "red"': "1: 'colored'",
    'box "client" bold': "1: 'bold'",
    'box\nbox "client" font "Comic Sans MS"': "2: 'font'",
    'box; box outlined "#8a2b12"': "1: 'outlined'",
    "box shaded 0.5": "1: 'shaded'",
    'box "client" fontsize 8': "1: 'fontsize'",
    "line thick 3": "1: 'thick'",
    "box rad 5": "1: 'rad'",
    "linethick = 4\nbox": "1: 'linethick'",
    'box class "red"': "1: no class 'red'",
    'box "client ⚠"': "1: the figures' font has no '⚠'",
    'box "{stated 3 ⚠}"': "1: the figures' font has no '⚠'",
    'box\nbox "a\tb"': "2: the figures' font has no '.t'",
    'box "\ue001 97.6\ue002"': "1: the figures' font has no '.ue001'",
}
NO_RESULT = {
    'box "{inputs.worker}"': "1: .*no value 'inputs.worker'; nearest: inputs.workers",
    'box\n"{}" at (0,0)': "2: .*no value ''",
    'box "{inputs.workers }"': "1: .*no value 'inputs.workers '",
    'box "{matrix.fifo.retry.recovery_s}"': "1: .*was not measured",
}
ILLEGIBLE = {
    'box wid 20 "client"': "1: a line runs through 'client'",
    'box "client"\n"server" at (40,-5)': "2: 'server' lies over 'client'",
    '"client" at (0,0)\nline from (-50,0) to (50,0)': "1: a line runs through 'client'",
    "box; arrow right 500": "2?1?: the drawing is .* px wide",
    'box ht 17 "one" "another"': "1: a line runs through",
    '"client" at (0,0)\nline from (-50,-50) to (-50,2) then to (50,2)': "1: a line runs through 'client'",
}


@pytest.mark.parametrize(("source", "message"), [case for kind in (DOES_NOT_DRAW, OWN_LOOK, NO_RESULT, ILLEGIBLE) for case in kind.items()])
def test_what_would_not_be_drawn_as_the_house_draws_is_refused_in_one_line(drawn, source, message):
    """A typed colour was black on black in the dark, and a label wider than its box ran over its edge."""
    with pytest.raises(LabError, match=rf"^\S+/system\.pic:{message}") as refused:
        drawn(source)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("installed", ["0.12.0", "0.11.2", "0.11.3.dev1", "1.0"])
def test_another_version_of_the_tool_draws_nothing(drawn, monkeypatch, installed):
    """It would move what it draws by a pixel, and the bytes of every figure with it."""
    monkeypatch.setattr(schematics, "version", lambda _: installed)
    with pytest.raises(LabError, match=rf"^\S+/system\.pic: rpiclang {re.escape(installed)} would draw it, not {re.escape(schematics.PIN)}; make"):
        drawn("box")


@pytest.mark.parametrize("source", ['bxo', 'box class "red"', 'box "{inputs.worker}"', 'box wid 5 "client"'])
def test_a_source_that_does_not_draw_leaves_the_last_good_drawing(tmp_path, source):
    """Whoever makes a mistake keeps a page that builds."""
    root = tmp_path / "labs"
    shutil.copytree(LABS / "_harness", root / "_harness")
    shutil.copytree(LABS / "designing-for-failure", root / "designing-for-failure", ignore=shutil.ignore_patterns(".venv", "samples"))
    figures = root / "designing-for-failure/figures"
    before = {path.name: path.read_bytes() for path in figures.glob("*.svg")}
    (figures / "system.pic").write_text(source)
    done = subprocess.run([sys.executable, "-m", "_harness.draw", "designing-for-failure"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"\S+/system\.pic:1: .+\n", done.stderr), done.stderr
    assert {path.name: path.read_bytes() for path in figures.glob("*.svg")} == before


def test_two_sources_of_one_drawing_are_refused(tmp_path):
    """The one that is drawn last would win, whichever that is."""
    for name in ("sums.vl.json", "sums.pic", "terms.pic"):
        (tmp_path / name).write_text("box")
    with pytest.raises(LabError, match=r"sums\.pic: sums\.vl\.json is drawn to sums\.svg too; give one"):
        draw.redraw(tmp_path, FOUND, tmp_path)
    assert not list(tmp_path.glob("*.svg"))


def test_a_number_says_where_it_is_from(drawn):
    """Once drawn, a measured number and a typed one look alike."""
    [label] = drawn('box wid 200 "{inputs.workers} workers, {stated 3 queues}, 7"').iter(f"{SVG}text")
    assert "".join(label.itertext()) == "4 workers, 3 queues, 7"
    assert [(part.get("data-source"), part.text) for part in label] == [("result", "4"), ("stated", "3 queues")]


@pytest.mark.parametrize(("source", "shown"), [("# {inputs.nothing} is no label\nbox", []), ('"{{inputs.workers}}"', ["{4}"]), ('define f { "$1" }\nf({inputs.workers})', ["{inputs.workers}"])])
def test_braces_are_pics_own_outside_of_labels(drawn, source, shown):
    """pic groups with them, and a comment may say anything."""
    assert ["".join(label.itertext()) for label in drawn(source).iter(f"{SVG}text")] == shown


def test_a_thing_has_the_shape_that_it_is_and_an_ink_of_the_palette(drawn):
    """A reader knows a queue from a store from a process before he reads a word."""
    def path(source):
        return next(drawn(source).iter(f"{SVG}path")).get("d")

    assert path('box class "queue" wid 100 ht 30').endswith("h100v30h-100"), "a queue is entered from the left"
    assert path('box class "queue" wid 30 ht 100').endswith("v100h30v-100"), "a queue that goes down is entered from above"
    assert path('box class "store"').count("a48 7") == 3
    [box] = drawn('box class "accent filled" "lost"').iter(f"{SVG}rect")
    assert (box.get("stroke"), box.get("fill"), box.get("stroke-width")) == ("var(--fig-1)", "var(--fig-rule)", "1.5")


def test_a_label_is_measured_with_the_pages_own_font_and_stands_inside_the_frame(drawn):
    """rpic guesses from the number of letters: labels at the edge lost their ends, or the drawing had a margin."""
    face = ImageFont.truetype(drawing.FONTS / "figures.ttf", 1000)
    for words in ("WWWWWWWWWW", "iiiiiiiiii", "{inputs.timeout_ms}", "first in, first out"):
        root = drawn(f'"{words}" at (0,0)')
        [label] = root.iter(f"{SVG}text")
        width = sum(map(face.getlength, "".join(label.itertext()))) * schematics.SIZE / 1000
        assert float(label.get("textLength")) == pytest.approx(width, abs=0.05), words
        assert 0 <= float(root.get("viewBox").split()[2]) - width - 2 * schematics.MARGIN < 1.05, words


# A draft's are drawn with its first run.
DRAWN = sorted(path for path in LABS.glob("*/figures/*.pic") if (path.parents[1] / "results.json").exists())


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_every_schematic_looks_as_one_hand_drew_it(path):
    """Three essays by three authors had three greys, and text from 9 to 17 px."""
    root = ET.parse(path.with_suffix(".svg")).getroot()
    of = {key: {element.get(key) for element in root.iter() if element.get(key)} for key in ("font-size", "font-family", "fill", "stroke", "stroke-width", "style")}
    assert of["font-size"] == {"14px"} and of["font-family"] == {"var(--font-stack)"} and not of["style"]
    assert of["stroke-width"] <= {"1.5", "0"}, "an arrow's head is filled; all else is drawn with one pen"
    assert of["fill"] | of["stroke"] <= {"none", "var(--fig-ink)", "var(--fig-1)", "var(--fig-muted)", "var(--fig-rule)"}


class Sample:
    """The sample site with a schematic after its chart."""

    directive = "```{{schematic}} system\n:name: query-optimization-system\n:alt: A client and a queue.\n\nIt waits.\n\n```\n\nSee {{ref}}`query-optimization-system`.\n\n{}"

    def __init__(self, folder):
        self.folder = Path(shutil.copytree(ROOT / "tests/roots/evidence", folder / "site"))
        shutil.copytree(ROOT / "_static", self.folder / "_static", dirs_exist_ok=True)
        self.figures, self.essay = self.folder / "labs/query-optimization/figures", self.folder / "essays/query-optimization.md"
        evidence = "(query-optimization-evidence)="
        self.essay.write_text(self.essay.read_text().replace(evidence, self.directive.format(evidence)))
        self.draw('Q: box class "queue accent" "{sample.pages}"\narrow; box "server"')

    def draw(self, source):
        path = self.figures / "system.pic"
        path.write_text(source)
        path.with_suffix(".svg").write_text(draw.figure(path, results.load(self.figures.parent / "results.json")))

    def build(self, builder="html", *options):
        command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", builder, "-d", self.folder / "_doctrees", *options, self.folder, self.folder / f"_{builder}"]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})

    def built(self, *options):
        done = self.build(*options)
        assert (done.returncode, done.stderr) == (0, "")
        return self.folder / f"_{options[0] if options else 'html'}"


@pytest.fixture
def sample(tmp_path):
    return Sample(tmp_path)


def test_a_schematic_is_a_figure_among_charts_on_the_page_in_feeds_and_in_the_twin(sample):
    """Two counts of figures on a page make every reference ambiguous, and a feed without drawings is half an essay."""
    html = sample.built()
    page = lxml.html.document_fromstring((html / "essays/query-optimization.html").read_bytes())
    figure = page.get_element_by_id("query-optimization-system")
    assert " ".join(figure.text_content().split()).endswith("Figure 2 #It waits.")
    assert figure.xpath(".//svg/@aria-label") == ["A client and a queue."]
    assert page.xpath("//a[@href='#query-optimization-system'][.='Figure 2']") and figure.getnext().tag == "p", "it has no numbers to fold"
    content = json.loads((html / "feed.json").read_text())["items"][0]["content_html"]
    [image] = lxml.html.document_fromstring(content).xpath("//img[@alt='A client and a queue.']")
    published = html / image.get("src").removeprefix("https://sample.example/")
    assert "var(" not in published.read_text() and "#8a2b12" in published.read_text()
    assert (published.parent / "system.pic").read_text().startswith("Q: box")
    assert "**Figure 2.** It waits.\n\nThe figure shows: A client and a queue.\n\nSee " in (html / "essays/query-optimization.md").read_text()


def test_a_schematic_is_in_the_book_in_the_light_pages_colours(sample):
    """A reader has neither the palette's names nor the page's fonts."""
    book = next((sample.built("epub", "-D", "copyright=Sample", "-D", "version=1") / "essays").glob("query-optimization.xhtml")).read_text()
    [svg] = re.findall(r"<svg[^>]*A client and a queue.*?</svg>", book, re.DOTALL)
    assert "var(" not in svg and "#8a2b12" in svg and "6\N{NO-BREAK SPACE}pages" in svg


@pytest.mark.parametrize("source", ['box wid 300 "5 workers"', 'box\n# none\nbox wid 300 "took 12.4 ms"', 'box wid 300 "twenty servers"', 'box wid 300 sprintf("%g of them", 97.6)',
                                    'box wid 300 "{sample.pages} of 12"', 'define w { box wid 300 $1 }\nw("half a minute")'])
def test_a_number_that_was_typed_into_a_drawing_is_refused_by_the_check_that_prose_has(sample, source):
    """A drawing is where nobody looks for an invented number."""
    sample.draw(source)
    done = sample.build()
    line = source.count("\n") + 1
    assert done.returncode and re.match(rf"labs/query-optimization/figures/system\.pic:{line}: ERROR: “[^”]+” has no source; write {{key}}", done.stderr), done.stderr


def test_a_number_that_was_written_into_the_drawn_file_is_refused(sample):
    """Whoever edits the drawing by hand has no source at all."""
    svg = sample.figures / "system.svg"
    svg.write_text(svg.read_text().replace("server", "9 servers"))
    assert "system.pic:1: ERROR: “9 servers” has no source" in sample.build().stderr


def test_names_and_numbers_with_a_source_stand_in_a_drawing(sample):
    """A check that refuses p99 teaches authors to go around it."""
    sample.draw('box wid 400 ht 60 "{sample.pages}, {stated 5 workers}, p99, HTTP/2" "the first of them, O(n)" "S3, 2PC, PostgreSQL 17"')
    sample.built()


@pytest.mark.parametrize(("old", "new"), [("{schematic} system", "{schematic} sample"), ("{schematic} system", "{schematic} ../figures/none"),
                                          (":alt: A client and a queue.\n", ""), (":name: query-optimization-system\n", "")])
def test_a_schematic_without_its_parts_is_one_line(sample, old, new):
    """The cure is to draw it, to name it, or to say what it shows."""
    sample.essay.write_text(sample.essay.read_text().replace(old, new, 1) if "schematic" in old else new.join(sample.essay.read_text().split(old)))
    done = sample.build()
    first = done.stderr.splitlines()[0]
    assert done.returncode and re.search(r"essays/query-optimization\.md:40: ERROR: schematic '.*a schematic needs :name:, :alt: and figures/\S+\.pic drawn", first), done.stderr


@pytest.fixture(scope="module")
def wide_and_narrow(tmp_path_factory):
    """The sample site in the site's own style, with a schematic that is wider than a phone."""
    sample = Sample(tmp_path_factory.mktemp("styled"))
    sample.draw('box wid 110 "client"; arrow right 200; box wid 130 class "filled" "server"')
    return sample.built("html", "-D", "html_static_path=_static", "-D", "html_css_files=trenches.css").as_uri() + "/essays/query-optimization.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_a_schematic_keeps_its_size_and_takes_the_pages_colours(browser, wide_and_narrow, width, scheme):
    """Text that was drawn at 14 px was 9 px on a phone, and black on black at night."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(wide_and_narrow)
    drawn, box, whole, ink, filled, text = page.evaluate("""() => {
        const svg = document.querySelector("figure.schematic svg"), box = svg.parentElement, of = (css) => getComputedStyle(svg.querySelector(css))
        return [svg.getBoundingClientRect().width / svg.viewBox.baseVal.width, [box.clientWidth, box.scrollWidth], document.documentElement.scrollWidth,
                of("rect").stroke, of("rect:last-of-type").fill, [of("text").fill, of("text").fontSize]]
    }""")
    context.close()
    assert drawn == pytest.approx(1, abs=0.01), "it grew or shrank, and its text with it"
    assert whole <= width and box[0] < width and (box[1] > box[0]) == (width < 500), "it scrolls in its box, and the page does not"
    expected = {"light": ("rgb(27, 26, 23)", "rgb(220, 216, 204)"), "dark": ("rgb(230, 226, 216)", "rgb(58, 55, 44)")}[scheme]
    assert (ink, filled) == expected and text == [expected[0], "14px"]


def test_a_schematic_is_whole_on_paper(browser, wide_and_narrow):
    """What scrolls on a screen is cut off on paper."""
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(wide_and_narrow)
    page.emulate_media(media="print")
    drawn, box = page.evaluate("() => { const svg = document.querySelector('figure.schematic svg'); return [svg, svg.parentElement].map(part => part.getBoundingClientRect().width) }")
    context.close()
    assert 0 < drawn <= box + 0.5


def test_the_example_that_authors_copy_is_drawn(drawn):
    """It is the first that an author tries."""
    [example] = re.findall(r"```pic\n(.*?)```", (LABS / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert "4 workers, 3 replicas" in {"".join(label.itertext()) for label in drawn(example).iter(f"{SVG}text")}
