"""The form of an essay: each limit of shape.toml is held at the limit and one beyond, on pages of stand-ins for our directives."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from myst_parser.parsers.docutils_ import Parser
from sphinx.addnodes import pending_xref
from trenches.essays.owner import owners_words
from trenches.essays.shape import Page, problems

ROOT = Path(__file__).resolve().parents[1]
OURS = "https://ours.example/"
# What was finished before the form was. An essay may leave this set and none may join it.
BEFORE_THE_FORM = {"designing-for-failure", "java-high-throughput-apis", "query-optimization", "rag-fell-apart-in-prod"}
ROLES = {
    "result": lambda text: nodes.reference("", text, refuri="#result-of-it", internal=True, classes=["result"]),
    "stated": lambda text: nodes.inline("", text, classes=["stated"]),
    "ref": lambda text: pending_xref("", nodes.inline("", text), reftype="ref", reftarget=text, refexplicit=True),
}


def stand_in(kind: str) -> type[Directive]:
    """A directive that makes a node of the class of that name around its content, as ours of that name does."""
    node_class = type(kind, (nodes.General, nodes.Element), {})

    class StandIn(Directive):
        has_content, optional_arguments = True, 1

        def run(self) -> list[nodes.Node]:
            node = node_class("", shown=SimpleNamespace(id="".join(self.arguments)))
            node.line = self.lineno
            self.state.nested_parse(self.content, self.content_offset, node)
            return [nodes.container("", *node.children, design_component="dropdown") if kind == "dropdown" else node]

    return StandIn


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch):
    ours = {kind: stand_in(kind) for kind in ("finding", "schematic", "chart", "claim", "dropdown")}
    monkeypatch.setattr(directives, "_directives", directives._directives | ours)
    made = {name: lambda _name, _raw, text, *_, make=make, **__: ([make(text)], []) for name, make in ROLES.items()}
    monkeypatch.setattr(roles, "_roles", roles._roles | made)


def read(text: str) -> nodes.document:
    return publish_doctree(text, parser=Parser(), settings_overrides={
        "doctitle_xform": False, "report_level": 4, "myst_suppress_warnings": ["myst.xref_missing"]})


def told(text: str) -> list[str]:
    """All in which the page that ``text`` makes departs from the form."""
    return [problem for _, problem in problems(read(text), OURS)]


def words(count: int, sentence: int = 10) -> str:
    """``count`` words in sentences of at most ``sentence``, one a line."""
    return "\n".join(" ".join(["word"] * (min(sentence, count - at) - 1) + ["word."]) for at in range(0, count, sentence))


def box(kind: str, text: str) -> str:
    return f"```{{{kind}}}\n{text}\n```"


def note(count: int) -> str:
    """A footnote of that many words, which stands in no section."""
    return f"[^note]\n\n[^note]: {words(count)}"


def item(count: int = 12, link: str = "[here](#one)") -> str:
    """A decision of that many words, the link's among them."""
    return f"1. {link} " + " ".join(["word"] * (count - 1))


def part(heading: str, text: str, label: str = "") -> str:
    return (f"({label})=\n\n" if label else "") + f"## {heading}\n\n{text}"


LIMITS, MONDAY = "Where this is wrong", "What we would do on Monday"
# An essay in the form. Its title, which has five words, and its summary are the owner's, who may use semicolons.
PARTS = {
    "head": "# A title of five words\n\nHis own words; and more.",
    "opening": words(180),
    "finding": box("finding", words(20)),
    "between": words(100),
    "schematic": box("schematic", words(10)),
    "before_chart": words(50),
    "chart": box("chart", words(20)),
    "one": part("A heading of five words", words(400), "one"),
    "two": part("Another heading of five words", words(400), "two"),
    "three": part("Third heading of five words", words(400), "three"),
    "four": part("Fourth heading of five words", words(400), "four"),
    "more": "",
    "limits": part(LIMITS, words(400)),
    "monday": part(MONDAY, item()),
    "evidence": part("Evidence", words(600, 60) + " a; b; c; d; e; f; g; h."),
    "sources": part("Sources", f"- {words(300)}\n- a\n- b\n- c"),
}


def page(**changed: str) -> str:
    """The text of an essay in the form, but for the parts that are given."""
    assert changed.keys() <= PARTS.keys()
    return "\n\n".join(filter(None, (PARTS | changed).values()))


def numbers(*counts: int) -> str:
    """A paragraph of a sentence for each count, which has that many measured numbers."""
    return "\n".join(" and ".join(f"{{result}}`{n + 10} ms`" for n in range(count)) + " went." for count in counts)


def claims(count: int) -> str:
    return "\n\n".join(f"```{{claim}} {name}\nIt holds.\n```" for name in ("thesis", *(f"c{n}" for n in range(count))))


def monday(*items: str) -> str:
    return part(MONDAY, "\n".join(items))


# Name: the part that is changed, its text at the limit, its text one beyond, and what is then said.
CASES = {
    "numbers a sentence": ("more", numbers(2), numbers(3), "3 measured numbers in the sentence “10 ms and 11 ms and …”; at most 2"),
    "numbers a paragraph": ("more", numbers(2, 2, 1), numbers(2, 2, 2), "6 measured numbers in a paragraph; at most 5"),
    "digits of a number": ("more", "It read {result}`12,340,000 pages`.", "It read {result}`12,345 pages`.", "12,345 has 5 digits; in a sentence at most 4"),
    "digits of a fraction": ("more", "It took {stated}`0.01234 s`.", "It took {stated}`0.012345 s`.", "0.012345 has 5 digits; in a sentence at most 4"),
    "words a sentence": ("more", words(40, 40), words(41, 41), "a sentence of 41 words, “word word word word word word …”; at most 40"),
    "semicolons": ("more", "a; b; c; d; e.", "a; b; c; d; e; f.", "5 semicolons in 2,438 words; at most 2 per 1,000"),
    "words before the finding": ("opening", words(240), words(241), "the first finding comes 251 words in; at most 250"),
    "words before the schematic": ("between", words(190), words(191), "the first schematic comes 401 words in; at most 400"),
    "words to the chart": ("before_chart", words(390), words(391), "the first chart comes 401 words in after the first schematic; at most 400"),
    "words of the finding": ("finding", box("finding", words(35, 35)), box("finding", words(36, 36)), "36 words in the finding; at most 35"),
    "words a section": ("one", part("One", words(499), "one"), part("One", words(500), "one"), "501 words in the section “One”; at most 500"),
    "fewest words a section": ("more", part("More", words(299)), part("More", words(298)), "299 words in the section “More”; at least 300"),
    "claims beside the thesis": ("more", claims(3), claims(4), "4 claims in boxes beside the thesis; at most 3"),
    "decisions": ("monday", monday(*[item()] * 5), monday(*[item()] * 6), "6 decisions on Monday; at most 5"),
    "words of a decision": ("monday", monday(item(30)), monday(item(31)), "31 words in a decision; at most 30"),
    "lists": ("more", "- a\n\nAnd\n\n- b\n\n1. step", "- a\n\nAnd\n\n- b\n\nAnd\n\n- c", "3 lists beside numbered steps and the last sections; at most 2"),
}


def test_an_essay_in_the_form_passes():
    """Every other test changes this page in one place."""
    assert told(page()) == []


def test_a_drawing_is_known_by_what_it_draws():
    """One class of node for schematics and charts would leave a page without either."""
    doctree = read(page())
    for node in list(doctree.findall(lambda node: type(node).__name__ in ("schematic", "chart"))):
        drawing = type("drawing", (nodes.General, nodes.Element), {})("", *node.children, kind=type(node).__name__)
        node.replace_self(drawing)
    assert list(problems(doctree, OURS)) == []


@pytest.mark.parametrize("name", CASES)
def test_a_limit_holds_at_the_limit_and_one_beyond(name):
    """The limits of the first edition were a page of advice: the four essays broke most of them."""
    changed, at, beyond, said = CASES[name]
    assert told(page(**{changed: at})) == []
    found = told(page(**{changed: beyond}))
    assert len(found) == 1 and found[0].startswith(said), found
    assert ": " in found[0].removeprefix(said) or "; " in found[0].removeprefix(said), "no cure"


@pytest.mark.parametrize(("count", "said"), [(3400, []), (3401, ["3,401 words; at most 3,400"]), (2400, []), (2399, ["2,399 words; at least 2,400"])])
def test_the_words_in_all_have_both_limits(count, said):
    """The four essays before the form have 3,900 to 4,900 words; a reader has ten minutes."""
    short = {"one": part("One", words(300), "one")}
    missing = count - Page(read(page(**short, more="A")), OURS).words
    assert [problem.partition(":")[0] for problem in told(page(**short, more=f"A{note(missing)}"))] == said


def test_the_measured_numbers_per_100_words_have_a_limit():
    """A page may keep to two a sentence and still be a table with verbs."""
    def made(count: int) -> str:
        sentences = ["It took {result}`7 ms`."] * count
        return page(limits=part(LIMITS, words(200) + "\n\n" + "\n\n".join("\n".join(sentences[at:at + 5]) for at in range(0, count, 5))), more=f"A{note(200)}")

    prose = sum(block.words for block in Page(read(made(0)), OURS).blocks[2:] if block.counts_numbers)
    # Each brings four words with it.
    most = int(prose * 2.5 // (100 - 4 * 2.5))
    assert told(made(most)) == []
    assert [problem.partition(";")[0] for problem in told(made(most + 1))] == [
        f"{most + 1} measured numbers in {prose + 4 * (most + 1):,} words of prose and captions"]


@pytest.mark.parametrize("kind", ["finding", "schematic", "chart"])
def test_what_is_not_there_is_said(kind):
    """A limit on where a thing stands lets a page pass that has none."""
    found = told(page(**{kind: words(20)}))
    assert len(found) == 1 and found[0].startswith(f"no {kind}; put one within "), found


@pytest.mark.parametrize("heading", [
    "Background", "Best practices", "Conclusion", "Conclusions", "The background", "Our Best Practice", "Overview", "Conclusion."])
def test_a_heading_that_could_stand_over_any_text_is_refused(heading):
    """A heading is what a reader who arrives from a search sees first."""
    assert [problem.partition(";")[0] for problem in told(page(two=part(heading, words(400))))] == [f"the heading “{heading}” could stand over any text"]


@pytest.mark.parametrize("heading", ["Background work waits in its own queue", "Whose best practices are these?", "The conclusion did not survive a second run"])
def test_a_heading_that_says_something_may_have_any_word(heading):
    assert told(page(two=part(heading, words(400)))) == []


@pytest.mark.parametrize(("changed", "said"), [
    ({"limits": "", "more": f"A{note(400)}"}, "no section “Where this is wrong”; "), ({"monday": ""}, "no section “What we would do on Monday”; "),
    ({"sources": ""}, "no section “Sources”; "),
    ({"limits": PARTS["monday"], "monday": PARTS["limits"]}, "an essay ends with the sections "), ({"sources": f"{PARTS['sources']}\n\n{part('More', words(350))}"}, "an essay ends with "),
    ({"monday": part(MONDAY, "Nothing.")}, "no list under “What we would do on Monday”; "),
])
def test_an_essay_ends_with_its_four_sections(changed, said):
    """Advice that stands in no list has no limit to keep."""
    found = told(page(**changed))
    assert len(found) == 1 and found[0].startswith(said), found


@pytest.mark.parametrize(("link", "passes"), [
    ("[](#one)", True), ("{ref}`two`", True), ("[words](#four)", True),
    ("nothing", False), ("{result}`7 ms`", False), ("[words](#monday)", False), ("[words](https://example.org/#one)", False), ("{ref}`figure-one`", False),
])
def test_a_decision_leads_to_the_section_that_says_why(link, passes):
    """Who reads the list first, as most do, looks for the reason of one line of it."""
    said = [problem.partition(";")[0] for problem in told(page(monday=f"(monday)=\n\n{monday(item(link=link))}"))]
    assert said == ([] if passes else ["a decision without a link to its section"])


AWKWARD = {
    # What counts as a measured number.
    "numbers of a cited source": ("They saw 3 s, 4 s and 5 s [there](https://example.org).", "3 measured numbers in the sentence"),
    "numbers of a quotation": ("> It took 3 s, 4 s and 5 s.\n>\n> [Smith](https://example.org)", "3 measured numbers in the sentence") ,
    "years and versions of a source": ("In 2019 PostgreSQL 15, HTTP/2 and RFC 9110 were [there](https://example.org).", ""),
    "a link within the site": ("See 3, 4 and 5 [there](https://ours.example/x).", ""),
    "our own choices": ("We took {stated}`3 s`, {stated}`4 s` and {stated}`5 s`.", ""),
    "a table": ("| a | b | c |\n|---|---|---|\n| {result}`1 ms` and {result}`2 ms` and {result}`3 ms` | {result}`12,345 pages` | c |", ""),
    "a fold": (box("dropdown", numbers(3)), ""),
    "a caption": (box("chart", numbers(3)), "3 measured numbers in the sentence"),
    "a list": ("- " + numbers(3), "3 measured numbers in the sentence"),
    "a footnote": (f"A word.[^of]\n\n[^of]: {numbers(3)}", "3 measured numbers in the sentence"),
    # What a sentence is.
    "a claim's sentence, committed before the run": (f"```{{claim}} one\n{words(60, 60)}\n```", ""),
    "a quoted sentence": ("> " + words(60, 60), ""),
    "a sentence in a fold": (box("dropdown", words(41, 41)), "a sentence of 41 words"),
    "a sentence in a footnote": (f"A word.[^of]\n\n[^of]: {words(41, 41)}", "a sentence of 41 words"),
    "a value with a point": (" ".join(["word"] * 20) + " {result}`3.5 ms`. " + " ".join(["word"] * 20) + " {result}`4.5 ms`.", ""),
    "code": ("Run `a; b; c; d; e; f; g` there.\n\n```sql\na; b; c; d; e; f; g\n" + "word " * 60 + "\n```", ""),
    "a formula": ("```{math}\na; b; c; d; e; f; g\n```", ""),
    "a finding that is refused elsewhere": (box("finding", ""), ""),
    "a finding that is the thesis": ("````{finding}\n```{claim} thesis\n" + words(36, 36) + "\n```\n````", "36 words in the finding"),
    "the thesis under a finding": ("````{finding}\nA word.\n\n```{claim} thesis\n" + words(60, 60) + "\n```\n````", ""),
    "a claim in a fold": (box("dropdown", claims(4)).replace("```{dropdown}", "````{dropdown}").removesuffix("```") + "````", "4 claims in boxes"),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_what_is_counted_where(name):
    """A number in a table is looked up, one in a sentence has to be read; a check that errs is switched off."""
    text, said = AWKWARD[name]
    found = told(page(more=text))
    assert (found == []) if not said else (len(found) == 1 and found[0].startswith(said)), found


def test_a_problem_is_told_at_its_line():
    """Three thousand words are long to search for a sentence of forty-one."""
    text = page(more=f"Two lines\nbefore it.\n{words(41, 41)}")
    (line, _), = problems(read(text), OURS)
    assert text.split("\n")[line - 1] == words(41, 41)


def test_the_list_of_essays_before_the_form_only_shrinks():
    """An exemption that can be given to a new essay is no limit."""
    listed = runpy.run_path(str(ROOT / "conf.py"))["trenches_not_in_form"]
    assert set(listed) <= BEFORE_THE_FORM, f"{set(listed) - BEFORE_THE_FORM}: bring the essay into the form; none joins `trenches_not_in_form` of conf.py"
    assert len(listed) == len(set(listed)) and all((ROOT / f"essays/{slug}.md").is_file() for slug in listed)


@pytest.mark.parametrize("listed", ["query-optimization", "distributed-monolith"])
def test_the_build_refuses_an_essay_out_of_form(tmp_path, listed):
    """Advice that no build holds was followed by no essay."""
    site, old, new = Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site")), "query-optimization", "distributed-monolith"
    owned = owners_words(ROOT)
    shutil.copy(ROOT / "owner.toml", site)
    (site / f"labs/{old}").rename(site / f"labs/{new}")
    (site / f"essays/{old}.md").rename(site / f"essays/{new}.md")
    for path in (*(site / f"labs/{new}").rglob("*.json"), site / f"essays/{new}.md", site / "index.md"):
        text = path.read_text(encoding="utf-8").replace(old, new)
        for key in ("title", "summary"):
            text = text.replace(owned[old][key], owned[new][key])
        path.write_text(text, encoding="utf-8")
    essay = site / f"essays/{new}.md"
    text = f"{essay.read_text(encoding='utf-8')}\n({new}-why)=\n\n## Why\n\nA word.\n\n({new}-monday)=\n\n## {MONDAY}\n\n"
    text += "\n".join(f"1. Do {link}." for link in (f"[this](#{new}-why)", f"{{ref}}`that <{new}-why>`", f"{{ref}}`{new}-why`", "nothing"))
    essay.write_text(text + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", f"trenches_not_in_form={listed}", "-d", site / "_doctrees", site, site / "_html"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})
    assert "Traceback" not in done.stderr
    found = re.findall(rf"essays/{new}\.md:(\d+): WARNING: (.*) \[trenches\.shape\]", done.stderr)
    assert bool(found) is bool(done.returncode) is (listed != new), done.stderr
    if found:
        line = str(len(text.split("\n")))
        assert [(at, problem.partition(";")[0]) for at, problem in found if "decision" in problem] == [(line, "a decision without a link to its section")]
        assert ("1", "no section “Sources”; an essay ends with the sections Where this is wrong, What we would do on Monday, Evidence, Sources") in found
