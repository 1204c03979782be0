"""A build that runs: its servers, its processes, old and new, and the calls that a customer makes."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import asyncpg
import psutil
from _harness.process import Process, free_port
from _harness.servers import PostgreSQL
from changes import RETIRE, SERVICES, writer
from route import port

HERE = Path(__file__).resolve().parent
OLD, NEW, LAST = range(3)  # versions of a process
SETTINGS = {"shared_buffers": "128MB", "max_connections": "200", "autovacuum": "off"}


class Failed(Exception):
    """A call that was not answered, in the words of whoever failed."""


class World:
    """The old version of every process of a build, the new ones of a change beside them, and a connection that migrates.

    servers: {service: the PostgreSQL of the harness that has its tables}. cache: prepared statements kept per connection. fails:
    the share of calls that a service refuses by itself.
    """

    def __init__(self, lab, build_name, build, servers, session, cache=0, fails=0.0):
        self.lab, self.build, self._name, self._servers = lab, build, build_name, servers
        self.session, self._cache, self._fails = session, cache, fails
        self._stack, self._changed, self._ports, self.processes = ExitStack(), ExitStack(), {}, {}
        self._connections, self._writer = {}, None

    async def __aenter__(self):
        try:
            # One connection for each server: whoever migrates there.
            made = {server: await asyncpg.connect(**_address(server, "lab")) for server in set(self._servers.values())}
            self._connections = {name: made[server] for name, server in self._servers.items()}
            for name, connection in self._connections.items():
                await connection.execute(f"DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
            await self.reset()
            self._start(OLD, None, self.build.processes, self._stack)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        self._changed.close()
        self._stack.close()
        for connection in set(self._connections.values()):
            await connection.close()

    def address(self, service):
        """How a service, or `lab`, connects to its database."""
        return _address(self._servers.get(service, self._servers["bookings"]), service)

    def pids(self):
        return [pid for started in self.processes.values() for pid in started.pids()]

    def server_pids(self):
        """Of its PostgreSQLs, with their children."""
        parents = [psutil.Process(server.pid) for server in set(self._servers.values())]
        return [one.pid for parent in parents for one in (parent, *parent.children())]

    async def connected(self):
        """How many connections its services hold open."""
        text = "SELECT count(*) FROM pg_stat_activity WHERE application_name = ANY($1)"
        return sum([await one.fetchval(text, list(self.build.processes)) for one in set(self._connections.values())])

    def kill(self, service):
        """The process that hosts the service, at once."""
        self.processes[self._process(service), OLD].kill()

    def start_again(self, service):
        self._start(OLD, None, [self._process(service)], self._stack)

    def _process(self, service):
        return "monolith" if self.build.one else service

    def roll_out(self, change):
        """Start the new version of each process that the change is for; those of the change before it end."""
        self._changed.close()
        for place in [place for place in self._ports if place[1] != OLD]:
            del self._ports[place], self.processes[place]
        self._writer = writer(change.code)
        self._start(NEW, change.code, change.services(self.build), self._changed)
        if change.retires:
            self._start(LAST, change.code, [self._writer], self._changed)

    def _start(self, version, code, names, stack):
        waited = []
        for name in names:
            told = {
                "build": self._name, "process": name, "change": code, "retired": version == LAST, "port": free_port(), "cache": self._cache, "fails": self._fails,
                "seed": f"{self.lab.seed} {name}", "databases": {each: self.address(each) for each in SERVICES},
            }
            started = stack.enter_context(Process(f"{name} of {self.build.title}", [sys.executable, HERE / "serve.py", json.dumps(told)], self.lab.workdir))
            place = name, version
            self._ports[place], self.processes[place] = told["port"], started
            waited.append((started, told["port"]))
        for started, at in waited:
            started.serve(at)

    async def reset(self):
        """All tables anew and empty."""
        for schema, tables in self.build.tables().items():
            users = [schema] if self.build.own else SERVICES
            await self.connection(schema).execute(
                f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}; {tables}"
                f"GRANT USAGE ON SCHEMA {schema} TO {', '.join(users)};"
                f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {', '.join(users)}")

    def connection(self, schema="shop"):
        return self._connections.get(schema, self._connections["bookings"])

    async def migrate(self, sql):
        """Run it on the bookings' table; False if it failed, and then it changed nothing."""
        connection = self.connection("bookings")
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL search_path = {self.build.schema('bookings')}; {sql}")
        except asyncpg.PostgresError:
            return False
        return True

    async def stock(self, prices):
        schema = self.build.schema("catalogue")
        await self.connection(schema).executemany(f"INSERT INTO {schema}.shows VALUES ($1, $2)", prices.items())

    def route(self, new=(), both=(), mask=0):
        """The route by which the processes `new` are reached in their new version, those of `both` in either as the mask says,
        and an event's writer in its last version if `new` has RETIRE."""
        def instances(name):
            version = LAST if name == self._writer and RETIRE in new else NEW if name in new else OLD
            return [self._ports[name, version] for version in ((OLD, NEW) if name in both else (version,))]

        return {"ports": {name: instances(name) for name in self.build.processes}, "mask": mask}

    async def call(self, route, service, method, **values):
        """As a customer: over HTTP, to the instance that the route names."""
        address = f"http://127.0.0.1:{port(route, self._process(service), method)}/{service}/{method}"
        try:
            async with self.session.post(address, json=values, headers={"route": json.dumps(route)}) as answer:
                said = await answer.json()
        except (OSError, aiohttp.ClientError) as error:
            raise Failed(f"{service}: {type(error).__name__}") from None
        if answer.status != 200:
            raise Failed(said["error"])
        return said["answer"]

    async def counts(self):
        """{what its processes count: the sum}"""
        total = {}
        for at in self._ports.values():
            async with self.session.get(f"http://127.0.0.1:{at}/counts") as answer:
                for name, count in (await answer.json()).items():
                    total[name] = total.get(name, 0) + count
        return total


def servers(lab, stack, build, settings):
    """{service: its PostgreSQL}, started: one for all, or one for each."""
    def start():
        return stack.enter_context(PostgreSQL(lab.workdir, SETTINGS | settings))

    if build.servers:
        return {name: start() for name in SERVICES}
    return dict.fromkeys(SERVICES, start())


def _address(server, user):
    told = server.connection
    return {"host": told["host"], "port": told["port"], "database": told["dbname"], "user": user}
