"""Queries. Functions take the caller's session and never commit."""
from __future__ import annotations

from datetime import datetime
from typing import Iterable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from .models import Customer, Job, Order, OrderLine, PaymentEvent, Product, Voucher


def product_by_sku(session: Session, sku: str) -> Product | None:
    return session.execute(
        select(Product).where(Product.sku == sku)
    ).scalar_one_or_none()


def products_by_sku(session: Session, skus: Iterable[str]) -> dict[str, Product]:
    wanted = list(skus)
    if not wanted:
        return {}
    rows = session.execute(select(Product).where(Product.sku.in_(wanted))).scalars()
    return {row.sku: row for row in rows}


def search_products(
    session: Session, text: str, *, limit: int, after: str = ""
) -> Sequence[Product]:
    stmt = select(Product).where(Product.active.is_(True), Product.sku > after)
    if text:
        stmt = stmt.where(Product.title.icontains(text, autoescape=True))
    return session.execute(stmt.order_by(Product.sku).limit(limit)).scalars().all()


def take_stock(session: Session, sku: str, quantity: int) -> bool:
    """Reserve in one statement; False if there is too little."""
    result = session.execute(
        update(Product)
        .where(Product.sku == sku, Product.active.is_(True), Product.stock >= quantity)
        .values(stock=Product.stock - quantity)
    )
    return result.rowcount == 1


def give_voucher_back(session: Session, code: str) -> None:
    session.execute(
        update(Voucher).where(Voucher.code == code, Voucher.uses > 0).values(uses=Voucher.uses - 1)
    )


def give_stock_back(session: Session, lines: Iterable[OrderLine]) -> None:
    for line in lines:
        session.execute(
            update(Product)
            .where(Product.sku == line.sku)
            .values(stock=Product.stock + line.quantity)
        )


def voucher_by_code(session: Session, code: str) -> Voucher | None:
    return session.get(Voucher, code)


def find_orders(
    session: Session,
    *,
    customer_id: int | None = None,
    status: str | None = None,
    before_id: int | None = None,
    limit: int | None = None,
) -> Sequence[Order]:
    stmt = select(Order).options(selectinload(Order.lines)).order_by(Order.id.desc())
    if customer_id is not None:
        stmt = stmt.where(Order.customer_id == customer_id)
    if status is not None:
        stmt = stmt.where(Order.status == status)
    if before_id is not None:
        stmt = stmt.where(Order.id < before_id)
    if limit is not None:
        stmt = stmt.limit(limit)
    return session.execute(stmt).scalars().all()


def order_with_lines(session: Session, order_id: int) -> Order | None:
    return session.get(Order, order_id, options=[selectinload(Order.lines)])


def order_by_request_key(session: Session, key: str) -> Order | None:
    return session.execute(
        select(Order).where(Order.request_key == key)
    ).scalar_one_or_none()


def move_order(session: Session, order_id: int, source: str, target: str) -> bool:
    """Change the status only if it still is what the caller believes."""
    result = session.execute(
        update(Order).where(Order.id == order_id, Order.status == source).values(status=target)
    )
    return result.rowcount == 1


def customer_by_id(session: Session, customer_id: int) -> Customer | None:
    return session.get(Customer, customer_id)


def count_open_orders(session: Session) -> int:
    return session.execute(
        select(func.count()).select_from(Order).where(Order.status.in_(("pending", "paid")))
    ).scalar_one()


def event_is_known(session: Session, event_id: str) -> bool:
    return session.get(PaymentEvent, event_id) is not None


def due_job_ids(session: Session, now: datetime, limit: int) -> Sequence[int]:
    return session.execute(
        select(Job.id)
        .where(Job.state == "queued", Job.run_at <= now)
        .order_by(Job.run_at)
        .limit(limit)
    ).scalars().all()


def claim_job(session: Session, job_id: int, now: datetime) -> bool:
    result = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "queued")
        .values(state="running", claimed_at=now)
    )
    return result.rowcount == 1


def free_abandoned_jobs(session: Session, claimed_before: datetime) -> int:
    """Jobs of a worker that died go back into the queue."""
    result = session.execute(
        update(Job)
        .where(Job.state == "running", Job.claimed_at < claimed_before)
        .values(state="queued")
    )
    return result.rowcount
