"""The changes that are rolled out, and the parts of each: its migrations, and the services whose code changes with it."""

from dataclasses import dataclass

from fields import NOTE_LENGTH, RENAMED

SERVICES = ("catalogue", "bookings", "billing", "shipping", "reporting")
READERS = ("catalogue", "billing", "shipping", "reporting")  # of the booking's event
PAID_READERS = ("bookings", "shipping", "reporting")  # of billing's
# Whose code names the field, where all five read one table.
TOUCHES = {
    "note": ("bookings",),
    "address": ("bookings", "shipping"),
    "amount": ("bookings", "billing", "reporting"),
    "status": ("bookings", "billing", "shipping", "reporting"),
    "show": SERVICES,
    "channel": ("bookings", "reporting"),
}

RETIRE = "retire"  # the part that is the writer's last version, whose events have the new key alone

# Three triggers for the time in which code of either name runs.
SYNCED = """
CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.{new} := coalesce(NEW.{new}, NEW.{old}); NEW.{old} := NEW.{new};
  ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN NEW.{old} := NEW.{new};
  ELSE NEW.{new} := NEW.{old}; END IF;
  RETURN NEW; END $$;"""
FILLED = """
CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.{new} := coalesce(NEW.{new}, NEW.{old}); NEW.{old} := coalesce(NEW.{old}, NEW.{new});
  RETURN NEW; END $$;"""
ONE_WAY = """
ALTER TABLE bookings ALTER {old} DROP NOT NULL;
CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'INSERT' OR NEW.{old} IS DISTINCT FROM OLD.{old} THEN NEW.{new} := coalesce(NEW.{old}, NEW.{new}); END IF;
  RETURN NEW; END $$;"""
EXPAND = """
ALTER TABLE bookings ADD COLUMN {new} {type};{function}
CREATE TRIGGER both_names BEFORE INSERT OR UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION both_names();
UPDATE bookings SET {new} = {old}"""
CONTRACT = """
DROP TRIGGER both_names ON bookings;
DROP FUNCTION both_names;
ALTER TABLE bookings DROP COLUMN {old}"""


def writer(code):
    """Whose events get the new key."""
    return "billing" if code == "vocabulary" else "bookings"


@dataclass(frozen=True)
class Change:
    """title: for readers. code: whose forms its new versions have, of `fields.FORMS`. field: what it changes.
    migrations: {part: SQL}, in the order in which they are meant to run. retires: whether the old key leaves the events at last."""

    title: str
    code: str
    field: str
    migrations: dict
    retires: bool = False

    def services(self, build):
        """The services that have a new version."""
        if build.one:
            return ("monolith",)
        touched = tuple(name for name in TOUCHES[self.field] if self.code != "vocabulary" or name != "bookings")
        if not build.own:
            return touched
        if build.strict and self.field != "note":  # whoever reads an event with a new key needs to know of it
            return (writer(self.code), *(PAID_READERS if self.code == "vocabulary" else READERS))
        return touched

    def parts(self, build):
        """{part: whose team deploys it}; migrations first."""
        owned = {} if build.own and self.code == "vocabulary" else self.migrations  # no table of the writer's holds it there
        owner = "monolith" if build.one else "bookings"
        retired = {RETIRE: writer(self.code)} if self.retires else {}
        return {name: owner for name in owned} | {name: name for name in self.services(build)} | retired


def renamed(field, function=SYNCED, title="renamed by expand and contract", retires=False):
    """In two steps, both names kept alike by a trigger between them."""
    names = {"old": field, "new": RENAMED[field], "type": "numeric(12, 2)" if field == "amount" else "text"}
    steps = {"expand": EXPAND.format(function=function.format(**names), **names), "contract": CONTRACT.format(**names)}
    return Change(title, f"rename_{field}", field, steps, retires)


def at_once(title, code, field, sql):
    return Change(title, code, field, {"migration": sql})


NEW_COLUMN = "ALTER TABLE bookings ADD COLUMN channel text"
CHANGES = {
    "nullable": at_once("column added, nullable", "new_column", "channel", NEW_COLUMN),
    "narrow": at_once("column narrowed", "narrow", "note", f"ALTER TABLE bookings ALTER note TYPE varchar({NOTE_LENGTH}) USING left(note, {NOTE_LENGTH})"),
    "not_null": at_once("column added, NOT NULL without a default", "new_column", "channel",
                        f"{NEW_COLUMN}; UPDATE bookings SET channel = 'web'; ALTER TABLE bookings ALTER channel SET NOT NULL"),
    "rename": at_once("column renamed at once", "rename_amount", "amount", "ALTER TABLE bookings RENAME amount TO total"),
    "unit": at_once("unit changed", "unit", "amount", "UPDATE bookings SET amount = amount * 100"),
    "split": at_once("column split in two", "split", "address", """
        ALTER TABLE bookings ADD COLUMN street text, ADD COLUMN city text;
        UPDATE bookings SET street = split_part(address, ', ', 1), city = split_part(address, ', ', 2);
        ALTER TABLE bookings DROP COLUMN address"""),
    "vocabulary": at_once("status renamed in its rows", "vocabulary", "status", "UPDATE bookings SET status = 'settled' WHERE status = 'paid'"),
    "expand": renamed("amount", title="column renamed by expand and contract"),
    "retire": renamed("amount", title="the same, and the old key removed from events", retires=True),
    "one_way": renamed("amount", ONE_WAY, title="the same, with a trigger from old to new alone"),
    "fill_only": renamed("amount", FILLED, title="the same, with a trigger that only fills"),
}
# A column that one, two, four and five services name; three name the amount, above.
SWEEP = {field: renamed(field) for field in ("note", "address", "status", "show")}
SWEEP_AT_ONCE = {field: at_once("column renamed at once", f"rename_{field}", field, f"ALTER TABLE bookings RENAME {field} TO {RENAMED[field]}") for field in SWEEP}
