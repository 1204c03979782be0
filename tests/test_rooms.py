"""The extension's rooms: who may know of whom, what is kept between builds and compared, and one value's way through all."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import os
import pickle
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import types
from datetime import date
from pathlib import Path

import lxml.html
import pytest
import trenches
from trenches.build import economy, upstream
from trenches.build.errors import SourceError
from trenches.text import markup

from _harness import Lab, machine

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [importlib.import_module(f"trenches.{room}") for room in trenches.ROOMS]
KEPT = [one for room in ROOMS for one in getattr(room, "KEPT", ())]
SHOWN = [one for room in ROOMS for one in getattr(room, "SHOWN", ())]
REPLACED = [*economy.REPLACEMENTS, economy.LISTENER, markup.PARSER]
CODE, HARNESS = ROOT / "_ext/trenches", ROOT / "labs/_harness"
MODULES = {path: ast.parse(path.read_bytes()) for folder in (CODE, HARNESS, ROOT / "tests") for path in sorted(folder.rglob("*.py"))
           if not {"template", "roots"} & set(path.parts)}


def defined(tree: ast.Module) -> set[str]:
    """The names that a module binds itself, those of its classes as Class.name."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        else:
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return found


def modules_of(room: str) -> dict[str, ast.Module]:
    return {path.stem: tree for path, tree in MODULES.items() if path.parent == CODE / room and path.stem != "__init__"}


def test_a_room_uses_only_the_rooms_before_it():
    """Thirty modules in one drawer imported whatever was near: results beside sitemap beside garbage collection."""
    checked = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"], cwd=ROOT,
                             env=os.environ | {"PYTHONPATH": "_ext:labs"}, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rooms_are_set_up_in_the_order_of_the_contract():
    """Two lists of the rooms would part ways."""
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [*trenches.ROOMS, "author"] == layers[::-1]


@pytest.mark.parametrize("room", [*trenches.ROOMS, "author"])
def test_a_room_says_what_it_is_for_and_what_it_knows_nothing_of(room):
    """A stranger who wants to know where a thing belongs reads the first lines, and one room said only what was in it."""
    words = " ".join(ast.get_docstring(MODULES[CODE / room / "__init__.py"]).split())
    assert re.match(r"[A-Z][a-z]+: [^.]+\. .*\bIt (may )?knows? .*\bnothing\b", words), (
        f"open {room}/__init__.py with what the room is for, “Name: …”, and “It knows …; nothing of …”")


@pytest.mark.parametrize("room", trenches.ROOMS)
def test_a_room_sets_up_each_of_its_modules_once(room):
    """A module that is not in the list would do nothing, and a directive that nobody knows is told of where it is used."""
    setup = next(node for node in MODULES[CODE / room / "__init__.py"].body if isinstance(node, ast.FunctionDef) and node.name == "setup")
    listed = [one.id for node in ast.walk(setup) if isinstance(node, ast.For) for one in node.iter.elts]
    listed += [node.func.value.id for node in ast.walk(setup) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
               and node.func.attr == "setup" and node.func.value.id != "module"]
    assert sorted(listed) == [name for name, tree in modules_of(room).items() if "setup" in defined(tree)]


def test_no_module_re_exports_another():
    """A name that three modules offer is looked for in three, and moved in one."""
    def source(path: Path, node: ast.ImportFrom) -> Path | None:
        if node.level:
            return path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        top, *below = (node.module or "").split(".")
        return {"trenches": CODE, "_harness": HARNESS}[top].joinpath(*below) if top in ("trenches", "_harness") else None

    found, imports = [], 0
    for path, tree in MODULES.items():
        modules = {}
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not (origin := source(path, node)):
                continue
            for name in node.names:
                imports += 1
                if origin.joinpath(name.name).with_suffix(".py").exists():
                    modules[name.asname or name.name] = origin.joinpath(name.name).with_suffix(".py")
                elif not origin.joinpath(name.name).is_dir():
                    file = origin / "__init__.py" if origin.is_dir() else origin.with_suffix(".py")
                    found += [(path.name, f"{file.parent.name}/{file.name}:{name.name}")] * (name.name not in defined(MODULES[file]) | {"Lab"})
        # A test may put something else in the place of what a module imports.
        for node in ast.walk(tree) if ROOT / "tests" not in path.parents else ():
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                file = modules[node.value.id]
                found += [(path.name, f"{file.parent.name}/{file.name}:{node.attr}")] * (node.attr not in defined(MODULES[file]) | {"__name__", "__file__"})
    assert imports > 300 and not found, f"import each of these from where it is defined: {found}"


def built(site: Path, folder: Path, *options: str) -> Path:
    """A site, built from where it stands; its environment lies beside it."""
    done = subprocess.run([sys.executable, "-m", "sphinx", "-W", "-q", "-d", folder / "doctrees", *options, site, folder / "html"],
                          env={**os.environ, "SITE": str(ROOT), "BUILD_DATE": str(date.today())}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_evidence_serves_another_project(tmp_path):
    """Bound to the record of an essay, the panel could be used by this site alone."""
    site = Path(shutil.copytree(ROOT / "tests/roots/foreign", tmp_path / "site"))
    html = built(site, tmp_path)
    page = lxml.html.document_fromstring((html / "latency.html").read_bytes())
    said = " ".join(page.text_content().split())
    number = page.xpath("//p/a[contains(@class, 'result')]")[0]
    assert number.text_content() == "12.5\N{NO-BREAK SPACE}ms" and page.get_element_by_id(number.get("href")[1:]).tag == "tr"
    assert "Claim ✓ Holds" in said and "One request takes less than a second." in said and "Figure 1" in said
    assert page.xpath("//figure//svg/@aria-label") == ["One point.", "A client."] and "SELECT 1;" in said and "make lab slug=latency" in said
    assert "The finding" in said and "A request is answered at once." in said and page.xpath("//*[@id='latency-form-sum']//input/@name") == ["requests"]
    assert "#123456" in (html / "labs/latency/figures/one.svg").read_text()
    assert page.xpath("//a[@href='labs/latency/one.sql']") and (html / "labs/latency/one.sql").is_file()
    # What one page shows of another follows it, without the room that the site keeps its lists in.
    assert "No lab has run again yet." in (html / "index.html").read_text(encoding="utf-8")
    again = json.loads((site / "labs/latency/results.json").read_text())
    again["receipt"]["started"] = "2026-11-21T12:00:00+00:00"
    (site / "labs/latency/replications").mkdir()
    (site / "labs/latency/replications/2026-11-21-1.json").write_text(json.dumps(again | {"mode": "again", "claims": {}}))
    built(site, tmp_path)
    table = lxml.html.document_fromstring((html / "index.html").read_bytes()).xpath("//table")[0]
    assert table.xpath(".//a/@href") == ["latency.html#evidence-panel"]


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


def test_one_switch_leaves_out_every_economy(tmp_path):
    """A switch that switched nothing would have given the same bytes too."""
    code = """if True:
        import gc, json, sys
        from sphinx.application import Sphinx
        site, folder, *off = sys.argv[1:]
        app = Sphinx(site, site, folder, folder, "html", {"trenches_economy": word for word in off}, status=None)
        from trenches.build import economy
        heard = {one.handler.__name__ for heard in app.events.listeners.values() for one in heard if one.handler.__module__ == economy.__name__}
        put = [one.name for one in economy.REPLACEMENTS if getattr(one.owner, one.name) is not one.theirs]
        print(json.dumps([gc.get_threshold()[0] > 10_000, put, sorted(heard)]))"""

    def economies(*off: str) -> list:
        command = [sys.executable, "-c", code, ROOT / "tests/roots/evidence", tmp_path / "site", *off]
        return json.loads(subprocess.run(command, env={**os.environ, "SITE": str(ROOT)}, capture_output=True, text=True, check=True).stdout)

    assert economies() == [True, [one.name for one in economy.REPLACEMENTS], ["exchange_listener", "forget", "no_navigation_tree", "note"]]
    assert economies("0") == [False, [], []]


@pytest.mark.parametrize("one", [*economy.REPLACEMENTS, economy.LISTENER], ids=lambda one: one.name)
def test_an_economy_says_what_it_buys(one):
    """What saves nothing to speak of stays for ever if nobody wrote down what it saved."""
    shares = [float(share) for share in re.findall(r"([\d.]+) %", one.instead.__doc__)]
    assert shares or re.search(r"\b(tenths?|MB)\b", one.instead.__doc__), "say the share of the CPU time of 1,000 essays' build"
    assert all(share >= 1 for share in shares), "what buys less does not pay for its lines; take it out"


@pytest.mark.parametrize("one", REPLACED, ids=lambda one: one.name)
def test_a_function_that_is_not_the_one_replaced_is_refused(one):
    """An upgrade would have had its new function replaced by a copy of the old one's idea, in silence."""
    module = one.instead.__module__.rpartition(".")[2]
    for other, name in (dataclasses.replace(one, known=one.known + 1), one.name), (dataclasses.replace(one, name="gone"), "gone"):
        with pytest.raises(SourceError, match=rf"^_ext/\S+/{module}\.py: [\w.]+\.{name} is not the function that \w+ was written against; read it, .*$"):
            upstream.check([other])
    upstream.check([one])


@pytest.mark.parametrize("one", [economy.REPLACEMENTS[0], economy.LISTENER, markup.PARSER], ids=lambda one: one.name)
def test_a_new_version_of_a_function_ends_the_build_in_one_line(one):
    """It is asked before anything is built; a list that one of them had been left out of was checked as well as the whole."""
    owner = one.owner.__name__ if isinstance(one.owner, types.ModuleType) else f"{one.owner.__module__}:{one.owner.__qualname__}"
    code = "import json, pkgutil, sys; setattr(pkgutil.resolve_name(sys.argv[1]), sys.argv[2], json.dumps); import trenches.text"
    done = subprocess.run([sys.executable, "-c", code, owner, one.name], cwd=ROOT, env=os.environ | {"PYTHONPATH": "_ext:labs"},
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and f".{one.name} is not the function that" in done.stderr, done.stderr


def test_nothing_of_others_is_replaced_unchecked():
    """MyST's parser was exchanged by an assignment; a version that no longer asks for it by that name would have read raw HTML again."""
    found = []
    for path, tree in MODULES.items():
        if CODE not in path.parents:
            continue
        others = {(name.asname or name.name).partition(".")[0] for node in ast.walk(tree) for name in getattr(node, "names", ())
                  if isinstance(node, ast.Import) or isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__"}
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else ()
            found += [(path.name, ast.unparse(one)) for one in targets if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in others]
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
                found.append((path.name, ast.unparse(node.args[0])))
    # The one puts what it has checked, the other begins what the environment keeps.
    assert found == [("kept.py", "app.env"), ("upstream.py", "self.owner")], "replace it by a Replacement, build/upstream.py"


def test_architecture_names_what_there_is():
    """It leads by the names of functions, and one that was renamed leads a stranger nowhere."""
    words = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert re.findall(r"^    (\w+) ", words, re.MULTILINE) == [*trenches.ROOMS, "author"]
    rooms = {path: defined(tree) | {path.stem} for path, tree in MODULES.items() if ROOT / "tests" not in path.parents}
    settings = {name for tree in MODULES.values() for name in re.findall(r"add_config_value\('(\w+)'", ast.unparse(tree))}
    known = {*trenches.ROOMS, "__init__", *settings, *(name for names in rooms.values() for name in names)}
    known |= {f"{prefix}{path.stem}.{name}" for path, names in rooms.items() for name in names for prefix in ("", f"{path.parent.name}.")}
    spans = re.findall(r"`([^`\s]+)`", re.sub("``.*?``", "", words))
    files = [found.groups() for span in spans if (found := re.fullmatch(r"((?:\w+/)*\w+\.(?:py|toml))(?::([\w.]+))?", span))]
    names = [span for span in spans if re.fullmatch(r"\w+(\.\w+)*", span) and not span.endswith((".py", ".toml", ".json"))]
    assert len(files) > 20 and len(names) > 15
    for file, name in files:
        path = next((path for folder in (CODE, ROOT / "labs", ROOT) if (path := folder / file).exists()), None) or next(ROOT.glob(f"labs/*/{file}"), None)
        assert path, f"there is no {file}"
        assert not name or name in rooms[path], f"there is no {name} in {file}"
    assert not set(names) - known


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """The lab of the sample site, to be run in a checkout of its own on a machine that is quiet."""
    site = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))
    run = site / "labs/query-optimization/run"
    run.touch()
    # What is drawn names colours that the sample's own stylesheet has not.
    shutil.copy(ROOT / "_static/trenches.css", site / "_static/trenches.css")
    axis = {"type": "quantitative", "scale": {"domain": [0, 9000]}, "axis": None}
    (run.parent / "figures/sample.vl.json").write_text(json.dumps({
        "data": {"name": "sample"}, "mark": "text", "encoding": {"x": {"field": "pages", **axis}, "text": {"field": "pages"}}}))
    for words in ("init", "--quiet"), ("add", "--all"), ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=a"):
        subprocess.run(["git", "-C", site, *words], check=True)
    monkeypatch.setattr(machine, "look", lambda seconds: ({"load_1m": 0.1, "busy_percent": 2.0, "steal_percent": 0.0}, "somebody"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(run)])
    handler = signal.getsignal(signal.SIGTERM)
    yield Lab(run, seed=1)
    signal.signal(signal.SIGTERM, handler)


def test_one_value_goes_all_the_way(tmp_path, lab):
    """ARCHITECTURE.md follows a value through the rooms; a stop that it no longer reaches is a page that says something else."""
    site, recorded = lab.dir.parents[1], json.loads((lab.dir / "results.json").read_text())
    recorded["values"]["sample.pages"] |= {"value": 4321, "unit": "torn page|torn pages"}
    recorded["tables"]["sample"]["rows"][0]["pages"] = 4321
    with lab:
        for key, about in recorded["values"].items():
            lab.value(key, **about)
        for name, about in recorded["tables"].items():
            lab.table(name, **about)
    further = lab.dir / "replications/2026-11-21-1.json"
    further.write_text(json.dumps(json.loads(further.read_text()) | {"values": {"sample.pages": recorded["values"]["sample.pages"] | {"value": 4320}}}))
    claims = (lab.dir / "test_claims.py").read_text()
    (lab.dir / "test_claims.py").write_text(claims.replace('results["sample.pages"] <= 10', 'results["sample.pages"] <= 10_000'))
    html = built(site, tmp_path)
    page = lxml.html.document_fromstring((html / "essays/query-optimization.html").read_bytes())
    stops = {
        "a sentence": page.xpath("//p/a[@href='#result-sample-pages']"),
        "the panel": page.xpath("//tr[@id='result-sample-pages']"),
        "its claim": page.xpath("//*[@id='query-optimization-claim-thesis']"),
        "the chart": page.xpath("//figure//*[name()='svg']"),
        "the numbers of the chart": page.xpath("//details[@class='numbers']"),
        **{name: [lxml.html.document_fromstring((html / name).read_bytes())] for name in ("index.html", "claims.html")},
    }
    said = {stop: " ".join(node.text_content() for node in nodes) for stop, nodes in stops.items()}
    said |= {name: (html / name).read_text(encoding="utf-8") for name in (
        "feed.json", "atom.xml", "essays/query-optimization.md", "search/essays/query-optimization.js", "claims.json",
        "labs/query-optimization/results.json")}
    assert not [stop for stop, text in said.items() if "4,321" not in text and "4321" not in text]
    assert "4,320 to 4,321\N{NO-BREAK SPACE}torn pages, 2 runs" in said["the panel"]
    assert '"unit": "torn pages"' in said["claims.json"] and '"unitText": "torn pages"' in (html / "essays/query-optimization.html").read_text()


def test_no_room_names_this_site():
    """Another owner changes conf.py, owner.toml, fonts and words; a name in the code would stay ours on his pages."""
    conf = runpy.run_path(str(ROOT / "conf.py"))
    said = ("project", "author", "epub_identifier", "epub_description", "trenches_subtitle", "trenches_card_words", "trenches_licence", "trenches_licence_url")
    names = ["fromthetrenches", "readthedocs.io", "creativecommons", *(conf[name].lower() for name in said), *(words.lower() for words in conf["trenches_tags"].values()),
             *tomllib.loads((ROOT / "owner.toml").read_text())]
    code = [path for path in CODE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(code) > 80
    assert not [(path.name, name) for path in code for name in names if name in path.read_text(encoding="utf-8").lower()]


def test_a_licence_is_the_owners_and_said_in_every_form(tmp_path):
    """It stood in three modules and a template: another owner's texts would have been given away on our terms."""
    html = built(ROOT / "tests/roots/evidence", tmp_path)
    page, twin = ((html / f"essays/query-optimization.{kind}").read_text(encoding="utf-8") for kind in ("html", "md"))
    link, address = ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
    assert f'Text <a href="{address}">{link}</a>, code BSD.' in page and page.count(f'"license": "{address}"') == 2
    assert f'"license": "{address}"' in (html / "index.html").read_text(encoding="utf-8") and f'"text {link}, code BSD"' in twin
    assert json.loads((html / "claims.json").read_text(encoding="utf-8"))["licence"] == link
