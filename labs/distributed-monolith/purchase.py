"""One customer's purchase, which every service has a part in, and whether each of its answers is right."""

from dataclasses import dataclass, field

from fields import NOTE_LENGTH
from world import Failed

SOUND, ERROR, WRONG = "sound", "error", "wrong"
ADDRESS = "5 Elm Road, Bristol"
NOTE = "Two of us need a place without steps, near the door, please."
ORDINARY = {"quantity": 2, "address": ADDRESS, "note": NOTE, "channel": "web"}


@dataclass
class Purchases:
    """What has been bought and placed so far. waiting: a booking that was placed and not yet paid, its show and its price."""

    number: int = 0
    paid: dict = field(default_factory=dict)
    waiting: tuple | None = None


class Wrong(Exception):
    """An answer that came, and is not right."""


async def purchase(world, route, so_far):
    """(SOUND, ERROR or WRONG, what was said) of two bookings: one from its place to its payment, one that is left to the next
    purchase, which changes and pays it first. Revenue of what was paid before must be what it was."""
    try:
        await _purchase(world, route, so_far)
    except Wrong as wrong:
        return WRONG, str(wrong)
    except Failed as failed:
        return ERROR, str(failed)
    return SOUND, ""


async def _purchase(world, route, so_far):
    so_far.number += 1
    show, later, price = f"show {so_far.number}", f"later show {so_far.number}", 1250 + so_far.number
    before, waiting = list(so_far.paid)[-1:], so_far.waiting
    so_far.waiting = None
    await world.stock({show: price, later: price})
    if waiting:
        left, its_show, its_price = waiting
        await world.call(route, "bookings", "change", booking=left, quantity=1)
        await _pay(world, route, so_far, left, its_show, its_price)
    booking = await place(world, route, show)
    await world.call(route, "bookings", "change", booking=booking, quantity=3)
    await _pay(world, route, so_far, booking, show, 3 * price)
    _expect("popular", await world.call(route, "catalogue", "popular", show=show), 1)
    for known in before:
        _expect(f"revenue of {known}", await world.call(route, "reporting", "revenue", show=known), so_far.paid[known])
    so_far.waiting = await place(world, route, later), later, price


async def place(world, route, show):
    """The number of a new booking of two seats."""
    return await world.call(route, "bookings", "place", show=show, **ORDINARY)


async def _pay(world, route, so_far, booking, show, amount):
    got = await world.call(route, "bookings", "checkout", booking=booking)
    _expect("amount", got["amount"], amount)
    _expect("label", got["label"], f"{show} to {ADDRESS}")
    _expect("note", got["note"][:NOTE_LENGTH], NOTE[:NOTE_LENGTH])
    so_far.paid[show] = so_far.paid.get(show, 0) + amount
    _expect("revenue", await world.call(route, "reporting", "revenue", show=show), so_far.paid[show])


def _expect(what, got, right):
    if got != right:
        raise Wrong(f"{what} is {got}, not {right}")
