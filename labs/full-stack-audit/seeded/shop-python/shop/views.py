"""What the API shows of a row."""
from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from . import repository as repo
from .models import Order, Product


def product_view(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "title": product.title,
        "price_cents": product.price_cents,
        "available": product.active and product.stock > 0,
    }


def order_view(session: Session, order: Order) -> dict[str, Any]:
    lines = []
    for line in order.lines:
        product = repo.product_by_sku(session, line.sku)
        lines.append(
            {
                "sku": line.sku,
                "title": product.title if product else line.sku,
                "quantity": line.quantity,
                "unit_cents": line.unit_cents,
            }
        )
    return {
        "id": order.id,
        "status": order.status,
        "total_cents": order.total_cents,
        "created_at": order.created_at.isoformat(),
        "lines": lines,
    }


def order_row(order: Order) -> dict[str, Any]:
    """The short form, for exports."""
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "status": order.status,
        "total_cents": order.total_cents,
        "items": sum(line.quantity for line in order.lines),
    }
