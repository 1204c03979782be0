"""Rounding: a sentence shows two digits, a ratio or words for it, computed from the results and never more than 5 % off."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from _harness.results import CONTINUOUS, COUNTS, Results, ResultsError
from hypothesis import example, given
from hypothesis import strategies as st
from trenches.evidence.rounding import WORDS, quote

NAMES = {name: Fraction(number) for number, name in enumerate("one two three four five six seven eight nine ten".split(), 1)}
NAMES |= {"a": Fraction(1), "an": Fraction(1), "twenty": Fraction(20), "fifty": Fraction(50), "hundred": Fraction(100), "thousand": Fraction(1000)}
PARTS = {part + plural: Fraction(1, number) for number, part in {3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 8: "eighth", 10: "tenth",
         20: "twentieth", 50: "fiftieth", 100: "hundredth", 1000: "thousandth"}.items() for plural in ("", "s")}


def results(n: int = 1, **values: tuple[float | None, str]) -> Results:
    entries = {key: {"value": value, "unit": unit, "label": f"the {key}", "n": n, "reason": "it stopped"} for key, (value, unit) in values.items()}
    return Results("results.json", {"lab": "x", "mode": "full", "receipt": {}, "values": entries, "tables": {}}, "")


def shown(form: str, **values: tuple[float | None, str]) -> str:
    return quote(results(**values), form).text.replace("\N{NO-BREAK SPACE}", " ")


def amount(text: str) -> float:
    """What a rounded text says, read by other rules than those that wrote it: "1.3 million rows", "31% of", "two thirds of", "twice"."""
    text = text.removeprefix("about ")
    if number := re.match(r"([\d.,]+)( million| billion)?", text):
        size = {" million": 1e6, " billion": 1e9, None: 1}[number[2]]
        return float(number[1].replace(",", "")) * size / (100 if text.endswith("% of") else 1)
    if text in ("half of", "twice"):
        return {"half of": 0.5, "twice": 2}[text]
    text = text.removesuffix(" of").removesuffix(" times")
    if text.endswith(" and a half"):
        return float(NAMES[text.removesuffix(" and a half")]) + 0.5
    factor = Fraction(1)
    for word in text.split():
        factor *= {**NAMES, **PARTS}[word]
    return float(factor)


@pytest.mark.parametrize(("value", "unit", "text"), [
    (285915, "pages", "290,000 pages"), (1234.5, "ms", "1,200 ms"), (87.4, "%", "87%"), (0.01234, "s", "0.012 s"), (1, "pages", "1 page"), (6, "pages", "6 pages"),
    (1_270_000, "rows", "1.3 million rows"), (999_999, "rows", "1 million rows"), (8_430_000_000, "bytes", "8.4 billion bytes"), (3.456, "x", "3.5×"), (99.4, "%", "99%"),
    (0.0456, "1", "0.046"), (1.049, "GB", "1 GB"), (1_270_000, "lost order|lost orders", "1.3 million lost orders"), (1, "lost order|lost orders", "1 lost order"), (285915, "count", "290,000"), (996, "ms", "1,000 ms"), (100.08, "%", "100%"),
])
def test_two_digits_keep_the_unit_and_drop_what_nobody_reads(value, unit, text):
    """A sentence with 285,915 pages in it is a row of a table."""
    assert shown("~a", a=(value, unit)) == text


@pytest.mark.parametrize(("value", "base", "text", "words"), [
    (2900, 100, "29 times", None), (31, 100, "31% of", None), (285915, 1, "290,000 times", None), (26, 100, "26% of", "about a quarter of"), (50, 100, "50% of", "half of"),
    (49, 100, "49% of", "about half of"), (200, 100, "2 times", "twice"), (7.1, 1, "7.1 times", "about seven times"), (0.4, 100, "0.4% of", None), (2e6, 1, "2 million times", None),
    (66.7, 100, "67% of", "two thirds of"), (1.2, 1, "1.2 times", None), (148, 100, "1.5 times", "about one and a half times"), (1, 1000, "0.1% of", "a thousandth of"),
])
def test_a_ratio_stands_before_its_base_whichever_way_it_goes(value, base, text, words):
    """After a new run the smaller of two may be the larger: "29 times" and "31% of" both stand before what they are compared with."""
    values = {"a": (value, "ms"), "b": (base, "ms")}
    assert shown("a / b", **values) == text
    if words:
        assert shown("a / b in words", **values) == words
        assert shown("a in words", a=(100 * value / base, "%")) == shown("a in words", a=(value / base, "x")) == words
    else:
        with pytest.raises(ResultsError, match="% off what a is"):
            shown("a / b in words", **values)


@pytest.mark.parametrize(("n", "value", "unit", "text"), [
    (5, 60, "%", "3 of 5"), (5, 0, "%", "0 of 5"), (2, 100, "%", "2 of 2"), (3, 66.7, "%", "2 of 3"), (3, 200 / 3, "%", "2 of 3"), (7, 14.3, "%", "1 of 7"), (1, 0, "%", "0 of 1"),
    (388, 44.8, "%", "174 of 388"), (3, 2, "runs", "2 of 3"), (20, 18, "schedule|schedules", "18 of 20"), (1680, 1620, "schedule|schedules", "1620 of 1680"), (4, 0, "count", "0 of 4"),
])
def test_a_share_of_a_few_is_counted_out(n, value, unit, text):
    """ "60% of the runs" of which there were five."""
    assert quote(results(n, a=(value, unit)), "a of n").text == text


@pytest.mark.parametrize(("n", "value", "unit"), [(0, 0, "%"), (0, 2, "runs"), (5, 50, "%"), (3, 66, "%"), (5, 120, "%"), (5, -20, "%"), (100_000, 27.1, "%"), (5, 12.3, "ms"), (3, 4, "runs"), (3, -1, "runs"), (3, 1.5, "runs"), (5, 0.6, "x")])
def test_what_makes_no_count_out_of_n_is_not_counted_out(n, value, unit):
    """A mean of shares, a time, more than all; and of a hundred thousand three digits do not say how many."""
    with pytest.raises(ResultsError, match=f"its n is {n}, which make no count out of n; show it as it is"):
        quote(results(n, a=(value, unit)), "a of n")


AMOUNTS = st.floats(min_value=1e-9, max_value=1e17)


@given(AMOUNTS, st.sampled_from([*COUNTS, *CONTINUOUS, "lost order|lost orders"]))
@example(1.05, "x")
@example(104.9, "ms")
def test_two_digits_never_mislead(value, unit):
    """Rounding is a claim about the number; more than 5 % off it is a wrong one."""
    try:
        text = shown("~a", a=(value, unit))
    except ResultsError as error:
        assert unit == "%" and 99.4 < value < 105 and "would say all" in str(error)
    else:
        assert abs(amount(text) / value - 1) <= 0.05, text


@given(AMOUNTS, AMOUNTS)
@example(105, 100)
@example(99.4, 100)
def test_a_ratio_never_misleads(value, base):
    try:
        text = shown("a / b", a=(value, "s"), b=(base, "s"))
    except ResultsError as error:
        assert 0.99 < value / base < 1.06 and "say that they are alike" in str(error)
    else:
        assert abs(amount(text) / (value / base) - 1) <= 0.05, text


@given(st.floats(min_value=1e-4, max_value=1e4))
@example(0.2380001)
@example(0.2631)
def test_words_never_mislead(ratio):
    """ "A quarter of" for 0.28 is an eighth too little; "half" for 0.46 hides what the measurement was for."""
    try:
        text = shown("a in words", a=(ratio, "x"))
    except ResultsError as error:
        assert min(abs(float(known) / ratio - 1) for known in WORDS) > 0.05 and "off what a is" in str(error)
    else:
        off = abs(amount(text) / ratio - 1)
        assert off <= 0.05 and text.startswith("about ") == (off > 0.01), text


def test_every_word_of_the_list_says_its_ratio():
    """The list is typed by hand."""
    assert {words: amount(words) for words in WORDS.values()} == {words: float(ratio) for ratio, words in WORDS.items()}


@pytest.mark.parametrize(("form", "said"), [
    ("~zero", "zero is 0 ms; only what is above zero"), ("~below", "below is −3 ms; only what is above zero"), ("~none", "none was not measured (it stopped); drop it"),
    ("ms / zero", "zero is 0 ms; only what is above zero"), ("zero / ms", "zero is 0 ms"), ("below / ms", "below is −3 ms"), ("ms / below in words", "below is −3 ms"),
    ("none / ms", "none was not measured (it stopped)"), ("ms / none", "none was not measured (it stopped)"), ("none in words", "none was not measured"), ("none", "none was not measured"),
    ("ms / pages", "ms is in ms and pages in pages; compare two values of one unit"), ("ms / s in words", "ms is in ms and s in s"), ("share / pages", "share is in % and pages in pages"), ("orders / pages", "orders is in orders and pages in pages"),
    ("ms in words", "ms is no share or factor but 12.3 ms; say what it is compared with, {result}`ms / base in words`"), ("pages in words", "pages is no share"), ("one in words", "one is no share"),
    ("~nearly", "nearly is 99.6%, and “100%” would say all; show it as it is, {result}`nearly`"), ("~above", "above is 101%, and"), ("ms / alike", "ms and alike are less than 5% apart, 12.3 ms and 12.3 ms; show both"),
    ("ms / ms", "ms and ms are less than 5% apart"), ("alike / ms", "alike and ms are less than 5% apart"),
    ("share in words", "“a quarter of”, the nearest words, are 11% off what share is; write {result}`~share`"),
    ("s / ten in words", "“a quarter of”, the nearest words, are 11% off what s is; write {result}`s / ten`"), ("nearly in words", "“nine tenths of”, the nearest words, are 10% off"),
    ("~ms / s", "“~ms / s” is no form of a value; write a key, ~key, key of n, key / base, or key / base in words"), ("~ ms", "is no form"), ("ms/s", "no value 'ms/s'; nearest: ms"), ("", "is no form"),
    ("ms in digits", "is no form"), ("ms / s / ten", "is no form"), ("~ms in words", "is no form"), ("msec", "no value 'msec'; nearest: ms"), ("ms / msec", "no value 'msec'; nearest: ms"), ("~msec", "no value 'msec'"),
])
def test_what_would_mislead_or_says_nothing_is_refused_with_the_cure(form, said):
    """A part of nothing, a multiple of what was not measured, and "100%" of what missed it by four in a thousand."""
    values = {"zero": (0, "ms"), "below": (-3, "ms"), "none": (None, "ms"), "ms": (12.3, "ms"), "alike": (12.33, "ms"), "s": (2.8, "s"), "ten": (10, "s"), "pages": (7, "pages"),
              "share": (28, "%"), "nearly": (99.6, "%"), "above": (101, "%"), "one": (0.5, "1"), "orders": (3, "order|orders")}
    with pytest.raises(ResultsError) as error:
        shown(form, **values)
    assert said in str(error.value).replace("\N{NO-BREAK SPACE}", " ") and "\n" not in str(error.value)
