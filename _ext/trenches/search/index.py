"""The search index: words from text, and the files that the browser loads to find a section.

One mechanism serves two essays and a thousand. ``index.js`` lists the pages and every word; where a word occurs stands
in one of the word files, of which there is one for every eight pages; a page's sections are a file each. The browser
loads the first once, then the files of the words asked for, then the few pages that can answer (_static/search.js).
All are scripts that call one function: a page opened from a folder may load a script but fetch nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..text.files import read_toml

LEXICON = read_toml(Path(__file__).with_name("lexicon.toml"))
WORD, PART = re.compile(LEXICON["word"]), re.compile(LEXICON["part"])
ENDINGS = [(re.compile(ending), instead) for ending, instead in LEXICON["endings"]]
ACCENTS = re.compile("[\u0300-\u036f]")
STOP = frozenset(LEXICON["stop"].split())
PAGES_A_WORD_FILE = 8
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Entry:
    """One place that a result can lead to: a section, a claim or a term; ``section`` is the anchor of its section, and ``asked``
    has the questions that it answers, a line each."""

    anchor: str
    label: str
    heading: str
    text: str
    code: str
    asked: str
    section: str


@dataclass(frozen=True)
class Page:
    """What every build must know of a page: its title, (anchor, label, heading) of each entry, and its words, sorted,
    each behind a digit: 1 where a heading or a question has it, 0 where only text has. ``version`` is that of the file
    with its sections."""

    title: str
    heads: tuple[tuple[str, str, str], ...]
    words: str
    version: str


def page(name: str, title: str, entries: Iterable[Entry]) -> tuple[Page, str]:
    """Return what the index says of the page ``name``, and the script with its sections."""
    entries = tuple(entries)
    about = terms(" ".join(f"{entry.heading} {entry.asked}" for entry in entries))
    every = about | terms(" ".join(f"{entry.text} {entry.code}" for entry in entries))
    script = _script(name, [[e.anchor, e.label, e.heading, e.text, e.code, _bare(e.asked), e.section] for e in entries])
    return Page(title, tuple((e.anchor, e.label, e.heading) for e in entries),
                " ".join(f"{int(term in about)}{term}" for term in sorted(every)), _version(script)), script


def _bare(questions: str) -> str:
    """What search reads of questions that nobody is shown: each one's words, folded, without those that tell nothing."""
    return "\n".join(" ".join(_words(question)) for question in questions.split("\n"))


def terms(text: str) -> set[str]:
    """Every word of ``text`` and every part of a compound one, without endings; stop words are left out."""
    # Few of a text's words are new, so the costly part is done once for each word as it is written.
    return {term for written in set(text.split()) for term in _terms_of(written)}


@lru_cache(maxsize=200_000)
def _terms_of(written: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in _words(written):
        parts = [part for part in PART.findall(word) if len(part) > 1 and not part.isdigit()]
        found += dict.fromkeys(_stem(w) for w in (word, *parts) if w not in STOP)
    return tuple(found)


def _words(text: str) -> list[str]:
    folded = ACCENTS.sub("", unicodedata.normalize("NFKD", text.lower())).replace("’", "'")
    return [word for word in WORD.findall(folded) if word not in STOP]


def _stem(word: str) -> str:
    for ending, instead in ENDINGS:
        word = ending.sub(instead, word)
    return word


def index(pages: dict[str, Page]) -> dict[str, str]:
    """Return the scripts of the index by name, those of the pages apart."""
    names = sorted(pages)
    words, filed = _word_files([pages[name].words for name in names])
    scripts = {f"words-{number}": _script(f"words-{number}", ",".join(places)) for number, places in enumerate(filed)}
    scripts["index"] = _script("index", {
        "lexicon": LEXICON, "words": _front_coded(words),
        "wordFiles": [_version(scripts[f"words-{number}"]) for number in range(len(filed))],
        "pages": [[name, pages[name].version, pages[name].title] for name in names]})
    return scripts


def write_script(path: Path, text: str) -> None:
    """Write one file of the index; leave it alone if it would not change."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _version(script: str) -> str:
    """A browser may keep what it loaded: a changed file has another address."""
    return f"{zlib.crc32(script.encode()):x}"


def _word_files(pages: list[str]) -> tuple[list[str], list[list[str]]]:
    """Return every word, sorted, and for each word file the places of its words, in the same order."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, weighted_words in enumerate(pages):
        for weighted in weighted_words.split():
            places[weighted[1:]].append(number * 2 + int(weighted[0]))
    words, filed = sorted(places), [[] for _ in range(-(-len(pages) // PAGES_A_WORD_FILE))]
    for word in words:
        filed[zlib.adler32(word.encode()) % len(filed)].append(_steps(places[word]))
    return words, filed


def _steps(places: list[int]) -> str:
    """Each place as the step from the page before it and the word's digit there, in one number of base 36."""
    coded, before = [], 0
    for place in places:
        coded.append(_base36(place - before))
        before = place - place % 2
    return " ".join(coded)


@lru_cache(maxsize=10_000)
def _base36(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def _front_coded(words: list[str]) -> str:
    """Each word as the number of letters it shares with the one before, in base 36, and the rest of it."""
    coded, before = [], ""
    for word in words:
        shared = 0
        for ours, theirs in zip(word[:35], before, strict=False):
            if ours != theirs:
                break
            shared += 1
        coded.append(DIGITS[shared] + word[shared:])
        before = word
    return " ".join(coded)


def _script(name: str, data: object) -> str:
    return f"trenchesSearch({json.dumps(name)},{json.dumps(data, ensure_ascii=False, separators=(',', ':'))})\n"
