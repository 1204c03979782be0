"""Client of the carrier: rates, labels, tracking."""
from __future__ import annotations

from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry


@dataclass(frozen=True)
class Label:
    tracking_number: str
    url: str


def carrier_session() -> requests.Session:
    """Only reads are repeated; the carrier does not deduplicate bookings."""
    retry = Retry(
        total=3, backoff_factor=0.5, status_forcelist=(502, 503, 504), allowed_methods=("GET",)
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry, pool_maxsize=10))
    session.headers["Accept"] = "application/json"
    return session


class CarrierClient:
    def __init__(self, base_url: str, session: requests.Session | None = None, timeout: float = 10.0) -> None:
        self._base = base_url.rstrip("/")
        self._session = session or carrier_session()
        self._timeout = timeout

    def rate_cents(self, country: str, grams: int) -> int:
        response = self._session.get(
            f"{self._base}/rates",
            params={"country": country, "grams": grams},
            timeout=self._timeout,
        )
        response.raise_for_status()
        return int(response.json()["cents"])

    def book(self, order_id: int, name: str, lines: list[dict]) -> Label:
        parcel = {"reference": f"order-{order_id}", "recipient": name, "contents": lines}
        response = self._session.post(
            f"{self._base}/shipments",
            json=parcel,
            headers={"X-Reference": parcel["reference"]},
        )
        response.raise_for_status()
        data = response.json()
        return Label(data["tracking"], data["label_url"])

    def find_booking(self, order_id: int) -> Label | None:
        """The booking made for an order, if there is one."""
        response = self._session.get(
            f"{self._base}/shipments/by-reference/order-{order_id}", timeout=self._timeout
        )
        if response.status_code == 404:
            return None
        response.raise_for_status()
        data = response.json()
        return Label(data["tracking"], data["label_url"])
