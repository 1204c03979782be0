"""What machines read: heads, cards, structured data, sitemap, JSON Feed, llms.txt, Markdown twins, the 404 page."""

import copy
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

import jsonschema_rs
import lxml.etree
import lxml.html
import pytest
import yaml
from _harness.results import load
from markdown_it import MarkdownIt
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[1]
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
MOST_CARD_BYTES = 40_000
TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https?://"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
AUTHORS = {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"name": TEXT, "url": URL},
                                                    "minProperties": 1, "additionalProperties": False}}
# https://www.jsonfeed.org/version/1.1/, as far as this site uses it; whatever else the feed said would be a slip.
JSON_FEED = {
    "type": "object", "required": ["version", "title", "items"], "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"}, "title": TEXT, "description": TEXT,
        "home_page_url": URL, "feed_url": URL, "language": TEXT, "authors": AUTHORS,
        "items": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["id", "content_html"], "additionalProperties": False,
            "properties": {"id": TEXT, "url": URL, "title": TEXT, "summary": TEXT, "image": URL, "content_html": TEXT,
                           "date_published": MOMENT, "date_modified": MOMENT,
                           "tags": {"type": "array", "uniqueItems": True, "items": TEXT}}}}},
}


def meta(tree, name: str) -> list[str]:
    return tree.xpath("//head/meta[@name=$name or @property=$name]/@content", name=name)


def graph(tree) -> dict[str, dict]:
    """The page's structured data by type."""
    scripts = tree.xpath("//script[@type='application/ld+json']/text()")
    assert len(scripts) == 1
    return {node["@type"]: node for node in json.loads(scripts[0])["@graph"]}


def words(html: str) -> str:
    return " ".join(lxml.html.fragment_fromstring(html, create_parent=True).text_content().split())


def test_every_page_is_described_once_and_has_a_card(site):
    """A link to a page without these unfolds to a bare address, and a page with two descriptions to either; all pages but
    essays had one description between them."""
    for page, tree in site.pages.items():
        for name in ("description", "og:title", "og:description", "og:url", "og:image", "og:image:alt", "og:type",
                     "og:site_name", "twitter:card"):
            assert len(meta(tree, name)) == 1 and meta(tree, name)[0].strip(), f"{page}: {name}: {meta(tree, name)}"
        assert meta(tree, "og:url") == tree.xpath("//link[@rel='canonical']/@href") == [site.base + page]
        card = site.resolve(page, meta(tree, "og:image")[0])[0]
        with Image.open(site.files[card]) as image:
            assert [str(side) for side in image.size] == meta(tree, "og:image:width") + meta(tree, "og:image:height")
        assert meta(tree, "description") == meta(tree, "og:description")
    described = Counter(meta(tree, "description")[0] for tree in site.pages.values())
    assert not [words for words, pages in described.items() if pages > 1], "two pages share a description"


def test_an_essays_head_has_the_owners_words_and_its_dates(site, essays, owner):
    """The build's clock as a date, or an excerpt as a description, would be a second version of both."""
    for slug, head in essays.items():
        tree = site.pages[f"essays/{slug}.html"]
        assert meta(tree, "description") == meta(tree, "og:description") == [owner[slug]["summary"]]
        assert meta(tree, "og:title") == meta(tree, "citation_title") == [owner[slug]["title"]]
        assert meta(tree, "og:image") == [f"{site.base}labs/{slug}/figures/card.png"]
        assert meta(tree, "article:published_time") == [head["date"].isoformat()]
        assert meta(tree, "citation_publication_date") == [head["date"].strftime("%Y/%m/%d")]
        assert meta(tree, "citation_fulltext_html_url") == tree.xpath("//link[@rel='canonical']/@href")
        assert meta(tree, "article:tag") == head["tags"]


def test_structured_data_says_what_the_essay_its_data_and_its_place_are(site, essays, owner):
    """Structured data that nothing parses goes stale unseen: it names files, values and dates of the page."""
    for slug, head in essays.items():
        page = f"essays/{slug}.html"
        found = graph(site.pages[page])
        article, dataset = found["TechArticle"], found["Dataset"]
        assert (article["headline"], article["description"]) == (owner[slug]["title"], owner[slug]["summary"])
        assert article["datePublished"] == head["date"].isoformat() <= article["dateModified"]
        assert article["isBasedOn"]["@id"] == dataset["@id"]
        target, fragment = site.resolve(page, dataset["url"])
        assert target == page and site.pages[page].xpath("//*[@id=$id]", id=fragment)
        results = site.files[site.resolve(page, dataset["distribution"]["contentUrl"])[0]]
        recorded = load(results)
        assert dataset["measurementTechnique"] == recorded.receipt["command"]
        told = [(value["name"], value["value"], value["unitText"]) for value in dataset["variableMeasured"]]
        measured = {(value.label, value.value, value.counted) for value in recorded.values.values()}
        assert told and set(told) <= measured
        assert 50 <= len(dataset["description"]) <= 5000, "what dataset searches accept"


def test_breadcrumbs_lead_from_the_landing_page_to_the_page(site):
    """A crumb that leads nowhere is worse than none."""
    for page, tree in site.pages.items():
        if page == "index.html":
            assert graph(tree)["WebSite"]["url"] == site.base
            continue
        crumbs = graph(tree)["BreadcrumbList"]["itemListElement"]
        assert [crumb["position"] for crumb in crumbs] == list(range(1, len(crumbs) + 1))
        way = [site.resolve("index.html", crumb["item"])[0] for crumb in crumbs]
        assert way[0] == "index.html" and way[-1] == page and set(way) <= set(site.pages)
        assert all(crumb["name"].strip() for crumb in crumbs)


def test_every_card_is_what_its_essay_draws(tmp_path):
    """A card drawn before a new run shows a number that the essay no longer has."""
    from trenches.author.card import essay_card, site_card

    cards = {path: essay_card(ROOT, path.parents[1].name) for path in sorted(ROOT.glob("labs/*/figures/card.png"))}
    assert cards
    for path, card in {**cards, ROOT / "_static/card.png": site_card(ROOT)}.items():
        card.save(tmp_path / "card.png")
        with Image.open(tmp_path / "card.png") as drawn, Image.open(path) as kept:
            assert drawn.size == kept.size
            changed = ImageChops.difference(drawn.convert("RGB"), kept.convert("RGB")).getbbox()
        assert changed is None, f"{path.relative_to(ROOT)} is not what is drawn now: make figures slug=<its essay>"
        assert path.stat().st_size <= MOST_CARD_BYTES


def test_the_longest_title_and_words_leave_room_for_each_other(owner):
    """The number at the foot of a card ran into a title of four lines."""
    from trenches.author.card import TITLE, WIDTH, WORDS, Card, wrap

    card = Card(ROOT)
    most = max(len(wrap(words["title"], card.font(*TITLE), WIDTH)) for words in owner.values())
    assert most <= 3, "a title takes more lines than a card has"
    heads = [yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1]) for path in ROOT.glob("essays/*.md")]
    for head in heads:
        assert len(wrap(head["figure_words"], card.font(*WORDS), WIDTH)) <= 2, f"shorten: {head['figure_words']}"


def test_the_sitemap_lists_every_page_worth_finding_with_its_own_date(site, essays):
    """sphinx-sitemap lists the pages of one build, and dates them by git or not at all."""
    root = lxml.etree.fromstring(site.files["sitemap.xml"].read_bytes())
    assert root.tag == f"{{{SITEMAP['s']}}}urlset"
    listed = {}
    for url in root:
        assert {lxml.etree.QName(child).localname for child in url} <= {"loc", "lastmod"}
        (loc,) = url.xpath("s:loc/text()", namespaces=SITEMAP)
        listed[site.resolve("index.html", loc)[0]] = url.xpath("string(s:lastmod)", namespaces=SITEMAP)
    hidden = {page for page, tree in site.pages.items() if meta(tree, "robots") == ["noindex"]}
    assert {"404.html", "search.html"} <= hidden
    assert set(listed) == set(site.pages) - hidden and len(root) == len(listed) < 50_000
    dates = {slug: meta(site.pages[f"essays/{slug}.html"], "article:modified_time")[0] for slug in essays}
    for slug in essays:
        assert listed[f"essays/{slug}.html"] == dates[slug]
    assert listed["index.html"] == listed["archive.html"] == max(dates.values())
    for tag in site.of_kind("tag"):
        assert listed[tag] == max(date for slug, date in dates.items() if Path(tag).stem in essays[slug]["tags"]), tag
    assert not listed["glossary.html"], "a page that shows no essay has no date but the clock's"


def test_robots_txt_names_the_sitemap(site):
    """A sitemap that nothing names is not found."""
    assert f"Sitemap: {site.base}sitemap.xml\n" in site.files["robots.txt"].read_text(encoding="utf-8")


def test_the_json_feed_is_valid_and_says_what_the_atom_feed_says(site):
    """Two feeds from two sources show two versions of one essay."""
    feed = json.loads(site.files["feed.json"].read_text(encoding="utf-8"))
    jsonschema_rs.validate(JSON_FEED, feed)
    for page in site.pages:
        links = site.pages[page].xpath("//head/link[@type='application/feed+json']/@href")
        assert [site.resolve(page, link)[0] for link in links] == ["feed.json"], page
    assert feed["feed_url"] == site.base + "feed.json"
    names = {"a": "http://www.w3.org/2005/Atom"}
    entries = lxml.etree.fromstring(site.files["atom.xml"].read_bytes()).findall("a:entry", names)
    atom = [(e.findtext("a:id", None, names), e.findtext("a:title", None, names), e.findtext("a:summary", None, names),
             e.findtext("a:content", None, names), datetime.fromisoformat(e.findtext("a:updated", None, names)))
            for e in entries]
    assert atom == [(item["id"], item["title"], item["summary"], item["content_html"],
                     datetime.fromisoformat(item["date_modified"])) for item in feed["items"]]
    for item in feed["items"]:
        assert site.resolve("index.html", item["url"])[0] in site.pages
        assert site.resolve("index.html", item["image"])[0] in site.files


def test_llms_txt_lists_every_essays_twin_as_the_proposal_has_it(site, essays, owner):
    """https://llmstxt.org: one H1, a blockquote, then sections that are lists of links with a note each."""
    text = site.files["llms.txt"].read_text(encoding="utf-8")
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert re.fullmatch(r"# [^\n]+\n\n> [^\n]+\n\n", head)
    links = {}
    for section in sections:
        name, _, *lines = section.rstrip("\n").split("\n")
        matches = [re.fullmatch(r"- \[([^\]]+)\]\((\S+)\): (.+)", line) for line in lines]
        assert matches and all(matches), section
        links[name] = {site.resolve("index.html", match[2])[0]: (match[1], match[3]) for match in matches}
        assert set(links[name]) <= set(site.files)
    assert links["Essays"] == {f"essays/{slug}.md": (owner[slug]["title"], owner[slug]["summary"]) for slug in essays}


def test_a_twin_says_what_its_page_says(site, essays):
    """A twin made from the source has role names where the page has numbers; one made by a converter lost digits."""
    markdown = MarkdownIt().enable("table")
    for slug in essays:
        page = f"essays/{slug}.html"
        (link,) = site.pages[page].xpath("//head/link[@type='text/markdown']/@href")
        twin = site.files[site.resolve(page, link)[0]].read_text(encoding="utf-8")
        _, head, body = twin.split("---\n", 2)
        assert yaml.safe_load(head)["canonical"] == site.base + page
        told = re.sub(r"\[\^\d+\](: )?", "", words(markdown.render(body)))
        (essay,) = copy.deepcopy(site.pages[page]).xpath("//div[@class='essay']")
        for unsaid in essay.xpath(".//*[contains(@class, 'footnote-reference') or contains(@class, 'headerlink')]"):
            unsaid.drop_tree()
        parts = essay.xpath(".//section/p[not(@class)] | .//li/p | .//*[@class='claim-text'] | .//figcaption/p[not(@class)]"
                            " | .//td[not(div)] | .//td[div]/text() | .//td/div | .//pre | .//h2 | .//h3")
        lost = [text for part in parts if (text := " ".join((part if isinstance(part, str) else part.text_content()).split())) not in told]
        assert len(parts) > 100 and not lost, f"{slug}: not in the twin: {lost[:3]}"
        relative = [url for url in re.findall(r"\]\(([^)]+)\)", body) if not url.startswith("http")]
        assert not relative, f"{slug}: in a copy of the text these lead nowhere: {relative[:3]}"


@pytest.mark.parametrize("depth", ["nowhere.html", "essays/no/such/page.html"])
def test_a_missing_page_is_answered_at_any_depth(visit, site, server, owner, essays, depth):
    """With relative addresses the page that says sorry had no stylesheet, and its links led deeper into nowhere."""
    visited = visit(depth)
    page = visited.page
    refused = [text for text in visited.complaints if "status of 404" not in text]
    assert refused == []
    answers = {request.url: request.response().status for request in visited.requests}
    assert answers.pop(f"{server}/{depth}") == 404
    assert answers and set(answers.values()) == {200}, answers
    assert page.evaluate("[...document.fonts].some(font => font.status === 'loaded')")
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href).filter(url => !url.includes('#'))")
    inside = {url for url in links if url.startswith(server)}
    assert len(inside) > len(essays) and all(page.request.get(url).status == 200 for url in inside)
    shown = page.locator("[role=main]").inner_text()
    assert all(owner[slug]["title"] in shown for slug in essays)
    page.locator("[role=main] input[name=q]").fill("index")
    page.keyboard.press("Enter")
    page.wait_for_url(urljoin(f"{server}/", "search.html?q=index"))
