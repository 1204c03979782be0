"""What the codebases have, by pattern, shape and language, as the results say it."""

from statistics import median

from _harness import stats
from scipy.stats import kruskal

import lifetimes
from rules import PATTERNS, RULES, SHAPES, patterns_of, shape

ENOUGH = 5  # hits or flags that a codebase's share needs
ALWAYS, ALWAYS_LOW = 0.8, 0.6
SAID = {"absence": "absences", "presence": "smells that are there", "semantic": "hits of a semantic rule"}
TITLES = {"python": "Python", "java": "Java", "react": "React"}
GROUPS = {"all": "all codebases", **TITLES}
NONE = "no codebase has enough to count"
CODEBASES = "codebase|codebases"


def key(name):
    return name.lower().replace("-", "_").replace("react_hooks/", "").replace("react/", "")


def record(lab, surveyed):
    _record_corpus(lab, surveyed)
    _record_presence(lab, surveyed)
    _record_lifetimes(lab, surveyed)
    _record_comments(lab, surveyed)
    _record_density(lab, surveyed)
    lab.sample("codebases", [_row(one) for one in surveyed])
    lab.sample("hits", [{"codebase": one.codebase.name, "version": one.codebase.versions[0], "pattern": hit.pattern, "path": hit.path, "line": hit.line,
                         "commented": int(hit.commented)} for one in surveyed for hit in one.hits])


def _group(surveyed, group):
    return [one for one in surveyed if group in ("all", one.language)]


def median_of(lab, name, shares, label, unit="%"):
    """The median of one number for each codebase, and how many there are."""
    if not shares:
        return lab.value(name, None, unit, label, 0, reason=NONE)
    bounds = dict(zip(("low", "high"), stats.bootstrap_median(shares, lab.seed), strict=True), interval="95 % bootstrap") if len(shares) > 1 else {}
    return lab.value(name, median(shares), unit, label, len(shares), sample="codebases", **bounds)


def counted(lab, name, value, unit, label, n):
    """A count of `n`, which may be none."""
    lab.value(name, value if n else None, unit, label, n, reason=None if n else NONE)


def _compare(lab, name, pairs, more, less, words):
    """How often the first of a pair is the greater, and the sign test over codebases."""
    counted(lab, f"{name}.{more}", sum(one > other for one, other in pairs), CODEBASES, f"codebases in which {words[0]}", len(pairs))
    counted(lab, f"{name}.{less}", sum(one < other for one, other in pairs), CODEBASES, f"codebases in which {words[1]}", len(pairs))
    counted(lab, f"{name}.p", stats.sign_test(*zip(*((other, one) for one, other in pairs), strict=True)) if pairs else None, "1", f"p of the sign test: {words[0]}", len(pairs))


def _record_corpus(lab, surveyed):
    for name, value, unit, label in (
        ("codebases", len(surveyed), CODEBASES, "codebases counted"),
        ("vendors", len({one.codebase.vendor for one in surveyed}), "vendor|vendors", "vendors of the codebases"),
        ("patterns", len(PATTERNS), "pattern|patterns", "patterns counted"),
        ("rules", len({(language, rule) for language, kinds in RULES.items() for rules in kinds.values() for rule in rules}), "rule|rules", "rules, a pattern in a language"),
        ("lines", sum(one.lines for one in surveyed), "line|lines", "lines of code, without comments and blanks"),
        ("files", sum(one.files for one in surveyed), "file|files", "files parsed"),
        ("damaged", sum(one.damaged for one in surveyed), "file|files", "files that did not parse whole"),
        ("hits", sum(len(one.hits) for one in surveyed), "hit|hits", "hits of all rules"),
    ):
        lab.value(f"corpus.{name}", value, unit, label)


def _record_presence(lab, surveyed):
    """In how many codebases each pattern is, and the picture of all."""
    rows, always = [], 0
    for pattern in PATTERNS:
        able = [one for one in surveyed if one.places[pattern]]
        present = [one for one in able if one.density(pattern)]
        low, high = stats.wilson(len(present), len(able)) if able else (0, 1)
        always += bool(able) and len(present) / len(able) >= ALWAYS and low >= ALWAYS_LOW
        title, fates = PATTERNS[pattern]["title"], [one.fates.get(pattern, lifetimes.Fate()) for one in surveyed]
        if able:
            lab.value(f"presence.{key(pattern)}.percent", 100 * len(present) / len(able), "%", f"codebases with {title}, of those that could have it", len(able),
                      100 * low, 100 * high, "95 % Wilson", sample="codebases")
        median_of(lab, f"density.{key(pattern)}.median", [one.density(pattern) for one in able], f"hits in 10,000 lines of code: {title}", "1")
        rows.append({"pattern": pattern, "title": title, "shape": shape(pattern), "present": len(present), "applicable": len(able),
                     "present_percent": 100 * len(present) / len(able) if able else None, "low": 100 * low, "high": 100 * high,
                     "density": median(one.density(pattern) for one in able) if able else None, "hits": sum(hit.pattern == pattern for one in surveyed for hit in one.hits),
                     "kept": sum(one.kept for one in fates), "mended": sum(one.mended for one in fates), "taken_out": sum(one.taken_out for one in fates),
                     "gone": sum(one.gone for one in fates)})
    lab.value("presence.always", always, "pattern|patterns", "patterns in 80 % of the codebases that could have them, the lower end of the interval at 60 % or more", len(PATTERNS))
    texts = dict.fromkeys(("pattern", "title", "shape"))
    units = texts | dict.fromkeys(("present", "applicable", "hits", "kept", "mended", "taken_out", "gone"), "count") | dict.fromkeys(("present_percent", "low", "high"), "%") | {"density": "1"}
    labels = {"present": "codebases that have it", "applicable": "codebases that could", "present_percent": "that have it", "low": "interval from", "high": "to",
              "density": "hits in 10,000 lines, median", "kept": "kept two years", "taken_out": "taken out", "gone": "gone with their function"}
    lab.table("patterns", {name: {"label": labels.get(name, name), "unit": units[name]} for name in rows[0]}, rows)
    cells = [{"pattern": pattern, "shape": shape(pattern), "codebase": one.codebase.name.rpartition(":")[2], "language": TITLES[one.language],
              "state": "there" if one.density(pattern) else "not there" if one.places[pattern] else "no place for it"}
             for one in surveyed for pattern in PATTERNS if pattern in patterns_of(one.language)]
    lab.table("presence", {name: {"label": name, "unit": None} for name in cells[0]}, cells)


def _repaired(one, wanted):
    """The share of a shape's hits that was repaired, or None where too few are decided."""
    fate = lifetimes.of_shape(one.fates, wanted)
    return 100 * fate.repaired / fate.decided if fate.decided >= ENOUGH else None


def _record_lifetimes(lab, surveyed):
    for group, where in GROUPS.items():
        for wanted in SHAPES:
            shares = [share for one in _group(surveyed, group) if (share := _repaired(one, wanted)) is not None]
            lab.value(f"lifetime.{group}.{wanted}.codebases", len(shares), CODEBASES, f"codebases with enough {SAID[wanted]} two years ago, {where}")
            median_of(lab, f"lifetime.{group}.{wanted}.median_percent", shares, f"repaired within two years, of {SAID[wanted]}: {where}")
    for wanted in SHAPES:
        fates = [lifetimes.of_shape(one.fates, wanted) for one in surveyed]
        for name, words in (("kept", "kept"), ("mended", "mended"), ("taken_out", "taken out"), ("gone", "gone with their function")):
            lab.value(f"lifetime.hits.{wanted}.{name}", sum(getattr(one, name) for one in fates), "hit|hits", f"{SAID[wanted]} of two years ago that are {words}", len(fates))
    pairs = [pair for one in surveyed if None not in (pair := (_repaired(one, "presence"), _repaired(one, "absence")))]
    _compare(lab, "lifetime.pairs", pairs, "presence_more", "absence_more",
             ("a larger share of smells that are there was repaired than of absences", "a larger share of absences was repaired than of smells that are there"))
    _record_picture(lab, surveyed, "lifetimes", _repaired, "repaired within two years")


def _commented(one, wanted):
    hits = one.of_shape(wanted)
    return 100 * sum(hit.commented for hit in hits) / len(hits) if len(hits) >= ENOUGH else None


def _record_comments(lab, surveyed):
    for group, where in GROUPS.items():
        some = _group(surveyed, group)
        for wanted in SHAPES:
            median_of(lab, f"comments.{group}.{wanted}.median_percent", [share for one in some if (share := _commented(one, wanted)) is not None],
                    f"with a comment within one line, of {SAID[wanted]}: {where}")
        median_of(lab, f"comments.{group}.any.median_percent", [100 * one.near for one in some], f"with a comment within one line, of any line of code: {where}")
        pairs = [pair for one in some if None not in (pair := (_commented(one, "presence"), _commented(one, "absence")))]
        lab.value(f"comments.{group}.codebases", len(pairs), CODEBASES, f"codebases with enough hits of both shapes: {where}")
        counted(lab, f"comments.{group}.presence_more", sum(presence > absence for presence, absence in pairs), CODEBASES,
                  f"codebases in which smells that are there have a comment more often than absences: {where}", len(pairs))
    for wanted in ("absence", "presence"):
        pairs = [(share, 100 * one.near) for one in surveyed if (share := _commented(one, wanted)) is not None]
        _compare(lab, f"comments.{wanted}", pairs, "above", "below", (f"{SAID[wanted]} have a comment more often than any line", f"{SAID[wanted]} have a comment less often than any line"))
    _record_picture(lab, surveyed, "comments", _commented, "with a comment within one line")


def _record_picture(lab, surveyed, name, share, label):
    """A point for each codebase: absences against smells that are there."""
    rows = [{"codebase": one.codebase.name.rpartition(":")[2], "language": TITLES[one.language], "absence": pair[0], "presence": pair[1]}
            for one in surveyed if None not in (pair := (share(one, "absence"), share(one, "presence")))]
    lab.table(name, {"codebase": {"label": "codebase", "unit": None}, "language": {"label": "language", "unit": None},
                     "absence": {"label": f"absences {label}", "unit": "%"}, "presence": {"label": f"smells that are there, {label}", "unit": "%"}}, rows)


def _record_density(lab, surveyed):
    """How much of the variance of the ranks of density is the language's."""
    shared = [pattern for pattern in PATTERNS if all(pattern in patterns_of(language) for language in TITLES)]
    shares = []
    for pattern in shared:
        groups = [[one.density(pattern) for one in _group(surveyed, language) if one.places[pattern]] for language in TITLES]
        groups = [group for group in groups if group]
        every = [density for group in groups for density in group]
        if len(groups) < 2 or len(set(every)) < 2 or len(every) < len(groups) + 2:
            lab.value(f"density.{key(pattern)}.language_percent", None, "%", f"variance of ranks that language explains: {PATTERNS[pattern]['title']}", 0, reason=NONE)
            continue
        shares.append(kruskal(*groups).statistic / (len(every) - 1))
        lab.value(f"density.{key(pattern)}.language_percent", 100 * shares[-1], "%", f"variance of ranks that language explains: {PATTERNS[pattern]['title']}", len(every))
    lab.value("density.patterns", len(shares), "pattern|patterns", "patterns that all three languages can have")
    counted(lab, "density.project_more", sum(share < 0.5 for share in shares), "pattern|patterns", "patterns of which language explains less than half", len(shares))


def _row(one):
    """What became of a codebase, from which each median can be computed again."""
    row = {"language": one.language, "vendor": one.codebase.vendor, "name": one.codebase.name, "today": one.codebase.versions[0], "earlier": one.codebase.versions[1],
           "files": one.files, "damaged": one.damaged, "lines": one.lines, "near_percent": 100 * one.near}
    for pattern in PATTERNS:
        name, fate = key(pattern), one.fates.get(pattern, lifetimes.Fate())
        hits = [hit for hit in one.hits if hit.pattern == pattern]
        row |= {f"{name}_hits": len(hits), f"{name}_places": one.places[pattern], f"{name}_commented": sum(hit.commented for hit in hits),
                f"{name}_kept": fate.kept, f"{name}_mended": fate.mended, f"{name}_taken_out": fate.taken_out, f"{name}_gone": fate.gone}
    for rule, (flagged, suppressed) in one.suppressed.items():
        row |= {f"{key(rule)}_flagged": flagged, f"{key(rule)}_suppressed": suppressed}
    return row
