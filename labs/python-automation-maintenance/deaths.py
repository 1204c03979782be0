"""Whose release killed a package: found by trying, never by reading the error alone.

On its birth interpreter a floating set died between two months. Of the releases that came in between, the culprit is the one that, held back
to the month before with everything else as it is, keeps the package alive; or, where two kill it at once, the one that kills it alone. A
lock died when the interpreter was changed: on the first one that it does not survive, going up. Its culprit is the member that could
not be built, or the one that, moved to its newest release with everything else locked, brings it back.
"""

import re
from dataclasses import dataclass
from datetime import date

from installing import Failure

SEVERAL, BUILD_TOOLS, UNDECIDED = "several together", "build tools", "undecided"
NO_RELEASE = (SEVERAL, BUILD_TOOLS, UNDECIDED)
MOST_ASKED = 3  # months that are tried around the middle, where some are cut off
MISSING = re.compile(r"No module named '([\w.]+)'|cannot import name '(\w+)' from '([\w.]+)'|module '([\w.]+)' has no attribute '(\w+)'")
MOST_MOVED = 3  # members of a lock that are tried


@dataclass(frozen=True)
class Death:
    """culprit: the release, "markupsafe==2.1.0", SEVERAL, or the BUILD_TOOLS of that month, with which a release that built before builds no
    more, or UNDECIDED where a trial between was cut off and the months are not next to each other; failure: how it died; warned: what was warned of at the last trial that it
    survived; month: the first of those that the set was dead in, or None for a lock; interpreter: the first that a lock does not survive,
    None where a build was cut off and nobody knows."""

    culprit: str
    failure: Failure
    warned: tuple = ()
    month: str | None = None
    interpreter: str | None = None

    @property
    def missing(self):
        return missing(self.failure.words)

    @property
    def named(self):
        """Whether a warning had the name that then was missing, in full or its last part."""
        if not self.missing:
            return False
        last = re.compile(rf"\b{self.missing.rpartition('.')[2]}\b")
        return any(self.missing in words or last.search(words) for _, words, _ in self.warned)


def months(birth, end):
    """The first of each month after birth, and the end."""
    first, last = date.fromisoformat(birth), date.fromisoformat(end)
    count = (last.year - first.year) * 12 + last.month - first.month
    return [date(first.year + (first.month + step - 1) // 12, (first.month + step - 1) % 12 + 1, 1).isoformat() for step in range(1, count + 1)] + [end]


def floating(trials, born, treatment, version, end):
    """The Death of a set that was alive at birth and is dead at the end: where it changed, by halving."""
    dates, requirements = [born.package.birth, *months(born.package.birth, end)], born.requirements(treatment)
    alive, dead = _halved(lambda place: trials.outcome(born, requirements, version, dates[place]), len(dates) - 1)
    before = trials.outcome(born, requirements if alive else born.lock, version, dates[alive])
    after = trials.outcome(born, requirements, version, dates[dead])
    if dead - alive > 1:
        culprit = UNDECIDED
    else:
        culprit = _built(before, after) or _killer(trials, born, requirements, version, dates[dead], before, after)
    return Death(culprit, after.failure, before.warned, month=dates[dead][:7])


def _halved(trial, dead):
    """(the last place alive, the first dead), alive at 0 and dead at `dead`: next to each other, or with nothing but undecided ones tried
    between."""
    alive = 0
    while True:
        middle = alive + dead
        places = sorted(range(alive + 1, dead), key=lambda place: abs(2 * place - middle))[:MOST_ASKED]
        place, found = next(((place, found) for place in places if not (found := trial(place)).undecided), (None, None))
        if place is None:
            return alive, dead
        alive, dead = (place, dead) if found.alive else (alive, place)


def _built(before, after):
    """The release that could not be built; the tools, where it could be until then, or where nothing else has changed; or None."""
    member = after.failure.member
    if member in before.pins or after.pins == before.pins:
        return BUILD_TOOLS
    return member


def _killer(trials, born, requirements, version, until, before, after):
    """The release of `after` that, held back, leaves the set alive; or else that alone kills the set of before."""
    earlier = dict(pin.split("==") for pin in before.pins)
    came = sorted((pin for pin in after.pins if pin not in before.pins), key=lambda pin: _suspicion(pin, after))
    if len(came) == 1:
        return came[0]
    for pin in came:
        name = pin.partition("==")[0]
        held = (*(one for one in requirements if one != name), f"{name}=={earlier.get(name)}")
        if name in earlier and trials.outcome(born, held, version, until).alive:
            return pin
    for pin in came:
        name = pin.partition("==")[0]
        moved = tuple(sorted({*before.pins, pin} - {f"{name}=={earlier.get(name)}"}))
        if trials.tried(born, moved, version, until).dead:
            return pin
    return SEVERAL


def lock(trials, born, versions, end):
    """The Death of a lock that is alive on its birth's interpreter and not on the last of `versions`, interpreters in order. Where a build
    is cut off on one between, the last is taken for the first: the lock counts as alive until it is known not to be."""
    warned, last = (), trials.outcome(born, born.lock, versions[-1], end)
    if not last.dead:
        return Death(last.failure.member or SEVERAL, last.failure)
    for version in versions:
        found = trials.outcome(born, born.lock, version, end)
        if not found.alive and not found.dead:
            version, found = versions[-1], last
        if found.dead:
            culprit = found.failure.member or _moved(trials, born, version, end, found)
            return Death(culprit, found.failure, warned, interpreter=version)
        warned = found.warned


def _moved(trials, born, version, end, found):
    """The member that, moved alone to its newest release, brings the lock back on that interpreter. What only the newest needs comes with it."""
    locked = {pin.partition("==")[0] for pin in found.pins}
    for pin in sorted(found.pins, key=lambda pin: _suspicion(pin, found))[:MOST_MOVED]:
        name = pin.partition("==")[0]
        newest = trials.resolved((name,), version, end)
        if isinstance(newest, Failure) or pin in newest:
            continue
        moved = {one for one in newest if one.partition("==")[0] == name or one.partition("==")[0] not in locked}
        if trials.tried(born, tuple(sorted({*found.pins, *moved} - {pin})), version, end).alive:
            return pin
    return SEVERAL


def _suspicion(pin, outcome):
    """What the error names comes first, then what it passed through, the deepest first."""
    name = pin.partition("==")[0]
    named = name.replace("-", "_") in outcome.failure.words.lower().replace("-", "_")
    depth = outcome.suspects[::-1].index(name) if name in outcome.suspects else len(outcome.suspects)
    return not named, depth, pin


def missing(words):
    """The name that an import misses; a copy of six that another package carries is six."""
    found = MISSING.search(words)
    if not found:
        return ""
    module, name, origin, owner, attribute = found.groups()
    told = module or (f"{origin}.{name}" if name else f"{owner}.{attribute}")
    return "six.moves" if "six.moves" in told else told
