"""The prose check: no number passes unseen, wherever a page shows words, and what measures nothing is left alone."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docutils import nodes
from trenches.essays.frontmatter import Change, FrontMatter
from trenches.evidence.numbers import is_amount
from trenches.essays.words import of_head
from trenches.evidence.prose import CITED, Prose, Shown, problems

ROOT = Path(__file__).resolve().parents[1]
ESSAY = "essays/query-optimization.md"
TODAY = datetime.date(2026, 11, 22)


OURS = "https://sample.example/"


def told(sentence: str) -> list[str]:
    return [problem for _, problem in problems(Shown(sentence, 1))]


@pytest.mark.parametrize("sentence", [
    "It took 12.4 ms.", "It fell by 42%.", "It is 3x faster.", "It served 50,000 requests per second.", "It cost $40,000 a year.",
    "It read 20 million rows.", "It grew 3.5 GB.", "It was 380× larger.",
    # without a unit, with one that the list of before did not know, with other blanks and other signs
    "Of 400 deployments 37 failed and the p99 was 1240.", "We asked 38 engineers.", "It is slower by a factor of 3.4.", "It took 250k requests.",
    "It sends 3 kB.", "It took 12\N{THIN SPACE}ms.", "It took 12\N{NARROW NO-BREAK SPACE}ms.", "It cost £40.", "It cost US$40 or EUR40.", "It has 16 vCPUs.", "It fell by 25 per cent.", "It took 1h.",
    "About ~40 remain.", "It is >90.", "Take n = 438.", "It is 3:1.", "It runs 24/7.", "We read 10⁶ of them.", "We lost ½ of them.", "We lost 1/3 of them.",
    "We read ٣ of them.", "We read 1e6 of them.", "It is 99.99.", "It wins by −3 degrees.", "A 40-minute outage.", "On 14 of 30 of them.", "It took 10–15.",
    # what only looks like a year, a version, a status or a place
    "PostgreSQL 93 beats MySQL.", "The means were Kafka 40 and Redis 35.", "HTTP 503 times in a row.", "In March 2020 rows were lost.", "MB93 of RPS93.", "sub-100 latency.",
    "It answered in 2014 requests.", "The p99 rose to 2048.", "The p99=1240 is new.", "In Python 37 ms went by.", "Version 2 took 12 s.", "It read a 500 ms pause.",
    # in words
    "Ninety percent were late by five hundred milliseconds.", "A dozen deployments failed.", "Forty-two engineers left.", "Two-thirds of requests failed.",
    "It is twice as slow.", "A fifteen-fold rise.", "Half of the requests failed.", "It has five nines.", "Hundreds of engineers left.", "Several thousand users left.",
    "One in four requests failed.", "Three out of four builds failed.", "A quarter of all queries failed.", "Two seconds later it fell.", "It waits one second.",
    "The p99 was forty.", "It is forty-odd milliseconds.", "One request in seven timed out.", "Six of the nine replicas timed out.", "Every tenth request failed.",
    "A ten-person team runs it.", "A five-digit count.", "It takes a third less time.", "It is half that.", "We had one incident in a year.", "We paid two grand.",
    "We measured 三十 ms.", "We save thir\N{SOFT HYPHEN}ty-nine milliseconds.", "It took forty\N{NON-BREAKING HYPHEN}two microseconds.",
    "A forty-minute outage.", "Seven teams left.", "Five hundred slow requests.", "A million rows.", "Tens of thousands of rows.", "Three slow retries follow.",
])
def test_a_number_without_a_source_is_found(sentence):
    """These are the shapes in which invented numbers arrive; each but the first eight once passed."""
    assert told(sentence)


@pytest.mark.parametrize("sentence", [
    "PostgreSQL 15 on Debian 12.", "In 2015 they measured it.", "Section 11.9 says so.", "Take one index.", "See page 204.", "A B-tree of level 3.",
    "HTTP/2 connections.", "RFC 9110 requests.", "TLS 1.3 calls.", "The 1990s.", "One of the two.", "The two requests, and all three retries.", "Python 3.11, 3.12 and 3.13.",
    "A 429 or a 503.", "HTTP 503.", "Status code 404.", "Some 5xx errors.", "The 99th percentile.", "Figure 2, and chapters 3 and 4.", "On day 21.",
    "EC2, S3, IPv4, p99.9, x86_64, UTF-8, SHA-256.", "C ⁄ (1 + R), 1 + R and C ⁄ 1.1.", "On 2026-11-22.", "On 12 June 2025.", "The fault of October 2025.",
    "OSDI 2022.", "(2019)", "ACM Queue, 2015.", "From 2015 to 2019.", "At 03:15 UTC.", "Sphinx 9.0.4.", "Under CC BY 4.0.", "WCAG 2.2.", "Issue 316.", "Version 4, or v2.",
    "Java SE 21, Oracle 19c and Log4j 2.", "RFCs 2119 and 8174.", "Ports 80 and 443.", "It returns 200 OK.", "HotOS 2021 had it.", "The 2017 paper agrees.", "At 3 a.m. it broke.",
    "An m7g.large in us-east-1.", "The text-embedding-3-small model.", "O(n²), O(1), x² and 1/n.", "An N+1 query.", "A 4-byte integer.", "A commit, 8f969af.", "The rows’ 16-byte keys.",
    "Appendix A.1, footnote 4, error 1205 and SQLSTATE 40001.", "The machine is arm64, the hash CRC32, the licence GPL-3.0-or-later.",
    "At 127.0.0.1.", "A second server.", "An 8-bit encoder and top-5 results.", "In sql/newest20.sql.", "Of n! orders.", "The first of its four servers.",
])
def test_a_number_that_measures_nothing_is_left_alone(sentence):
    """Years, versions and places are not measurements; false alarms teach authors to switch a check off."""
    assert not told(sentence)


def test_a_link_excuses_its_own_sentence_only():
    """A source vouches for the sentence that cites it, not for the paragraph; an author's initial ends none."""
    assert told(f"They saw {CITED}103 buffers in 2.1 ms there. Ours took 12 ms.") == told("Ours took 12 ms.") != []
    assert not told(f"N. Bronson and others ran 300 queries a second, {CITED}HotOS 2021.")


@pytest.mark.parametrize("sentence", ["The gain was 54%… {}A is unrelated.", "“The gain was 56%.” {}A is unrelated.", "The gain was 57%.) {}A is unrelated.",
                                      "The gain was 61%.{}A is unrelated.", "{}A is by Smith et al. The gain was 65%."])
def test_a_link_in_the_next_sentence_is_no_source(sentence):
    """A sentence may end in a bracket, a quotation mark, three dots or an abbreviation."""
    assert told(sentence.format(CITED))


@pytest.mark.parametrize("address, is_source", [("https://example.org/x", True), ("http://example.org", True), (f"{OURS}essays/x.html", False),
                                                ("http://www.sample.example/x", False), ("mailto:a@example.org", False), ("../x.html", False)])
def test_our_own_pages_are_no_source(address, is_source):
    """A number is not true for being said twice."""
    assert Prose(OURS).is_source(nodes.reference("", "x", refuri=address)) == is_source


@pytest.mark.parametrize("code", ["1240", "12 ms", "£40", "99.9%", "3 kB", "took 8842 ms", "mean 93.1 ms, p99 128.4 ms"])
def test_a_number_is_none_the_less_one_for_being_set_as_code(code):
    """Backticks are three keys away."""
    assert is_amount(code)


@pytest.mark.parametrize("code", ["503", "timeout=5s", "--timeout 5s", "LIMIT 20", "p99", "(1 + R)"])
def test_a_setting_or_a_statement_is_none(code):
    """Code is quoted so that it can be copied, numbers and all."""
    assert not is_amount(code)


@pytest.mark.parametrize("sentence", [
    "It is not just slow.", "A robust design.", "Let’s dive in.", "Moreover, it fails.", "It fails!", "“Fine” as it is, stop!”", "Go!"])
def test_a_banned_phrase_is_found(sentence):
    """One such phrase, and the reader stops believing the numbers around it."""
    assert told(sentence)


# Every place in which a page shows words, with {} for them.
PLACES = {
    "a sentence": "It has {}.", "a heading": "(query-optimization-more)=\n\n## A heading with {}", "an item": "- It has {}.", "a cell": "| a | b |\n|---|---|\n| It has {} | c |",
    "a head of a table": "| It has {} | b |\n|---|---|\n| c | d |", "a table's caption": "```{{list-table}} It has {}\n:name: query-optimization-listed\n* - a\n  - b\n```",
    "a chart's caption": "```{{chart}} sample\n:name: query-optimization-again\n:alt: One point.\n\nIt has {}.\n```",
    "a chart's alternative text": "```{{chart}} sample\n:name: query-optimization-again\n:alt: It has {}.\n\nA finding.\n```",
    "a card's title": ":::{{card}} It has {}\nBody.\n:::", "a card's body": ":::{{card}} Title\nIt has {}.\n:::", "a dropdown's title": ":::{{dropdown}} It has {}\nBody.\n:::",
    "a dropdown's body": ":::{{dropdown}} Title\nIt has {}.\n:::", "a tab's label": "::::{{tab-set}}\n:::{{tab-item}} It has {}\nBody.\n:::\n::::",
    "a button": "```{{button-ref}} query-optimization\n:ref-type: ref\nIt has {}\n```", "a badge": "A {{bdg}}`it has {}` badge.", "a rubric": "```{{rubric}} It has {}\n```",
    "an attribution": "```{{epigraph}}\nA word.\n\n-- One who has {}\n```", "a quotation of nobody": "> It has {}.", "an inline quotation of nobody": "He said “it has {}”.",
    "a reference's text": "See {{ref}}`it has {} <query-optimization>`.", "a link's text within the site": "See [it has {}](#query-optimization).",
    "an abbreviation": "A {{abbr}}`LIFO (it has {})` queue.", "a footnote": "So it is.[^of]\n\n[^of]: It has {}.", "emphasis": "It has *{}*.", "code": "It has `{}`.", "a formula": "It has {{math}}`n = {}`.",
    "an admonition's title": "```{{admonition}} It has {}\nBody.\n```", "a figure of code's caption": "```{{code-block}} sql\n:caption: It has {}\n:name: query-optimization-coded\nSELECT 1\n```",
    "a list in a cell": "```{{list-table}}\n* - - It has {}\n  - b\n```", "the panel": None,
}


@pytest.fixture
def sample(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "tests/roots/evidence", tmp_path / "site"))


def build(site: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", site / "_doctrees", site, site / "_html"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SITE": str(ROOT)})


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the sample no longer has {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("number", ["{} failures", "ninety-{} percent"])
def test_a_number_is_found_wherever_a_page_shows_words(sample, number):
    """Captions, alternative texts, titles of disclosures and labels of tabs were looked at by nothing."""
    digits = number.startswith("{}")
    in_words = "one two three four five six seven eight nine".split()
    shown = {place: number.format(100 + count if digits else in_words[count % 9]) for count, place in enumerate(PLACES)}
    blocks = [source.format(shown[place]).replace("-again", f"-again{count}").replace("[^of]", f"[^of{count}]").replace("-more", f"-more{count}")
              for count, (place, source) in enumerate(PLACES.items()) if source]
    edit(sample / ESSAY, "(query-optimization-evidence)=", "\n\n".join([*blocks, "(query-optimization-evidence)="]))
    edit(sample / ESSAY, "It is a sample.", f"It has {shown['the panel']}.")
    result = build(sample)
    assert result.returncode and "Traceback" not in result.stderr
    found = re.findall(r":\d+: WARNING: “([^”]*)” has no source", result.stderr)
    # In code and formulae only digits are a number.
    wanted = sorted(text for place, text in shown.items() if digits or place not in ("code", "a formula"))
    assert sorted(found) == wanted, result.stderr


@pytest.mark.parametrize("key", ["figure_words", "read_next_because", "what"])
def test_a_number_in_the_head_is_found(key):
    """What stands on the landing page, at the foot and in the changelog is typed by hand too."""
    texts = {"figure_words": "of requests", "read_next_because": "It follows.", "what": "A word."} | {key: "It has 37 failures."}
    front = FrontMatter(blogpost="true", date=TODAY, tags=("databases",), figure="a.b", figure_words=texts["figure_words"], figure_claim="thesis",
                        changes=(Change(TODAY, texts["what"]),), read_next="x", read_next_because=texts["read_next_because"])
    assert [problem for text in of_head(front) for _, problem in problems(Shown(text, 1))]


def test_a_correction_may_quote_what_the_essay_said(sample):
    """The wrong number is in no result."""
    edit(sample / ESSAY, "blogpost: true\n", "blogpost: true\nchanges:\n- date: 2026-11-22\n  what: The essay said “37 failures”.\n")
    assert build(sample).returncode == 0


def test_the_reason_of_a_refuted_claim_quotes_results_only(sample):
    """It is typed beside a test, and nothing held it to what was measured."""
    edit(sample / "labs/query-optimization/test_claims.py", "The sample took longer.", "The sample took 4,321 ms.")
    result = build(sample)
    assert "labs/query-optimization/test_claims.py: “4,321 ms” in the reason of refuted is in no result" in result.stderr and result.returncode
    edit(sample / "labs/query-optimization/test_claims.py", "4,321 ms", "1,230 ms")
    assert build(sample).returncode == 0


def test_a_source_in_the_row_or_the_quotation_vouches_for_it(sample):
    """A table cites in a column of its own, a quotation in its attribution."""
    edit(sample / ESSAY, "(query-optimization-evidence)=", "| a | b |\n|---|---|\n| 37 failures | [Smith](https://example.org) |\n\n"
         "```{epigraph}\nIt had 37 failures.\n\n-- [Smith](https://example.org)\n```\n\n(query-optimization-evidence)=")
    result = build(sample)
    assert result.returncode == 0, result.stderr
