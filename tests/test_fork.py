"""Another owner's site, made of this one as HOSTING.md says, has nothing of ours in it."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
import zlib
from pathlib import Path

import copies
import corpus
import lxml.html
import pytest
from copies import Copy

ROOT = Path(__file__).resolve().parents[1]
OURS = runpy.run_path(str(ROOT / "conf.py"))
# What conf.py calls it -> what another owner does.
THEIRS = {
    "project": "The Mill Gate", "trenches_name": "mill", "epub_identifier": "mill-gate", "epub_description": "What the river did.",
    "trenches_subtitle": "What the river did at the mill.", "trenches_card_words": "What the river did, by the gauge.",
    "trenches_tags": {"tides": "When the water comes.", "locks": "Where it waits."},
}
# The names of the extension's files, faces and one function; no page shows them.
MACHINERY = re.compile(r"Trenches (?:Sans|Serif|Display|Mono)|trenches\.(?:css|js)|trenchesSearch|_ext/trenches")


@pytest.fixture(scope="module")
def fork(tmp_path_factory) -> Copy:
    """A site of one essay, with its own name, address, tags and card, built with its book."""
    copy = Copy(tmp_path_factory.mktemp("fork") / "site")
    corpus.write(copy.folder, 1)
    copy.write("labs/README.md", "Labs.\n")
    conf = copy.read("conf.py").replace(OURS["SITE_URL"], "https://mill.example/gate/")
    for name, value in THEIRS.items():
        conf, count = re.subn(rf"^((?:\w+ = )*{name} = (?:\w+ = )*)(?:\((?s:.*?)\)|\{{(?s:.*?)^\}}|\".*\")$", lambda m: m[1] + repr(value), conf,
                              flags=re.MULTILINE)
        assert count == 1, f"conf.py sets {name} in another form; mend this test"
    copy.write("conf.py", conf)
    essay = f"essays/{copy.slugs()[0]}.md"
    copy.write(essay, re.sub(r"^tags: .*$", "tags: [tides]", copy.read(essay), flags=re.MULTILINE))
    drawn = draw(copy)
    assert drawn.returncode == 0, drawn.stderr
    for target in ("html", "epub"):
        done = subprocess.run(copy.command(target=target), cwd=copy.folder, env=copy.environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return copy


def draw(copy: Copy) -> subprocess.CompletedProcess:
    paths = os.pathsep.join(("_ext", "labs"))
    return subprocess.run([sys.executable, "-m", "trenches.author.card", copy.slugs()[0]], cwd=copy.folder,
                          env=copy.environment(PYTHONPATH=paths), capture_output=True, text=True)


@pytest.fixture(scope="module")
def texts(fork) -> dict[str, str]:
    """Every file of the site and of its book, as text."""
    found = copies.files(fork.html)
    (book,) = (fork.folder / "_build/epub").glob("*.epub")
    with zipfile.ZipFile(book) as opened:
        found |= {f"{book.name}/{name}": opened.read(name) for name in opened.namelist()}
    found["objects.inv"] = zlib.decompress(found["objects.inv"].split(b"\n", 4)[4]) + found["objects.inv"].split(b"\n# The")[0]
    return {name: data.decode(errors="replace").replace("\N{NO-BREAK SPACE}", " ") for name, data in found.items()}


def test_nothing_of_ours_is_left_in_a_site_of_another_name(texts):
    """The copy button wrote our name into other people's documents, and a README of the fonts our title."""
    owned = tomllib.loads((ROOT / "owner.toml").read_text(encoding="utf-8"))
    ours = [*owned, *(words for entry in owned.values() for words in entry.values()), OURS["trenches_subtitle"], OURS["trenches_card_words"],
            *OURS["trenches_tags"].values(), "trenches"]
    for name, text in texts.items():
        left = [words for words in ours if words in MACHINERY.sub("", text).lower() or words in MACHINERY.sub("", text)]
        assert not left, f"{name} has {left}; take it from a setting, and name that in HOSTING.md"


def test_no_page_names_a_person_or_writes_to_one(texts):
    """An address that a theme or a template brings is somebody's."""
    pages = [name for name in texts if name.endswith((".html", ".xhtml", ".xml", ".opf"))]
    assert pages and not [name for name in pages if re.search(r"mailto:|[\w.]+@[\w-]+\.[a-z]", texts[name])]


def test_the_site_tells_the_other_name_wherever_it_tells_one(fork, texts):
    """Nothing of ours is in an empty site, either."""
    page = lxml.html.document_fromstring(copies.files(fork.html)[f"essays/{fork.slugs()[0]}.html"])
    assert page.xpath("string(//meta[@property='og:site_name']/@content)") == THEIRS["project"] in texts["atom.xml"]
    assert page.xpath("//link[@rel='canonical']/@href") == [f"https://mill.example/gate/essays/{fork.slugs()[0]}.html"]
    assert page.xpath("//script[@data-inventory]/@data-inventory") == ["mill"]
    assert '"mill": ("https://mill.example/gate/", None)' in lxml.html.document_fromstring(texts["about.html"].encode()).text_content()
    assert {name for name in texts if name.startswith("archive/tag/")} == {"archive/tag/tides.html", "archive/tag/tides/atom.xml"}
    assert f"# Project: {THEIRS['project']}" in texts["objects.inv"]


def test_the_page_about_it_names_each_setting_and_file():
    """A setting that is not on the list keeps our value."""
    page = (ROOT / "HOSTING.md").read_text(encoding="utf-8").partition("## Make it yours")[2]
    assert not [name for name in THEIRS if f"`{name}`" not in page]
    for name in re.findall(r"`([\w./]+\.\w+|\w+/)`", page):
        assert any((folder / name).exists() for folder in (ROOT, ROOT / "_static", ROOT / "tests")), f"HOSTING.md names {name}"


def test_the_card_is_the_other_sites_own(fork):
    """It showed our name on every link to the other site that was unfolded."""
    assert (fork.folder / "_static/card.png").read_bytes() != (ROOT / "_static/card.png").read_bytes()


def test_a_name_in_letters_that_the_face_lacks_is_refused_in_one_line(fork):
    """The face for titles has the capitals of our name alone, and the card left the others out."""
    fork.edit("conf.py", THEIRS["project"], "Harbour Notes")
    try:
        done = draw(fork)
    finally:
        fork.edit("conf.py", "Harbour Notes", THEIRS["project"])
    assert done.returncode and done.stderr.count("\n") == 1
    assert done.stderr.startswith("make figures: display.woff2 has no HN for “Harbour Notes.”; make it anew")
