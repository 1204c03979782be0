"""Ingest jobs: what each way of writing an index leaves in it, day by day."""

from dataclasses import dataclass

import numpy as np

from world import CHUNKERS, DAYS, LAUNCH

SWAP_DAY = 8
SWAP_WEEK = range(8, 15)  # rolled back on day 15; what was written stays
RECHUNK_DAY = 12
HALF_FAILED = (5, 12, 19)


@dataclass(frozen=True)
class Variant:
    """policy: "hash" upserts under the text's hash and deletes nothing, "position" upserts under
    page and place, "source" replaces all that a page has. swapped: days on which the other
    encoder writes. large_from: first day of the larger chunks. half_failed: days on which the
    job dies half-way; its restart finds the watermark moved on and reports success."""

    name: str
    policy: str
    swapped: range = range(0)
    large_from: int | None = None
    half_failed: tuple = ()

    def chunker(self, day):
        return "large" if self.large_from is not None and day >= self.large_from else "small"


FAULTS = {"swapped": SWAP_WEEK, "large_from": RECHUNK_DAY, "half_failed": HALF_FAILED}
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("control", "source"),
        Variant("hash", "hash"),
        Variant("position", "position"),
        Variant("swap_day", "source", swapped=range(SWAP_DAY, SWAP_DAY + 1)),
        Variant("swap_week", "source", swapped=SWAP_WEEK),
        Variant("rechunk", "source", large_from=RECHUNK_DAY),
        Variant("half_failed", "source", half_failed=HALF_FAILED),
        Variant("hash_half_failed", "hash", half_failed=HALF_FAILED),
        Variant("all_faults", "hash", **FAULTS),
    )
}


def replay(variant, world, calendar, space):
    """Yield (day, columns, written) for days 0 to 21: the index's columns of `space`, ascending
    and each once, and the day on which each was written."""
    pages = [{each: (space.native[each], 0) for each in ids} for ids in world.chunks["small"][LAUNCH]]
    if variant.policy == "position":
        pages = [dict(enumerate(page.values())) for page in pages]
    yield 0, *_rows(pages)
    for day in DAYS:
        edits = calendar.edits[day]
        if day in variant.half_failed:
            edits = edits[: len(edits) // 2]
        columns = space.foreign if day in variant.swapped else space.native
        for page, version in edits:
            ids = world.chunks[variant.chunker(day)][version][page]
            pages[page] = _write(variant.policy, pages[page], {each: (columns[each], day) for each in ids})
        yield day, *_rows(pages)


def manifest(variant, world, calendar, day):
    """Chunk ids that the source yields on `day`, cut as each page was last due to be cut."""
    versions = calendar.versions(day)
    large = set()
    if variant.large_from is not None:
        large = {page for each in range(variant.large_from, day + 1) for page, _ in calendar.edits[each]}
    return np.array(
        [
            each
            for page, version in enumerate(versions)
            for each in world.chunks["large" if page in large else "small"][version][page]
        ]
    )


def live_chunks(world, calendar, day):
    """Whether each chunk id is text of its page on `day`, whichever way the page is cut."""
    live = np.zeros(len(world.texts), bool)
    for page, version in enumerate(calendar.versions(day)):
        for chunker in CHUNKERS:
            live[world.chunks[chunker][version][page]] = True
    return live


def _write(policy, old, new):
    """A page's rows after the job wrote `new`, {chunk id: row}; a row that exists is left alone."""
    if policy == "hash":
        return new | old
    if policy == "source":
        return {each: old.get(each, row) for each, row in new.items()}
    placed = dict(enumerate(new.values()))
    kept = {row[0]: row for row in old.values()}
    return old | {place: kept.get(row[0], row) for place, row in placed.items()}


def _rows(pages):
    rows = dict(sorted(row for page in pages for row in page.values()))
    return np.fromiter(rows, int), np.fromiter(rows.values(), int)
