"""Starlette: routes and JSON responses, no validation."""

from resources import Resources
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

resources = Resources()


async def product(request):
    return JSONResponse(
        {
            "available": True,
            "id": 4711,
            "name": "Folding bicycle, 20 inch",
            "price_cents": 89900,
            "stock": 12,
            "tags": ["city", "folding", "bicycle"],
            "weight_grams": 11800,
        }
    )


async def item(request):
    number = int(request.query_params["id"])
    name, price_cents, stock = await resources.row(number)
    return JSONResponse({"id": number, "name": name, "price_cents": price_cents, "stock": stock})


async def slow(request):
    return JSONResponse({"answer": await resources.slow(int(request.query_params["ms"]))})


app = Starlette(
    routes=[Route("/json", product), Route("/db", item), Route("/slow", slow)], lifespan=resources.open
)
