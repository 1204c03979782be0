"""What both Python applications hold while they run: a database pool and an HTTP client."""

import os
from contextlib import asynccontextmanager

import aiohttp
import asyncpg

QUERY = "select name, price_cents, stock from item where id = $1"
DEPENDENCY = f"http://127.0.0.1:{os.environ.get('DEPENDENCY')}/?ms="
TIMEOUT = aiohttp.ClientTimeout(total=30)


class Resources:
    """Opened by the application's lifespan, once in every worker."""

    @asynccontextmanager
    async def open(self, application):
        self.pool = await _connect() if "DATABASE_HOST" in os.environ else None
        # The client's default allows 100 connections and would hide a queue of its own.
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as self.client:
            yield
        if self.pool:
            await self.pool.close()

    async def row(self, number):
        return await self.pool.fetchrow(QUERY, number)

    async def slow(self, milliseconds):
        async with self.client.get(DEPENDENCY + str(milliseconds)) as response:
            return await response.text()


async def _connect():
    size = int(os.environ["POOL"])
    return await asyncpg.create_pool(
        host=os.environ["DATABASE_HOST"],
        port=int(os.environ["DATABASE_PORT"]),
        user=os.environ["DATABASE_USER"],
        database=os.environ["DATABASE_NAME"],
        min_size=size,
        max_size=size,
    )
