"""Nightly import of the supplier's catalogue.

The feed is a CSV with a header line: sku, title, price_cents, stock. It is the
whole catalogue: what it does not list is no longer sold.
"""
from __future__ import annotations

import csv
import io
import logging
from dataclasses import dataclass
from typing import Iterable, Iterator

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from . import repository as repo
from .db import Database
from .models import Product
from .validators import Invalid, clean_sku

log = logging.getLogger(__name__)

FEED_ATTEMPTS = 5
FEED_MAX_BYTES = 64 * 1024 * 1024
BATCH = 500
PRICE_JUMP = 0.5


class FeedUnavailable(Exception):
    pass


@dataclass(frozen=True)
class Row:
    sku: str
    title: str
    price_cents: int
    stock: int


@dataclass
class Report:
    created: int = 0
    updated: int = 0
    held: int = 0
    retired: int = 0
    rejected: int = 0


def fetch_feed(url: str, session: requests.Session) -> str:
    last: Exception | None = None
    for attempt in range(1, FEED_ATTEMPTS + 1):
        try:
            return _download(url, session)
        except requests.RequestException as exc:
            log.warning("feed, attempt %d of %d: %s", attempt, FEED_ATTEMPTS, exc)
            last = exc
    raise FeedUnavailable(url) from last


def _download(url: str, session: requests.Session) -> str:
    with session.get(url, timeout=(5, 60), stream=True) as response:
        response.raise_for_status()
        received = bytearray()
        for chunk in response.iter_content(65536):
            received += chunk
            if len(received) > FEED_MAX_BYTES:
                raise FeedUnavailable("feed too large")
        return received.decode("utf-8")


def parse_feed(text: str, report: Report) -> Iterator[Row]:
    for number, record in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            row = Row(
                sku=clean_sku(record["sku"]),
                title=record["title"].strip()[:200],
                price_cents=int(record["price_cents"]),
                stock=max(0, int(record["stock"])),
            )
        except (Invalid, KeyError, ValueError, AttributeError) as exc:
            report.rejected += 1
            log.warning("feed line %d rejected: %s", number, exc)
            continue
        if row.price_cents <= 0:
            report.rejected += 1
            continue
        yield row


def batches(rows: Iterable[Row], size: int = BATCH) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def apply_feed(db: Database, text: str) -> Report:
    report = Report()
    listed: set[str] = set()
    with db.session() as session:
        for batch in batches(parse_feed(text, report)):
            _apply_batch(session, batch, report)
            listed.update(row.sku for row in batch)
            session.flush()
        report.retired = _retire_missing(session, listed)
        session.commit()
    return report


def _apply_batch(session: Session, batch: list[Row], report: Report) -> None:
    known = repo.products_by_sku(session, [row.sku for row in batch])
    for row in batch:
        product = known.get(row.sku)
        if product is None:
            product = Product(sku=row.sku, title=row.title, price_cents=row.price_cents, stock=row.stock)
            session.add(product)
            known[row.sku] = product
            report.created += 1
            continue
        product.title = row.title
        product.stock = row.stock
        product.active = True
        if _price_is_suspicious(product.price_cents, row.price_cents):
            product.price_review = True
            report.held += 1
        else:
            product.price_cents = row.price_cents
            report.updated += 1


def _price_is_suspicious(old: int, new: int) -> bool:
    """More than half up or down is for a person to look at."""
    return abs(new - old) > old * PRICE_JUMP


def _retire_missing(session: Session, listed: set[str]) -> int:
    retired = 0
    active = select(Product).where(Product.active.is_(True)).execution_options(yield_per=BATCH)
    for product in session.execute(active).scalars():
        if product.sku not in listed:
            product.active = False
            retired += 1
    return retired


def run(db: Database, url: str) -> Report:
    with requests.Session() as http:
        text = fetch_feed(url, http)
    report = apply_feed(db, text)
    log.info("import done: %s", report)
    return report
