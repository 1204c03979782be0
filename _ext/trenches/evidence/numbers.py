"""Which numbers in a text need a source: every digit, and every number in words that measures or counts.

The check is turned round: what measures nothing (a year, a version, a standard, a place) is taken out of the text first,
by a short list, and whatever number is then left is one. Nothing here needs Sphinx.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..text.files import read_toml

LISTS = read_toml(Path(__file__).with_name("numbers.toml"))


def _any(name: str) -> str:
    """A pattern for every word in the list ``name``, the longest first."""
    words = sorted(LISTS[name].split(), key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\*", "s?").replace(r"\~", r"\s") for word in words) + ")"


PRODUCT, STANDARD, PLACE, PLACES, UNIT, COUNTED = map(_any, ("products", "standards", "places", "printed", "units", "counted"))
# After it a number is an amount, whatever stands before.
AMOUNT = rf"(?!\d|[.,]\d|[\s-]?(?:[%‰×]|(?:{UNIT}|{COUNTED})\b))"
MONTH = r"(?:Jan(?:uary|\b)|Feb(?:ruary|\b)|Mar(?:ch|\b)|Apr(?:il|\b)|May|June?|July?|Aug(?:ust|\b)|Sept?(?:ember|\b)|Oct(?:ober|\b)|Nov(?:ember|\b)|Dec(?:ember|\b))"
YEAR = r"(?:19[5-9]\d|20[0-3]\d)"
NUMBER = r"\d+(?:\.(?:\d+|x))*[a-z]{0,2}"
# No product but a browser has had a thirty-first version.
VERSION = r"v?(?:[12]?\d|30)(?:\.(?:\d+|x))*(?:ai|c|b|LTS|rc\d*)?(?![\w%])"
STATUS = r"(?:10[0-3]|20[0-8]|30[0-8]|4(?:0\d|1[0-8]|2[1-689]|31|51)|50[0-8]|51[01])"
# What looks like a name with a number, and is an amount: EUR40, MB93, sub-100, n93.
NO_NAME = rf"(?:USD?|EUR|GBP|CHF|CAD|AUD|JPY|CNY|INR|NOK|SEK|DKK|RMB|Rs|RPS|QPS|TPS|(?=[A-Za-z]{{2}}){UNIT}|[nR]|x(?!86)|sub|pre|post|mid|non|under|over|about|near|up-to|to|than|plus|minus|only|max|min)"

NO_MEASUREMENT = {
    "a date or a time of day": (
        r"\b\d{4}-\d\d(?:-\d\d(?:T[\d:.]+Z?)?)?\b", rf"\b(?:\d{{1,2}}\s)?{MONTH}\s(?:\d{{1,2}},\s)?{YEAR}\b{AMOUNT}", rf"\b\d{{1,2}}\s{MONTH}\b{AMOUNT}",
        rf"\b{MONTH}\s\d{{1,2}}\b{AMOUNT}", r"\b\d\d?/\d\d?/\d{4}\b", r"\b\d\d?:\d\d(?::\d\d)?(?=\s?(?:UTC|GMT|CES?T)\b)|(?<=at\s)\d\d?:\d\d(?::\d\d)?\b",
        r"\b\d\d?(?::\d\d)?\s?[ap](?:\.m\.|m\b)"),
    "a year, where years stand": (
        r"\b(?:19|20)\d0s\b", r"’\d\d\b", rf"\b(?:Q[1-4]|H[12]|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter|[Yy]ear|©)\s(?:of\s)?{YEAR}\b",
        rf"\b(?i:in|since|until|early|late|mid|during|from|before|after)[\s-](?:the\s|his\s|her\s|their\s)?{YEAR}(?:(?:\sto\s|\sand\s|[–-]|,\s){YEAR})*\b{AMOUNT}",
        rf"\b{YEAR}(?=\s(?:paper|outage|talk|report|edition|survey|study|incident|book|post|article)s?\b)", rf"\b[A-Z][A-Za-z’]{{2,}}\s{YEAR}\b{AMOUNT}",
        rf"(?<=,\s){YEAR}(?=[.,;:)]|$)", rf"\({YEAR}\)"),
    "a standard or a version, beside its name": (
        r"\bHTTP/\d(?:\.\d)?\b", rf"\b{STANDARD}[./:\s-](?:Level\s)?{NUMBER}(?:[-:.]\d+)*(?:(?:,|,?\sand|,?\sor)\s\d+)*(?!\w)", rf"(?<!\w){PRODUCT}(?:’s)?[\s:-](?:≥\s)?{VERSION}(?:(?:,|,?\s(?:and|or|to))\s{VERSION})*(?!\s?(?:[%‰×]|{UNIT}\b))",
        r"\b(?:Chrome|Chromium|Firefox|Visual\sStudio|Office)\s\d+\b", r"\b(?i:version|release)\s\d+(?:\.\d+)*\b(?!\s(?:times|of)\b)", r"(?<![\w.])v\d+(?:\.\d+)*\b", r"\b\d+(?:\.\d+)*\.x\b", r"\b\d+\.\d+(?=\s(?:release|line)\b)",
        r"(?<![\w.])\d+\.\d+\.\d+(?:\.\d+)?(?:/\d+)?(?![\w.]*\d)", r"\bC\+\+\d\d\b", r"(?<=\s)/\d\d?\b"),
    "a status code": (
        rf"\b(?:[Ss]tatus(?:\scodes?)?|HTTP)\s{STATUS}(?:(?:,|\sand|\sor)\s{STATUS})*\b(?!\s(?:times|in\sa\srow|rows|jobs|requests)\b)",
        rf"\b(?:[Aa]n?|(?:answer|return|respond)s?(?:\swith)?(?:\san?)?)\s{STATUS}(?:(?:,|,?\sor|,?\sand)(?:\san?)?\s{STATUS})*\b{AMOUNT}", r"\b[1-5]xx\b",
        r"\b(?:exit|status|error)\s(?:code\s|status\s)?\d+\b"+AMOUNT),
    "an ordinal or a place": (
        r"(?<!every\s)(?<!each\s)\b\d+(?:\.\d+)?(?:st|nd|rd|th)\b", rf"(?:\b(?i:{PLACE})\s|§\s?|(?<=\s)#){NUMBER}\b{AMOUNT}",
        rf"\b(?i:{PLACES})\s{NUMBER}(?:(?:,|\sto|,?\sand)\s{NUMBER}|[–-]{NUMBER})+\b{AMOUNT}", r"\[\d+(?:[,–-]\s?\d+)*\]"),
    "a name": (
        r"\bp\d\d?(?:\.\d+)?\b", r"\b(?:arXiv|ISBN|DOI|doi)[:\s]\S*\w", r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b",
        rf"(?<![\w.,$€£+-])(?!{NO_NAME}[-+]?\d)[A-Za-z][A-Za-z]*(?:[-.:@/]?[A-Za-z]+)*[-.:@]?\d[\w.+]*(?:[-.:/@]\w+)*(?<![.])", r"\b[Tt]op-\d+\b", r"\b\d+-(?:bit|byte)\b",
        r"[\w./-]*[A-Za-z][\w-]*\.(?:sql|py|java|go|mjs|js|ts|txt|md|json|toml|ya?ml|csv|svg|html)\b",
        r"\bN\+1\b|\b1:[1n]\b|\b[23]P[CL]\b|\b[1-6]NF\b|\b2FA\b|\b[23]D\b|\b[01]-based\b|\b24-hour\sclock\b|\b1-on-1\b|\b[45]G\b"),
    "a formula": (
        r"\bO\([^()]*(?:\([^()]*\))?[^()]*\)", rf"(?:(?<=\b[A-Za-zλμρ])|(?<=\)))\s?[+−⁄/·^]\s?\d+(?:\.\d+)?\b{AMOUNT}", r"(?<![\d.,])\d+(?:\.\d+)?\s?[+−⁄/·]\s?(?=\(|[A-Za-zλμρ]\b)",
        r"(?<![\w.])\d+(?:ⁿ|[nNp]\b(?:\s?[+−]\s?\d+\b)?)"),
}
PATTERNS = [re.compile(pattern) for patterns in NO_MEASUREMENT.values() for pattern in patterns]

TEENS = r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
TENS = r"(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine)\b)?)"
LARGE = r"(?:hundred|thousand|million|billion|dozen)s?"
BIG = rf"(?:(?:{TENS}|{TEENS}|an?|one|half\san?|several|many|some|few)[\s-]{LARGE}(?:\s(?:and\s)?(?:{TENS}|{TEENS}|{LARGE}))*|{TENS})"
COUNT = rf"(?:{BIG}|{TEENS}|{LARGE})"
PART = r"(?:(?:an?|one|two|three|four)[\s-](?:half|(?:third|quarter|fifth|tenth|hundredth|thousandth)s?)|half)"
NTH = r"(?:other|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))"
PERIOD = r"(?:second|minute|hour|day|week|month|year)"
# The two, all three, its four point back at what was named, and count nothing anew.
BACK = r"(?P<back>\b(?:the|these|those|all|other|its|our|their|your|first|last|second|top)\s)?"
IN_WORDS = [re.compile(pattern, re.IGNORECASE) for pattern in (
    # Two-digit numbers and larger ones anywhere; smaller ones before a unit or something counted.
    rf"{BACK}(?<![\w-]){BIG}(?:-odd|-plus|\sor\sso)?(?:[\s-](?:per\scent|{UNIT}|{COUNTED})\b)?(?!\w)",
    rf"(?<![\w-])(?:{COUNT}|{PART})(?:-odd|-plus|\sor\sso|\sand\sa\shalf|\sof\san?|\san?)?[\s-](?:per\scent|{UNIT})\b",
    rf"{BACK}(?<![\w-]){COUNT}(?:-odd|-plus)?(?:-|\s(?:[\w’-]+\s){{0,2}}?)(?:{COUNTED}|figure|digit)\b",
    rf"(?<![\w-])(?:one\s(?:(?:milli|micro|nano)?second|percent|per\scent|minute|hour)|an?\s(?:(?:milli|micro|nano)second|minute|hour))\b",
    # Shares and rates: one in four, six of the nine, one request in forty, every tenth call, one a day.
    rf"(?<![\w-])(?:{COUNT}|one)\s(?:(?:[\w’-]+\s)?in|out\sof)\s(?:every\s|an?\s)?{COUNT}\b", rf"(?<![\w-]){COUNT}\sof\s(?:them\b|(?:(?:the|our|its|their|these|those)\s)?{COUNT}\b)",
    rf"\b(?:every|each)\s{NTH}\s(?:[\w’-]+\s)?{COUNTED}\b", rf"\bone\s[\w’-]+\s(?:an?|per|every|in\san?)\s{PERIOD}\b",
    # Parts and multiples: half of, a third less, twice as, fifteen-fold, five nines.
    rf"{BACK}(?<![\w-]){PART}\s(?:of|less|more|fewer|slower|faster|cheaper|larger|smaller|higher|lower|longer|shorter|the|that)\b", rf"(?<![\w-])half\s(?:[\w’-]+\s)?{COUNTED}\b",
    r"(?<![\w-])(?:twice|thrice|half)\s(?:as|the|that)\b", rf"(?<![\w-]){COUNT}-?fold\b", rf"\bfactors?\sof\s{COUNT}\b", r"\b(?:two|three|four|five|six)\snines\b",
)]
# Each of those holds one of these; few sentences do, and to look for them is faster.
WORDS = re.compile(r"two|three|four|five|fif|six|seven|eigh|nin|ten|eleven|twel|thir|twen|forty|hundred|thousand|million|billion|dozen|second|cent"
                   r"|minute|hour|half|quarter|thrice|twice|fold|every|each|one", re.IGNORECASE)
WHOLE = re.compile(rf"[^\s“”()\[\]]*\d(?:[^\s“”()\[\]]*[^\s“”()\[\].,;:])?(?:\s(?:{UNIT}|{COUNTED})\b|\s?[%‰×])?")
DIGITS = re.compile(r"\d(?:[\d.,]*\d)?")
# Code that is nothing but an amount (1240, 12 ms, £40), and an amount in code that is no setting's (took 8842 ms).
ALONE = re.compile(rf"[^\w]*\d[\d.,\s]*(?:{UNIT}|{COUNTED})?[^\w]*")
WITHIN = re.compile(rf"(?<![=\w.-])\d[\d.,]*\s?(?:{UNIT})\b")
# Of other scripts and signs, as seen; what joins or parts letters unseen.
RAISED, UNSEEN = re.compile(r"(?<=[A-Za-zλμρ)])[²³¹⁰⁴-⁹₀-₉]+"), str.maketrans({"\u2011": "-", "\u00ad": None, "\u200b": None, "\u2060": None, "\u200d": None})


def unsourced(sentence: str) -> list[tuple[int, str]]:
    """Return (offset, number) of every number in ``sentence`` that measures or counts, with what it is a number of."""
    found, sentence = [], sentence.translate(UNSEEN)
    if any(map(str.isnumeric, sentence)):
        rest = RAISED.sub(lambda exponent: "_" * len(exponent[0]), sentence)
        rest = "".join("0" if sign.isnumeric() and not sign.isascii() else sign for sign in rest)
        for pattern in PATTERNS:
            rest = pattern.sub(lambda name: "_" * len(name[0]), rest)
        found += WHOLE.finditer(rest)
    if WORDS.search(sentence):
        found += (number for pattern in IN_WORDS for number in pattern.finditer(sentence) if not number.groupdict().get("back"))
    spans: list[tuple[int, int]] = []
    for start, end in sorted((number.span() for number in found), key=lambda span: (span[0], -span[1])):
        # "half a minute" is one number, and has another in it.
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return [(start, sentence[start:end]) for start, end in spans]


def is_amount(code: str) -> bool:
    """Whether a piece of code is an amount: ``1240``, ``12 ms``, ``took 8842 ms``; ``503`` is a status, ``wait=5s`` a setting."""
    if re.fullmatch(STATUS, code):
        return False
    return bool(ALONE.fullmatch(code)) or not code.startswith("-") and bool(WITHIN.search(code))
