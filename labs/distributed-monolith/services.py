"""The five services. Each is the same code in every build: what differs is where a call and a row come from.

A booking is looked up in the table `bookings`: the one that all share, or a service's own copy, kept by events.
"""

import json

from changes import PAID_READERS, READERS, SERVICES


class Refused(Exception):
    """An answer that is none, in words."""


class Service:
    """name. store: its connection pool. peers: calls another service. forms: of the table that it looks bookings up in.
    own: the forms of the events that it reads, where it has a table of its own, else None; writes: of those that it writes.
    strict: refuses an event with an unknown key."""

    def __init__(self, name, store, peers, forms, own, writes, strict):
        self.name, self.store, self.peers, self.forms, self.own, self.writes, self.strict = name, store, peers, forms, own, writes, strict

    async def find(self, booking, *fields):
        row = await self.store.row(f"SELECT {self.forms.read(*fields)} FROM bookings WHERE id = $1", booking)
        if not row:
            raise Refused(f"{self.name} knows no booking {booking}")
        return row

    async def event(self, route, event):
        """Keep an own copy, whatever is new in the event, however often it comes."""
        values = self.own.values(event, self.strict)
        booking = values.pop("booking")
        columns, sql = self.forms.columns_of(values, 2)
        if self.name == "bookings" or values.keys() == {"status"}:
            put = ", ".join(map(" = ".join, zip(columns, sql)))
            if not await self.store.row(f"UPDATE bookings SET {put} WHERE id = $1 RETURNING id", booking, *values.values()):
                raise Refused(f"{self.name} knows no booking {booking} yet")
        else:
            put = ", ".join(f"{column} = excluded.{column}" for column in columns)
            text = f"INSERT INTO bookings (id, {', '.join(columns)}) VALUES ($1, {', '.join(sql)}) ON CONFLICT (id) DO UPDATE SET {put}"
            await self.store.run(text, booking, *values.values())
        return True

    async def publish(self, store, values, readers):
        """Put an event into the outbox, in the transaction of `store`, once for each reader."""
        event = json.dumps(self.writes.event(values))
        await store.run("INSERT INTO outbox (reader, event) SELECT unnest($1::text[]), $2::jsonb", list(readers), event)

    async def relay(self, route):
        """Deliver what is in the outbox, each reader's in order; what is refused stays, and what is behind it."""
        refused = set()
        for row in await self.store.rows("SELECT id, reader, event FROM outbox ORDER BY id"):
            if row["reader"] in refused:
                continue
            try:
                await self.peers.call(row["reader"], "event", route, event=json.loads(row["event"]))
            except Refused:
                refused.add(row["reader"])
            else:
                await self.store.run("DELETE FROM outbox WHERE id = $1", row["id"])


class Catalogue(Service):
    async def price(self, route, show):
        row = await self.store.row("SELECT price FROM shows WHERE show = $1", show)
        return row["price"]

    async def popular(self, route, show):
        row = await self.store.row(f"SELECT count(*) AS n FROM bookings WHERE {self.forms.columns['show'].read} = $1", show)
        return row["n"]


class Bookings(Service):
    async def place(self, route, show, quantity, address, note, channel):
        price = await self.peers.call("catalogue", "price", route, show=show)
        values = {"show": show, "amount": quantity * price, "status": "new", "address": address, "note": note}
        if "channel" in self.forms.columns:
            values["channel"] = channel
        columns, sql = self.forms.columns_of(values, 2)
        text = f"INSERT INTO bookings (quantity, {', '.join(columns)}) VALUES ($1, {', '.join(sql)}) RETURNING id"
        async with self.store.transaction() as store:
            row = await store.row(text, quantity, *values.values())
            if self.own:
                await self.publish(store, {"booking": row["id"], **values}, READERS)
        if self.own:
            await self.relay(route)
        return row["id"]

    async def change(self, route, booking, quantity):
        amount = self.forms.columns["amount"]
        (column, sql), = amount.write.items()
        price = f"({amount.read}) / quantity * $2::int"
        text = (f"UPDATE bookings SET quantity = $2, {column} = {sql.format(f'({price})')} "
                f"WHERE id = $1 AND {self.forms.columns['status'].read} = 'new'")
        async with self.store.transaction() as store:
            await store.run(text, booking, quantity)
            if self.own:
                names = ("show", "amount", "address", *(name for name in ("channel",) if name in self.forms.columns))
                row = await store.row(f"SELECT {self.forms.read(*names)} FROM bookings WHERE id = $1", booking)
                await self.publish(store, {"booking": booking, **row}, READERS)
        if self.own:
            await self.relay(route)
        return booking

    async def checkout(self, route, booking):
        paid = await self.peers.call("billing", "pay", route, booking=booking)
        label = await self.peers.call("shipping", "ship", route, booking=booking)
        row = await self.find(booking, "note")
        return {"amount": paid, "label": label, "note": row["note"]}


class Billing(Service):
    async def pay(self, route, booking):
        (column, sql), = self.forms.columns["status"].write.items()
        async with self.store.transaction() as store:
            found = await store.row(f"SELECT {self.forms.read('show', 'amount')} FROM bookings WHERE id = $1", booking)
            if not found:
                raise Refused(f"{self.name} knows no booking {booking}")
            await store.run("INSERT INTO invoices VALUES ($1, $2, $3)", booking, found["show"], found["amount"])
            await store.run(f"UPDATE bookings SET {column} = {sql.format('$2')} WHERE id = $1", booking, "paid")
            if self.own:
                await self.publish(store, {"booking": booking, "status": "paid"}, PAID_READERS)
        if self.own:
            await self.relay(route)
        return found["amount"]

    async def due(self, route, booking):
        return (await self.find(booking, "amount"))["amount"]


class Shipping(Service):
    async def ship(self, route, booking):
        row = await self.find(booking, "show", "address", "status")
        if row["status"] != "paid":
            raise Refused(f"booking {booking} is not paid")
        label = f"{row['show']} to {row['address']}"
        await self.store.run("INSERT INTO shipments VALUES ($1, $2)", booking, label)
        return label

    async def label(self, route, booking):
        row = await self.store.row("SELECT label FROM shipments WHERE booking = $1", booking)
        return row["label"]


class Reporting(Service):
    async def revenue(self, route, show):
        columns = self.forms.columns
        channels = f", count({columns['channel'].read})" if "channel" in columns else ""
        row = await self.store.row(
            f"SELECT sum({columns['amount'].read})::bigint AS revenue{channels} FROM bookings "
            f"WHERE {columns['show'].read} = $1 AND {columns['status'].read} = 'paid'", show)
        return row["revenue"]


KINDS = dict(zip(SERVICES, (Catalogue, Bookings, Billing, Shipping, Reporting), strict=True))
