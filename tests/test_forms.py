"""Put your numbers in: a form answers what the lab predicted, says what it cannot answer, and is left out where nothing computes."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import copies
import lxml.html
import pytest
from _harness import LabError
from _harness.form import ask, form
from _harness.lab import rounded
from _harness.results import load
from test_browser import MOST_SCRIPT
from test_headers import VIOLATIONS
from trenches.evidence import forms
from trenches.evidence.results import has_results

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests/roots/evidence/labs/query-optimization"
MODULE = SAMPLE / "forms/little.mjs"
DIRECTIVE = "```{form} little\nHow many requests are inside at once, by Little’s law.\n```\n"
SHOWN = re.compile(r"^`{3,}\{form\} ([\w-]+)", re.MULTILINE)
ESSAYS = [path.stem for path in sorted((ROOT / "essays").glob("*.md")) if SHOWN.search(path.read_text(encoding="utf-8"))
          and has_results(ROOT, path.stem)]
# Where the line beneath the form stands in the page, in each frame: the browser's own measure counts only what is in sight.
PLACES = """
    window.places = new Set();
    const look = () => {
        const table = document.querySelector(".form summary");
        if (table) window.places.add(Math.round(table.getBoundingClientRect().top + scrollY));
        requestAnimationFrame(look);
    };
    look();
"""
LABS = [SAMPLE, *sorted(path.parent for path in (ROOT / "labs").glob("*/run"))]


@pytest.fixture
def sample(tmp_path):
    return Path(shutil.copytree(SAMPLE.parents[1], tmp_path / "site"))


def build(sample: Path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "sphinx", "-q", *options, sample, sample / "_html"], capture_output=True,
                          text=True, env={**os.environ, "SITE": str(ROOT)})


@pytest.fixture(scope="module")
def formed(tmp_path_factory):
    """A copy of the site, with its look and policy, whose first essay has the sample's form."""
    copy = copies.write(tmp_path_factory.mktemp("forms") / "site")
    slug = copy.slugs()[0]
    copy.edit(f"essays/{slug}.md", f"({slug}-evidence)=", f"{DIRECTIVE}\n({slug}-evidence)=")
    shutil.copytree(MODULE.parent, copy.folder / "labs" / slug / "forms")
    results = json.loads(copy.read(f"labs/{slug}/results.json"))
    results["tables"]["little"] = json.loads((SAMPLE / "results.json").read_text())["tables"]["little"]
    copy.write(f"labs/{slug}/results.json", json.dumps(results))
    done = copy.make()
    assert not done.returncode, done.stderr
    return copy


@pytest.fixture(scope="module")
def page(formed):
    return f"essays/{formed.slugs()[0]}.html"


@pytest.fixture(params=["the sample, served", "the sample, from disk", *ESSAYS])
def shown(request, formed, page, site, server, serve):
    """(address, page, lab) of what has forms."""
    if request.param in ESSAYS:
        return server, f"essays/{request.param}.html", ROOT / "labs" / request.param
    return (serve(type(site)(formed.html)) if "served" in request.param else formed.html.as_uri()), page, SAMPLE


def test_a_form_answers_the_labs_cases_as_the_lab_did(visit, shown):
    """Two formulas, one in the lab and one in the page, would part ways; and browsers load no module from disk."""
    origin, page, lab = shown
    visited = visit(page, origin=origin, script=VIOLATIONS)
    for fold in visited.page.locator("details:has(.form) > summary").all():
        fold.click()
    for module in sorted((lab / "forms").glob("*.mjs")):
        box = visited.page.locator(f".form[id$='-form-{module.stem}']")
        rows = load(lab / "results.json").table(module.stem.replace("-", "_"))
        inputs, asked = ask(module, rows)
        for row, (answer, sentence) in zip(rows, asked, strict=True):
            for one in inputs:
                box.locator(f"[name={one['id']}]").fill(str(row[one["id"]]))
            assert (rounded(answer), box.locator("output").inner_text()) == (row["predicted"], sentence)
    assert visited.page.evaluate("window.violations") == []
    assert not [said for said in visited.complaints if "font" not in said and "ERR_FAILED" not in said]


def test_what_a_form_cannot_answer_is_said_at_the_field_and_aloud(visit, formed, page):
    """An old answer that stands under a number out of its range is an answer to something else."""
    box = visit(page, origin=formed.html.as_uri()).page.locator(".form")
    output = box.get_by_role("status")
    before = output.inner_text()
    rate, time = "“Arrivals a second” takes 0 to 100,000.", "“Time inside (ms)” takes 0.5 to 60,000, in steps of 0.5."
    # Nothing, below and above the range, between two steps: what the form was made for; then three of the kind.
    for name, typed, good, said in (("rate", "", "100", rate), ("rate", "-1", "100", rate), ("rate", "1e9", "100", rate),
                                    ("rate", "2.5", "100", rate), ("time_ms", "0", "50", time), ("time_ms", "0.75", "50", time),
                                    ("time_ms", "60000.5", "50", time)):
        field = box.locator(f"[name={name}]")
        field.fill(typed)
        assert said in output.inner_text() and field.get_attribute("aria-invalid") == "true", typed
        mark = field.locator("xpath=following-sibling::span").evaluate("span => getComputedStyle(span, '::before').content")
        assert "✗" in mark, "colour alone is no error"
        field.fill(good)
        assert output.inner_text() == before and field.get_attribute("aria-invalid") == "false", typed
    field.press("Enter")
    assert output.inner_text() == before, "Enter sent the form away"


def test_every_field_is_named_with_its_unit(visit, formed, page):
    """A number without a unit is guessed at, and wrong by a thousand."""
    box = visit(page, origin=formed.html.as_uri()).page.locator(".form")
    box.get_by_role("spinbutton", name="Time inside (ms)").fill("10")
    assert box.get_by_role("group", name="Put your numbers in").get_by_role("spinbutton").count() == 2
    assert box.get_by_role("status").inner_text() == "On average 1 requests are inside."


def test_without_a_script_and_on_paper_the_labs_cases_stand_alone(visit, formed, page):
    """A form that nothing computes takes numbers and gives none."""
    bare = visit(page, origin=formed.html.as_uri(), java_script_enabled=False).page
    printed = visit(page, origin=formed.html.as_uri()).page
    assert printed.locator(".form form").is_visible()
    printed.emulate_media(media="print")
    for shown in (bare, printed):
        assert not shown.locator(".form form").is_visible()
        if shown == bare:
            shown.locator(".form summary").click()
        assert "20,000" in shown.locator(".form table").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_on_a_form(visit, formed, page, site, serve, axe, scheme, width):
    """A form is the one thing on the site that is operated."""
    visited = visit(page, width, origin=serve(type(site)(formed.html)), color_scheme=scheme).page
    # One field in error, and one that is not.
    visited.locator(".form [name=rate]").fill("-1")
    assert axe(visited) == []
    assert visited.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_form_moves_nothing_and_is_small(visit, formed, page, site, serve):
    """A form that appears late pushes the text away from under the reader."""
    visited = visit(page, origin=serve(type(site)(formed.html)), script=PLACES, extra_http_headers={"Late": "forms 1"})
    assert visited.page.locator(".form form").is_visible()
    assert len(visited.page.evaluate("[...window.places]")) == 1
    scripts = {request.url for request in visited.requests if request.url.partition("?")[0].endswith(".js")}
    names = [formed.html / re.sub(r"^.*?/(?=(labs|_static|search)/)", "", url.partition("?")[0]) for url in scripts]
    assert any(name.name == "little.js" for name in names)
    assert sum(len(gzip.compress(name.read_bytes(), 9)) for name in names) <= MOST_SCRIPT


def test_twin_and_feeds_show_the_cases_and_no_form(formed, page):
    """What cannot compute showed fields, a button and “Put your numbers in”."""
    for name in (page.replace(".html", ".md"), "atom.xml", "feed.json"):
        said = (formed.html / name).read_text(encoding="utf-8")
        assert "20,000" in said and "the lab measured" in said and "How many requests are inside" in said, name
        assert "Put your numbers in" not in said and "<form" not in said and "&lt;form" not in said and "little.js" not in said, name
        assert "forms/little.mjs" in said, name


def test_the_book_shows_the_cases_and_no_form(sample):
    """A book with a script needs a mark, and readers that honour it are few."""
    build(sample, "-b", "epub")
    (book,) = (sample / "_html").glob("*.epub")
    with zipfile.ZipFile(book) as files:
        chapter = files.read("essays/query-optimization.xhtml").decode()
    assert "20,000" in chapter and "<form" not in chapter and "<script" not in chapter
    assert 'href="https://sample.example/labs/query-optimization/forms/little.mjs"' in chapter


def test_a_changed_formula_is_published_and_one_that_went_is_removed(sample):
    """The page keeps its words when only the formula changes, and its script must not."""
    module, script = (sample / f"{built}labs/query-optimization/forms/little.{kind}" for built, kind in (("", "mjs"), ("_html/", "js")))
    build(sample)
    assert "export " not in script.read_text() and "/ 1000;" in script.read_text()
    module.write_text(module.read_text().replace("/ 1000", "/ 1e3"))
    build(sample)
    assert "/ 1e3;" in script.read_text()
    essay = sample / "essays/query-optimization.md"
    essay.write_text(essay.read_text().replace(DIRECTIVE, ""))
    build(sample)
    assert not script.parent.exists()


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_form_predicts_what_was_recorded_and_is_shown(lab):
    """A formula mended after the run, or one that no page shows, is not what was measured."""
    modules = sorted((lab / "forms").glob("*.mjs"))
    essay = lab.parents[1] / "essays" / f"{lab.name}.md"
    named = SHOWN.findall(essay.read_text(encoding="utf-8")) if essay.exists() else []
    assert sorted(named) == [module.stem for module in modules], f"show each module of {lab.name}/forms/ with the form directive, once"
    recorded = lab / "results.json"
    for module in modules:
        # A draft has recorded nothing yet; its formula is asked at the ends of its ranges.
        assert changed(module, load(recorded).table(module.stem.replace("-", "_")) if recorded.exists() else []) == []


def changed(module: Path, rows: list[dict]) -> list[str]:
    """The rows whose prediction is not what the formula gives now."""
    return [f"{module}: row {number} was predicted {row['predicted']}, and the formula says {rounded(answer)}; run the lab anew"
            for number, (row, (answer, _)) in enumerate(zip(rows, ask(module, rows)[1], strict=True), 1)
            if rounded(answer) != row["predicted"]]


@pytest.mark.parametrize("edit", [("/ 1000", "/ 1024"), ("rate * time_ms", "rate + time_ms"), ("/ 1000", "/ 1000 + 1e-4")])
def test_a_formula_that_no_longer_predicts_what_was_recorded_is_found(tmp_path, edit):
    """A check that compares as the page rounds would let a changed formula pass."""
    module = tmp_path / "little.mjs"
    module.write_text(MODULE.read_text().replace(*edit))
    assert "run the lab anew" in changed(module, load(SAMPLE / "results.json").table("little"))[0]


@pytest.mark.parametrize(("old", "new", "said"), [
    ("return rate *", "throw new Error('no'); return rate *", r"little.mjs:9: no; mend"),
    ("return rate *", "return NaN *", r"answer\(.*\) is NaN, no number; mend"),
    ("export function sentence", "function sentence", r"exports no sentence; mend"),
    # Three of the kind that nobody asked for, and then three more.
    ("return rate *", "return 1 / rate *", r'answer\({"rate":0,.*\) is Infinity, no number'),
    ("return rate *", "return document.title *", r"little.mjs:9: ReferenceError: document is not defined"),
    ("`On average", "On average", r"little.mjs:13: SyntaxError"),
    ("inside.toLocaleString", "inside.rate", r"little.mjs:13: TypeError"),
    ("return `On", "`On", r"sentence\(5, .*\) is undefined, no sentence"),
    ("// Little", "import {} from 'lodash';\n// Little", "Cannot find package 'lodash'"),
])
def test_a_formula_that_cannot_be_asked_ends_in_one_line(tmp_path, old, new, said):
    """Node's traceback names its own files first; and a range's end is where a reader goes next."""
    module, source = tmp_path / "little.mjs", MODULE.read_text()
    assert old in source
    module.write_text(source.replace(old, new))
    with pytest.raises(LabError, match=said) as error:
        ask(module, [{"rate": 100, "time_ms": 50}])
    assert "\n" not in str(error.value)


def test_a_lab_records_what_its_formula_predicts_beside_what_it_measured(tmp_path):
    """The inputs' labels and units are said once, in the module."""
    shutil.copytree(MODULE.parent, tmp_path / "forms")
    kept = {}
    lab = types.SimpleNamespace(dir=tmp_path, table=lambda *table: kept.update([(table[0], table[1:])]), version=kept.__setitem__)
    form(lab, "little", [{"rate": 3, "time_ms": 333.50000001, "measured": None}], unit="1", label="Requests inside")
    columns, rows = kept["little"]
    assert columns == load(SAMPLE / "results.json").tables["little"]["columns"]
    assert rows == [{"rate": 3, "time_ms": 333.5, "predicted": pytest.approx(1.0005), "measured": None}]
    assert kept["Node.js"].startswith("v")
    with pytest.raises(LabError, match="a case gives time_ms no number"):
        form(lab, "little", [{"rate": 3, "measured": 1}], unit="1", label="Requests inside")
    with pytest.raises(LabError, match="none.mjs: no such file; a form needs its formula there"):
        form(lab, "none", [], unit="1", label="nothing")


@pytest.mark.parametrize(("case", "said"), [
    ({"rate": 3, "time_ms": 0.0001}, "would refuse time_ms = 0.0001; round it to the step of 0.5"),
    # Three of the kind that nobody asked for.
    ({"rate": 0.55, "time_ms": 50}, "would refuse rate = 0.55"),
    ({"rate": -1, "time_ms": 50}, "would refuse rate = -1; round it to the step of .*, or mend the range"),
    ({"rate": 1e9, "time_ms": 50}, "would refuse rate = 1000000000"),
])
def test_a_lab_records_no_case_that_the_form_would_refuse(tmp_path, case, said):
    """A measured input lay beside the form's steps, and nobody learnt of it before the page was built, after the run."""
    shutil.copytree(MODULE.parent, tmp_path / "forms")
    lab = types.SimpleNamespace(dir=tmp_path, table=pytest.fail, version=lambda *_: None)
    with pytest.raises(LabError, match=said):
        form(lab, "little", [case | {"measured": 1}], unit="1", label="Requests inside")


@pytest.mark.parametrize(("old", "new", "said"), [
    ("export function answer", "function answer", "no answer, or two of them; define it in a line that begins"),
    ("export const inputs = [", "const inputs = [", "no inputs, or two of them"),
    ("// Little", 'import { x } from "y";\n// Little', "little.mjs:1: “import"),
    # Three of the kind that nobody asked for, and then more.
    ("export function sentence", "export default function sentence", "little.mjs:12: “export default"),
    ('{"id": "rate"', '{id: "rate"', "little.mjs:4: the inputs are no JSON"),
    ('"step": 0.5}\n];', '"step": 0.5}\n]', "little.mjs:3: the inputs do not end; close them with a line `];`"),
    ('"default": 100', '"default": 100.5', "input 1: the form would refuse its default"),
    ('"min": 0.5', '"min": "0.5"', "input 2: one of default, min, max, step is no number"),
    ('"min": 0.5', '"min": NaN', "is no number"),
    ('"max": 60000', f'"max": {"9" * 400}', "is no number"),
    ('"max": 60000', f'"max": {"9" * 5000}', "little.mjs:3: the inputs are no JSON: Exceeds the limit"),
    ('"max": 60000', f'"max": {"[" * 9999}', "little.mjs:3: the inputs are no JSON"),
    ('"step": 0.5', '"step": 1e-300', "input 2: the form would refuse its default"),
    ('"step": 0.5', '"step": 0', "input 2: the form would refuse its default"),
    ('"time_ms"', '"measured"', "the id 'measured'; use a-z"),
    ('"time_ms"', '"rate"', "no input, or two with one id"),
    (', "step": 1}', "}", "input 1: it needs id, label, unit, default, min, max, step, and nothing else"),
    ('"unit": "ms"', '"unit": 1', "input 2: one of id, label, unit is no text"),
])
def test_a_module_that_a_page_cannot_run_is_refused_without_javascript(old, new, said):
    """The build runs no JavaScript, and would publish a form that never answers."""
    source = MODULE.read_text()
    assert old in source
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        forms._inputs(source.replace(old, new), "labs/x/forms/little.mjs")
    assert "\n" not in str(error.value) and "labs/x/forms/little.mjs:" in str(error.value)


@pytest.mark.parametrize(("file", "old", "new", "said"), [
    ("results.json", '"little": {', '"small": {', "no table 'little'"),
    ("results.json", '"rate": 1250', '"rate": 1250.5', "row 2: the form would refuse rate = 1250.5"),
    ("results.json", '"rate": 1250', '"rate": null', "row 2: the form would refuse rate = None"),
    # Three of the kind that nobody asked for.
    ("results.json", '"predicted": 800', '"predicted": null', "row 3 has no prediction"),
    ("forms/little.mjs", "Time inside", "Seconds inside", "time_ms has another label or unit than the input"),
    ("forms/little.mjs", '"time_ms"', '"time"', "its columns are rate, time_ms, predicted, measured"),
])
def test_a_form_without_the_labs_cases_is_refused(sample, file, old, new, said):
    """A form that the lab never asked is an opinion with fields."""
    lab = sample / "labs/query-optimization"
    text = (lab / file).read_text()
    assert old in text
    (lab / file).write_text(text.replace(old, new))
    with pytest.raises((ValueError, LabError), match=re.escape(said)) as error:
        inputs = forms._inputs((lab / "forms/little.mjs").read_text(), "forms/little.mjs")
        forms._check_cases(load(lab / "results.json"), "little", inputs)
    assert "\n" not in str(error.value) and "results.json" in str(error.value)


@pytest.mark.parametrize(("wanted", "said"), [
    ("none", "forms/none.mjs: no such file or directory; a form needs its formula there"),
    ("../forms/little", "that is no name of a form; name it in a-z, digits and single -"),
    ("broken", "forms/broken.mjs: no inputs, or two of them"),
])
def test_a_form_that_is_refused_is_one_line_of_the_essay(sample, wanted, said):
    """A traceback names Sphinx's files, and what is to be mended is the author's."""
    (sample / "labs/query-optimization/forms/broken.mjs").write_text("// nothing\n")
    essay = sample / "essays/query-optimization.md"
    essay.write_text(essay.read_text().replace("{form} little", f"{{form}} {wanted}"))
    done = build(sample, "-W")
    number = essay.read_text().splitlines().index(f"```{{form}} {wanted}") + 1
    (line,) = [line for line in done.stderr.splitlines() if "form" in line and "ERROR" in line]
    assert done.returncode and said in line and f"essays/query-optimization.md:{number}: ERROR: form" in line
    assert "Traceback" not in done.stderr


def test_words_of_a_lab_stay_words_on_the_form(sample):
    """A label comes from a module, and must not become an element of the page."""
    for name in ("results.json", "forms/little.mjs"):
        path = sample / "labs/query-optimization" / name
        path.write_text(path.read_text().replace("Time inside", "<b>Time</b> & inside"))
    build(sample)
    page = lxml.html.document_fromstring((sample / "_html/essays/query-optimization.html").read_bytes())
    assert not page.find_class("form")[0].xpath(".//b")
    assert page.xpath("//form//label/span")[2].text_content() == "<b>Time</b> & inside (ms)"
