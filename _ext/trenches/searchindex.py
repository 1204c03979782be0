"""The search index: words from text, and the files that the browser loads to find a section.

One mechanism serves two essays and a thousand. ``index.js`` lists the pages and every word; where a word occurs stands
in one of the word files, of which there is one for every eight pages; a page's sections are a file each. The browser
loads the first once, then the files of the words asked for, then the few pages that can answer (_static/search.js).
All are scripts that call one function: a page opened from a folder may load a script but fetch nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LEXICON = tomllib.loads(Path(__file__).with_name("search.toml").read_text(encoding="utf-8"))
WORD, PART = re.compile(LEXICON["word"]), re.compile(LEXICON["part"])
ENDINGS = [(re.compile(ending), instead) for ending, instead in LEXICON["endings"]]
STOP = frozenset(LEXICON["stop"].split())
PAGES_A_WORD_FILE = 8
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Entry:
    """One place that a result can lead to: a section, a claim or a term; ``section`` is the anchor of its section."""

    anchor: str
    label: str
    heading: str
    text: str
    code: str
    section: str


@dataclass(frozen=True)
class Page:
    """What search knows of a page. ``words`` are its words, sorted, each behind a digit that says its weight there."""

    title: str
    entries: tuple[Entry, ...]
    words: str


def page(title: str, entries: Iterable[Entry]) -> Page:
    entries = tuple(entries)
    heading = set(terms(" ".join(entry.heading for entry in entries)))
    counted = terms(" ".join(f"{entry.heading} {entry.text} {entry.code}" for entry in entries))
    weighted = ((term, (4 if term in heading else 1) + (n > 1) + (n > 4)) for term, n in sorted(counted.items()))
    return Page(title, entries, " ".join(f"{weight}{term}" for term, weight in weighted))


def terms(text: str) -> Counter[str]:
    """Count every word of ``text`` and every part of a compound one, without endings; stop words are left out."""
    counted: Counter[str] = Counter()
    for word, n in Counter(WORD.findall(_fold(text))).items():
        for term in _terms_of(word):
            counted[term] += n
    return counted


def _fold(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower()).replace("’", "'")
    return bare if bare.isascii() else "".join(c for c in bare if not unicodedata.combining(c))


@lru_cache(maxsize=100_000)
def _terms_of(word: str) -> tuple[str, ...]:
    parts = [part for part in PART.findall(word) if len(part) > 1 and not part.isdigit()]
    return tuple(dict.fromkeys(_stem(w) for w in (word, *parts) if w not in STOP))


def _stem(word: str) -> str:
    for ending, instead in ENDINGS:
        word = ending.sub(instead, word)
    return word


def write(folder: Path, pages: dict[str, Page]) -> None:
    """Write the index into ``folder``; leave alone what would not change, and delete what is no longer part of it."""
    names, files = sorted(pages), {}
    places: dict[str, list[str]] = {}
    before: dict[str, int] = {}
    for number, name in enumerate(names):
        for weighted in pages[name].words.split():
            # Each place is the step from the page before, and the word's weight there.
            word = weighted[1:]
            step = number - before.get(word, 0)
            before[word] = number
            places.setdefault(word, []).append(_base36(step * 8 + int(weighted[0])))
    shards: list[list[str]] = [[] for _ in range(-(-len(names) // PAGES_A_WORD_FILE))]
    words = sorted(places)
    for word in words:
        shards[zlib.adler32(word.encode()) % len(shards)].append(" ".join(places[word]))
    for number, shard in enumerate(shards):
        files[f"words-{number}"] = ",".join(shard)
    for name in names:
        files[name] = [[e.anchor, e.label, e.heading, e.text, e.code, e.section] for e in pages[name].entries]
    scripts = {name: _script(name, data) for name, data in files.items()}
    versions = {name: f"{zlib.crc32(text.encode()):x}" for name, text in scripts.items()}
    scripts["index"] = _script("index", {
        "lexicon": LEXICON, "words": _front_coded(words),
        "wordFiles": [versions[f"words-{number}"] for number in range(len(shards))],
        "pages": [[name, versions[name], pages[name].title] for name in names]})
    _replace(folder, scripts)


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


def _replace(folder: Path, scripts: dict[str, str]) -> None:
    wanted = {folder / f"{name}.js": text for name, text in scripts.items()}
    for path in sorted(folder.rglob("*.js")):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
