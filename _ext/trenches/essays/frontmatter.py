"""Check an essay's head before Sphinx reads it: encoding, front matter, label, title, summary.

ABlog answers a wrong head with a traceback, a silent draft or a page named ".html"; here each mistake is one line
that names file, line and cure.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from ..evidence.results import has_results
from ..text.files import CONTROL, UNSEEN, difference, line_of, marked, named, read
from .owner import owners_words
from .yamlhead import split

MOST_TAGS = 4
# MyST asks the file system for it, and no file system answers.
LONG_LINK = re.compile(r"\]\((?!\w+:)[^)\s]{250,}")


def is_essay(docname: str) -> bool:
    return docname.startswith("essays/")


@dataclass(frozen=True)
class Change:
    """One entry of the changelog; a correction names with ``corrects`` the label of what was wrong."""

    date: datetime.date
    what: str
    corrects: str | None = None


@dataclass(frozen=True)
class FrontMatter:
    """What an essay says of itself, one field per key; ``changes`` are newest first."""

    blogpost: str
    date: datetime.date
    tags: tuple[str, ...]
    figure: str
    figure_words: str
    figure_claim: str
    changes: tuple[Change, ...] = ()
    read_next: str | None = None
    read_next_because: str | None = None

    @property
    def revised(self) -> datetime.date | None:
        return self.changes[0].date if self.changes else None

REQUIRED = ("blogpost", "date", "tags", "figure", "figure_words", "figure_claim")


class Problems(Exception):
    """All that is wrong with an essay's head, one ``file:line: what; cure`` per line."""


def check(path: Path, root: Path, tags: dict[str, str], today: datetime.date) -> FrontMatter:
    """Return the front matter of the essay at ``path``; raise Problems with every mistake found in its head."""
    text, found = source(path, root)
    owned = owners_words(root)
    lines = text.split("\n")

    def problem(line: int, what: str) -> None:
        unseen = UNSEEN.search(lines[line - 1])
        if unseen and "U+" not in what:
            what += f" (column {unseen.start() + 1} has {named(unseen[0])})"
        found.append(f"{path.relative_to(root).as_posix()}:{line}: {what}")

    fields, body, body_line = split(text, REQUIRED, problem) if not found else ({}, "", 1)
    if not found:
        _check_keys(fields, problem)
        _check_opening(path.stem, owned, body, body_line, problem)
        _check_tags(fields, tags, problem)
        _check_read_next(fields, path, root, owned, problem)
        date = _date(fields, "date", today, problem)
        changes = _changes(fields, today, problem)
    if found:
        raise Problems("\n".join(found))
    plain = {key: value for key, (value, _) in fields.items() if key not in ("tags", "date", "changes")}
    return FrontMatter(**plain, date=date, changes=changes, tags=tuple(fields["tags"][0]))


def source(path: Path, root: Path) -> tuple[str, list[str]]:
    """The text of a page and what is wrong with it as a text, which Sphinx answers with a traceback that names no file."""
    try:
        text, wrong = read(path), []
    except UnicodeDecodeError as error:
        text = error.object[:error.start].decode("utf-8")
        wrong = [(len(text), "not UTF-8; save the file as UTF-8")]
    wrong += [(odd.start(), f"the control character {odd[0]!r}; remove it") for odd in [CONTROL.search(text)] if odd]
    wrong += [(link.start(), "a link to a file with a name of over 250 characters; shorten it") for link in LONG_LINK.finditer(text)]
    name = path.relative_to(root).as_posix()
    return text, [f"{name}:{line_of(text, at)}: {what}" for at, what in wrong]


def _check_keys(fields: dict, problem) -> None:
    for key in REQUIRED:
        if key not in fields:
            problem(1, f"no `{key}:` in the front matter; add it")
        elif key != "tags" and not (isinstance(fields[key][0], str) and fields[key][0]):
            problem(fields[key][1], f"`{key}:` must be one non-empty value")
    for key in ("figure_words", "read_next_because"):
        value, line = fields.get(key, ("", 1))
        if isinstance(value, str) and (why := marked(value)):
            problem(line, f"`{key}:` has {why}")
    for key, (_, line) in fields.items():
        if key not in FrontMatter.__dataclass_fields__:
            problem(line, f"unknown key `{key}:`; the keys are " + ", ".join(FrontMatter.__dataclass_fields__))
    if fields.get("blogpost", ("true",))[0] != "true":
        problem(fields["blogpost"][1], "`blogpost:` must be true; to withhold an essay, leave its lab without results")


def _date(fields: dict, key: str, today: datetime.date, problem) -> datetime.date | None:
    if key not in fields:
        return None
    value, line = fields[key]
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
            raise ValueError
        date = datetime.date.fromisoformat(value)
    except ValueError:
        problem(line, f"`{key}: {value}` is not a date; write year-month-day, as in {today.isoformat()}")
        return None
    if date > today:
        problem(line, f"`{key}: {value}` is after the build date {today}; essays appear when they are merged, not later")
    return date


def _changes(fields: dict, today: datetime.date, problem) -> tuple[Change, ...]:
    """The changelog, newest first. Each entry of the list has date, what and, for a correction, corrects."""
    entries, line = fields.get("changes", ([], 1))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problem(line, "`changes:` must be a list of entries with `date:`, `what:` and, for a correction, `corrects:`")
        return ()
    changes = []
    for entry in entries:
        unknown = set(entry) - set(Change.__dataclass_fields__)
        missing = {"date", "what"} - set(entry)
        if unknown or missing:
            problem(line, f"an entry of `changes:` has {'no' if missing else 'an unknown'} "
                    f"`{sorted(missing or unknown)[0]}:`; its keys are date, what and, for a correction, corrects")
            continue
        plain = {key: value for key, (value, _) in entry.items() if key != "date"}
        if not all(isinstance(value, str) and value for value in plain.values()):
            problem(line, "`what:` and `corrects:` of an entry of `changes:` must be one non-empty value each")
            continue
        if why := marked(plain["what"]):
            problem(entry["what"][1], f"`what:` has {why}")
        changes.append(Change(_date(entry, "date", today, problem), **plain))
    if changes and all(change.date for change in changes) and changes != sorted(changes, key=lambda c: c.date, reverse=True):
        problem(line, "`changes:` must have the newest entry first")
    return tuple(changes)


def _check_tags(fields: dict, known: dict[str, str], problem) -> None:
    if "tags" not in fields:
        return
    tags, line = fields["tags"]
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) for tag in tags):
        problem(line, "`tags:` must be a list, as in [databases, testing]")
        return
    for tag in tags:
        if tag not in known:
            what = f"unknown tag `{tag}`" if tag else "empty tag"
            problem(line, f"{what}; choose from {', '.join(known)} (trenches_tags in conf.py)")
    if len(tags) > MOST_TAGS or len(set(tags)) < len(tags):
        problem(line, f"`tags:` must be at most {MOST_TAGS} different tags")


def _check_read_next(fields: dict, path: Path, root: Path, owned: dict, problem) -> None:
    keys = [key for key in ("read_next", "read_next_because") if key in fields]
    if len(keys) == 1:
        problem(fields[keys[0]][1], "`read_next:` and `read_next_because:` go together; give both or neither")
    if "read_next" in fields:
        slug, line = fields["read_next"]
        if not isinstance(slug, str) or slug == path.stem or slug not in owned or not path.with_name(f"{slug}.md").is_file():
            problem(line, f"`read_next: {slug}` is no other essay; name the slug of one")
        elif has_results(root, path.stem) and not has_results(root, slug):
            problem(line, f"`read_next: {slug}` is a draft; name the slug of an essay whose lab has results")


def _check_opening(slug: str, owned: dict, body: str, first: int, problem) -> None:
    if slug not in owned:
        problem(1, f"`{slug}` is not in the owner's list; add its title and summary to owner.toml")
        return
    if why := marked(" ".join(owned[slug].values())):
        problem(1, f"the owner's words for `{slug}` have {why} in owner.toml")
    opening = [(number, line) for number, line in enumerate(body.split("\n"), first) if line.strip()][:3]
    wanted = {"label": f"({slug})=", "title": f"# {owned[slug]['title']}", "summary": owned[slug]["summary"]}
    for position, (what, text) in enumerate(wanted.items()):
        number, line = opening[position] if position < len(opening) else (first, "")
        # A blank at the end of a line is no part of it in Markdown.
        if (line := line.rstrip(" \t")) != text:
            problem(number, f"the {what} is not the owner's; this line must read: {text} ({difference(line, text)})")
