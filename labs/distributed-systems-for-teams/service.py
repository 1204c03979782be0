"""One service: service.py <what it hosts, as JSON>. Its handlers call each other within it, and those of other services over HTTP.

It is instrumented by OpenTelemetry's own packages for aiohttp, and writes each span that ends as a line of a file. What is to break
travels with the request, as W3C baggage: fault=<handler>.<kind>, and .checked if handlers are to validate their own answers.
"""

import asyncio
import json
import sys

import aiohttp
from aiohttp import web
from opentelemetry import baggage, context, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.aiohttp_server import AioHttpServerInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from listings.checked import checked

ANSWER = {"type": "object", "required": ["handlers"], "properties": {"handlers": {"type": "integer"}}}


def line(span):
    """A span as a line of the file."""
    parent = span.parent and trace.format_span_id(span.parent.span_id)
    told = {"trace": trace.format_trace_id(span.context.trace_id), "span": trace.format_span_id(span.context.span_id), "parent": parent,
            "service": span.resource.attributes["service.name"], "team": span.resource.attributes["team"], "name": span.name, "kind": span.kind.name,
            "start": span.start_time, "end": span.end_time, "failed": span.status.status_code is trace.StatusCode.ERROR}
    return json.dumps(told) + "\n"


class Service:
    def __init__(self, told, session):
        self.session, self.ports, self.slow_s = session, told["ports"], told["slow_s"]
        self.calls = {int(handler): calls for handler, calls in told["calls"].items()}
        self.app = web.Application()
        self.app.add_routes([web.get(f"/{handler}", self.answer) for handler in self.calls])
        self.app.add_routes([web.get(f"/0/{route}", self.answer) for route in range(len(told["routes"]))])
        self.routes = told["routes"]

    async def answer(self, request):
        """Of a handler, or of the edge's handler on a route. The instrumentation hands on the trace, and not the baggage."""
        handler, *route = map(int, request.path.strip("/").split("/"))
        token = context.attach(W3CBaggagePropagator().extract(request.headers, context.get_current()))
        try:
            return web.json_response(await self.ask(handler, self.routes[route[0]] if route else self.calls[handler]))
        finally:
            context.detach(token)

    async def ask(self, handler, calls):
        validates = (baggage.get_baggage("fault") or "").endswith(".checked")
        return await (checked(ANSWER)(self.work) if validates else self.work)(handler, calls)

    async def work(self, handler, calls):
        """How many handlers have worked for this answer."""
        broken, _, kind = (baggage.get_baggage("fault") or "").removesuffix(".checked").partition(".")
        kind = kind if broken == str(handler) else ""
        if kind == "crash":
            raise RuntimeError("crashed")
        if kind == "slow":
            await asyncio.sleep(self.slow_s)
        answers = await asyncio.gather(*map(self.call, calls), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        handlers = 1 + sum(answer["handlers"] for answer in answers)
        return {"handlers": None if kind == "wrong" else handlers}

    async def call(self, handler):
        if handler in self.calls:
            return await self.ask(handler, self.calls[handler])
        async with self.session.get(f"http://127.0.0.1:{self.ports[str(handler)]}/{handler}") as answer:
            answer.raise_for_status()
            return await answer.json()


async def main(told):
    provider = TracerProvider(resource=Resource.create({"service.name": told["name"], "team": told["team"]}))
    with open(told["spans"], "w", encoding="utf-8") as file:
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=file, formatter=line)))
        AioHttpServerInstrumentor().instrument(tracer_provider=provider)
        AioHttpClientInstrumentor().instrument(tracer_provider=provider)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            runner = web.AppRunner(Service(told, session).app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", told["port"]).start()
            await asyncio.Event().wait()


asyncio.run(main(json.loads(sys.argv[1])))
