"""Whatever stands in front matter, results, roles and directives: one line that names the file, or a page without harm.

Seeded, so the same cases every time. TRENCHES_BENCH=1 tries 10,000 instead of 630.
"""

from __future__ import annotations

import contextlib
import datetime
import html
import io
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import tomllib
import traceback
from pathlib import Path

import pytest
import sphinx.cmd.build
from _harness.results import ResultsError, load
from trenches.essays import frontmatter
from trenches.evidence import claims
from trenches.build.errors import SourceError

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests/roots/evidence"
SLUG = "query-optimization"
ESSAY, RESULTS, CLAIMS = f"essays/{SLUG}.md", f"labs/{SLUG}/results.json", f"labs/{SLUG}/test_claims.py"
SEED = 20261122
CASES, BUILDS = (4_900, 200) if os.environ.get("TRENCHES_BENCH") else (300, 30)
# Of computing, which a busy machine does not lengthen.
SECONDS = 60
HOSTILE = "<script>alert(7)</script>"
# file, line, then what is wrong; results files name a line or the place in them.
ONE_LINE = re.compile(r"(\S*/)?(essays|labs)/\S+?(:\d+)?: .+")
SCALARS = (HOSTILE, f"\"'><img src=x onerror={HOSTILE}", "", " ", "null", "~", "true", "0", "-1", "1e999", "9" * 400, "\u202e", "\u0000",
           "\x1b[31m", "\ud800", "é" * 3000, "../../etc/passwd", "/etc/passwd", "2026-02-30", "2026-11-22T00:00:00+14:00", "{{ 7*7 }}",
           "{% include 'x' %}", "</script>", "]]>", "--- !ruby", "*a", "&a [*a]", "!!python/name:os.system", "[" * 2000, "{a: " * 500,
           "\n---\n", "|", ">", "? [a]", "<<: *b", "%YAML 9", "\ufeff", "a\r\nb", "`{raw} html`", "```{raw} html\n" + HOSTILE, "%s%n", "C:\\x")
BODY = ("{{result}}`{0}`", "{{result}}`~{0}`", "{{result}}`sample.pages / {0}`", "{{result}}`{0} in words`", "```{{finding}} {0}\n{0}\n```", "```{{finding}} thesis\n{0}\n```",
        "{{stated}}`{0}`", "{{ref}}`{0}`", "{{term}}`{0}`", "{{doc}}`{0}`", "```{{claim}} {0}\n```", "```{{chart}} {0}\n```",
        "```{{chart}} sample\n:name: {0}\n:alt: {0}\n\nA finding.\n```", "```{{schematic}} {0}\n```", "```{{listing}} {0}\n```", "```{{form}} {0}\n{0}\n```",
        "```{{evidence}}\n{0}\n```", "```{{evidence}}\n```",
        "[x]({0})", "[x](http://[)", "[^2]\n\n[^2]: See[^2].", "[^9]", "[^2]: Never\n", "```{{mapping}}\n```", "```{{toctree}}\n{0}\n```",
        "# {0}", "({0})=\n\n## {0}", "```{{list-table}}\n```", "| a |\n|---|", "```{{eval-rst}}\n.. [#] {0}\n```", "```{{eval-rst}}\n.. [#]\n```", "{{unknown}}`{0}`",
        "```{{unknown}} {0}\n```", "```{{post}} {0}\n```", "```{{postlist}} {0}\n```", "```{{tab-set}}\n{0}\n```", "> {0}", "![{0}]({0})", "{0}",
        "```{{glossary}}\n{0}\n  {0}\n```", "{{result}}`sample.pages`{{result}}`{0}`", ":::{{dropdown}} {0}\n:::", "$$ {0} $$", "````{{note}}\n```{{claim}} thesis\n```\n````")


@contextlib.contextmanager
def limit(what: str):
    """Fail when the block hangs."""
    def ring(*_) -> None:
        raise TimeoutError(f"{what} took over {SECONDS} s; bound the work it does")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutated(rng: random.Random, text: str) -> bytes:
    """``text`` with one to three pieces put in, taken out, doubled or replaced."""
    for _ in range(rng.randrange(1, 4)):
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        key, colon, _ = lines[at].partition(": ")
        lines[at:at + 1] = rng.choice([
            [key + colon + rng.choice(SCALARS)], [], [lines[at]] * 2, [rng.choice(SCALARS), lines[at]], [rng.choice(SCALARS)],
            [f"{key}{colon}[{rng.choice(SCALARS)}]"], [f"{key}:", f"- {rng.choice(SCALARS)}: [x]"], [f"{key}: {{a: {rng.choice(SCALARS)}}}"],
            [lines[at][:rng.randrange(len(lines[at]) + 1)]]])
        text = "\n".join(lines)
    data = text.encode("utf-8", "surrogatepass")
    if rng.random() < .1 and data:
        at = rng.randrange(len(data))
        data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    return data


def mutated_json(rng: random.Random, data: object) -> object:
    """``data`` with one to three of its values replaced, renamed or taken out."""
    values = (*SCALARS, None, True, -1, 0, 10**400, 1e300, [], {}, [[]], {HOSTILE: HOSTILE}, "2026-W47-5T12:00:00+00:00")
    for _ in range(rng.randrange(1, 4)):
        places = [(data, key) for key in data]
        for holder, key in places:
            inner = holder[key]
            if isinstance(inner, (dict, list)):
                places += [(inner, k) for k in (inner if isinstance(inner, dict) else range(len(inner)))]
        holder, key = rng.choice(places)
        choice = rng.random()
        if choice < .7 or isinstance(holder, list):
            holder[key] = rng.choice(values)
        elif choice < .85:
            del holder[key]
        else:
            holder[str(rng.choice(SCALARS))] = holder.pop(key)
    return data


@pytest.fixture
def sample(tmp_path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "site"))


def test_any_front_matter_is_accepted_or_refused_in_lines(sample, trial):
    """Anchors that held themselves, lists as keys and control characters ended in a traceback of forty lines."""
    rng, path, good = random.Random(SEED), sample / ESSAY, (SAMPLE / ESSAY).read_text(encoding="utf-8")
    head, body = good.split("---\n")[1], good.split("---\n")[2]
    accepted = 0
    for number in range(CASES):
        data = b"---\n" + mutated(rng, head) + b"---\n" + body.encode()
        path.write_bytes(data)
        try:
            with limit(f"front matter {number}"):
                frontmatter.check(path, sample, {"databases": "", "testing": ""}, datetime.date(2026, 11, 22))
            accepted += 1
        except frontmatter.Problems as error:
            odd = [line for line in str(error).split("\n") if not re.match(rf"{ESSAY}:\d+: .+", line)]
            # What was typed may itself hold the end of a line.
            assert len(odd) <= data.count(b"\n"), f"case {number}, {data[:200]!r}: {odd}"
            assert str(error).startswith(f"{ESSAY}:"), f"case {number}, {data[:200]!r}: {odd}; name file, line and cure"
        except Exception:
            pytest.fail(f"case {number}, {data[:300]!r}:\n{traceback.format_exc()[-800:]}; catch it in frontmatter.py", pytrace=False)
    trial("front matter", f"{CASES:,} cases, {accepted} accepted")
    assert 0 < accepted < CASES


def test_any_results_file_is_accepted_or_refused_in_one_line(sample, trial):
    """A number beyond every bound, half of a character and a date of another form were accepted, and broke a page."""
    rng, path, good = random.Random(SEED), sample / RESULTS, json.loads((SAMPLE / RESULTS).read_text(encoding="utf-8"))
    accepted = 0
    for number in range(CASES):
        if rng.random() < .3:
            data = mutated(rng, json.dumps(good, indent=1))
        else:
            data = json.dumps(mutated_json(rng, json.loads(json.dumps(good)))).encode()
        path.write_bytes(data)
        try:
            with limit(f"results {number}"):
                results = load(path)
                assert all(value.text for value in results.values.values())
                datetime.date.fromisoformat(results.receipt["started"][:10])
                claims.evaluate(path.parent, results)
            accepted += 1
        except (ResultsError, SourceError) as error:
            assert "\n" not in str(error) and ONE_LINE.match(str(error)), f"case {number}, {data[:200]!r}: {error}; say it in one line"
        except Exception:
            pytest.fail(f"case {number}, {data[:300]!r}:\n{traceback.format_exc()[-800:]}; refuse it in results.py", pytrace=False)
    trial("results", f"{CASES:,} cases, {accepted} accepted")
    assert 0 < accepted < CASES


def _sphinx(site: Path) -> None:
    """In a process of its own: ABlog keeps state."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.environ["SITE"] = str(ROOT)
    log = io.StringIO()
    with contextlib.redirect_stderr(log), contextlib.redirect_stdout(log):
        try:
            code = sphinx.cmd.build.main(["-W", "-q", "-d", str(site / "_doctrees"), str(site), str(site / "_html")])
        except SystemExit as error:
            code = 1
            print(error)
        except BaseException:
            code = 1
            traceback.print_exc(file=log)
    (site / "_log").write_text(f"{code}\n{log.getvalue()}", encoding="utf-8", errors="replace")
    os._exit(0)


def built(site: Path) -> tuple[int, str]:
    for name in ("_html", "_doctrees"):
        shutil.rmtree(site / name, ignore_errors=True)
    process = multiprocessing.get_context("fork").Process(target=_sphinx, args=(site,))
    process.start()
    process.join()
    if process.exitcode:
        return -1, f"was killed: it computed for over {SECONDS} s, or the machine is out of memory"
    code, _, log = (site / "_log").read_text(encoding="utf-8").partition("\n")
    return int(code), log


def sources(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.relative_to(folder).as_posix().startswith(("site/_html", "site/_doctrees", "site/_log"))}


def harm(site: Path) -> list[str]:
    """Files of the built site in which the hostile script is an element, not text."""
    found = []
    for path in sorted((site / "_html").rglob("*")):
        # In a twin, code is text.
        if path.suffix in (".html", ".md") and HOSTILE in re.sub(
                "`[^`]*`" if path.suffix == ".md" else "$^", "", path.read_text(encoding="utf-8")):
            found.append(path.name)
        if path.suffix == ".xml" and HOSTILE in html.unescape(path.read_text(encoding="utf-8")):
            found.append(path.name)
    return found


def test_any_essay_builds_or_fails_with_its_name_and_without_a_traceback(sample, trial):
    """A footnote that refers to itself, an address such as http://[ and a table without rows ended in tracebacks."""
    rng, good = random.Random(SEED), (SAMPLE / ESSAY).read_text(encoding="utf-8")
    passed, bad = 0, []
    forms = [(form, rng.choice(SCALARS)) for form in BODY]
    forms += [(rng.choice(BODY), rng.choice(SCALARS)) for _ in range(max(0, BUILDS - len(BODY)))]
    for form, scalar in forms:
        # Raw HTML is refused (test_markup.py); what the site makes of other text is what counts.
        piece = form.format(scalar.replace(HOSTILE, "x").replace("```", "'''"))
        (sample / ESSAY).write_bytes(good.replace("See {ref}", f"{piece}\n\nSee {{ref}}").encode("utf-8", "surrogatepass"))
        before = sources(sample.parent)
        code, log = built(sample)
        passed += code == 0
        if "Traceback" in log or code == -1 or (code and not re.search(r"(essays|labs)/", log)) or "Exception" in log or "threw" in log:
            bad.append(f"{piece[:120]!r}: {log[-400:]}")
        assert sources(sample.parent) == before, f"{piece!r} had something written outside the output folder"
    trial("essays", f"{len(forms)} built, {passed} accepted")
    assert not bad, "\n\n".join(["end each of these in one line that names the file (SourceError, logger.error):", *bad])


def test_no_script_comes_in_with_results_claims_titles_or_tags(sample):
    """The label of a table's column went into the page as Markdown, so as HTML; and the owner's title always did."""
    results, good = sample / RESULTS, (sample / RESULTS).read_text(encoding="utf-8")
    texts = ("Sample CPU", "Sample OS", "Sample 1.0", "labs/query-optimization/run", "a sample's latency", "p5-p95", "pages of a sample",
             '"Name"', '"Pages"', "a | b", "the server refused", '"Sample":', '"noise": null', '"1.0"')
    whole = good
    for text in texts:
        new = {'"noise": null': f'"noise": "{HOSTILE}"'}.get(text, text.replace('":', f'{HOSTILE}":') if text.endswith(":") else
               f'"{HOSTILE}"' if text.startswith('"') else HOSTILE)
        assert text in good, f"the sample has no {text!r}; mend this list"
        results.write_text(good.replace(text, new), encoding="utf-8")
        whole = whole.replace(text, new)
        code, log = built(sample)
        assert code == 0, f"{text!r} as {HOSTILE!r}: {log}"
        assert not harm(sample), f"{text!r} from the results is an element in {harm(sample)}; escape it there"
    results.write_text(whole, encoding="utf-8")
    assert built(sample)[0] == 0 and not harm(sample), harm(sample)
    results.write_text(good, encoding="utf-8")
    for name, old in ((CLAIMS, "at most ten pages"), (CLAIMS, "The sample took longer."), (ESSAY, "[databases, testing]")):
        text = (sample / name).read_text(encoding="utf-8")
        (sample / name).write_text(text.replace(old, old[:1] + HOSTILE + old[1:]), encoding="utf-8")
        code, log = built(sample)
        assert (code or not harm(sample)) and "Traceback" not in log, f"{name}: {old!r} with {HOSTILE!r}: {log}{harm(sample)}"
        (sample / name).write_text(text, encoding="utf-8")


def test_the_owners_words_with_markup_are_refused(sample):
    """A title stands in the essay as Markdown, where <script> is an element, and everywhere else as text."""
    title = f"A title {HOSTILE}"
    text = (sample / ESSAY).read_text(encoding="utf-8")
    owned = (sample / "owner.toml").read_text(encoding="utf-8")
    old = tomllib.loads(owned)[SLUG]["title"]
    (sample / ESSAY).write_text(text.replace(old, title), encoding="utf-8")
    (sample / "owner.toml").write_text(owned.replace(old, title.replace('"', r"\"")), encoding="utf-8")
    with pytest.raises(frontmatter.Problems, match=f"{ESSAY}:1: the owner's words for `{SLUG}` have markup"):
        frontmatter.check(sample / ESSAY, sample, {"databases": "", "testing": ""}, datetime.date(2026, 11, 22))
