"""FastAPI with a response model on every route, as its documentation shows."""

from fastapi import FastAPI
from pydantic import BaseModel
from resources import Resources

resources = Resources()
app = FastAPI(lifespan=resources.open)


class Product(BaseModel):
    available: bool
    id: int
    name: str
    price_cents: int
    stock: int
    tags: list[str]
    weight_grams: int


class Item(BaseModel):
    id: int
    name: str
    price_cents: int
    stock: int


class Relayed(BaseModel):
    answer: str


@app.get("/json")
async def product() -> Product:
    return Product(
        available=True,
        id=4711,
        name="Folding bicycle, 20 inch",
        price_cents=89900,
        stock=12,
        tags=["city", "folding", "bicycle"],
        weight_grams=11800,
    )


@app.get("/db")
async def item(id: int) -> Item:
    name, price_cents, stock = await resources.row(id)
    return Item(id=id, name=name, price_cents=price_cents, stock=stock)


@app.get("/slow")
async def slow(ms: int) -> Relayed:
    return Relayed(answer=await resources.slow(ms))
