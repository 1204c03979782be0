"""Checks on what comes in from forms and feeds."""
from __future__ import annotations

import re

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_VOUCHER = re.compile(r"[A-Z0-9]{4,32}")
_SKU = re.compile(r"^([A-Z0-9]+[-_.]?)+$")

MAX_QUANTITY = 99
MAX_LINES = 50


class Invalid(ValueError):
    """The input breaks a rule; the message may be shown to the caller."""


def clean_email(raw: str) -> str:
    value = raw.strip().lower()
    if not _EMAIL.fullmatch(value):
        raise Invalid("email")
    return value


def clean_sku(raw: str) -> str:
    value = raw.strip().upper()
    if not _SKU.match(value):
        raise Invalid("sku")
    return value


def clean_voucher(raw: str | None) -> str | None:
    if not raw:
        return None
    value = raw.strip().upper()
    if not _VOUCHER.fullmatch(value):
        raise Invalid("voucher")
    return value


def clean_lines(raw: object) -> dict[str, int]:
    """Order lines as sku -> quantity, equal skus added up."""
    if not isinstance(raw, list) or not raw or len(raw) > MAX_LINES:
        raise Invalid("lines")
    wanted: dict[str, int] = {}
    for item in raw:
        if not isinstance(item, dict):
            raise Invalid("lines")
        sku = clean_sku(str(item.get("sku", "")))
        quantity = item.get("quantity")
        if not isinstance(quantity, int) or quantity < 1:
            raise Invalid("quantity")
        wanted[sku] = wanted.get(sku, 0) + quantity
        if wanted[sku] > MAX_QUANTITY:
            raise Invalid("quantity")
    return wanted
