"""Three ways to build one application, and what their tables are."""

from dataclasses import dataclass

from changes import READERS, SERVICES

BOOKINGS = """
CREATE TABLE bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, show text NOT NULL, quantity int NOT NULL, amount numeric(12, 2) NOT NULL,
  status text NOT NULL, address text NOT NULL, note text NOT NULL);
CREATE INDEX ON bookings (show);"""
COPIES = """
CREATE TABLE bookings (id bigint PRIMARY KEY, show text, amount numeric(12, 2), status text, address text, channel text);
CREATE INDEX ON bookings (show);"""
OUTBOX = "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reader text NOT NULL, event jsonb NOT NULL);"
OWN = {
    "catalogue": "CREATE TABLE shows (show text PRIMARY KEY, price bigint NOT NULL);",
    "bookings": "",
    "billing": "CREATE TABLE invoices (booking bigint PRIMARY KEY, show text NOT NULL, amount bigint NOT NULL);",
    "shipping": "CREATE TABLE shipments (booking bigint PRIMARY KEY, label text NOT NULL);",
    "reporting": "",
}


@dataclass(frozen=True)
class Build:
    """one: all services in one process. own: each has tables that no other may read. strict: a reader of an event refuses
    what it does not know. servers: a PostgreSQL for each service."""

    title: str
    one: bool = False
    own: bool = False
    strict: bool = False
    servers: bool = False

    @property
    def processes(self):
        """{process: the services that it hosts}"""
        return {"monolith": SERVICES} if self.one else {name: (name,) for name in SERVICES}

    def schema(self, service):
        return service if self.own else "shop"

    def tables(self):
        """{schema: the SQL that makes its tables}"""
        if not self.own:
            return {"shop": BOOKINGS + "".join(OWN.values())}
        made = {name: sql + (COPIES if name in READERS else BOOKINGS) for name, sql in OWN.items()}
        return {name: sql + OUTBOX * (name in ("bookings", "billing")) for name, sql in made.items()}


BUILDS = {
    "monolith": Build("monolith", one=True),
    "shared": Build("shared schema"),
    "strict": Build("own data, strict readers", own=True, strict=True),
    "tolerant": Build("own data, tolerant readers", own=True),
    "servers": Build("own data, own servers", own=True, servers=True),
}
