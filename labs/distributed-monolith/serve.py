"""One process of a build: serve.py <what to serve, as JSON>. It answers POST /<service>/<method>, JSON in and out.

Which instance a call goes to travels with the request, in the header `route`: {"ports": {service: [port, ...]}, "mask": bits}.
"""

import asyncio
import json
import random
import sys
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import builds
import fields
from aiohttp import web
from changes import READERS, writer
from route import port
from services import KINDS, Refused

POOL = 4


class Store:
    """A service's database. Counts what is sent to it."""

    def __init__(self, source, counts):
        self._source, self._counts = source, counts

    async def row(self, text, *values):
        self._counts["statements"] += 1
        found = await self._source.fetchrow(text, *values)
        return found and dict(found)

    async def rows(self, text, *values):
        self._counts["statements"] += 1
        return await self._source.fetch(text, *values)

    async def run(self, text, *values):
        self._counts["statements"] += 1
        await self._source.execute(text, *values)

    @asynccontextmanager
    async def transaction(self):
        self._counts["statements"] += 2  # BEGIN and COMMIT
        async with self._source.acquire() as connection, connection.transaction():
            yield Store(connection, self._counts)


class Peers:
    """Calls other services: those of the same process directly, others over HTTP."""

    def __init__(self, session, counts):
        self.hosted, self._session, self._counts = {}, session, counts

    async def call(self, service, method, route, **values):
        if service in self.hosted:
            return await getattr(self.hosted[service], method)(route, **values)
        self._counts["hops"] += 1
        address = f"http://127.0.0.1:{port(route, service, method)}/{service}/{method}"
        try:
            async with self._session.post(address, json=values, headers={"route": json.dumps(route)}) as answer:
                said = await answer.json()
        except aiohttp.ClientError as error:
            raise Refused(f"{service}: {type(error).__name__}") from None
        if answer.status != 200:
            raise Refused(said["error"])
        return said["answer"]


async def main(told):
    build, change = builds.BUILDS[told["build"]], told["change"]
    counts, chance = {"hops": 0, "statements": 0}, random.Random(told["seed"])
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    peers = Peers(session, counts)
    for name in build.processes[told["process"]]:
        if build.one and peers.hosted:
            store = next(iter(peers.hosted.values())).store
        else:
            schema = build.schema(name)
            store = Store(await asyncpg.create_pool(
                **told["databases"][name], min_size=1, max_size=POOL, statement_cache_size=told["cache"],
                server_settings={"search_path": schema, "application_name": told["process"]}), counts)
        forms = fields.forms(change)
        copied = build.own and name in READERS
        writes = fields.forms(change, told["retired"]) if change and name == writer(change) else fields.forms(None)
        peers.hosted[name] = KINDS[name](name, store, peers, fields.COPIES if copied else forms, forms if build.own else None, writes, build.strict)

    async def answer(request):
        service, method = request.match_info["service"], request.match_info["method"]
        try:
            if chance.random() < told["fails"]:
                raise Refused(f"{service} fails, as one call in a hundred is made to")
            values, route = await request.json(), json.loads(request.headers["route"])
            return web.json_response({"answer": await getattr(peers.hosted[service], method)(route, **values)})
        except Exception as error:  # whatever it is, the caller is told, as by any web framework
            return web.json_response({"error": f"{service}: {type(error).__name__}: {error}"}, status=500)

    async def counted(_):
        return web.json_response(counts)

    app = web.Application()
    app.add_routes([web.post("/{service}/{method}", answer), web.get("/counts", counted)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", told["port"]).start()
    await asyncio.Event().wait()


asyncio.run(main(json.loads(sys.argv[1])))
