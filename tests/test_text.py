"""What an author writes arrives whole: the words of the rendered page stand in its twin, in search, in the feeds and in the contents."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import lxml.html
import pytest

ROOT = Path(__file__).resolve().parents[1]
SLUG = "query-optimization"
WORD = re.compile(r"[^\W_]+")
# A browser shows no words of these elements, or words that say nothing of the text: marks, buttons, fields, the line under the title.
CHROME = ("//*[@hidden] | //a[contains(@class,'headerlink')] | //script | //button | //p[@class='byline'] | //a[@role='doc-noteref'] | //a[@role='doc-backlink']"
          " | //aside//span[@class='label'] | //svg//text | //math/*")
# The panel's receipt is data, of which twin and search hold what their readers need.
RECEIPT = ("//div[@class='evidence']/dl/div[not(dt='Known limits' or dt='Claims')] | //dt[.='Claims'] | //dt[.='Claims']/following-sibling::dd/ul | //div[@class='evidence']/details/summary"
           " | //details[@class='fold']/summary")
# Search finds a figure by its caption, a form by what it computes, a claim by its sentence, and no section by the title of another.
NUMBERS = ("//svg | //div[@class='form']/*[self::details or contains(@class,'form-cases')] | //details[@class='numbers'] | //div[@class='evidence']/details | //ul[@class='claim-values'] | //p[@class='claim-head'] | //p[@class='claim-reason'] | //p[@class='finding-head']"
           " | //p[@class='figure-number'] | //a[span[contains(@class,'std-ref')]] | //dt[.='Known limits'] | //a[contains(@class,'result')]")


def rendered(html: bytes | str, without: str = "") -> Counter[str]:
    """The words of an essay as a browser shows them: every element but an inline one ends a word, and images have theirs."""
    body = lxml.html.document_fromstring(html)
    for element in body.xpath(f"{CHROME} | {RECEIPT}{' | ' + without if without else ''}"):
        element.drop_tree()
    for element in body.iter(lxml.html.etree.Element):
        if element.tag not in ("a", "abbr", "b", "code", "em", "i", "kbd", "s", "span", "strong", "sub", "time"):
            element.text, element.tail = f" {element.text or ''}", f" {element.tail or ''}"
    alternatives = body.xpath("//img/@alt | //svg/@aria-label | //abbr/@title | //math/@alttext")
    return words(" ".join([body.text_content(), *alternatives]))


def words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text))


def of_twin(markdown: str) -> Counter[str]:
    """The words of Markdown without its syntax."""
    body = markdown.split("---\n", 2)[2]
    for syntax in (r"(?<=\])\((?:[^()]|\([^()]*\))*\)", r"\[\^\w+\]:?", r"</?sup>", r"\\(?=[^\w\s])", r"```\w*", r"(?<=[$\s])\\(?=\w)"):
        body = re.sub(syntax, " ", body)
    return words(re.sub(r"</?sub>", "", body))


def of_search(script: str) -> Counter[str]:
    entries = json.loads(script[script.index(",") + 1:script.rindex(")")])
    return words(" ".join(f"{heading} {text} {code}" for _, _, heading, text, code, *_ in entries))


def essay_of(site: Path, slug: str) -> tuple[bytes, str, str, str]:
    """The rendered essay, its twin, its entries in search, its text in the feed."""
    page = lxml.html.document_fromstring((site / f"essays/{slug}.html").read_bytes()).xpath("//div[@class='essay']")[0]
    feed = next(item for item in json.loads((site / "feed.json").read_text(encoding="utf-8"))["items"] if f"/{slug}.html" in item["url"])
    return (lxml.html.tostring(page), (site / f"essays/{slug}.md").read_text(encoding="utf-8"),
            (site / f"search/essays/{slug}.js").read_text(encoding="utf-8"), feed["content_html"])


def assert_whole(site: Path, slug: str) -> None:
    page, twin, search, feed = essay_of(site, slug)
    shown = rendered(page)
    assert shown, "the page shows no word"
    for reading, missing in {"the twin (twins.py)": shown - of_twin(twin), "the feed (feeds.py)": shown - rendered(feed),
                             "search (search.py)": rendered(page, NUMBERS) - of_search(search)}.items():
        assert not missing, f"{slug}: {reading} lacks words of the page: {dict(missing)}; teach it the node that holds them"


def test_every_essay_arrives_whole(site, essays):
    """Each of five readings of a page lost other words than the next."""
    for slug in essays:
        assert_whole(site.root, slug)


def test_the_twin_and_the_feed_add_nothing(site, essays):
    """Words that no reader of the page sees are words that nobody checked."""
    for slug in essays:
        page, twin, _, feed = essay_of(site.root, slug)
        assert not set(rendered(feed)) - set(rendered(page)), slug


INPUTS = {
    "a broken line": ("Line one\\\nLine two.", "one Line"),
    "a line broken by blanks": ("Third line  \nfourth line.", "line fourth"),
    "a superscript": ("Ten to 10{sup}`6` orders.", "10 6 orders"),
    "a subscript": ("Of H{sub}`2`O nothing.", "H2O nothing"),
    "an abbreviation": ("A {abbr}`LIFO (last in, first out)` queue.", "LIFO last in first out queue"),
    "a list-table's caption": ("```{list-table} Caption of a listed table\n:name: query-optimization-listed\n:header-rows: 1\n* - a\n  - b\n* - c\n  - d e\n```", "Caption of a listed table"),
    "a table's caption": ("```{table} Caption of a table\n:name: query-optimization-tabled\n\n| a | b |\n|---|---|\n| c | d |\n```", "Caption of a table"),
    "two paragraphs in a cell": ("```{list-table}\n* - first paragraph\n\n    second paragraph\n  - b\n```", "first paragraph second paragraph"),
    "a list in a cell": ("```{list-table}\n* - - red item\n    - green item\n  - b\n```", "red item green item"),
    "a card": (":::{card} Title of a card\nIts body.\n:::", "Title of a card Its body"),
    "a dropdown": (":::{dropdown} Words of a dropdown\nInside it.\n:::", "Words of a dropdown Inside it"),
    "tabs": ("::::{tab-set}\n:::{tab-item} Label of a tab\nIn the tab.\n:::\n::::", "Label of a tab In the tab"),
    "a button": ("```{button-link} https://example.org\nWords of a button\n```", "Words of a button"),
    "a rubric": ("```{rubric} Words of a rubric\n```", "Words of a rubric"),
    "an attribution": ("```{epigraph}\nA quotation.\n\n-- Its author\n```", "Its author"),
    "a caption of code": ("```{code-block} sql\n:caption: Caption of code\n:name: query-optimization-coded\nSELECT nothing\n```", "Caption of code"),
    "a formula": ("So {math}`L = \\lambda W` holds.", "So L lambda W holds"),
    "a formula by itself": ("```{math}\nU = \\rho C\n```", "U rho C"),
    "an image": ("![What the image shows](pic.png)", "What the image shows"),
    "a figure": ("```{figure} other.png\n:name: query-optimization-shown\n:alt: What the figure shows\n\nCaption of a figure.\n```", "What the figure shows"),
    "a figure's caption": ("```{figure} third.png\n:name: query-optimization-third\n:alt: The third\n\nWords of its caption.\n```", "Words of its caption"),
    "a definition": ("Defined word\n: what it is.", "Defined word what it is"),
    "a finding": ("```{finding} thesis\nWords of a finding.\n```", "Words of a finding"),
    "two digits": ("The sample took {result}`~sample.latency_ms` or so.", "took 1 200 ms or so"),
    "a quotation": ("> Words of a quotation\n> go on here.", "quotation go on here"),
}
HEADING = "## A heading with 10{sup}`3` in it[^noted] and *more*"


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """The sample site with one of each input, built."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path_factory.mktemp("text") / "site"))
    path = site / f"essays/{SLUG}.md"
    text = path.read_text(encoding="utf-8")
    for name in ("pic", "other", "third"):
        shutil.copy(ROOT / "_static/card.png", site / f"essays/{name}.png")
    # The finding has the thesis in it, and the other claim stands in the panel.
    text = re.sub(r"```\{claim\} \w+\n```\n", "", text)
    added = "\n\n".join(source for source, _ in INPUTS.values())
    text = text.replace(f"({SLUG}-evidence)=", f"({SLUG}-inputs)=\n\n{HEADING}\n\n{added}\n\nSee {{ref}}`{SLUG}-inputs`.\n\n[^noted]: A note of it.\n\n({SLUG}-evidence)=")
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-d", site / "_doctrees", site, site / "_html"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return site / "_html"


def in_order(text: str, wanted: str) -> bool:
    """Whether the words ``wanted`` stand in ``text`` one after the other."""
    return f" {' '.join(WORD.findall(wanted))} " in f" {' '.join(WORD.findall(text))} "


@pytest.mark.parametrize("name", INPUTS)
def test_what_an_author_writes_arrives_with_its_words_apart(sample, name):
    """"Line oneLine two", 106 for a million, and captions, alternatives and labels that only the page had."""
    page, twin, search, feed = essay_of(sample, SLUG)
    wanted = INPUTS[name][1]
    plain = re.sub(r"</?sup>|```\w*|[\\*`|>-]", " ", re.sub("</?sub>", "", twin))
    assert in_order(plain, wanted), f"the twin reads otherwise than {wanted!r}"
    assert in_order(search.replace("\\n", " "), wanted), f"search reads otherwise than {wanted!r}"
    assert words(wanted) <= rendered(feed)


def test_the_sample_arrives_whole(sample):
    """The oracle of the essays, over everything at once."""
    assert_whole(sample, SLUG)


def test_a_headings_footnote_is_no_part_of_its_words(sample):
    """“note3” stood in the contents, in search and wherever the section was referred to."""
    page = lxml.html.document_fromstring((sample / f"essays/{SLUG}.html").read_bytes())
    wanted = "A heading with 10^3 in it and more"
    assert [link.text_content() for link in page.xpath(f"//a[@href='#{SLUG}-inputs'][not(contains(@class,'headerlink'))]")] == [wanted]
    assert f'"{wanted}"' in (sample / f"search/essays/{SLUG}.js").read_text(encoding="utf-8")
