"""The extension's rooms: who may know of whom, what is kept between builds and compared, and one value's way through all."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import lxml.html
import pytest
import trenches
from trenches.build import economy
from trenches.build.errors import SourceError

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [importlib.import_module(f"trenches.{room}") for room in trenches.ROOMS]
KEPT = [one for room in ROOMS for one in getattr(room, "KEPT", ())]
SHOWN = [one for room in ROOMS for one in getattr(room, "SHOWN", ())]


def test_a_room_uses_only_the_rooms_before_it():
    """Thirty modules in one drawer imported whatever was near: results beside sitemap beside garbage collection."""
    checked = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"], cwd=ROOT,
                             env=os.environ | {"PYTHONPATH": "_ext:labs"}, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rooms_are_set_up_in_the_order_of_the_contract():
    """Two lists of the rooms would part ways."""
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [*trenches.ROOMS, "author"] == layers[::-1]


def built(site: Path, folder: Path, *options: str) -> Path:
    """A site, built from where it stands; its environment lies beside it."""
    done = subprocess.run([sys.executable, "-m", "sphinx", "-W", "-q", "-d", folder / "doctrees", *options, site, folder / "html"],
                          env={**os.environ, "SITE": str(ROOT), "BUILD_DATE": "2026-11-28"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_evidence_serves_another_project(tmp_path):
    """Bound to the record of an essay, the panel could be used by this site alone."""
    html = built(ROOT / "tests/roots/foreign", tmp_path)
    page = lxml.html.document_fromstring((html / "latency.html").read_bytes())
    said = " ".join(page.text_content().split())
    number = page.xpath("//p/a[contains(@class, 'result')]")[0]
    assert number.text_content() == "12.5\N{NO-BREAK SPACE}ms" and page.get_element_by_id(number.get("href")[1:]).tag == "tr"
    assert "Claim ✓ Holds" in said and "One request takes less than a second." in said and "Figure 1" in said
    assert page.xpath("//figure//svg/@aria-label") == ["One point."] and "SELECT 1;" in said and "make lab slug=latency" in said
    assert "#123456" in (html / "labs/latency/figures/one.svg").read_text()
    assert page.xpath("//a[@href='labs/latency/one.sql']") and (html / "labs/latency/one.sql").is_file()


def test_what_the_environment_keeps_is_declared(tmp_path):
    """Nine modules hung attributes on the environment, each in its own way: nobody could say what an old one holds."""
    built(ROOT / "tests/roots/evidence", tmp_path)
    environment = pickle.loads((tmp_path / "doctrees/environment.pickle").read_bytes())
    found = {name: type(value) for name, value in vars(environment).items() if name.startswith("trenches_")}
    assert found == {one.name: one.type for one in KEPT}
    for room in ROOMS:
        for one in getattr(room, "KEPT", ()):
            module, function = one.writer.split(".")
            code = getattr(getattr(room, module), function).__code__
            assert one.name in (*code.co_names, *code.co_consts), f"{one.name} is not written by {one.writer} of {room.__name__}"


def test_a_build_without_economy_gives_the_same_bytes(tmp_path):
    """Each shortcut replaces what Sphinx does, and would show a wrong page for as long as nobody looked."""
    with_it, without = built(ROOT, tmp_path / "a"), built(ROOT, tmp_path / "b", "-D", "trenches_economy=0")
    pages = {path.relative_to(with_it) for path in with_it.rglob("*") if path.is_file()} - {Path(".buildinfo")}
    assert pages == {path.relative_to(without) for path in without.rglob("*") if path.is_file()} - {Path(".buildinfo")}
    assert not [page for page in pages if (with_it / page).read_bytes() != (without / page).read_bytes()]


@pytest.mark.parametrize("one", economy.REPLACEMENTS, ids=lambda one: one.name)
def test_a_function_that_is_not_the_one_replaced_is_refused(one):
    """An upgrade would have had its new function replaced by a copy of the old one's idea, in silence."""
    with pytest.raises(SourceError, match=rf"^\S+economy.py: \S+{one.name}\S* is not the function that \w+ was written against; read it, .*$"):
        economy.check([dataclasses.replace(one, known=one.known + 1)])


def test_one_value_goes_all_the_way(tmp_path):
    """ARCHITECTURE.md follows a value through the rooms; a stop that it no longer reaches is a page that says something else."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))
    lab = site / "labs/query-optimization"
    results = json.loads((lab / "results.json").read_text())
    results["values"]["sample.pages"] |= {"unit": "torn page|torn pages"}
    results["values"]["sample.pages"]["value"] = results["tables"]["sample"]["rows"][0]["pages"] = 4321
    (lab / "results.json").write_text(json.dumps(results))
    claims = (lab / "test_claims.py").read_text()
    (lab / "test_claims.py").write_text(claims.replace('results["sample.pages"] <= 10', 'results["sample.pages"] <= 10_000'))
    html = built(site, tmp_path)
    page = lxml.html.document_fromstring((html / "essays/query-optimization.html").read_bytes())
    stops = {
        "a sentence": page.xpath("//p/a[@href='#result-sample-pages']"),
        "the panel": page.xpath("//tr[@id='result-sample-pages']"),
        "its claim": page.xpath("//*[@id='query-optimization-claim-thesis']"),
        "the numbers of the chart": page.xpath("//details[@class='numbers']"),
        **{name: [lxml.html.document_fromstring((html / name).read_bytes())] for name in ("index.html", "claims.html")},
    }
    said = {stop: " ".join(node.text_content() for node in nodes) for stop, nodes in stops.items()}
    said |= {name: (html / name).read_text(encoding="utf-8") for name in (
        "feed.json", "atom.xml", "essays/query-optimization.md", "search/essays/query-optimization.js", "claims.json",
        "labs/query-optimization/results.json")}
    assert not [stop for stop, text in said.items() if "4,321" not in text and "4321" not in text]
    assert '"unit": "torn pages"' in said["claims.json"] and '"unitText": "torn pages"' in (html / "essays/query-optimization.html").read_text()


def test_no_room_names_this_site():
    """Another owner changes conf.py, owner.toml, fonts and words; a name in the code would stay ours on his pages."""
    names = ["from the trenches", "from-the-trenches", "fromthetrenches", "readthedocs.io", *tomllib.loads((ROOT / "owner.toml").read_text())]
    code = [path for path in (ROOT / "_ext").rglob("*") if path.suffix in (".py", ".toml", ".html", ".css")]
    assert len(code) > 40
    assert not [(path.name, name) for path in code for name in names if name in path.read_text(encoding="utf-8").lower()]
