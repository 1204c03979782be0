"""What became of a hit in two years: kept, mended, taken out, or gone with its function."""

from collections import Counter
from dataclasses import dataclass

from rules import shape


@dataclass
class Fate:
    """Of the hits of one shape in one codebase, from the earlier release to today's."""

    kept: int = 0
    mended: int = 0
    taken_out: int = 0
    gone: int = 0

    @property
    def repaired(self):
        return self.mended + self.taken_out

    @property
    def decided(self):
        return self.kept + self.repaired


def fates(earlier, today):
    """{pattern: Fate} of two Counted of one codebase.

    Mended are as many of the repaired as there are more places without a hit in the function than before.
    """
    before, after = _tally(earlier), _tally(today)
    found = {}
    for (pattern, *where), (hits, fine) in before.items():
        fate = found.setdefault(pattern, Fate())
        if tuple(where) not in today.functions:
            fate.gone += hits
            continue
        hits_now, fine_now = after.get((pattern, *where), (0, 0))
        kept = min(hits, hits_now)
        mended = min(hits - kept, max(fine_now - fine, 0))
        fate.kept += kept
        fate.mended += mended
        fate.taken_out += hits - kept - mended
    return found


def of_shape(found, wanted):
    """One Fate of all patterns of a shape."""
    some = [fate for pattern, fate in found.items() if shape(pattern) == wanted]
    return Fate(*(sum(getattr(fate, name) for fate in some) for name in ("kept", "mended", "taken_out", "gone")))


def _tally(counted):
    """{(pattern, path, function): (hits, places without)}"""
    found = Counter()
    for place in counted.places:
        found[place.pattern, place.path, place.function, place.hit] += 1
    return {key: (found[*key, True], found[*key, False]) for key in {key[:3] for key in found}}
