"""HTTP handlers. The gateway in front has authenticated the caller."""
from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, Response, abort, current_app, jsonify, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from . import repository as repo
from .checkout import CheckoutError, CheckoutService, mark_paid, release
from .config import Settings
from .db import Database
from .models import PaymentEvent
from .payments import PaymentError, signature_is_valid
from .validators import Invalid, clean_lines, clean_sku, clean_voucher
from .views import order_row, order_view, product_view

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024


def create_app(settings: Settings, db: Database, checkout: CheckoutService) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions["shop"] = {"settings": settings, "db": db, "checkout": checkout}

    app.add_url_rule("/products", view_func=list_products)
    app.add_url_rule("/products/<sku>", view_func=get_product)
    app.add_url_rule("/orders", view_func=place_order, methods=["POST"])
    app.add_url_rule("/orders/<int:order_id>", view_func=get_order)
    app.add_url_rule("/orders/<int:order_id>/cancel", view_func=cancel_order, methods=["POST"])
    app.add_url_rule("/customers/<int:customer_id>/orders", view_func=customer_orders)
    app.add_url_rule("/admin/orders", view_func=export_orders)
    app.add_url_rule("/webhooks/payments", view_func=payment_webhook, methods=["POST"])
    app.add_url_rule("/health", view_func=health)

    app.register_error_handler(Invalid, _bad_request)
    app.register_error_handler(CheckoutError, _conflict)
    app.register_error_handler(PaymentError, _bad_gateway)
    return app


def _shop(name: str):
    return current_app.extensions["shop"][name]


def _page_size() -> int:
    biggest = _shop("settings").page_size_max
    return max(1, min(request.args.get("limit", 25, type=int), biggest))


def list_products() -> Response:
    size = _page_size()
    with _shop("db").session() as session:
        found = repo.search_products(
            session,
            request.args.get("q", "")[:100],
            limit=size,
            after=request.args.get("after", ""),
        )
        more = found[-1].sku if len(found) == size else None
        return jsonify(products=[product_view(p) for p in found], next=more)


def get_product(sku: str) -> Response:
    with _shop("db").session() as session:
        product = repo.product_by_sku(session, clean_sku(sku))
        if product is None:
            abort(HTTPStatus.NOT_FOUND)
        return jsonify(product_view(product))


def place_order():
    data = request.get_json()
    customer_id = data.get("customer_id")
    token = data.get("payment_token")
    if not isinstance(customer_id, int) or not isinstance(token, str):
        raise Invalid("customer or token")
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 64:
        raise Invalid("idempotency key")
    wanted = clean_lines(data.get("lines"))
    voucher = clean_voucher(data.get("voucher"))
    with _shop("db").session() as session:
        if repo.customer_by_id(session, customer_id) is None:
            abort(HTTPStatus.NOT_FOUND)
    order = _shop("checkout").place(customer_id, wanted, token, key, voucher)
    return jsonify(id=order.id, status=order.status, total_cents=order.total_cents), HTTPStatus.CREATED


def get_order(order_id: int) -> Response:
    with _shop("db").session() as session:
        order = repo.order_with_lines(session, order_id)
        if order is None:
            abort(HTTPStatus.NOT_FOUND)
        return jsonify(order_view(session, order))


def cancel_order(order_id: int) -> Response:
    if not _shop("checkout").cancel(order_id):
        abort(HTTPStatus.CONFLICT)
    return jsonify(id=order_id, status="cancelled")


def customer_orders(customer_id: int) -> Response:
    with _shop("db").session() as session:
        orders = repo.find_orders(
            session,
            customer_id=customer_id,
            before_id=request.args.get("before", type=int),
            limit=_page_size(),
        )
        return jsonify(orders=[order_view(session, order) for order in orders])


def export_orders() -> Response:
    with _shop("db").session() as session:
        orders = repo.find_orders(session, status=request.args.get("status"))
        return jsonify(orders=[order_row(order) for order in orders])


def payment_webhook() -> Response:
    """Events from the provider, who sends an event again until it gets a 2xx."""
    body = request.get_data()
    if not signature_is_valid(
        _shop("settings").webhook_secret, body, request.headers.get("X-Signature", "")
    ):
        abort(HTTPStatus.UNAUTHORIZED)
    event = request.get_json()
    with _shop("db").session() as session:
        if repo.event_is_known(session, event["id"]):
            return jsonify(received=True)
        try:
            _apply_payment_event(session, event)
            session.commit()
        except IntegrityError:
            # Two deliveries at once; the other one has stored the event.
            session.rollback()
        except Exception:
            session.rollback()
            log.exception("payment event %s could not be applied", event["id"])
    return jsonify(received=True)


def _apply_payment_event(session: Session, event: dict) -> None:
    session.add(PaymentEvent(event_id=event["id"]))
    session.flush()
    charge = event["charge"]
    order_id = int(charge["metadata"]["order_id"])
    if event["type"] == "charge.succeeded":
        mark_paid(session, order_id, charge["id"])
    elif event["type"] == "charge.failed":
        if repo.move_order(session, order_id, "pending", "cancelled"):
            release(session, order_id)


def health() -> Response:
    with _shop("db").session() as session:
        return jsonify(ok=True, open_orders=repo.count_open_orders(session))


def _bad_request(error: Invalid):
    return jsonify(error=str(error)), HTTPStatus.BAD_REQUEST


def _conflict(error: CheckoutError):
    return jsonify(error=str(error)), HTTPStatus.CONFLICT


def _bad_gateway(error: PaymentError):
    log.error("payment provider: %s", error)
    return jsonify(error="payment"), HTTPStatus.BAD_GATEWAY
