"""How a system works, drawn from pic: one hand, the same bytes, no number without a source."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import ImageFont

from _harness import LabError, draw, drawing, results, schematics

LABS = Path(__file__).resolve().parents[1] / "labs"
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
    'box "client"\n\nbox wid half': "3: variable not found `half`",
    'arrow from A to B\nA: box': "1: unknown label `A`",
    'copy "/etc/passwd"': "1: .*includes are disabled",
    "for i = 1 to 100000 do { box }": "1: for loop exceeded",
    "# a plan, and no more": "1: nothing is drawn",
    b'box "caf\xe9"': " not UTF-8",
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
    assert [(part.get("class"), part.text) for part in label] == [("result", "4"), ("stated", "3 queues")]


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
        assert float(root.get("viewBox").split()[2]) == pytest.approx(width + 2 * schematics.MARGIN, abs=0.05), words


@pytest.mark.parametrize("path", sorted(LABS.glob("*/figures/*.pic")), ids=lambda path: path.stem)
def test_every_schematic_looks_as_one_hand_drew_it(path):
    """Three essays by three authors had three greys, and text from 9 to 17 px."""
    root = ET.parse(path.with_suffix(".svg")).getroot()
    of = {key: {element.get(key) for element in root.iter() if element.get(key)} for key in ("font-size", "font-family", "fill", "stroke", "stroke-width", "style")}
    assert of["font-size"] == {"14px"} and of["font-family"] == {"var(--font-stack)"} and not of["style"]
    assert of["stroke-width"] <= {"1.5", "0"}, "an arrow's head is filled; all else is drawn with one pen"
    assert of["fill"] | of["stroke"] <= {"none", "var(--fig-ink)", "var(--fig-1)", "var(--fig-muted)", "var(--fig-rule)"}
