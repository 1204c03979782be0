"""Walk the built site: what every page must have, and what no page may have."""

import datetime
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HERO = ("From the Trenches.", "No beginner tutorials. No listicles. Architecture essays, performance deep dives, and system "
        "design breakdowns written by engineers with production scar tissue.")
TEXT = (".html", ".xml", ".json", ".js", ".css", ".txt", ".svg", ".atom")
CHROME = {
    "a language": "/html[@lang='en']",
    "a title": "//head/title[normalize-space()]",
    "a canonical address": "//head/link[@rel='canonical']",
    "a description": "//head/meta[@name='description' and normalize-space(@content)]",
    "a viewport": "//head/meta[@name='viewport']",
    "a skip link": "//body//a[starts-with(@href, '#') and contains(@class, 'skip')]",
    "a way to search": "//form[@role='search'] | //form[contains(@class, 'search')] | //a[contains(@href, 'search.html')]",
    "a theme toggle": "//button[contains(@class, 'theme-toggle')]",
    "a footer": "//footer",
}
EXACTLY_ONE = {"one main landmark": "//main | //*[@role='main']", "one h1": "//h1"}
# What Furo, ABlog, Jinja and docutils leave behind when something is missing but nothing fails.
DEBRIS = {
    "an unrendered template": "//text()[contains(., '{{') or contains(., '{%')][not(ancestor::pre|ancestor::code|ancestor::script)]",
    "a value that was None": "//*[not(*) and normalize-space()='None'][not(ancestor::pre)] | //@*[.='None']",
    "a value that was unknown": "//*[not(*) and normalize-space()='Unknown'] | //@*[.='Unknown']",
    "a docutils message": "//*[contains(concat(' ', @class, ' '), ' system-message ') or contains(@class, 'problematic')]",
}


def fail_with(problems: list[str], cure: str) -> None:
    if problems:
        pytest.fail("\n".join([*problems, cure]), pytrace=False)


def tagged(essays: dict) -> dict[str, set[str]]:
    """Tag -> paths of the essays that carry it."""
    tags = {tag for head in essays.values() for tag in head["tags"]}
    return {tag: {f"essays/{slug}.html" for slug, head in essays.items() if tag in head["tags"]} for tag in sorted(tags)}


def test_no_page_is_an_error_stub(site):
    """ABlog under Furo wrote Furo's 480-byte error text as every page, and the strict build exited 0."""
    assert site.pages, "nothing was built; run: make html"
    stubs = [name for name in site.pages
             if site.files[name].stat().st_size < 2048 or b"inheriting from" in site.files[name].read_bytes()]
    fail_with(stubs, "these extend layout.html or fill block `body`; extend furo/page.html and fill `content`")


def test_every_page_is_of_a_known_kind(site):
    """ABlog adds pages unasked (drafts, authors, catalogues); what nobody looks at is not kept up."""
    unknown = set(site.pages).difference(*map(site.of_kind, site.kinds))
    fail_with(sorted(unknown), "stop building these, or add their kind to `kinds` in tests/conftest.py")


def test_every_kind_of_page_has_the_sites_chrome(site, page_path):
    """ABlog's archive and tag pages replaced the whole chrome: no header, no search, no footer, no width."""
    tree = site.pages[page_path]
    problems = [f"{page_path}: lacks {what}" for what, path in CHROME.items() if not tree.xpath(path)]
    problems += [f"{page_path}: has {len(tree.xpath(path))} where {what} belongs"
                 for what, path in EXACTLY_ONE.items() if len(tree.xpath(path)) != 1]
    fail_with(problems, "compare its template in _templates/ with one that has them")


def test_every_internal_link_image_and_fragment_resolves(site):
    """Sphinx checks roles only: links in templates, raw HTML and feeds' pages broke unseen."""
    problems, seen = [], 0
    for page in site.pages:
        for element, address in site.links(page):
            target, fragment = site.resolve(page, address)
            if target is None:
                continue
            seen += 1
            if target not in site.files:
                problems.append(f"{page}: {address} leads to no file")
            elif fragment and target in site.pages and not site.pages[target].xpath("//*[@id=$id]", id=fragment):
                problems.append(f"{page}: {address} leads to no id in {target}")
    assert seen > len(site.pages), "the walk found hardly a link"
    fail_with(problems, "mend the link, or give its target an id")


def test_other_hosts_are_linked_to_but_never_loaded_from(site):
    """MathJax, Font Awesome and badges came from other hosts: dead offline, and readers told of."""
    problems, seen = [], 0
    for page in site.pages:
        for element, address in site.links(page):
            seen += 1
            if element.tag != "a" and site.resolve(page, address)[0] is None and not address.startswith("data:"):
                problems.append(f"{page}: <{element.tag}> loads {address}")
    for name, path in site.files.items():
        if name.endswith((".css", ".html", ".svg")):
            found = re.findall(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)", path.read_text(encoding="utf-8"))
            problems += [f"{name}: loads {address}" for address in found]
    assert seen, "the walk found no link"
    fail_with(problems, "keep the file in _static/ and load it from there")


def test_every_essay_is_on_the_landing_archive_year_and_tag_pages(site, essays):
    """An essay without a date built clean and was on none of them."""
    problems = []
    for slug, head in essays.items():
        listings = ["index.html", "archive.html", f"archive/{head['date'].year}.html",
                    *(f"archive/tag/{tag}.html" for tag in head["tags"])]
        problems += [f"{listing} does not list {slug}" for listing in listings
                     if listing not in site.pages or f"essays/{slug}.html" not in site.linked_from(listing)]
    fail_with(problems, "check `date:` and `tags:` in the essay's front matter")


def test_a_tag_page_lists_its_essays_and_no_others(site, essays):
    """ABlog's postlist with a tag it does not know lists every essay."""
    wanted = tagged(essays)
    pages = {Path(name).stem: name for name in site.of_kind("tag")}
    assert set(pages) == set(wanted), "tag pages and tags in use differ; run: make html"
    listed = {tag: {t for t in site.linked_from(name) if t and t.startswith("essays/")} for tag, name in pages.items()}
    assert listed == wanted


def test_front_matter_is_what_the_site_understands(essays):
    """`03/04/2026` became 4 March, `blogpost: false` stayed a post, an empty tag made a page named .html."""
    from trenches.essays import frontmatter

    tags = runpy.run_path(str(ROOT / "conf.py"))["trenches_tags"]
    for slug in essays:
        head = frontmatter.check(ROOT / f"essays/{slug}.md", ROOT, tags, datetime.date.today())
        assert isinstance(head.date, datetime.date) and set(head.tags) <= set(tags), slug


def test_the_owners_words_are_verbatim_wherever_they_are_shown(site, essays, owner):
    """Typographic quotes and trimmed excerpts changed sentences that are not ours."""
    def shown(page: str, path: str) -> list[str]:
        return [" ".join(node.text_content().split()) for node in site.pages[page].xpath(path)]

    hero = site.pages["index.html"].xpath("//h1/text() | //h1/following-sibling::p[1]/text()")
    assert [" ".join(text.split()) for text in hero] == list(HERO)
    landing = "//*[contains(@class, 'essay-index')]//article"
    titles, summaries = shown("index.html", landing + "//h2"), shown("index.html", landing + "//*[@class='summary']")
    finished = [slug for slug in owner if slug in essays]
    assert finished, "no essay is in the owner's list"
    assert titles == [owner[slug]["title"] for slug in finished], "landing titles, in the owner's order"
    assert summaries == [owner[slug]["summary"] for slug in finished], "landing summaries, in the owner's order"
    for slug in finished:
        page = f"essays/{slug}.html"
        heading = site.pages[page].xpath("string(//h1/text())").strip()
        assert heading == owner[slug]["title"], page
        assert owner[slug]["summary"] in shown(page, "//h1/following-sibling::p")[:2], page


def test_contents_and_archive_keep_the_owners_order(site, essays, owner):
    """A globbed toctree follows the alphabet, and ABlog's archive the dates."""
    finished = [slug for slug in owner if slug in essays]
    assert re.findall(r"^essays/([\w-]+)$", (ROOT / "index.md").read_text(encoding="utf-8"), re.MULTILINE) == finished
    rows = site.pages["archive.html"].xpath("//tbody/tr//a[contains(@href, 'essays/')]/@href")
    assert [Path(row).stem for row in rows] == finished


@pytest.mark.parametrize("what", DEBRIS)
def test_no_page_shows_what_a_template_left_behind(site, what):
    """A missing value is printed as None, and a docutils message as a box, in a build that succeeds."""
    problems = [f"{name}: {node if isinstance(node, str) else node.text_content()!r}"
                for name, tree in site.pages.items() for node in tree.xpath(DEBRIS[what])]
    assert site.pages
    fail_with(problems, f"the template printed {what}")


def test_no_file_names_a_folder_of_the_machine_that_built_it(site):
    """ABlog's feeds carried docutils messages with the builder's absolute paths."""
    private = re.compile("|".join(map(re.escape, {str(ROOT), str(site.root), str(Path.home())})) +
                         r"|(?<![\w.])/(?:root|home|work|tmp)/\w")
    texts = [name for name in site.files if name.endswith(TEXT)]
    assert texts
    fail_with([f"{name}: {found[0]}" for name in texts
               if (found := private.search(site.files[name].read_text(encoding="utf-8")))],
              "show paths relative to the repository")


def test_every_file_in_static_is_used(site):
    """Fonts and scripts outlive the template that asked for them, and are served for ever."""
    built = "".join(path.read_text(encoding="utf-8") for name, path in site.files.items() if name.endswith(TEXT))
    mine = [path for path in sorted((ROOT / "_static").rglob("*")) if path.is_file()]
    assert mine, "_static/ is empty"
    dead = [str(path.relative_to(ROOT)) for path in mine if path.name not in built
            and not re.match(r"(?i)(OFL|LICEN[CS]E|README)", path.name)]
    fail_with(dead, "nothing built mentions these; delete them")
