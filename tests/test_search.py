"""Search: the right section first, found from any page, by keyboard, from a folder, and with nothing loaded before."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import judged
import pytest
from playwright.sync_api import Page
from trenches.search import index as searchindex
from trenches.search.index import Entry

ROOT = Path(__file__).resolve().parents[1]
ESSAY = "essays/query-optimization.html"
# With slack: a new essay brings queries for what no word of it is tuned to.
LEAST_FIRST, LEAST_IN_THREE = 0.85, 0.95
# Bytes after gzip -9: all that a query loads on a site of twelve essays, and on one of a thousand.
MOST_FOR_TWELVE, MOST_FOR_A_THOUSAND = 80_000, 500_000
# As in _static/search.js.
MOST_PAGES = 4
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'"


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


def size(path: Path) -> int:
    return compressed(path.read_text(encoding="utf-8"))


def read(path: Path):
    """The data that a script of the index carries."""
    return json.loads(path.read_text(encoding="utf-8").partition(",")[2].rstrip().removesuffix(")"))


def search_for(page: Page, query: str) -> None:
    page.keyboard.press("/")
    page.locator("dialog input").fill(query)
    page.locator(".search-results li").first.wait_for()


@pytest.fixture(scope="module")
def ranks(browser, server) -> dict[str, dict[str, int]]:
    """For each half of the judged queries, the place of the right answer among the results; 0 if it is not there."""
    return judged.ranks(browser, server)


@pytest.mark.parametrize("halves", [("tuned", "held-out"), ("held-out",)], ids=["all", "held out"])
def test_the_right_section_comes_first(ranks, halves, record_property):
    """Sphinx's own search put the right section first for one query in twenty-eight, and nobody had counted. What holds for
    the queries that search was tuned on alone holds for nothing."""
    places = {query: rank for half in halves for query, rank in ranks[half].items()}
    missed = [f"{query!r}: the right section is {f'number {rank}' if rank else 'not found'}" for query, rank in places.items() if rank != 1]
    first, three = (judged.within(places.values(), most) for most in (1, 3))
    told = [*missed, f"first for {first} of {len(places)}, in the first three for {three}"]
    record_property("found", "\n".join([f"search, {' and '.join(halves)}:", *told]))
    assert len(places) >= 30 * len(halves), "sixty queries at least, half of them held out"
    if first < LEAST_FIRST * len(places) or three < LEAST_IN_THREE * len(places):
        pytest.fail("\n".join([*told, "mend the ranking in _static/search.js, or the words of the field in _ext/trenches/search/lexicon.toml; "
                               "a synonym made for one query cures nothing"]), pytrace=False)


def test_what_is_published_of_search_is_what_is_held():
    """A figure that nothing recounts is an advertisement."""
    about, readme = ((ROOT / name).read_text(encoding="utf-8") for name in ("about.md", "README.md"))
    first, three = (f"{least:.0%}" for least in (LEAST_FIRST, LEAST_IN_THREE))
    assert f"first for fewer than {{stated}}`{first}` of them or among the first three for fewer than {{stated}}`{three}`" in about
    assert f"first for {first} of the queries and among the first three for {three}" in readme
    assert "A part of the set was never used to tune it, and the same holds for that part alone." in about
    assert all(f"{{result}}`search.{half}.{share}_percent`" in about for half in ("all", "held_out") for share in ("first", "first_three"))


def test_every_judged_answer_and_every_entry_is_a_place_on_a_page(site):
    """An anchor that no page has sends the reader to its top."""
    pages = dict(entry[0::2] for entry in read(site.root / "search/index.js")["pages"])
    places = {f"{name}#{anchor}" for name in pages for anchor, *_ in read(site.root / f"search/{name}.js")}
    assert len(places) > len(pages), "the index holds hardly an entry"
    wanted = {place for half in judged.QUERIES.values() for right in half.values() for place in judged.answers(right)}
    assert wanted <= places, f"no entry: {sorted(wanted - places)}"
    for place in places:
        name, _, anchor = place.partition("#")
        assert site.pages[f"{name}.html"].xpath("//*[@id=$id]", id=anchor), place


def test_claims_and_terms_are_entries_of_their_own(site):
    """What the site is about could be found only by the section around it."""
    for page, path, label in ((ESSAY, "//*[contains(@class, 'claim') and contains(@id, '-claim-')]/@id", "Claim"),
                              ("glossary.html", "//dt/@id", "Term")):
        wanted = set(site.pages[page].xpath(path))
        found = {anchor for anchor, kind, *_ in read(site.root / "search" / page.replace(".html", ".js"))
                 if kind.startswith(label)}
        assert wanted and wanted == found, page


def test_the_browser_finds_the_same_words_as_the_builder(browser, site, server):
    """Two readers of one pattern drift apart at the first apostrophe."""
    page = browser.new_page()
    page.goto(f"{server}/search.html")
    for name in ("essays/query-optimization", "essays/designing-for-failure", "glossary", "about"):
        texts = [text for entry in read(site.root / f"search/{name}.js") for text in entry[2:6]]
        seen = page.evaluate("texts => trenchesSearch.words(texts.join(' '))", texts)
        assert set(seen) == set(searchindex.terms(" ".join(texts))), name
    page.close()


QUESTION = "why is my zebra slow"
BOX = ('<!doctype html><html data-content_root="./"><div class="search-box"><form><input type="search" name="q"></form>'
       '<p role="status"></p><ol></ol></div><script src="{}"></script>')


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Path:
    """The sample site, built, with a question beneath a heading and a page that can search it."""
    folder = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path_factory.mktemp("asked") / "site"))
    source = folder / ESSAY.replace(".html", ".md")
    text = source.read_text(encoding="utf-8")
    assert "## A heading\n" in text
    source.write_text(text.replace("## A heading\n", f"## A heading\n\n% asked: {QUESTION}\n% asked: what else\n"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "sphinx", "-W", "-q", "-d", folder / "_doctrees", folder, folder / "_html"],
                          env={**os.environ, "SITE": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / "_html/box.html").write_text(BOX.format((ROOT / "_static/search.js").as_uri()), encoding="utf-8")
    return folder / "_html"


def test_a_section_is_found_by_a_question_that_no_page_shows(browser, asked):
    """Readers who do not know the essay's words for their trouble found nothing; and Sphinx prints comments into the page."""
    page = browser.new_page()
    page.goto(f"{(asked / 'box.html').as_uri()}?q=zebra")
    page.locator("li").first.wait_for()
    place = f"{ESSAY.removesuffix('.html')}#query-optimization-figure-heading"
    assert page.evaluate(judged.FIND, "zebra") == [[place, place]]
    assert page.locator("li a").inner_text() == "A heading"
    assert "zebra" not in page.locator("ol").inner_text()
    page.close()
    shown = [path for path in asked.rglob("*") if path.is_file() and b"zebra" in path.read_bytes()]
    assert {path.relative_to(asked).parts[0] for path in shown} == {"search"}, shown


def test_a_synonym_of_compounds_is_found_where_it_stands(browser, server):
    """Words that must stand together were looked for whole, as “index-only”, in a text that has compounds taken apart."""
    page = browser.new_page()
    page.goto(f"{server}/search.html")
    found = [place for place, _ in page.evaluate(judged.FIND, "covering scan")]
    assert "glossary#term-index-only-scan" in found[:3]
    page.close()


def test_identifiers_stay_whole(site):
    """Sphinx's search cut `pg_stat_statements` in three and dropped `n+1`."""
    text = "p99.9 of pg_stat_statements under n+1, SKIP LOCKED, index-only, C++ and C#; the optimizer’s queries"
    assert set(searchindex.terms(text)) == {
        "p99.9", "p99", "pg_stat_statement", "pg", "stat", "statement", "under", "n+1", "skip", "lock", "index-only", "index",
        "only", "c++", "c#", "optimizer", "query"}


def test_a_query_on_twelve_essays_loads_little(site):
    """An index of whole texts outgrows its pages: twelve essays of this length are a quarter of a megabyte."""
    folder = site.root / "search"
    pages = {name: searchindex.page(name, title, [Entry(*entry) for entry in read(folder / f"{name}.js")])[0]
             for name, _, title in read(folder / "index.js")["pages"]}
    essays = [name for name in pages if name.startswith("essays/")]

    def index(names) -> int:
        return sum(compressed(text) for text in searchindex.index({name: pages[name] for name in names}).values())

    whole = index(pages)
    # Each new essay adds less than the one before: more of its words are known.
    another = max(whole - index(pages.keys() - {essay}) for essay in essays)
    twelve = whole + max(0, 12 - len(essays)) * another
    texts = MOST_PAGES * max(size(folder / f"{name}.js") for name in pages)
    print(f"index: {whole} bytes for {len(essays)} essays, at most {twelve} for twelve, {twelve + texts} with the texts of a query")
    assert twelve + texts < MOST_FOR_TWELVE


def test_nothing_of_search_is_loaded_before_it_is_asked_for(visit):
    """Every reader paid for an index that few use."""
    visited = visit(ESSAY)
    loaded = [request.url for request in visited.requests if "search" in request.url]
    search_for(visited.page, "keyset")
    assert loaded == [] and any("search/index.js" in request.url for request in visited.requests)
    assert visited.complaints == []


def test_search_works_from_a_folder(visit, site):
    """An index that is fetched is refused when the site is opened as a folder."""
    page = visit(ESSAY, origin=site.root.as_uri()).page
    search_for(page, "metastable failure")
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-metastable-failure")


def test_a_word_without_parts_breaks_no_search(visit):
    """A listing had the word “_”, of which nothing is left, and every search that loaded its page failed."""
    visited = visit(ESSAY)
    search_for(visited.page, "_ crash_points")
    assert visited.complaints == []


def test_search_works_under_a_strict_policy(visit):
    """Engines that compile code, and results with style attributes, stop under a content-security policy."""
    visited = visit(ESSAY)

    def strict(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": STRICT})

    visited.page.route("**/*.html", strict)
    visited.page.reload()
    before = len(visited.complaints)
    assert before, "the policy was not applied: it forbids the theme's inline script"
    search_for(visited.page, "keyset")
    assert visited.complaints[before:] == []


def test_the_search_page_lists_everything_without_javascript(visit, site):
    """Without a script the search page was an apology."""
    page = visit("search.html", java_script_enabled=False).page
    listed = set(page.eval_on_selector_all(".search-all a", "links => links.map(link => link.getAttribute('href'))"))
    wanted = {f"{name}#{node}" for name, tree in site.pages.items() if name.startswith(("essays/", "about", "glossary"))
              for node in tree.xpath("//section/section[h2]/@id | //dt[starts-with(@id, 'term-')]/@id | "
                                     "//*[contains(@class, 'claim') and starts-with(@id, 'claim-')]/@id")}
    assert wanted and wanted <= listed, sorted(wanted - listed)


def test_the_search_page_answers_its_query(visit):
    """A link to a search is how one reader shows another where to look."""
    page = visit("search.html?q=coordinated+omission").page
    page.get_by_role("link", name="coordinated omission").first.wait_for()
    assert page.locator(".search-all").is_hidden()


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_a_key_opens_search_and_escape_returns(visit, page_path, keys):
    """Focus that does not come back leaves a keyboard's user at the top of the page."""
    page = visit(page_path).page
    page.locator("footer a").first.focus()
    page.keyboard.press(keys)
    assert page.evaluate("document.activeElement.matches('.search-box input[type=search]')")
    if page_path == "search.html":
        # Its own field is there already, and stays.
        return
    page.keyboard.press("Escape")
    assert page.locator("dialog").is_hidden()
    assert page.evaluate("document.activeElement.matches('footer a')")


def test_a_key_that_the_host_has_taken_opens_nothing(visit):
    """The host's own search answers to the same key; two dialogs opened."""
    page = visit(ESSAY, script="addEventListener('keydown', event => event.preventDefault(), true)").page
    page.keyboard.press("/")
    assert page.locator("dialog").count() == 0


def test_arrows_move_through_the_results_and_enter_opens_one(visit):
    """Results that only a pointer reaches are no use to hands on a keyboard."""
    page = visit(ESSAY).page
    search_for(page, "keyset pagination")
    second = page.locator(".search-results a").nth(1)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    assert second.evaluate("link => link === document.activeElement")
    page.keyboard.press("ArrowUp")
    wanted = page.locator(".search-results a").first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url("**/" + wanted.removeprefix("../"))
    assert page.locator("dialog[open]").count() == 0


def test_whoever_goes_on_typing_among_the_results_types_into_the_field(visit):
    """A letter typed on a link is lost, and the list answers the query before it."""
    page = visit(ESSAY).page
    search_for(page, "keyset pagination")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    assert page.locator("dialog input").input_value() == "keyset paginationx"


# An input method's key says so; Safari's last one says only 229.
@pytest.mark.parametrize("composing", [{"isComposing": True}, {"keyCode": 229}], ids=["composing", "229"])
def test_keys_that_compose_a_letter_do_nothing(visit, composing):
    """Who chose a word from an input method's list with the arrows lost the field."""
    page = visit(ESSAY, 390).page

    def press(key: str, **modifiers) -> bool:
        """Whether the page leaves the key to the input method."""
        return page.evaluate("init => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', init))",
                             {"key": key, "bubbles": True, "cancelable": True, **composing, **modifiers})

    assert press("/") and press("k", ctrlKey=True) and press("k", metaKey=True)
    assert page.locator("dialog").count() == 0
    page.locator("h2 .headerlink").first.click()
    assert press("Escape") and page.locator(".link-forms").is_visible()
    page.get_by_role("button", name="Menu").click()
    assert press("Escape") and page.locator("#__navigation").is_checked()
    page.keyboard.press("Escape")
    search_for(page, "keyset pagination")
    for key in ("ArrowDown", "ArrowUp", "Enter", "Process"):
        assert press(key) and page.evaluate("document.activeElement.matches('dialog input')"), key
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    for key in ("ArrowDown", "ArrowUp", "x"):
        assert press(key) and page.evaluate("document.activeElement.matches('li:nth-child(2) a')"), key


@pytest.mark.parametrize("path", [ESSAY, "search.html?q=keyset"])
def test_arrows_belong_to_a_word_in_the_making(visit, path):
    """The same with a real composition, in the dialog and on the page."""
    page = visit(path).page
    search_for(page, "keyset") if path == ESSAY else page.locator(".search-box input").focus()
    page.locator(".search-results li").first.wait_for()
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "けん", "selectionStart": 2, "selectionEnd": 2})
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('.search-box input')")
    # What is listed may be gone by the next key: the answer to the word in the making is no result.
    page.evaluate("document.querySelectorAll('.search-results li').forEach(item => item.classList.add('before'))")
    method.send("Input.insertText", {"text": " pagination"})
    page.locator(".search-results li:not(.before)").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('.search-results a')")


def test_buttons_open_search_where_they_are_seen(visit):
    """On a phone the field was in a closed drawer, and on the landing page nowhere."""
    for path, width in ((ESSAY, 390), ("index.html", 390), ("index.html", 1440), (ESSAY, 1440)):
        page = visit(path, width).page
        page.locator("button[aria-haspopup=dialog]:visible").first.click()
        assert page.locator("dialog input").is_visible(), (path, width)


def test_results_are_announced_and_marked(visit):
    """A list that changes in silence does not exist for a screen reader, nor a match that looks like the rest."""
    page = visit(ESSAY).page
    search_for(page, "keyset pagnation")
    count = page.locator(".search-results li").count()
    assert page.locator("dialog").get_by_role("status").inner_text() == f"{count} results"
    assert "pagination" in page.locator(".search-results mark").all_inner_texts()
    page.locator("dialog input").fill("zzzzqqqq")
    page.get_by_role("status").get_by_text("Nothing found for “zzzzqqqq”").wait_for()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_open_search(visit, axe, scheme, width):
    """A dialog that opens by script is never on the page that axe is shown."""
    visited = visit(ESSAY, width, color_scheme=scheme)
    search_for(visited.page, "keyset")
    assert axe(visited.page) == []
    visited.page.goto(visited.page.url.replace(ESSAY, "search.html?q=retry"))
    visited.page.locator(".search-results li").first.wait_for()
    assert axe(visited.page) == []


# A thousand essays

def invented(count: int) -> dict[str, tuple[str, list[Entry]]]:
    """Titles and entries of pages of 3,500 words in ten sections, drawn from 60,000 words as unevenly as a language's are."""
    chance = random.Random(11)
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "ol", "ut")]
    words = list(dict.fromkeys("".join(chance.choices(syllables, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(70_000)))
    weights = list(accumulate((rank + 3) ** -1.15 for rank in range(len(words))))

    def text(length: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=length))

    def entry(number: int) -> Entry:
        # A heading is made of what is said seldom elsewhere, and its section comes back to it.
        heading = chance.choices(words[300:20_000], k=5)
        return Entry(f"s{number}", "", " ".join(heading), " ".join([text(340), *heading, *heading]), "", "", f"s{number}")

    return {f"essays/{number:04}": (text(6), list(map(entry, range(10)))) for number in range(count)}


def write(folder: Path, pages: dict[str, tuple[str, list[Entry]]]) -> None:
    made = {name: searchindex.page(name, title, entries) for name, (title, entries) in pages.items()}
    scripts = searchindex.index({name: page for name, (page, _) in made.items()})
    for name, text in {**scripts, **{name: script for name, (_, script) in made.items()}}.items():
        path = folder / f"{name}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        searchindex.write_script(path, text)


@pytest.fixture(scope="module")
def archive(tmp_path_factory, site):
    """A folder with the index of a thousand invented essays and a page that can search it; and those essays."""
    folder, pages = tmp_path_factory.mktemp("archive"), invented(1000)
    write(folder / "search", pages)
    (folder / "index.html").write_text(
        f'<!doctype html><html data-content_root="./"><script src="{(site.root / "_static/search.js").as_uri()}"></script>')
    return folder, pages


def test_a_thousand_essays_are_searched_by_loading_little(browser, archive):
    """One index of everything is megabytes before the first answer."""
    folder, pages = archive
    chance, right, most = random.Random(12), 0, 0
    for _ in range(10):
        page, loaded = browser.new_page(), []
        page.on("request", lambda request, loaded=loaded: loaded.append(request.url.partition("?")[0]))
        page.goto((folder / "index.html").as_uri())
        name = chance.choice(list(pages))
        entry = chance.choice(pages[name][1])
        first, second, third, *_ = sorted(entry.heading.split(), key=len, reverse=True)
        found = page.evaluate(judged.FIND, f"{first[:3]}{first[4]}{first[3]}{first[5:]} {second} {third}")
        right += [f"{name}#{entry.anchor}"] == [place for place, _ in found[:1]]
        most = max(most, sum(size(path) for path in folder.rglob("*.js") if path.as_uri() in loaded))
        page.close()
    print(f"right section first for {right} of 10, each with a typing error; at most {most} bytes for a query")
    assert right >= 9
    assert most <= MOST_FOR_A_THOUSAND


def test_an_edit_among_a_thousand_essays_rewrites_few_files(archive):
    """A deployment that copies what changed copied everything."""
    folder, pages = archive
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.js")}
    title, old = pages["essays/0500"]
    edited = [Entry(old[0].anchor, "", old[0].heading, old[0].text + " keyset pagination", "", "", old[0].section), *old[1:]]
    write(folder / "search", {**pages, "essays/0500": (title, edited)})
    changed = {path.relative_to(folder / "search").as_posix() for path in folder.rglob("*.js")
               if path.stat().st_mtime_ns != before.get(path)}
    assert {"index.js", "essays/0500.js"} < changed and len(changed) <= 4, changed


@pytest.mark.parametrize("width", [390, 768, 1020, 1440])
def test_the_landing_page_has_one_way_into_search(visit, width):
    """On a phone its header had a button, and so had the corner below it."""
    page = visit("index.html", width).page
    assert page.locator(".search-button:visible").count() == 1
