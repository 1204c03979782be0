"""Other teams' documents: everything that the site offers to link to, built strictly by Sphinx old and new and by MkDocs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
from sphinx.util.inventory import InventoryFile

# Each has what this site must not have, or has in another version. Sphinx 4.3 is the last without the role `external`,
# MyST 0.19 the first that reads inventories.
TOOLS = {
    "sphinx-4": ["sphinx==4.3.2", "docutils==0.17.1", "jinja2==3.0.3", "alabaster==0.7.13", "sphinxcontrib-applehelp==1.0.4",
                 "sphinxcontrib-devhelp==1.0.2", "sphinxcontrib-htmlhelp==2.0.1", "sphinxcontrib-qthelp==1.0.3",
                 "sphinxcontrib-serializinghtml==1.1.5"],
    "sphinx-5": ["sphinx==5.3.0", "myst-parser==0.19.2"],
    "mkdocs": ["mkdocs==1.6.1", "mkdocstrings==1.0.8", "mkdocstrings-python==2.0.11", "sphobjinv==2.4"],
}
# Published as both before anybody noticed: a document and the label of its first heading.
TWICE = {"about", "glossary", "index"}
OLD_SPHINX = pytest.mark.skipif(sys.version_info >= (3, 13), reason="Sphinx 5 imports a module that Python 3.13 has not")
CONF = """
project = author = "Internal docs"
extensions = ["sphinx.ext.intersphinx"]
nitpicky = True
html_theme = "basic"
intersphinx_mapping = {{"trenches": ("{server}/", None)}}
"""
# How each kind of entry is linked to: from reStructuredText, and from MyST as the site's buttons copy it.
RST = {"std:label": ":external+trenches:ref:`{}`", "std:doc": ":external+trenches:doc:`{}`", "std:term": ":external+trenches:term:`{}`"}
BEFORE_EXTERNAL = {"std:label": ":ref:`trenches:{}`", "std:doc": ":doc:`trenches:{}`", "std:term": ":term:`trenches:{}`"}
MYST = dict.fromkeys(RST, "[](<inv:trenches:{kind}#{}>)")


@pytest.fixture(scope="session")
def python_with():
    """Return a function that gives the Python of an environment with some of TOOLS, which lies in the tests' own."""

    def install(name: str) -> Path:
        folder = Path(sys.prefix, "other-projects", name)
        stamp, wanted = folder / "installed", "\n".join(TOOLS[name])
        if not stamp.is_file() or stamp.read_text() != wanted:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *TOOLS[name]], check=True)
            stamp.write_text(wanted)
        return folder / "bin/python"

    return install


@pytest.fixture(scope="session")
def entries(site) -> list[tuple[str, str, str, str]]:
    """Kind, name, address below the root and title of all that objects.inv has."""
    data = InventoryFile.loads(site.files["objects.inv"].read_bytes(), uri="").data
    return [(kind, name, item.uri, name if item.display_name == "-" else item.display_name)
            for kind, items in data.items() for name, item in items.items()]


def run(*command: object) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": ""})
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return done.stdout


def sphinx(python: Path | str, folder: Path, server: str, page: str, text: str, extension: str = "") -> list[tuple[str, str]]:
    """Build a project of one page strictly; the address and the words of each link on it."""
    folder.mkdir()
    (folder / "conf.py").write_text(CONF.format(server=server) + (f'extensions.append("{extension}")\n' if extension else ""))
    (folder / page).write_text(text, encoding="utf-8")
    run(python, "-m", "sphinx", "-W", "-q", folder, folder / "html")
    return links(folder / "html/index.html", server)


def links(page: Path, server: str) -> list[tuple[str, str]]:
    tree = lxml.html.document_fromstring(page.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    return [(link.get("href"), plain(link.text_content())) for link in tree.xpath("//a[starts-with(@href, $server)]", server=server)]


def wanted(entries, server: str) -> list[tuple[str, str]]:
    return [(f"{server}/{uri}", plain(title)) for _, _, uri, title in entries]


def plain(words: str) -> str:
    """``words`` as they were before a project's Sphinx set the blanks and quotation marks."""
    return re.sub("[“”]", '"', re.sub("[‘’]", "'", " ".join(words.split())))


def written(entries, syntax: dict[str, str]) -> str:
    return "Internal docs\n=============\n\n" + "".join(f"{syntax[kind].format(name, kind=kind)}\n\n" for kind, name, _, _ in entries)


@pytest.mark.parametrize(("tools", "syntax"), [
    ("", RST), ("", BEFORE_EXTERNAL), pytest.param("sphinx-4", BEFORE_EXTERNAL, marks=OLD_SPHINX), pytest.param("sphinx-5", RST, marks=OLD_SPHINX),
], ids=["this-sphinx", "this-sphinx-as-before-4.4", "sphinx-4", "sphinx-5"])
def test_every_entry_is_linked_to_from_restructuredtext(python_with, entries, server, tmp_path, tools, syntax):
    """All that was tried was one essay, one section, one figure and one claim, in one version of Sphinx."""
    found = sphinx(python_with(tools) if tools else sys.executable, tmp_path / "docs", server, "index.rst", written(entries, syntax))
    assert found == wanted(entries, server)


@pytest.mark.parametrize("tools", ["", pytest.param("sphinx-5", marks=OLD_SPHINX)], ids=["this-myst", "myst-0.19"])
def test_every_entry_is_linked_to_from_myst_as_the_buttons_copy_it(python_with, entries, server, tmp_path, tools):
    """`inv:trenches#about` is a label and a document, and a strict build elsewhere stopped at the line that our button had copied."""
    found = sphinx(python_with(tools) if tools else sys.executable, tmp_path / "docs", server, "index.md", written(entries, MYST), "myst_parser")
    assert [href for href, _ in found] == [href for href, _ in wanted(entries, server)]
    titled = [(shown, title) for (_, shown), (_, title), (kind, *_) in zip(found, wanted(entries, server), entries, strict=True) if kind != "std:term"]
    assert all(shown == title for shown, title in titled)


def test_a_name_alone_is_enough_for_all_but_three(entries, server, tmp_path):
    """A label that equals a document's name stops strict builds elsewhere, and once published both must stay."""
    names = [name for _, name, _, _ in entries]
    assert {name for name in names if names.count(name) > 1} == TWICE
    once = [entry for entry in entries if entry[1] not in TWICE]
    found = sphinx(sys.executable, tmp_path / "docs", server, "index.md", written(once, dict.fromkeys(RST, "[](<inv:trenches#{}>)")), "myst_parser")
    assert [href for href, _ in found] == [href for href, _ in wanted(once, server)]


def test_every_label_is_linked_to_from_mkdocs(python_with, entries, server, tmp_path):
    """mkdocstrings reads Python's objects alone unless it is told of another domain, and nothing on the site said of which."""
    # It knows no kinds of entries: of two with one name it takes either.
    labels = [entry for entry in entries if entry[0] == "std:label" and entry[1] not in TWICE]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("\n\n".join(f"[ours][{name}]" for _, name, _, _ in labels), encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Internal docs\nplugins:\n- mkdocstrings:\n    handlers:\n      python:\n        inventories:\n"
        f"        - url: {server}/objects.inv\n          domains: [std]\n")
    run(python_with("mkdocs"), "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", tmp_path / "mkdocs.yml")
    assert [href for href, _ in links(tmp_path / "site/index.html", server)] == [href for href, _ in wanted(labels, server)]


def test_sphobjinv_reads_every_entry_and_the_edition(python_with, entries, server):
    """The inventory had no version, so nobody could say which edition he had linked to."""
    said = run(python_with("mkdocs"), "-c", f"""
import sphobjinv
inventory = sphobjinv.Inventory(url="{server}/objects.inv")
print(inventory.project, inventory.version, inventory.count)""")
    assert re.fullmatch(rf"From the Trenches \d{{4}}\.\d\d\.\d\d {len(entries)}\n", said), said
    suggested = run(python_with("mkdocs").with_name("sphobjinv"), "suggest", "--all", "--url", f"{server}/objects.inv", "query-optimisation")
    assert ":std:label:`query-optimization`" in suggested, suggested
