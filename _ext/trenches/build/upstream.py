"""Functions of docutils, Sphinx and MyST in whose place the site puts its own: a new version of one is refused until it is read."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from .errors import SourceError


@dataclass(frozen=True)
class Replacement:
    """``instead(theirs)`` in the place of the function ``name`` of ``owner``, whose source has the checksum ``known``."""

    owner: object
    name: str
    known: int
    instead: Callable[[Callable], Callable]

    @cached_property
    def theirs(self) -> Callable | None:
        # Asked before ours is there: a second site in the same process replaces theirs again, and not ours.
        return getattr(self.owner, self.name, None)

    def put(self) -> None:
        setattr(self.owner, self.name, self.instead(self.theirs))


def check(replacements: Iterable[Replacement]) -> None:
    """Raise SourceError for the first function that is another than the one its replacement was written against, or is gone."""
    for one in replacements:
        found = one.theirs and zlib.crc32(inspect.getsource(one.theirs).encode())
        if found != one.known:
            owner = one.owner.__name__ if inspect.ismodule(one.owner) else f"{one.owner.__module__}.{one.owner.__qualname__}"
            raise SourceError(f"_ext/{one.instead.__module__.replace('.', '/')}.py: {owner}.{one.name} is not the function that "
                              f"{one.instead.__name__} was written against; read it, mend the replacement or take it out, and note {found}")
