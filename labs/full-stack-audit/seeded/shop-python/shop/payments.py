"""Client of the payment provider."""
from __future__ import annotations

import hashlib
import hmac
import logging
import random
import time
import uuid
from dataclasses import dataclass
from typing import Any

import requests

log = logging.getLogger(__name__)

CONNECT_READ = (3.05, 20)
MAX_ATTEMPTS = 4
RETRY_STATUS = frozenset({429, 500, 502, 503, 504})


class PaymentError(Exception):
    """Something went wrong between us and the provider."""


class PaymentDeclined(PaymentError):
    """The provider gave a definite no."""


class PaymentUnknown(PaymentError):
    """No answer; the charge may or may not exist."""


@dataclass(frozen=True)
class Charge:
    id: str
    amount_cents: int
    status: str


def backoff_seconds(attempt: int, base: float = 0.3, cap: float = 5.0) -> float:
    """Full jitter: anywhere between nothing and the doubled step."""
    return random.uniform(0, min(cap, base * 2 ** attempt))


class PaymentClient:
    def __init__(self, base_url: str, api_key: str, session: requests.Session | None = None) -> None:
        self._base = base_url.rstrip("/")
        self._api_key = api_key
        self._session = session or requests.Session()

    def charge(self, order_id: int, amount_cents: int, token: str) -> Charge:
        body = {
            "amount": amount_cents,
            "currency": "EUR",
            "source": token,
            "metadata": {"order_id": order_id},
        }
        data = self._send("POST", "/charges", body)
        return Charge(data["id"], data["amount"], data["status"])

    def refund(self, charge_id: str, amount_cents: int) -> str:
        key = f"refund-{charge_id}-{amount_cents}"
        data = self._send("POST", "/refunds", {"charge": charge_id, "amount": amount_cents}, key)
        return data["id"]

    def find_charge(self, order_id: int) -> Charge | None:
        found = self._send("GET", f"/charges?order_id={order_id}")["data"]
        return Charge(found[0]["id"], found[0]["amount"], found[0]["status"]) if found else None

    def _headers(self, idempotency_key: str | None) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._api_key}",
            "Idempotency-Key": idempotency_key or uuid.uuid4().hex,
        }

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        problem: Exception | None = None
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                time.sleep(backoff_seconds(attempt))
            headers = self._headers(idempotency_key)
            try:
                response = self._session.request(
                    method, self._base + path, json=body, headers=headers, timeout=CONNECT_READ
                )
            except (requests.ConnectionError, requests.Timeout) as exc:
                log.warning("%s %s attempt %d: %s", method, path, attempt + 1, exc)
                problem = exc
                continue
            if response.status_code in RETRY_STATUS:
                problem = PaymentError(f"status {response.status_code}")
                continue
            if response.status_code == 402:
                raise PaymentDeclined(response.json().get("reason", "declined"))
            if response.status_code >= 400:
                raise PaymentError(f"status {response.status_code}")
            return response.json()
        raise PaymentUnknown(f"{method} {path} gave no answer") from problem


def signature_is_valid(secret: str, body: bytes, given: str) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given)
