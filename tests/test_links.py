"""The link contract: what was ever published is still there, and other projects' builds can link to all of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ledger
import lxml.html
import pytest
from docutils import nodes
from playwright.sync_api import expect
from sphinx.util.inventory import InventoryFile
from trenches.links.labels import PLACE, RESERVED

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_LABEL = "query-optimization-figure-heading"


def sphinx(source: Path, target: Path, *options: str, **variables: str) -> Path:
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", target.with_suffix(".doctrees"), *options, source, target]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | variables)
    assert done.returncode == 0, done.stderr
    return target


def labels_of(root: Path) -> dict[str, tuple[str, str]]:
    """Label -> address below the root and title, of everything that intersphinx finds."""
    items = InventoryFile.loads((root / "objects.inv").read_bytes(), uri="").data
    return {name: (item.uri, item.display_name) for name, item in items["std:label"].items()}


@pytest.fixture(scope="session")
def titles(site) -> dict[str, str]:
    """Label -> what a link to it shows elsewhere."""
    return {name: title for name, (_, title) in labels_of(site.root).items()}


@pytest.fixture(scope="session")
def inventory(site) -> dict[str, str]:
    """Label -> address below the root."""
    return {name: uri for name, (uri, _) in labels_of(site.root).items()}


def test_nothing_that_was_published_has_disappeared(site):
    """A heading was edited, and links in other teams' documents led to the top of the page."""
    lost = [line for line in ledger.read() if ledger.broken(site.root, line)]
    assert ledger.read()
    assert not lost, f"{lost[:5]} lead nowhere; keep them (a value's key in `:once:` of the panel), or say where they went in `redirects` or `trenches_moved` of conf.py"


def test_the_ledger_knows_everything_that_is_published(site):
    """What is not in the ledger may disappear without a test that fails."""
    new = ledger.published(site.root) - set(ledger.read())
    assert not new, f"{sorted(new)[:5]} and {len(new)} in all are new; run: make ledger"


def test_every_label_leads_to_an_id_of_a_page(site, inventory):
    """Sphinx lists an index and a module index that are not built, and ABlog labels whose ids the pages lack."""
    assert inventory
    for label, uri in inventory.items():
        path, _, anchor = uri.partition("#")
        assert path in site.pages, f"{label}: no page {path}"
        assert not anchor or site.pages[path].xpath("//*[@id=$id]", id=anchor), f"{label}: {path} has no id {anchor}"


def test_every_essay_heading_figure_claim_value_and_term_has_a_label_of_its_own(site, inventory):
    """MyST makes an id of a heading's words and keeps it out of the inventory; editing the words breaks it."""
    labelled = set(inventory.values())
    wanted = {"essay": "//article//h1", "figure": "//figure", "claim": "//*[contains(@class, 'claim-head')]",
              "value": "//tr[starts-with(@id, 'result-')]/td[1]",
              "heading": "//article//section/h2 | //article//section/h3", "term": "//dl[contains(@class, 'glossary')]/dt"}
    for what, path in wanted.items():
        pages = site.of_kind("glossary" if what == "term" else "essay")
        found = [(page, element) for page in pages for element in site.pages[page].xpath(path)]
        assert found, what
        for page, element in found:
            hrefs = element.xpath(".//a[contains(@class, 'headerlink')]/@href")
            assert len(hrefs) == 1 and page + hrefs[0] in labelled, f"{page}: {what} {element.text_content()!r}: {hrefs}"
    for page in site.pages:
        for href in site.pages[page].xpath("//a[contains(@class, 'headerlink')]/@href"):
            assert href.removeprefix("#").lower() in inventory, f"{page}: the permalink {href} is no label"


def test_a_title_says_in_other_documents_what_a_link_leads_to(site, titles):
    """A figure arrived there as “Figure 1”, and a refuted claim as a fact of 60 words."""
    words = {"holds": "Holds: ", "fails": "Refuted: ", "unsettled": "Unsettled: ", "stale": "Stale: "}
    claims = site.pages["claims.html"].find_class("claim")
    wrong = [claim.get("id") for claim in claims if not titles[claim.get("id")].startswith(words[claim.get("data-status")])
             or len(titles[claim.get("id")].split()) > 12]
    assert claims and not wrong, wrong
    for page, tree in site.pages.items():
        for figure in tree.xpath("//figure[@data-file]"):
            caption = " ".join(figure.xpath("string(.//figcaption/p[not(@class)])").split())
            title = " ".join(titles[figure.get("id")].split())
            assert caption.startswith(title) and len(title.split()) > 2, f"{page}: {figure.get('id')}"
        for row in tree.xpath("//tr[starts-with(@id, 'result-')]"):
            title = titles[row[0].get("id")]
            assert title == f"{row[1].text_content()}: {row[0].text}", f"{page}: {row.get('id')}"


def test_the_pages_that_list_others_are_in_the_inventory(site, titles, inventory):
    """Nobody could link to a tag, to the claims or to the corrections but by an address."""
    for kind in ("archive", "year", "tags", "tag", "claims", "corrections"):
        for page in site.of_kind(kind):
            label, heading = page.removesuffix(".html").replace("/", "-"), site.pages[page].xpath("string(//h1)").removesuffix("#")
            assert (inventory.get(label), titles.get(label)) == (page, f"From the Trenches: {heading}")


def test_renaming_every_heading_breaks_no_link(site, tmp_path):
    """Words are edited for years after a link to them was made."""
    source = Path(shutil.copytree(ROOT, tmp_path / "site", ignore=shutil.ignore_patterns(".*", "_build", "tests")))
    for path in (*source.glob("essays/*.md"), source / "about.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^(##+) .*$", r"\1 Renamed", text, flags=re.MULTILINE), encoding="utf-8")
    # Four of these headings are the form's own words.
    loose = ",".join(path.stem for path in source.glob("essays/*.md"))
    renamed = sphinx(source, tmp_path / "html", "-D", f"trenches_not_in_form={loose}", BUILD_DATE="2099-01-01")
    assert "Renamed" in (renamed / "about.html").read_text(encoding="utf-8")
    lines = [line for line in ledger.read() if line.startswith(("anchor", "label"))]
    assert lines and not [line for line in lines if ledger.broken(renamed, line)]


@pytest.fixture
def sample(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "source"))


def test_an_anchor_or_a_page_that_goes_without_a_redirect_is_reported(sample, tmp_path):
    """A ledger that nobody could fall short of would prove nothing."""
    before = ledger.published(sphinx(sample, tmp_path / "before", SITE=str(ROOT)))
    essay = sample / "essays/query-optimization.md"
    essay.write_text(essay.read_text().replace(f"({SAMPLE_LABEL})=", "(query-optimization-other)="))
    (sample / "index.md").rename(sample / "home.md")
    after = sphinx(sample, tmp_path / "after", "-D", "root_doc=home", "-D", "include_patterns=home.md,essays/*.md", SITE=str(ROOT))
    lost = {line for line in before if ledger.broken(after, line)}
    assert {"url index.html", f"label std:label {SAMPLE_LABEL}", f"anchor essays/query-optimization.html#{SAMPLE_LABEL}"} <= lost


def test_a_moved_page_and_a_moved_section_lead_to_their_new_places(sample, tmp_path, browser):
    """A redirect that forgets the fragment leads to the top of the new page."""
    with (sample / "conf.py").open("a") as conf:
        conf.write('extensions.insert(3, "sphinx_reredirects")\n'
                   f'html_static_path = [r"{ROOT / "_static"}"]\n'
                   'html_js_files = ["trenches.js"]\n'
                   f'redirect_html_template_file = r"{ROOT / "_templates/redirect.html"}"\n'
                   'redirects = {"essays/old": "query-optimization.html"}\n'
                   f'trenches_moved = {{"essays/query-optimization#gone": "{SAMPLE_LABEL}", "index#left": "{SAMPLE_LABEL}"}}\n')
    html = sphinx(sample, tmp_path / "html", SITE=str(ROOT))
    for line in ("url essays/old.html", "anchor index.html#left", "label std:label gone", "label std:label left",
                 f"anchor essays/old.html#{SAMPLE_LABEL}", "anchor essays/old.html#gone"):
        assert not ledger.broken(html, line), line
    page = browser.new_page()
    for old in ("index.html#left", f"essays/old.html#{SAMPLE_LABEL}", "essays/old.html#gone"):
        page.goto(f"{html.as_uri()}/{old}")
        page.wait_for_url(f"**/essays/query-optimization.html#{SAMPLE_LABEL}")
    page.close()
    quiet = browser.new_page(java_script_enabled=False)
    quiet.goto(f"{html.as_uri()}/index.html#left")
    expect(quiet.locator("#left a")).to_have_attribute("href", f"essays/query-optimization.html#{SAMPLE_LABEL}")
    quiet.close()


def test_a_move_to_nowhere_stops_the_build(sample, tmp_path):
    """A redirect with a typing error is worse than none: it looks like care."""
    with (sample / "conf.py").open("a") as conf:
        conf.write('trenches_moved = {"index#left": "nowhere"}\n')
    command = [sys.executable, "-m", "sphinx", "-q", sample, tmp_path / "html"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SITE": str(ROOT)})
    assert done.returncode and "conf.py: trenches_moved: 'index#left': 'nowhere'" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


ESSAY = "essays/query-optimization.md"
LISTING = "```{listing} {0}\n```\n"
# Each thing that gives an id, in a line or block of its own; what is under a label needs none.
REWRITTEN = {
    "query-optimization-two_phase": "({0})=\nWords.\n", "p99.9": "({0})=\nWords.\n", "größe": "({0})=\nWords.\n",
    "Upper-Case": "({0})=\nWords.\n", "9-lives": "({0})=\n### Lives\n", "a--b": "({0})=\n> Words.\n",
    "eq_one": "({0})=\n```{math}\nx\n```\n", "table_one": "```{table} A caption\n:name: {0}\n| a |\n|---|\n| b |\n```\n",
    "code.one": "```{code-block} text\n:name: {0}\nx\n```\n", "drop_one": "```{dropdown} More\n:name: {0}\nWords.\n```\n",
    "tab_one": "````{tab-set}\n```{tab-item} Tab\n:name: {0}\nWords.\n```\n````\n",
    "chart_one": "```{chart} sample\n:name: {0}\n:alt: One point.\n\nThe finding.\n```\n",
    "ü": "A note[^{0}] called by a letter.\n\n[^{0}]: It is here.\n", "two_b": "A note[^{0}] again.\n\n[^{0}]: It is here.\n",
}
NEEDED = ("result-sample-pages", "claims", "corrections", "archive-tag-java", "id3", "evidence-panel", "search", "site-drawer", "svg-toc", "sd-tab-item-0", "note-7", "genindex",
          "furo-main-content", "local-contents-title")


def refusal(sample: Path, *blocks: str) -> str:
    """What the build says of the sample with ``blocks`` added, which it must refuse without a traceback."""
    with (sample / ESSAY).open("a", encoding="utf-8") as essay:
        essay.write("\n" + "\n".join(blocks))
    command = [sys.executable, "-m", "sphinx", "-W", "-q", sample, sample / "_html"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SITE": str(ROOT)})
    assert done.returncode and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def at(sample: Path, text: str, last: bool = False) -> str:
    """``file:line`` of the line of the sample's essay that holds ``text``."""
    found = [number for number, line in enumerate((sample / ESSAY).read_text(encoding="utf-8").split("\n"), 1) if text in line]
    return f"{ESSAY}:{found[-1 if last else 0]}"


def test_a_label_that_is_not_its_own_id_is_refused_wherever_it_is_given(sample):
    """A link to #query-two-phase was offered, and the inventory knew query-two_phase only."""
    said = refusal(sample, *(block.replace("{0}", label) for label, block in REWRITTEN.items()))
    for label, block in REWRITTEN.items():
        line = at(sample, next(line for line in block.split("\n") if "{0}" in line and "called" not in line and "again" not in line)
                  .replace("{0}", label))
        assert f"{line}: the label “{label}” cannot be an id as it is" in said, said
    assert "write query-optimization-two-phase\n" in said and len(said.splitlines()) == len(REWRITTEN), said


def test_a_label_that_the_sites_own_pages_use_is_refused(sample):
    """Two elements with one id, and links to the second led to the first."""
    said = refusal(sample, *(f"({label})=\nWords.\n" for label in NEEDED))
    for label in NEEDED:
        assert f"{at(sample, f'({label})=')}: the label “{label}” is an id that the site's own pages use" in said, said


def test_what_comes_twice_on_a_page_is_refused(sample):
    """A claim shown twice made two elements of one id; the second could not be linked to."""
    lab = sample / "labs/query-optimization"
    for name in ("a_b.sql", "a-b.sql"):
        shutil.copy(lab / "sample.sql", lab / name)
    said = refusal(sample, "```{claim} thesis\n```\n", LISTING.replace("{0}", "sample.sql"), "```{evidence}\nAgain.\n```\n",
                   LISTING.replace("{0}", "a_b.sql"), LISTING.replace("{0}", "a-b.sql"),
                   "(query-optimization-claim-refuted)=\nWords.\n")
    for text, anchor in (("{claim} thesis", "claim-thesis"), ("{listing} sample.sql", "sample-sql"), ("{listing} a-b", "a-b-sql"),
                         ("Words.", "claim-refuted")):
        assert f"{at(sample, text, last=True)}: “query-optimization-{anchor}” is on this page already" in said, said
    assert f"{at(sample, '{evidence}', last=True)}: “evidence-panel” is on this page already" in said, said


def test_a_label_that_a_values_row_has_is_refused(sample):
    """The row's link led to the section of that name, and so did every other team's."""
    said = refusal(sample, "(query-optimization-result-sample-pages)=\nWords.\n")
    assert f"{at(sample, 'Words.', last=True)}: “query-optimization-result-sample-pages” is on this page already" in said, said


def test_what_has_a_caption_and_no_label_is_refused(sample):
    """Its link was #id3, and #id3 was another table once a note had been added above."""
    figure = sample / "essays/point.svg"
    figure.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    blocks = ["```{table} Tabled\n| a |\n|---|\n| b |\n```\n", "```{list-table} Listed\n* - a\n```\n", "```{code-block} text\n:caption: Coded\nx\n```\n",
              "```{figure} point.svg\n:alt: A point.\n\nDrawn\n```\n", "```{csv-table} Separated\na,b\n```\n"]
    said = refusal(sample, *blocks)
    for text, kind in (("Tabled", "table"), ("Listed", "table"), ("{code-block}", "container"), ("{figure}", "figure"), ("Separated", "table")):
        file, _, line = at(sample, text).partition(":")
        # Tables begin on the line after their directive's, for docutils, and a caption's box on that of its content.
        assert re.search(rf"^{file}:({line}|{int(line) + 1}|{int(line) + 2}): this {kind} gets a link, and its id follows from its place", said, re.MULTILINE), said


@pytest.mark.parametrize(("terms", "line", "said"), [
    ("日本\n  Japan.\n", "日本", "the term “日本” has no id of its own"),
    ("größe\n  A size.\n\ngröße!\n  Another.\n", "größe!", "the term “größe!” has no id of its own"),
    ("C\n  A language.\n\nC++\n  Another.\n", "C++", "the term “C++” has no id of its own"),
    ("mvcc\n  One.\n\nMVCC\n  Two.\n", "MVCC", "the label “term-mvcc” is that of essays/query-optimization.md#term-mvcc already"),
])
def test_a_term_without_an_id_of_its_own_is_refused(sample, terms, line, said):
    """Its link was #term-0, which the next such term took when it came first."""
    found = refusal(sample, "```{glossary}\n" + terms + "```\n")
    assert f"{at(sample, line, last=True)}: {said}" in found, found


def test_a_moved_label_that_is_still_there_is_refused(sample, tmp_path):
    """The inventory led to the new place, the page had two elements with the old id."""
    with (sample / "conf.py").open("a") as conf:
        conf.write(f'trenches_moved = {{"essays/query-optimization#{SAMPLE_LABEL}": "query-optimization-sample"}}\n')
    assert f"trenches_moved: 'essays/query-optimization#{SAMPLE_LABEL}' has not moved, {ESSAY} still has the label" in refusal(sample)


def test_every_id_is_one_of_its_page_and_none_follows_from_its_place(site, sample, tmp_path):
    """Furo puts a table into a box with the table's id, and a numbered note's id counted the references before it."""
    with (sample / ESSAY).open("a", encoding="utf-8") as essay:
        essay.write("\n" + "\n".join(block.replace("{0}", f"query-optimization-label{number}")
                                     for number, block in enumerate(REWRITTEN.values())) + "\nSee[^7] it.\n\n[^7]: Seven.\n")
    html = sphinx(sample, tmp_path / "html", SITE=str(ROOT))
    full = lxml.html.document_fromstring((html / ESSAY).with_suffix(".html").read_bytes())
    assert set(full.xpath("//a[@role='doc-noteref']/@href")) >= {"#note-1", "#note-7"}
    assert full.get_element_by_id("note-7").xpath("string(.//p)") == "Seven."
    for name, page in {**site.pages, "sample": full}.items():
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), f"{name}: {sorted({i for i in ids if ids.count(i) > 1})}; one id, one element"
        # A reference to a note is where the note's link back leads; nobody else links there, and nobody can.
        counted = [element.get("id") for element in page.xpath("//*[@id]") if PLACE.fullmatch(element.get("id"))]
        assert counted == page.xpath("//a[@role='doc-noteref']/@id"), f"{name}: {counted}; give each a label"


def test_no_label_can_take_an_id_that_the_site_needs(site):
    """Theme, templates and script have ids of their own, which a label may equal one day."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "_static").glob("*.js"))
    # What can be no label at all, since docutils would rewrite it, needs no place in the list.
    needed = {i for page in site.pages.values() for i in page.xpath("//@id[not(ancestor::article)]") + page.xpath("//article/@id")}
    needed |= {"evidence-panel", *re.findall(r"""\.id\s*=\s*["']([\w-]+)["']""", scripts)}
    taken = {i for i in needed if i == nodes.make_id(i) and not RESERVED.fullmatch(i)}
    assert needed and not taken, f"{taken}: add them to RESERVED in _ext/trenches/links/labels.py"


def test_another_project_links_to_everything_and_every_link_leads_there(server, browser, tmp_path):
    """What the site tells others to write was never tried in another project."""
    docs = sphinx(ROOT / "tests/roots/linking", tmp_path / "docs", TRENCHES=server)
    kinds = {"h1": 1, "h2": 2, "figure": 1, "claim": 1}
    for name in ("index", "in-myst"):
        links = lxml.html.document_fromstring((docs / f"{name}.html").read_bytes()).xpath(f"//a[starts-with(@href, '{server}')]")
        assert len(links) == sum(kinds.values()) + (2 if name == "index" else 1), [link.get("href") for link in links]
        seen = []
        page = browser.new_page()
        for link in links:
            assert link.text_content().strip(), link.get("href")
            page.goto(link.get("href"))
            target = page.locator(":target")
            expect(target).to_be_visible()
            seen.append(target.evaluate("e => e.matches('.claim') ? 'claim' : (e.querySelector('h1, h2') ?? e).localName"))
        page.close()
        assert seen == ["h1", "h2", "figure", "claim", *["dt"] * (2 if name == "index" else 1), "h2"]


@pytest.mark.parametrize("beside", ["h2", ".evidence .claim-head", ".figure-number", "td div"])
def test_a_permalink_copies_itself_in_the_syntax_of_whoever_links(site, visit, inventory, titles, beside):
    """A reader who must look up another tool's link syntax does not link."""
    page = visit(site.of_kind("essay")[0], permissions=["clipboard-read", "clipboard-write"]).page
    page.evaluate("document.querySelectorAll('.evidence details').forEach(details => { details.open = true })")
    link = page.locator(f"article {beside} a.headerlink").first
    label = link.get_attribute("href").removeprefix("#")
    assert label in inventory
    link.focus()
    page.keyboard.press("Enter")
    said = page.get_by_role("status")
    said.get_by_text("Link copied").wait_for()
    copied = {"URL": page.evaluate("navigator.clipboard.readText()")}
    buttons = page.get_by_role("group", name="Copy this link as").get_by_role("button").all()
    # Following a fragment puts the start of Tab's order at the target, which may be before the permalink.
    for _ in range(3):
        page.keyboard.press("Tab")
        if buttons[0].evaluate("button => button === document.activeElement"):
            break
    for button in buttons:
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        said.get_by_text(f"{button.inner_text()} link copied").wait_for()
        copied[button.inner_text()] = page.evaluate("navigator.clipboard.readText()")
        page.keyboard.press("Tab")
    url = copied.pop("URL")
    assert url.endswith(f"#{label}")
    assert copied.pop("MyST") == f"[](inv:trenches:std:label#{label})"
    assert copied.pop("reStructuredText") == f":external+trenches:ref:`{label}`"
    assert re.sub(r"\\(.)", r"\1", copied.pop("Markdown")) == f"[{titles[label]}]({url})"
    anchor = lxml.html.fragment_fromstring(copied.pop("HTML"))
    assert (anchor.get("href"), anchor.text_content()) == (url, titles[label]) and not copied
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_the_foot_of_an_essay_offers_every_syntax_and_bibtex(site, visit):
    """Whoever cites an essay copies what its foot says, character by character."""
    page = visit(site.of_kind("essay")[0], permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_text("Link to this essay").click()
    entries = page.locator(".link-to dl > div")
    names = [name.removesuffix("Copy").strip() for name in entries.locator("dt").all_inner_texts()]
    assert names == ["Address", "Markdown", "HTML", "MyST", "reStructuredText", "BibTeX"]
    for entry, name in zip(entries.all(), names, strict=True):
        entry.get_by_role("button").click()
        page.get_by_role("status").get_by_text(f"{name} copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == entry.locator("code").text_content()
    assert entries.nth(3).locator("code").text_content().endswith(f"](inv:trenches:std:label#{Path(site.of_kind('essay')[0]).stem})")
    bibtex = entries.last.locator("code").text_content()
    edition = re.search(rb"# Version: (\d{4}\.\d\d\.\d\d)\n", site.files["objects.inv"].read_bytes())[1].decode()
    assert f"edition {edition}" in bibtex
    assert re.fullmatch(r"@misc\{[\w-]+,\n(  \w+ = \{.+\},\n)+\}", bibtex), bibtex


def test_readme_and_about_page_show_the_mapping(site):
    """Without the one line in conf.py none of the offered syntaxes works."""
    line = f'intersphinx_mapping = {{"trenches": ("{site.base}", None)}}'
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")
    assert line in site.pages["about.html"].text_content()


def test_linked_from_shows_who_links_with_the_sentence_and_forgets_who_no_longer_does(sample, tmp_path):
    """A page that quotes others is not rewritten by Sphinx when they change."""
    about = sample / "about.md"
    about.write_text("(about)=\n\n# About us\n\n(about-start)=\n\n## Start here\n\nNot this one.\n"
                     f"We **begin** with [](#{SAMPLE_LABEL}) and `code`.[^1]\nNor this.\n\n[^1]: A note.\n")
    index = sample / "index.md"
    index.write_text(index.read_text().replace("essays/query-optimization", "essays/query-optimization\nabout"))
    options = ["-D", "include_patterns=index.md,about.md,essays/*.md"]

    def shown() -> list[str]:
        html = sphinx(sample, tmp_path / "html", *options, SITE=str(ROOT))
        listed = lxml.html.document_fromstring((html / "essays/query-optimization.html").read_bytes()).xpath("//*[@class='linked-from']//li")
        return [" ".join(item.text_content().split()) for item in listed]

    assert shown() == ["Start here in About us: We begin with A heading and code."]
    essay = sample / "essays/query-optimization.md"
    essay.write_text(essay.read_text().replace("## A heading", "## Another"))
    assert shown() == ["Start here in About us: We begin with Another and code."]
    about.write_text(about.read_text().replace("## Start here", "## Begin here"))
    assert shown() == ["Begin here in About us: We begin with Another and code."]
    about.write_text("(about)=\n\n# About us\n\nNothing.\n")
    assert shown() == []


def test_a_correction_stands_where_the_mistake_stood_and_makes_the_essay_new(sample, tmp_path):
    """A correction at the foot of a page reaches nobody who reads the wrong sentence."""
    essay = sample / "essays/query-optimization.md"
    head = ("changes:\n- date: 2026-11-22\n  what: The finding was another.\n  corrects: query-optimization-sample\n"
            f"- date: 2026-11-21\n  what: A heading & more was wrong.\n  corrects: {SAMPLE_LABEL}\n"
            "- date: 2026-11-20\n  what: Reworded.\n")
    essay.write_text(essay.read_text().replace("date: 2026-11-22", "date: 2026-11-19").replace("figure:", head + "figure:", 1))
    html = sphinx(sample, tmp_path / "html", SITE=str(ROOT))
    tree = lxml.html.document_fromstring((html / "essays/query-optimization.html").read_bytes())
    boxes = tree.find_class("correction")
    assert [" ".join(box.text_content().split()) for box in boxes] == [
        "Corrected 2026-11-21 A heading & more was wrong.", "Corrected 2026-11-22 The finding was another."]
    assert boxes[0].getprevious().tag == "h2" and boxes[1].getnext().tag == "figure"
    log = [" ".join(entry.text_content().split()) for entry in tree.xpath("//*[@class='changelog']/dl/div")]
    assert log == ["2026-11-22 Correction: The finding was another.", "2026-11-21 Correction: A heading & more was wrong.",
                   "2026-11-20 Reworded.", "2026-11-19 First published."]
    listed = lxml.html.document_fromstring((html / "corrections.html").read_bytes()).xpath("//dl[@class='changelog']/dt/a/@href")
    assert listed == [f"essays/query-optimization.html#{anchor}" for anchor in ("query-optimization-sample", SAMPLE_LABEL)]
    feed = (html / "atom.xml").read_text(encoding="utf-8")
    assert feed.count("<updated>2026-11-22") == 2 and "<published>2026-11-19" in feed
