"""What the prose may quote of the packages drawn."""

from collections import Counter

import numpy as np
from _harness import stats
from _harness.form import form
from counting import count, interval, share
from deaths import BUILD_TOOLS, MOST_MOVED, NO_RELEASE, SEVERAL, UNDECIDED, missing
from draw import FIRST
from installing import INSTALL_SECONDS
from packages import END, TREATMENTS
from survival import CLIMBED, FLOATING, LATER, NEWEST

EXACT = "exact McNemar, two-sided"
STEPS = {"resolve": "nothing resolved", "install": "nothing installed", "cut off": "it was cut off", "import": "an import failed"}
KINDS = {"compiled": "locks with a compiled member", "pure": "locks of pure Python"}
TOP = 5
TRIED = {*range(1, 19), *range(61, 81), *range(87, 99)}  # of the draw's order: seen at the end in trials, before the claims were written
PIN_NOTES = {"unpinned": "unpinned", "direct": "direct pin only", "lock": "full lock"}


def record(lab, cohort, broken_scripts):
    """broken_scripts: by treatment and policy, the percentage of scripts that are broken at the end, for the form."""
    _record_ends(lab, cohort)
    _record_pairs(lab, cohort)
    _record_newest(lab, cohort)
    _record_cliff(lab, cohort)
    _record_floating(lab, cohort)
    _record_locks(lab, cohort)
    _record_form(lab, cohort, broken_scripts)
    lab.sample("packages", [*_rows(cohort)])


def _record_ends(lab, cohort):
    drawn = len(cohort.born) + len(cohort.unborn)
    count(lab, "birth.drawn", drawn, "package|packages", f"packages drawn from the {FIRST} most downloaded on {cohort.birth}")
    count(lab, "birth.alive", len(cohort.born), "package|packages", f"packages that import at their birth, {cohort.birth}, on Python {cohort.version}", drawn)
    needing = [born for born in cohort.born if len(born.lock) > 1]
    count(lab, "birth.needing", len(needing), "package|packages", f"packages that import at their birth, {cohort.birth}, and need another", len(cohort.born))
    why = Counter(one.failure.step for one in cohort.unborn)
    for step, words in STEPS.items():
        count(lab, f"birth.unborn.{step.replace(' ', '_')}", why[step], "package|packages", f"packages drawn on {cohort.birth} that were not alive at birth because {words}", drawn)
    for treatment, words in TREATMENTS.items():
        found = [cohort.ended[treatment, born] for born in cohort.born]
        about = f"packages of {cohort.birth} on Python {cohort.version} at {END}, {words}"
        dead = [outcome for outcome in found if outcome.dead]
        count(lab, f"end.{treatment}.alive", sum(outcome.alive for outcome in found), "package|packages", f"alive: {about}", len(found))
        count(lab, f"end.{treatment}.dead", len(dead), "package|packages", f"dead: {about}", len(found))
        share(lab, f"end.{treatment}.dead_percent", len(dead), len(found), f"dead, of all: {about}")
        share(lab, f"end.{treatment}.needing_dead_percent", sum(cohort.ended[treatment, born].dead for born in needing), len(needing), f"dead, of those that need another: {about}")
        gone = sum(missing(cohort.ended[treatment, born].failure.words) in born.modules for born in cohort.born if cohort.ended[treatment, born].dead)
        count(lab, f"end.{treatment}.gone", gone, "package|packages", f"dead because a module of its own is there no more: {about}", len(found))
        how = Counter(outcome.failure.step for outcome in found if not outcome.alive)
        for step, told in STEPS.items():
            count(lab, f"end.{treatment}.{step.replace(' ', '_')}", how[step], "package|packages", f"not alive because {told}: {about}", len(found))


def _record_pairs(lab, cohort):
    """Each package is its own control."""
    for other in ("unpinned", "lock"):
        decided = [born for born in cohort.born if not any(cohort.ended[one, born].undecided for one in ("direct", other))]
        direct, against = ([cohort.ended[treatment, born].dead for born in decided] for treatment in ("direct", other))
        untried = [born.package.order not in TRIED for born in decided]
        for key, one, two, name in (("only_direct", direct, against, "direct"), (f"only_{other}", against, direct, other)):
            alone = sum(first and not second for first, second in zip(one, two, strict=True))
            unseen = sum(first and not second and new for first, second, new in zip(one, two, untried, strict=True))
            count(lab, f"pairs.{other}.untried.{key}", unseen, "package|packages", f"packages that no trial had seen before the claims were written, dead with {TREATMENTS[name]} and alive with {TREATMENTS[other if name == 'direct' else 'direct']}", sum(untried))
            count(lab, f"pairs.{other}.{key}", alone, "package|packages", f"packages dead with {TREATMENTS[name]} and alive with {TREATMENTS[other if name == 'direct' else 'direct']}", len(direct))
        by_chance = f"p that so many more die with only the direct version pinned than with {TREATMENTS[other]} by chance, {EXACT}"
        count(lab, f"pairs.{other}.p", _p(against, direct), "1", by_chance, len(direct))
        unseen = [[dead for dead, new in zip(some, untried, strict=True) if new] for some in (against, direct)]
        count(lab, f"pairs.{other}.untried.p", _p(*unseen), "1", f"of packages that no trial had seen, {by_chance}", sum(untried))


def _p(before, after):
    return stats.sign_test(np.array(before, dtype=int), np.array(after, dtype=int)) if before else None


def _kind(born):
    return "compiled" if born.compiled else "pure"


def _record_newest(lab, cohort):
    for kind, words in KINDS.items():
        found = [outcome for born, outcome in cohort.newest.items() if _kind(born) == kind]
        undecided = sum(outcome.undecided for outcome in found)
        dead = [outcome for outcome in found if outcome.dead]
        about = f"{words}, on Python {NEWEST}"
        count(lab, f"newest.{kind}.locks", len(found), "lock|locks", words, len(found))
        count(lab, f"newest.{kind}.dead", len(dead), "lock|locks", f"dead: {about}", len(found))
        count(lab, f"newest.{kind}.undecided", undecided, "lock|locks", f"cut off while they were built, after {INSTALL_SECONDS} s: {about}", len(found))
        share(lab, f"newest.{kind}.dead_percent", len(dead), len(found), f"dead, what was cut off not counted as dead: {about}")
        at_install = sum(outcome.failure.step == "install" for outcome in dead)
        count(lab, f"newest.{kind}.at_install", at_install, "lock|locks", f"dead at install: {about}", len(dead))
        count(lab, f"newest.{kind}.at_import", len(dead) - at_install, "lock|locks", f"dead at import: {about}", len(dead))
    dead = sum(outcome.dead for outcome in cohort.moved.values())
    about = f"packages of {cohort.birth} with nothing pinned, on Python {NEWEST} at {END}"
    count(lab, "newest.unpinned.dead", dead, "package|packages", f"dead: {about}", len(cohort.moved))
    count(lab, "newest.unpinned.undecided", sum(outcome.undecided for outcome in cohort.moved.values()), "package|packages", f"cut off, after {INSTALL_SECONDS} s: {about}", len(cohort.moved))
    share(lab, "newest.unpinned.dead_percent", dead, len(cohort.moved), f"dead, what was cut off not counted as dead: {about}")
    gone = sum(outcome.dead and missing(outcome.failure.words) in born.modules for born, outcome in cohort.moved.items())
    count(lab, "newest.unpinned.gone", gone, "package|packages", f"dead because a module of its own is there no more: {about}", len(cohort.moved))
    dead = [outcome for born, outcome in cohort.newest.items() if outcome.dead and not born.compiled]
    shared = Counter(name for outcome in dead if (name := missing(outcome.failure.words)))
    name, most = shared.most_common(1)[0] if shared else ("none", 0)
    count(lab, "newest.pure.shared", most, "lock|locks", f"dead locks of pure Python whose error on Python {NEWEST} misses the same name, the most frequent one ({name})", len(dead))


def _record_cliff(lab, cohort):
    """Of the first drawn: a lock is dead from the first interpreter on that it does not survive, and undecided on those on which it was cut off."""
    rows = []
    for kind, words in KINDS.items():
        some = [born for born in cohort.climbing if _kind(born) == kind]
        for version in (cohort.version, *LATER):
            died = [cohort.died.get(("newest", born)) for born in some]
            undecided = sum(death is not None and version in death.undecided for death in died)
            alive = sum(death is None or death.survived(version, (cohort.version, *LATER)) for death in died)
            key = f"cliff.{kind}.py{version.replace('.', '')}"
            label = f"{words}, of the first {CLIMBED} packages drawn, alive on their birth's interpreter that are alive on Python {version}, of those of which it is known"
            known = len(some) - undecided
            share(lab, f"{key}_percent", alive, known, label)
            count(lab, f"{key}_undecided", undecided, "lock|locks", f"{words}, of the first {CLIMBED} packages drawn, alive on their birth's interpreter that were cut off on Python {version}", len(some))
            low, high = interval(alive, known)
            rows.append({"python": version, "kind": words, "alive_percent": 100 * alive / known if known else None, "low": low, "high": high, "undecided": undecided, "locks": len(some)})
    columns = {"python": {"label": "Python", "unit": None}, "kind": {"label": "locks", "unit": None}, "alive_percent": {"label": "alive", "unit": "%"}, "low": {"label": "from", "unit": "%"},
               "high": {"label": "to", "unit": "%"}, "undecided": {"label": "cut off", "unit": "count"}, "locks": {"label": "all", "unit": "count"}}
    lab.table("cliff", columns, rows)
    _record_treatments(lab, cohort, rows)


def _record_treatments(lab, cohort, cliff):
    """The picture: dead at the end, by what was pinned, and the same locks on the newest interpreter."""
    rows = []
    for treatment in TREATMENTS:
        dead, n = sum(cohort.ended[treatment, born].dead for born in cohort.born), len(cohort.born)
        rows.append(_bar(f"{PIN_NOTES[treatment]}, Python {cohort.version}", dead, n))
    for kind, words in KINDS.items():
        found = [outcome for born, outcome in cohort.newest.items() if _kind(born) == kind]
        dead, n = sum(one.dead for one in found), len(found)
        rows.append(_bar(f"full lock, {kind}, Python {NEWEST}", dead, n))
    rows.append(_bar(f"unpinned, Python {NEWEST}", sum(one.dead for one in cohort.moved.values()), len(cohort.moved)))
    columns = {"what": {"label": "pinned, and where", "unit": None}, "dead_percent": {"label": "dead", "unit": "%"}, "low": {"label": "from", "unit": "%"}, "high": {"label": "to", "unit": "%"},
               "dead": {"label": "dead", "unit": "count"}, "n": {"label": "packages", "unit": "count"}}
    lab.table("treatments", columns, rows)


def _bar(what, dead, n):
    low, high = interval(dead, n)
    return {"what": what, "dead_percent": 100 * dead / n if n else None, "low": low, "high": high, "dead": dead, "n": n}


def _record_floating(lab, cohort):
    """Deaths on the birth's interpreter, each by the release that did it."""
    found = [(treatment, death) for (treatment, _), death in cohort.died.items() if treatment in FLOATING]
    by_release = Counter(death.culprit for _, death in found if death.culprit not in NO_RELEASE)
    about = f"deaths of packages of {cohort.birth} that floated, unpinned or with direct pins, on Python {cohort.version}"
    for key, value, unit, label in (
        ("floating.deaths", len(found), "death|deaths", about),
        ("floating.releases", len(by_release), "release|releases", f"releases that caused {about}"),
        ("floating.several", sum(death.culprit == SEVERAL for _, death in found), "death|deaths", f"{about}, for which no release alone is the cause"),
        ("floating.build_tools", sum(death.culprit == BUILD_TOOLS for _, death in found), "death|deaths", f"{about}, of sets that were built until then, with the same releases"),
        ("floating.undecided", sum(death.culprit == UNDECIDED for _, death in found), "death|deaths", f"{about}, whose month is not known because trials were cut off"),
        ("floating.top", sum(number for _, number in by_release.most_common(TOP)), "death|deaths", f"{about}, caused by the {TOP} releases with most"),
        ("floating.warned", sum(bool(death.warned) for _, death in found), "death|deaths", f"{about}, with any warning at the last import that worked"),
        ("floating.named", sum(death.named for _, death in found), "death|deaths", f"{about}, with a warning at the last import that worked that names what then was missing"),
    ):
        count(lab, key, value, unit, label, len(found))
    rows = []
    for culprit, number in by_release.most_common():
        split = Counter(treatment for treatment, death in found if death.culprit == culprit)
        words = next(death.failure.words for _, death in found if death.culprit == culprit)
        rows += [{"culprit": culprit.replace("==", " "), "treatment": PIN_NOTES[treatment], "deaths": split[treatment], "all": number, "words": words} for treatment in FLOATING if split[treatment]]
    columns = {"culprit": {"label": "release", "unit": None}, "treatment": {"label": "pinned", "unit": None}, "deaths": {"label": "deaths", "unit": "count"}, "all": {"label": "of either", "unit": "count"},
               "words": {"label": "one of its errors", "unit": None}}
    lab.table("culprits", columns, rows)


def _record_locks(lab, cohort):
    found = [(born, death) for (treatment, born), death in cohort.died.items() if treatment == "newest" and death.failure.step != "cut off"]
    members = Counter(death.culprit.partition("==")[0] for _, death in found if death.culprit != SEVERAL)
    about = f"deaths of locks, of the first {CLIMBED} packages drawn, between Python {cohort.version} and {NEWEST}"
    count(lab, "locks.deaths", len(found), "death|deaths", about, len(found))
    count(lab, "locks.top", sum(number for _, number in members.most_common(TOP)), "death|deaths", f"{about}, for which one of the {TOP} members with most is the cause", len(found))
    count(lab, "locks.several", sum(death.culprit == SEVERAL for _, death in found), "death|deaths", f"{about}, that the newest release of none of the {MOST_MOVED} most suspect members mends", len(found))
    count(lab, "locks.named", sum(death.named for _, death in found), "death|deaths", f"{about}, with a warning on the interpreter before that names what then was missing", len(found))
    first = Counter(death.interpreter for _, death in found)
    for version in LATER:
        count(lab, f"locks.first.py{version.replace('.', '')}", first[version], "death|deaths", f"{about}, first known on {version}", len(found))
    count(lab, "locks.unsure", sum(bool(death.undecided) for _, death in found), "death|deaths", f"{about}, cut off on an interpreter before", len(found))


def _record_form(lab, cohort, broken_scripts):
    """Dead by each birthday, which is what the form's reader looks up; then the form, from packages for packages and for our scripts."""
    rows, n = [], len(cohort.born)
    years = range(1, int(END[:4]) - int(cohort.birth[:4]) + 1)
    for treatment in FLOATING:
        for age in years:
            until = f"{int(cohort.birth[:4]) + age}-{cohort.birth[5:7]}"
            dead = sum(death.month <= until for (one, _), death in cohort.died.items() if one == treatment)
            key = f"broken.{treatment}.year{age}"
            share(lab, f"{key}_percent", dead, n, f"packages of {cohort.birth} dead after {age} of its years and dead at the end, of all, {TREATMENTS[treatment]}")
            rows.append({"dependencies": 1, "broken": dead, "drawn": n, "fallen": 0, "locks": n, "measured": 100 * dead / n if n else 0})
    fallen = sum(outcome.dead for outcome in cohort.newest.values())
    for (treatment, policy), measured in broken_scripts.items():
        if treatment == "unpinned" and policy == "eager":
            continue  # what is unpinned resolves for the interpreter that it is on
        dead = sum(cohort.ended[treatment, born].dead for born in cohort.born)
        rows.append({"dependencies": 1, "broken": dead, "drawn": n, "fallen": fallen if policy == "eager" else 0, "locks": n, "measured": measured})
    # Of packages the form has to give back what was counted; of scripts of one package each it is a prediction from packages that import.
    form(lab, "broken", [row for row in rows if row["drawn"]], "%", "scripts broken")


def _rows(cohort):
    """One row for each package drawn, alive or not: how it ended, what killed it and when, and whether a warning named it."""
    for born in sorted((*cohort.born, *cohort.unborn), key=lambda one: one.package.order):
        row = {"birth": cohort.birth, "order": born.package.order, "rank": born.package.rank, "package": born.package.name, "members": len(born.lock), "compiled": int(born.compiled),
               "unborn": f"{born.failure.step}: {born.failure.words}" if born.failure else ""}
        for treatment in TREATMENTS:
            outcome = cohort.ended.get((treatment, born))
            row[treatment] = _told(outcome)
        newest = cohort.newest.get(born)
        row |= {"moved": _told(cohort.moved.get(born)), "newest": _told(newest), "newest_missing": missing(newest.failure.words) if newest and newest.dead else ""}
        for treatment in (*FLOATING, "newest"):
            death = cohort.died.get((treatment, born))
            row |= {f"{treatment}_culprit": death.culprit if death else "", f"{treatment}_since": (death.month or death.interpreter or "unknown") if death else "",
                    f"{treatment}_warned": int(bool(death.warned)) if death else "", f"{treatment}_named": int(death.named) if death else "",
                    f"{treatment}_undecided": " ".join(death.undecided) if death else ""}
        yield row


def _told(outcome):
    if outcome is None:
        return ""
    return "alive" if outcome.alive else f"{outcome.failure.step}: {outcome.failure.words}"
