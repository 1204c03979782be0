"""How a version of the code keeps the fields of a booking: in the columns of a table, and in an event.

A change gives one field another form. The old version of a service has the forms in COLUMNS and KEYS, its new version
those that the change puts in their place, and nothing else differs between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

NOTE_LENGTH = 40  # of the narrowed column


@dataclass(frozen=True)
class Column:
    """write: SQL of each column, {0} the value's parameter. read: the SQL that gives the value back."""

    write: dict
    read: str


@dataclass(frozen=True)
class Key:
    """What an event has of a field. write: the keys of a value. read: the value, of an event that has them."""

    write: Callable
    read: Callable


def plain(name):
    return Column({name: "{0}::text"}, name)


def dollars(name):
    """Cents in the program, dollars in the table."""
    return Column({name: "{0}::bigint / 100.0"}, f"({name} * 100)::bigint")


def key(name):
    return Key(lambda value: {name: value}, lambda event: event[name])


COLUMNS = {"show": plain("show"), "amount": dollars("amount"), "status": plain("status"), "address": plain("address"), "note": plain("note")}
KEYS = {
    "booking": key("booking"),
    "show": key("show"),
    "amount": Key(lambda cents: {"amount": cents / 100}, lambda event: round(event["amount"] * 100)),
    "address": key("address"),
    "status": key("status"),
}


@dataclass(frozen=True)
class Form:
    """A field's new form: columns in the bookings' table, None where it is in none; and what an event has besides the old keys."""

    columns: Column | None
    keys: Key | None = None


def added(name, write=lambda value: value, read=lambda value: value):
    """A new key beside the old one; an event that has it not is read as before."""
    return Key(lambda value: {name: write(value)}, lambda event: read(event[name]))


RENAMED = {"show": "event_title", "amount": "total", "status": "state", "address": "ship_to", "note": "remark"}
FORMS = {
    "rename_show": {"show": Form(plain("event_title"), added("event_title"))},
    "rename_amount": {"amount": Form(dollars("total"), added("total", lambda cents: cents / 100, lambda total: round(total * 100)))},
    "rename_status": {"status": Form(plain("state"), added("state"))},
    "rename_address": {"address": Form(plain("ship_to"), added("ship_to"))},
    "rename_note": {"note": Form(plain("remark"))},
    "unit": {"amount": Form(Column({"amount": "{0}::bigint"}, "amount::bigint"), added("cents"))},
    "split": {"address": Form(
        Column({"street": "split_part({0}::text, ', ', 1)", "city": "split_part({0}::text, ', ', 2)"}, "street || ', ' || city"),
        Key(lambda address: dict(zip(("street", "city"), address.split(", "), strict=True)), lambda event: f"{event['street']}, {event['city']}"),
    )},
    "narrow": {"note": Form(Column({"note": f"left({{0}}::text, {NOTE_LENGTH})"}, "note"))},
    "vocabulary": {"status": Form(
        Column({"status": "CASE {0}::text WHEN 'paid' THEN 'settled' ELSE {0}::text END"},
               "CASE status WHEN 'settled' THEN 'paid' WHEN 'paid' THEN NULL ELSE status END"),
        added("outcome", lambda status: "settled" if status == "paid" else status, lambda outcome: "paid" if outcome == "settled" else outcome),
    )},
    "new_column": {"channel": Form(plain("channel"), added("channel"))},
}


@dataclass(frozen=True)
class Forms:
    """All forms of one version. columns: {field: Column}. new: {field: Key} beside those of the old version, or, if `retired`,
    in their place."""

    columns: dict = field(default_factory=lambda: dict(COLUMNS))
    new: dict = field(default_factory=dict)
    retired: bool = False

    def columns_of(self, names, first):
        """Columns and their SQL for the values of the fields `names`, as parameters from number `first`."""
        columns, values = [], []
        for number, name in enumerate(names, first):
            for column, sql in self.columns[name].write.items():
                columns.append(column)
                values.append(sql.format(f"${number}"))
        return columns, values

    def read(self, *names):
        return ", ".join(f'{self.columns[name].read} AS "{name}"' for name in names)

    def event(self, values):
        """The event of a booking's `values`: the old keys, and the new ones."""
        found = {}
        for name, value in values.items():
            for form in (None if self.retired and name in self.new else KEYS.get(name), self.new.get(name)):
                found |= form.write(value) if form else {}
        return found

    def values(self, event, strict):
        """The fields of an event. A strict reader refuses a key that it does not know; a tolerant one passes over it."""
        found, known = {}, set()
        for name in {**KEYS, **self.new}:
            for form in filter(None, (self.new.get(name), KEYS.get(name))):
                try:
                    value = form.read(event)
                except KeyError:
                    continue
                known |= form.write(value).keys()
                if value is not None:
                    found.setdefault(name, value)
        if strict and (unknown := event.keys() - known):
            raise ValueError(f"unknown key {min(unknown)}")
        return found


def forms(change, retired=False):
    """Those of the new version after `change`, or of the old one where it is None."""
    new = FORMS[change] if change else {}
    columns = {name: form.columns for name, form in new.items() if form.columns}
    return Forms(COLUMNS | columns, {name: form.keys for name, form in new.items() if form.keys}, retired)


# A reader's own copy of the bookings, which no change of the writer's touches.
COPIES = Forms(COLUMNS | {"channel": plain("channel")})
