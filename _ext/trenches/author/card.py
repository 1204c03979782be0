"""Draw the social cards: what a link to the site looks like where links are unfolded.

    make figures slug=<slug>      also draws labs/<slug>/figures/card.png and the site's own

Cards are committed, so that the build needs no drawing library; a test draws them again and compares.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import yaml
from PIL import Image, ImageDraw, ImageFont

from _harness import LabError
from _harness.results import load

from ..essays.owner import owners_words

SIZE, MARGIN = (1200, 630), 72
WIDTH = SIZE[0] - 2 * MARGIN
# The light page's colours, as in trenches.css.
PAPER, INK, MUTED, ACCENT = "#fdfcf9", "#1b1a17", "#55524a", "#8a2b12"
COLOURS = 32
# No face has it, so that it is drawn as every letter that a face lacks.
NO_LETTER = "\U0010ffff"
# Face, size and weight of an essay's title and of the words after its number.
TITLE, WORDS = ("sans", 66, 700), ("sans", 30, 400)


class Card:
    """A sheet that is written from the top down, in the site's own faces."""

    def __init__(self, root: Path) -> None:
        self.fonts = root / "_static" / "fonts"
        self.settings = runpy.run_path(root / "conf.py")
        self.image = Image.new("RGB", SIZE, PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, face: str, size: int, weight: int | None = None) -> ImageFont.FreeTypeFont:
        # Raqm shapes better, but it is there only where the system has FriBiDi; the same bytes matter more.
        font = ImageFont.truetype(self.fonts / f"{face}.woff2", size, layout_engine=ImageFont.Layout.BASIC)
        if weight:
            font.set_variation_by_axes([weight])
        return font

    def text(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, colour: str, anchor: str = "ls") -> None:
        """Raises LabError for letters that the face lacks: they would be left out."""
        nothing = bytes(font.getmask(NO_LETTER))
        lacking = "".join(letter for letter in dict.fromkeys(text) if letter.strip() and bytes(font.getmask(letter)) == nothing)
        if lacking:
            raise LabError(f"{Path(font.path).name} has no {lacking} for “{text}”; make it anew with them, as _static/fonts/README.md says")
        self.draw.text((x, y), text, font=font, fill=colour, anchor=anchor)

    def lines(self, y: float, lines: list[str], font: ImageFont.FreeTypeFont, colour: str, leading: float) -> None:
        for number, line in enumerate(lines):
            self.text(MARGIN, y + number * font.size * leading, line, font, colour)

    def save(self, path: Path) -> None:
        palette = self.image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette.save(path, optimize=True)


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break ``text`` into lines no wider than ``width``; only a word that is wider by itself stands out."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def essay_card(root: Path, slug: str) -> Card:
    """The card of an essay: its number and title, and the figure that the landing page shows."""
    head = yaml.safe_load((root / f"essays/{slug}.md").read_text(encoding="utf-8").split("---\n")[1])
    value = load(root / f"labs/{slug}/results.json").value(head["figure"]).text
    card = Card(root)
    card.text(MARGIN, 106, f"{card.settings['project']}.", card.font("serif", 34, 600), INK)
    owned = owners_words(root)
    number = f"{list(owned).index(slug) + 1:02d}"
    card.text(SIZE[0] - MARGIN, 106, number, card.font("mono", 34), MUTED, "rs")
    card.draw.rectangle((MARGIN, 136, SIZE[0] - MARGIN, 138), fill=INK)
    font = card.font(*TITLE)
    card.lines(226, wrap(owned[slug]["title"], font, WIDTH), font, INK, 1.14)
    words = card.font(*WORDS)
    wrapped = wrap(head["figure_words"], words, WIDTH)
    below = SIZE[1] - 60 - (len(wrapped) - 1) * words.size * 1.3
    card.lines(below, wrapped, words, MUTED, 1.3)
    card.text(MARGIN, below - 50, value.replace("\N{NO-BREAK SPACE}", " "), card.font("mono", 60), ACCENT)
    return card


def site_card(root: Path) -> Card:
    """The card of every other page."""
    card = Card(root)
    big = card.font("display", 150)
    card.lines(250, wrap(f"{card.settings['project']}.", big, WIDTH), big, INK, 0.95)
    card.draw.rectangle((MARGIN, 448, SIZE[0] - MARGIN, 450), fill=INK)
    small = card.font("sans", 34, 400)
    card.lines(516, wrap(card.settings["trenches_card_words"], small, WIDTH), small, MUTED, 1.3)
    return card


if __name__ == "__main__":
    here = Path.cwd()
    try:
        if sys.argv[1] in owners_words(here):
            essay_card(here, sys.argv[1]).save(here / f"labs/{sys.argv[1]}/figures/card.png")
        site_card(here).save(here / "_static/card.png")
    except (LabError, OSError) as problem:
        sys.exit(f"make figures: {problem}")
