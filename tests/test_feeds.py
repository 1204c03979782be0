"""The Atom feeds: one of the whole site with full text, one per tag with summaries, all as RFC 4287 has them."""

import json
import re

import feedparser
import lxml.etree
import lxml.html
import pytest

ATOM = {"a": "http://www.w3.org/2005/Atom"}
# RFC 3339, with the zone that RFC 4287 section 3.3 asks for.
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
NEWEST = 20


def announced(site, page: str) -> list[str]:
    """Paths of the feeds that the head of ``page`` announces."""
    hrefs = site.pages[page].xpath("//head/link[@rel='alternate'][@type='application/atom+xml']/@href")
    return [site.resolve(page, href)[0] for href in hrefs]


@pytest.fixture(scope="module")
def feeds(site) -> dict[str, lxml.etree._Element]:
    """Path -> root element of every Atom feed on disk, announced or not."""
    roots = {name: lxml.etree.fromstring(path.read_bytes())
             for name, path in site.files.items() if name.endswith((".xml", ".atom"))}
    found = {name: root for name, root in roots.items() if lxml.etree.QName(root).namespace == ATOM["a"]}
    assert found, "no feed was built"
    return found


def texts(element, path: str) -> list[str]:
    return [node.text or "" for node in element.xpath(path, namespaces=ATOM)]


def test_every_page_announces_the_sites_feed_and_tag_pages_their_own(site, feeds, essays):
    """ABlog announces no feed under Furo, because Furo never includes the block it writes to."""
    main = announced(site, "index.html")
    assert len(main) == 1, f"the landing page announces {main}"
    missing = [page for page in site.pages if main[0] not in announced(site, page)]
    assert not missing, f"{missing} do not announce {main[0]}; see block `linktags` in _templates/page.html"
    by_tag = {page: set(announced(site, page)) - set(main) for page in site.of_kind("tag")}
    assert by_tag and all(len(found) == 1 for found in by_tag.values()), f"one feed per tag page, but: {by_tag}"
    assert set(feeds) == set(main).union(*by_tag.values()), "feeds on disk and feeds announced differ"


def test_feedparser_reads_every_feed_without_a_complaint(site, feeds):
    """A feed that browsers show may still be one that readers refuse."""
    for name in feeds:
        parsed = feedparser.parse(site.files[name].read_bytes())
        assert not parsed.bozo, f"{name}: {parsed.get('bozo_exception')}"
        assert parsed.entries, f"{name} is empty"


def test_feeds_keep_the_musts_of_rfc_4287(site, feeds):
    """ABlog broke five of them: one id for 31 feeds, the clock as `updated`, entries without an author, and more."""
    ids = [text for root in feeds.values() for text in texts(root, "a:id")]
    assert len(ids) == len(set(ids)) == len(feeds), f"every feed needs one id of its own (4.2.6): {ids}"
    for name, root in feeds.items():
        entries = root.xpath("a:entry", namespaces=ATOM)
        for element in (root, *entries):
            where = f"{name}: <{lxml.etree.QName(element).localname}> {texts(element, 'a:title')}"
            for child in ("id", "title", "updated"):
                assert len(texts(element, f"a:{child}")) == 1, f"{where} needs exactly one {child} (4.1.1, 4.1.2)"
            assert re.match(r"[a-z]+:\S+$", texts(element, "a:id")[0]), f"{where}: id is no absolute IRI (4.2.6)"
            for instant in texts(element, "a:updated | a:published"):
                assert INSTANT.fullmatch(instant), f"{where}: {instant} is no RFC 3339 instant (3.3)"
            links = [(link.get("rel", "alternate"), link.get("type"), link.get("hreflang"))
                     for link in element.xpath("a:link", namespaces=ATOM)]
            assert len(links) == len(set(links)), f"{where}: two links of one kind (4.1.1)"
        entry_ids = texts(root, "a:entry/a:id")
        assert len(entry_ids) == len(set(entry_ids)), f"{name}: two entries share an id (4.1.1)"
        assert texts(root, "a:author/a:name") or all(texts(e, "a:author/a:name") for e in entries), f"{name}: no author (4.1.1)"


def test_feed_links_are_absolute_and_lead_to_what_they_name(site, feeds):
    """ABlog left links between essays relative: in a reader each of them led to a 404."""
    for name, root in feeds.items():
        assert root.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM) == site.base + name
        pages = [page for page in site.pages if name in announced(site, page)]
        alternate = root.xpath("string(a:link[not(@rel) or @rel='alternate']/@href)", namespaces=ATOM)
        assert site.resolve("index.html", alternate)[0] in pages, f"{name}: its page {alternate} does not announce it"
        for entry in root.xpath("a:entry", namespaces=ATOM):
            link = entry.xpath("string(a:link[not(@rel) or @rel='alternate']/@href)", namespaces=ATOM)
            assert link.startswith(site.base) and site.resolve("index.html", link)[0] in site.pages, f"{name}: {link}"
            for html in texts(entry, "a:content[@type='html'] | a:summary[@type='html']"):
                tree = lxml.html.fragment_fromstring(html, create_parent=True)
                relative = [url for url in tree.xpath("//@href | //@src") if not re.match("(https?|mailto|data):", url)]
                assert not relative, f"{name}: relative in {link}: {relative[:5]}"


def test_updated_is_the_newest_entrys_and_an_entrys_is_the_essays(feeds, essays):
    """With the build's clock as `updated`, readers showed every essay as new after every build."""
    for name, root in feeds.items():
        assert texts(root, "a:updated") == [max(texts(root, "a:entry/a:updated"))], name
        for entry in root.xpath("a:entry", namespaces=ATOM):
            head = essays[re.search(r"essays/([\w-]+)", entry.xpath("string(a:link/@href)", namespaces=ATOM))[1]]
            assert texts(entry, "a:updated")[0][:10] == max([head["date"], *(change["date"] for change in head.get("changes", []))]).isoformat(), name
            assert texts(entry, "a:published")[0][:10] == head["date"].isoformat(), name


def test_the_sites_feed_has_the_newest_essays_in_full_and_tag_feeds_only_summaries(site, feeds, essays, owner):
    """Full text in the feed of every tag was 17 of the 27 MB of a stock site."""
    main = announced(site, "index.html")[0]
    for name, root in feeds.items():
        entries = root.xpath("a:entry", namespaces=ATOM)
        slugs = [re.search(r"essays/([\w-]+)", e.xpath("string(a:link/@href)", namespaces=ATOM))[1] for e in entries]
        instants = texts(root, "a:entry/a:updated")
        assert instants == sorted(instants, reverse=True), f"{name} is not in order"
        assert texts(root, "a:entry/a:title") == [owner[slug]["title"] for slug in slugs], name
        assert texts(root, "a:entry/a:summary") == [owner[slug]["summary"] for slug in slugs], name
        if name != main:
            assert not texts(root, "a:entry/a:content"), f"{name} carries full text"
            continue
        assert len(entries) == min(NEWEST, len(essays))
        for slug, html in zip(slugs, texts(root, "a:entry/a:content"), strict=True):
            page = site.pages[f"essays/{slug}.html"]
            told = " ".join(lxml.html.fragment_fromstring(html, create_parent=True).text_content().split())
            paragraphs = [" ".join(p.text_content().split()) for p in page.xpath("//*[@class='essay']//section/p")]
            lost = [text for text in paragraphs if text not in told]
            assert paragraphs and not lost, f"{slug}: not in the feed: {lost[:3]}"


def test_two_builds_at_different_times_and_places_give_the_same_files(site, build):
    """Feeds carried the clock, so every build changed every feed, and no diff of two builds could be read. An edition is one day's."""
    edition = json.loads(site.files["claims.json"].read_text(encoding="utf-8"))["edition"]
    again = build(BUILD_DATE=edition.replace(".", "-"), TZ="Pacific/Kiritimati", PYTHONHASHSEED="1")
    assert set(site.files) == set(again.files)
    changed = [name for name, path in site.files.items() if path.read_bytes() != again.files[name].read_bytes()]
    assert not changed, f"{changed} depend on when or where the site is built; take dates from the essays"
