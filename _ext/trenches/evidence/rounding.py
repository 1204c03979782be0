"""A value as a sentence shows it: exact, in two digits, counted out, as a ratio to another value, or as a ratio in words.

Every form of a ratio ends so that its base can follow it: "29 times", "31% of", "about a quarter of" the pages. A new
run may move it across one, and the sentence still reads. Nothing here needs Sphinx.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from _harness.results import CONTINUOUS, Results, ResultsError, Value, format_number, format_value

# The closed list of words for a ratio.
WORDS = {
    Fraction(1, 1000): "a thousandth of", Fraction(1, 100): "a hundredth of", Fraction(1, 50): "a fiftieth of", Fraction(1, 20): "a twentieth of",
    Fraction(1, 10): "a tenth of", Fraction(1, 8): "an eighth of", Fraction(1, 6): "a sixth of", Fraction(1, 5): "a fifth of",
    Fraction(1, 4): "a quarter of", Fraction(1, 3): "a third of", Fraction(2, 5): "two fifths of", Fraction(1, 2): "half of",
    Fraction(3, 5): "three fifths of", Fraction(2, 3): "two thirds of", Fraction(3, 4): "three quarters of", Fraction(4, 5): "four fifths of",
    Fraction(9, 10): "nine tenths of", Fraction(3, 2): "one and a half times", Fraction(2): "twice", Fraction(5, 2): "two and a half times",
    Fraction(3): "three times", Fraction(4): "four times", Fraction(5): "five times", Fraction(6): "six times", Fraction(7): "seven times",
    Fraction(8): "eight times", Fraction(9): "nine times", Fraction(10): "ten times", Fraction(20): "twenty times", Fraction(50): "fifty times",
    Fraction(100): "a hundred times", Fraction(1000): "a thousand times",
}
# Words further off mislead. Two digits never are: at most 4.8%, at 1.05.
MISLEADS, EXACT = 0.05, 0.01
# A value in one of these is a ratio already, to what its label names.
RATIOS = {"%": 100, "x": 1}
FORM = re.compile(r"~(?P<rounded>\S+)|(?P<counted>[^\s~]\S*) of n|(?P<key>[^\s~]\S*)(?: / (?P<base>\S+))?(?P<words> in words)?")


@dataclass(frozen=True)
class Quoted:
    """What a sentence shows of ``value``; ``base`` is what a ratio compares it with."""

    text: str
    value: Value
    base: Value | None = None

    @property
    def exact(self) -> str:
        return f"{self.value.text} to {self.base.text}" if self.base else self.value.text


def quote(results: Results, form: str) -> Quoted:
    """Read ``key``, ``~key``, ``key of n``, ``key / base`` or ``key / base in words``; a share or a factor has words without a base.

    Raises ResultsError where that would say what was not measured, or mislead.
    """
    found = FORM.fullmatch(form)
    if not found:
        raise ResultsError(f"“{form}” is no form of a value; write a key, ~key, key of n, key / base, or key / base in words")
    value = results.value(found["rounded"] or found["counted"] or found["key"])
    if value.value is None:
        raise ResultsError(f"{value.key} was not measured ({value.reason}); drop it from the text or give it a number")
    if found["rounded"]:
        return Quoted(_two_digits(value), value)
    if found["counted"]:
        return Quoted(_of_n(value), value)
    base = results.value(found["base"]) if found["base"] else None
    if not base and not found["words"]:
        return Quoted(value.text, value)
    ratio = _ratio(value, base)
    return Quoted(_in_words(ratio, value, base) if found["words"] else _times(ratio, value, base), value, base)


def keys_of(form: str) -> set[str]:
    """The keys that ``form`` names."""
    found = FORM.fullmatch(form)
    return {found[name] for name in ("rounded", "counted", "key", "base") if found[name]} if found else set()


def _amount(value: Value) -> float:
    if value.value is None:
        raise ResultsError(f"{value.key} was not measured ({value.reason}); nothing can be compared with it")
    if value.value <= 0:
        raise ResultsError(f"{value.key} is {value.text}; only what is above zero is rounded or compared; show it as it is, {{result}}`{value.key}`")
    return value.value


def _two_digits(value: Value) -> str:
    digits = _round(_amount(value))
    if value.unit == "%" and digits == 100 and value.text != "100%":
        raise ResultsError(f"{value.key} is {value.text}, and “100%” would say all; show it as it is, {{result}}`{value.key}`")
    return format_value(digits, value.unit).replace(format_number(digits, value.unit), _short(digits, value.unit), 1)


def _of_n(value: Value) -> str:
    """ "3 of 5": what a share of a few counts, since "60%" sounds like many; or a count of the n that could have been."""
    counts = [value.value] if value.n else []
    if value.n and value.unit in CONTINUOUS:  # more than one of three neighbours with its text: three digits do not tell
        nearest = round(value.value * value.n / 100)
        counts = [k for k in range(nearest - 1, nearest + 2) if format_value(100 * k / value.n, "%") == value.text]
    if len(counts) != 1 or not 0 <= counts[0] <= value.n or counts[0] != int(counts[0]):
        raise ResultsError(f"{value.key} is {value.text} and its n is {value.n}, which make no count out of n; show it as it is, {{result}}`{value.key}`")
    return f"{int(counts[0])} of {value.n}"


def _ratio(value: Value, base: Value | None) -> float:
    if base is None:
        if value.unit not in RATIOS:
            raise ResultsError(f"{value.key} is no share or factor but {value.text}; say what it is compared with, {{result}}`{value.key} / base in words`")
        return _amount(value) / RATIOS[value.unit]
    if value.unit != base.unit:
        raise ResultsError(f"{value.key} is in {value.counted} and {base.key} in {base.counted}; compare two values of one unit")
    return _amount(value) / _amount(base)


def _times(ratio: float, value: Value, base: Value) -> str:
    digits = _round(ratio)
    if digits == 1:
        raise ResultsError(f"{value.key} and {base.key} are less than 5% apart, {value.text} and {base.text}; show both, and say that they are alike")
    if digits < 1:
        return f"{format_number(100 * digits, '%')}%\N{NO-BREAK SPACE}of"
    return f"{_short(digits, 'x')}\N{NO-BREAK SPACE}times"


def _in_words(ratio: float, value: Value, base: Value | None) -> str:
    nearest = min(WORDS, key=lambda known: abs(known / ratio - 1))
    off = abs(nearest / ratio - 1)
    if off > MISLEADS:
        cure = f"{value.key} / {base.key}" if base else f"~{value.key}"
        raise ResultsError(f"“{WORDS[nearest]}”, the nearest words, are {100 * off:.0f}% off what {value.key} is; write {{result}}`{cure}`")
    return WORDS[nearest] if off <= EXACT else f"about {WORDS[nearest]}"


def _round(number: float) -> float:
    return float(f"{number:.2g}")


def _short(digits: float, unit: str) -> str:
    """A rounded number without the zeros that nobody reads: "1.3 million"."""
    for size, word in (1e9, "billion"), (1e6, "million"):
        if digits >= size:
            return f"{format_number(digits / size, unit)}\N{NO-BREAK SPACE}{word}"
    return format_number(digits, unit)
