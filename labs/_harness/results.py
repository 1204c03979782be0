"""Read, check, write and format results.json, everything the prose may quote.

The file's shape is results.schema.json; reader and writer check the same one.
This module needs jsonschema-rs and the standard library only: the site imports it.
"""

import codecs
import difflib
import hashlib
import json
import os
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import jsonschema_rs

from _harness import LabError

# The units, here and nowhere else: one line in the dictionary that says what it measures. A count is printed exactly, with
# its unit or, for 1, the singular given here; "count" is a bare number. Everything else is continuous: three significant
# digits, then the text given here.
COUNTS = {
    "bytes": "byte",
    "chunks": "chunk",
    "count": "",
    "days": "day",
    "indexes": "index",
    "pages": "page",
    "panels": "panel",
    "plans": "plan",
    "queries": "query",
    "questions": "question",
    "rows": "row",
    "runs": "run",
    "statements": "statement",
    "tenants": "tenant",
    "words": "word",
}
TIMES = {
    "us": "\N{NO-BREAK SPACE}µs",
    "ms": "\N{NO-BREAK SPACE}ms",
    "s": "\N{NO-BREAK SPACE}s",
}
SIZES = {
    "MB": "\N{NO-BREAK SPACE}MB",
    "GB": "\N{NO-BREAK SPACE}GB",
}
RATIOS = {
    "%": "%",
    "points": "\N{NO-BREAK SPACE}points",
    "x": "×",
}
BARE = {"1": ""}  # a number that its key and label explain
CONTINUOUS = TIMES | SIZES | RATIOS | BARE
# What a lab alone counts, in its own words, for one and for many: "lost order|lost orders".
OWN_WORDS = re.compile(r"(?P<one>[^\W\d_]+([ -][^\W\d_]+)*)\|(?P<many>[^\W\d_]+([ -][^\W\d_]+)*)")

# A page, a feed or a table cannot hold these: control characters, ends of lines, halves of characters.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
SCHEMA = json.loads(Path(__file__).with_name("results.schema.json").read_text("utf-8"))
WHOLE = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
PART = jsonschema_rs.Draft202012Validator(SCHEMA | {"required": []}, validate_formats=True)


class ResultsError(LabError):
    """One line: the file, where in it, what is wrong, how to cure it."""


@dataclass(frozen=True)
class Value:
    """One measured number; `value` is None when `reason` says why there is none.

    `n` is the number of measurements behind it; `low` and `high` bound
    `interval` (such as "p5-p95") in the same unit, or all three are None.
    """

    key: str
    value: float | None
    unit: str
    label: str
    n: int
    low: float | None = None
    high: float | None = None
    interval: str | None = None
    reason: str | None = None
    sample: str | None = None  # samples/<sample>.csv has the measurements
    where: str | None = None  # file and line of the lab that recorded it

    @property
    def text(self):
        return format_value(self.value, self.unit)

    @property
    def counted(self):
        """The unit as one word for machines: what an author counts in words of his own, in the plural."""
        return self.unit.rpartition("|")[2]


class Results:
    """A checked results.json. `results["key"]` is the number and notes the read."""

    def __init__(self, path, data, sha256):
        self.path = path
        self.lab, self.mode = data["lab"], data["mode"]
        self.receipt = data["receipt"]
        self.values = {key: Value(key, **entry) for key, entry in data["values"].items()}
        self.tables = data["tables"]
        self.claims = data.get("claims", {})  # of a replication: each claim's fingerprint by its id
        self.sha256 = sha256
        self.reads = []  # keys in the order in which [] first read them

    def __getitem__(self, key):
        found = self.value(key)
        if key not in self.reads:
            self.reads.append(key)
        if found.value is None:
            raise ResultsError(f"{self.path}: {key} was not measured: {found.reason}")
        return found.value

    def value(self, key):
        """The Value under `key`; ResultsError with the nearest keys if there is none."""
        return self._find("value", self.values, key)

    def table(self, name):
        """The rows of table `name`, each a dict of column to cell."""
        return self._find("table", self.tables, name)["rows"]

    def _find(self, kind, entries, key):
        if key in entries:
            return entries[key]
        nearest = ", ".join(difflib.get_close_matches(key, entries, n=3, cutoff=0.4))
        hint = f"nearest: {nearest}" if nearest else f"it has {len(entries)}, none similar"
        raise ResultsError(f"{self.path}: no {kind} {key!r}; {hint}")


def plain(raw):
    """`raw` without what editors on other systems add: a byte-order mark, carriage returns."""
    return raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def load(path):
    """Read and check the file at `path`; ResultsError if missing, damaged or invalid."""
    path = Path(path)
    lab, quick = path.absolute().parent, ""
    if lab.name == ".quick":
        lab, quick = lab.parent, " quick=1"
    return Results(path, *read(path, f"run `make lab slug={lab.name}{quick}` to write it anew"))


def read(path, cure):
    """(data, hash) of the file at `path`, checked as `load` does; `cure` ends every complaint."""
    try:
        raw = plain(path.read_bytes())
        data = json.loads(raw.decode("utf-8"), parse_constant=_reject, parse_float=_finite, parse_int=_finite,
                          object_pairs_hook=_once)
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror.lower()}; {cure}") from None
    except json.JSONDecodeError as error:
        raise ResultsError(f"{path}:{error.lineno}: damaged JSON: {error.msg}; {cure}") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path}:1: damaged: {error}; {cure}") from None
    check(data, path, cure)
    return data, hashlib.sha256(raw).hexdigest()


def write(path, data):
    """Check `data` and replace the file at `path` with it, all or nothing."""
    check(data, path, "correct the lab that wrote this")
    atomic_write(path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def check(data, path, cure):
    """Raise ResultsError on the first departure from the schema."""
    if found := departure(data, WHOLE):
        raise ResultsError(f"{path}: {found}; {cure}")


def check_part(data):
    """Check results that are not complete yet, as a lab adds a value or a table."""
    if found := departure(data, PART):
        raise ResultsError(found)


def departure(data, validator):
    """Where and how `data` departs from the validator's schema, or None."""
    if odd := next((text for text in _texts(data) if CONTROL.search(text)), None):
        return f"a control character in {odd!r}"
    if error := min(validator.iter_errors(data), key=lambda found: len(found.instance_path), default=None):
        where = "/".join(map(str, error.instance_path)) or "top level"
        return f"{where}: {error.message}"
    for where, unit in _units(data):
        if not (unit is None or unit in COUNTS or unit in CONTINUOUS or OWN_WORDS.fullmatch(unit)):
            known = ", ".join((*COUNTS, *CONTINUOUS))
            shown = json.dumps(unit, ensure_ascii=False)
            return f'{where}/unit: {shown} is not one of {known}; words of your own for a count look like "order|orders"'
    for name, table in data.get("tables", {}).items():
        for number, row in enumerate(table["rows"]):
            if odd := row.keys() ^ table["columns"].keys():
                return f"tables/{name}/rows/{number}: cells and columns differ in {sorted(odd)}"
    return None


def digest(text):
    """16 hex digits that stand for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def atomic_write(path, text):
    """Replace `path` with `text`: a reader sees the old file or the new, never a part."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def format_value(value, unit):
    """The number as prose shows it, unit included: "2,640 ms", "1 page", "13.8%"."""
    if value is None:
        return "not measured"
    if unit in CONTINUOUS:
        return format_number(value, unit) + CONTINUOUS[unit]
    one, many = _words(unit)
    return f"{format_number(value, unit)}\N{NO-BREAK SPACE}{one if value == 1 else many}".rstrip()


def format_number(value, unit):
    """The number alone, for a table cell under a heading that names the unit."""
    if unit not in CONTINUOUS and value == int(value):
        text = f"{int(value):,}"
    else:
        # %g rounds to significant digits; Decimal then writes them without an exponent.
        text = f"{Decimal(f'{value:.3g}'):,f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _words(unit):
    """(one, many): the words that follow a count."""
    if own := OWN_WORDS.fullmatch(unit):
        return own["one"], own["many"]
    return COUNTS[unit], unit if COUNTS[unit] else ""


def _units(data):
    """(where it stands, unit) of each value and of each column of a table."""
    for key, value in data.get("values", {}).items():
        yield f"values/{key}", value["unit"]
    for name, table in data.get("tables", {}).items():
        for column, about in table["columns"].items():
            yield f"tables/{name}/columns/{column}", about["unit"]


def _texts(data):
    """Every text in `data`, keys included."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def _once(pairs):
    """An object of the file; JSON lets a key come twice, and the last one wins without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} twice in one object")
    return found


def _finite(text):
    """The number that `text` says; JSON has no bound, pages and feeds do."""
    number = float(text)
    if not abs(number) < 1e18:
        raise ValueError(f"{text[:20]} is beyond every measurement")
    return int(text) if text.lstrip("-").isdigit() else number


def _reject(constant):
    raise ValueError(f"{constant} is not a JSON number")
