"""From a list of lines to a paid order."""
from __future__ import annotations

import json
import logging
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from . import repository as repo
from .db import Database
from .models import Job, Order, OrderLine, Voucher, utcnow
from .payments import PaymentClient, PaymentDeclined, PaymentError, PaymentUnknown

log = logging.getLogger(__name__)

SETTLE_AFTER = 3600


class CheckoutError(Exception):
    """The order cannot be placed; the message is a stable code."""


class CheckoutService:
    def __init__(self, db: Database, payments: PaymentClient) -> None:
        self._db = db
        self._payments = payments

    def place(
        self,
        customer_id: int,
        wanted: dict[str, int],
        token: str,
        request_key: str,
        voucher_code: str | None = None,
    ) -> Order:
        """Reserve, charge, confirm.

        The order is stored as pending before any money moves. When the provider
        gives no answer it stays pending; the webhook or the settle job, whichever
        comes first, decides. A request key seen before yields the order it made.
        """
        with self._db.session() as session:
            known = repo.order_by_request_key(session, request_key)
            if known is not None:
                return known
            order = self._reserve(session, customer_id, wanted, voucher_code)
            order.request_key = request_key
            try:
                session.flush()
                enqueue(session, "settle", {"order_id": order.id}, SETTLE_AFTER)
                session.commit()
            except IntegrityError:
                session.rollback()
                return repo.order_by_request_key(session, request_key)
        try:
            charge = self._payments.charge(order.id, order.total_cents, token)
        except PaymentDeclined:
            self.cancel(order.id)
            raise CheckoutError("declined")
        except PaymentUnknown:
            log.warning("order %s: payment outcome unknown, left pending", order.id)
            return order
        except PaymentError:
            self.cancel(order.id)
            raise
        with self._db.session() as session:
            mark_paid(session, order.id, charge.id)
            session.commit()
            return repo.order_with_lines(session, order.id)

    def cancel(self, order_id: int) -> bool:
        with self._db.session() as session:
            if not repo.move_order(session, order_id, "pending", "cancelled"):
                return False
            release(session, order_id)
            session.commit()
            return True

    def settle(self, order_id: int) -> None:
        """Decide about an order that is still pending long after its checkout."""
        with self._db.session() as session:
            order = session.get(Order, order_id)
            if order is None or order.status != "pending":
                return
        charge = self._payments.find_charge(order_id)
        if charge is None or charge.status == "failed":
            self.cancel(order_id)
            return
        with self._db.session() as session:
            mark_paid(session, order_id, charge.id)
            session.commit()

    def _reserve(
        self, session: Session, customer_id: int, wanted: dict[str, int], voucher_code: str | None
    ) -> Order:
        products = repo.products_by_sku(session, wanted)
        lines: list[OrderLine] = []
        # Sorted, so that two checkouts lock the rows in the same order.
        for sku in sorted(wanted):
            product = products.get(sku)
            if product is None or not repo.take_stock(session, sku, wanted[sku]):
                raise CheckoutError("out_of_stock")
            lines.append(OrderLine(sku=sku, quantity=wanted[sku], unit_cents=product.price_cents))
        total = sum(line.quantity * line.unit_cents for line in lines)
        if voucher_code is not None:
            voucher = redeem_voucher(session, voucher_code)
            total -= total * voucher.percent // 100
        order = Order(
            customer_id=customer_id, total_cents=total, voucher_code=voucher_code, lines=lines
        )
        session.add(order)
        return order


def redeem_voucher(session: Session, code: str) -> Voucher:
    voucher = repo.voucher_by_code(session, code)
    if voucher is None:
        raise CheckoutError("voucher_unknown")
    if voucher.expires_at is not None and voucher.expires_at < utcnow():
        raise CheckoutError("voucher_expired")
    if voucher.uses >= voucher.max_uses:
        raise CheckoutError("voucher_used_up")
    voucher.uses = voucher.uses + 1
    return voucher


def mark_paid(session: Session, order_id: int, charge_id: str) -> bool:
    """pending -> paid, and the jobs that follow, in the caller's transaction.

    Money that arrives for a cancelled order goes back.
    """
    moved = repo.move_order(session, order_id, "pending", "paid")
    order = session.get(Order, order_id, populate_existing=True)
    if not moved:
        if order.status == "cancelled":
            enqueue(session, "refund", {"charge_id": charge_id, "cents": order.total_cents})
        return False
    order.charge_id = charge_id
    enqueue(session, "ship", {"order_id": order_id})
    enqueue(session, "receipt", {"order_id": order_id}, delay_seconds=30)
    return True


def release(session: Session, order_id: int) -> None:
    """Give back what a cancelled order had taken."""
    order = repo.order_with_lines(session, order_id)
    repo.give_stock_back(session, order.lines)
    if order.voucher_code is not None:
        repo.give_voucher_back(session, order.voucher_code)


def enqueue(session: Session, kind: str, payload: dict, delay_seconds: int = 0) -> None:
    session.add(
        Job(
            kind=kind,
            payload=json.dumps(payload),
            run_at=utcnow() + timedelta(seconds=delay_seconds),
        )
    )
