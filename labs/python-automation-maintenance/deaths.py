"""Whose release killed a package: found by trying, never by reading the error alone.

On its birth interpreter a floating set died between two months. Of the releases that came in between, the culprit is the one that, exchanged
for that of the month before in the very set that is dead, brings it back; or else the one that does so pinned, where what needs it may give
way; or, where two kill it at once, the one that kills the set of the month before alone. A lock died when the interpreter was changed: on the
first one that it does not survive, going up. Its culprit is the member that could not be built, or of the few that the error points to most
the one that, moved to its newest release with everything else locked, brings it back.
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
    survived; month: the first of those that the set was dead in, or None for a lock; interpreter: the first that a lock is known not to
    survive, or None; undecided: those on which it was cut off, or never tried because the last was."""

    culprit: str
    failure: Failure
    warned: tuple = ()
    month: str | None = None
    interpreter: str | None = None
    undecided: tuple = ()

    def survived(self, version, versions):
        """Whether a lock was alive on that one of all `versions`."""
        return version not in self.undecided and (self.interpreter is None or versions.index(version) < versions.index(self.interpreter))

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
    """The release of `after` that, exchanged or held back, leaves the set alive; or else that alone kills the set of before, unless that is dead by itself."""
    earlier = dict(pin.split("==") for pin in before.pins)
    came = sorted((pin for pin in after.pins if pin not in before.pins), key=lambda pin: _suspicion(pin, after))
    for pin in came:
        if trials.tried(born, _exchanged(after.pins, pin, earlier), version, until).alive:
            return pin
    for pin in came:
        name = pin.partition("==")[0]
        held = (*(one for one in requirements if one != name), f"{name}=={earlier.get(name)}")
        if name in earlier and trials.outcome(born, held, version, until).alive:
            return pin
    if trials.tried(born, before.pins, version, until).dead:
        return BUILD_TOOLS
    for pin in came:
        name = pin.partition("==")[0]
        moved = tuple(sorted({*before.pins, pin} - {f"{name}=={earlier.get(name)}"}))
        if trials.tried(born, moved, version, until).dead:
            return pin
    return SEVERAL


def _exchanged(pins, pin, earlier):
    """The pins with the earlier release of that one's name, or without it if there was none."""
    name = pin.partition("==")[0]
    return tuple(sorted({*pins, *([f"{name}=={earlier[name]}"] if name in earlier else [])} - {pin}))


def lock(trials, born, versions, end):
    """The Death of a lock that is alive on the first of `versions`, interpreters in order, and not on the last."""
    last = trials.outcome(born, born.lock, versions[-1], end)
    if last.undecided:
        return Death(last.failure.member or SEVERAL, last.failure, undecided=tuple(versions[1:]))
    warned, undecided = (), []
    for version in versions:
        found = trials.outcome(born, born.lock, version, end)
        if found.dead:
            culprit = found.failure.member or _moved(trials, born, version, end, found)
            return Death(culprit, found.failure, warned, interpreter=version, undecided=tuple(undecided))
        if found.undecided:
            undecided.append(version)
        else:
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
