"""Runs the jobs that checkout leaves behind."""
from __future__ import annotations

import json
import logging
import random
import threading
from datetime import datetime, timedelta
from typing import Any, Callable, Protocol

from . import repository as repo
from .db import Database
from .models import Job, utcnow
from .payments import PaymentClient
from .shipping import CarrierClient

log = logging.getLogger(__name__)

BATCH = 20
DELAY_FIRST = 10
DELAY_MAX = 3600
ABANDONED_AFTER = timedelta(minutes=30)
MAIL_ATTEMPTS = 3

Handler = Callable[[dict[str, Any]], None]


class Mailer(Protocol):
    def send(self, to: str, subject: str, body: str) -> None: ...


class MailFailed(Exception):
    pass


class Worker:
    def __init__(self, db: Database, handlers: dict[str, Handler], poll_seconds: float = 2.0) -> None:
        self._db = db
        self._handlers = handlers
        self._poll = poll_seconds
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run_forever(self) -> None:
        while not self._stop.is_set():
            if self.run_once() == 0:
                self._stop.wait(self._poll)

    def run_once(self, now: datetime | None = None) -> int:
        """Run what is due; the number of jobs this worker took."""
        now = now or utcnow()
        with self._db.session() as session:
            repo.free_abandoned_jobs(session, now - ABANDONED_AFTER)
            session.commit()
            ids = repo.due_job_ids(session, now, BATCH)
        taken = 0
        for job_id in ids:
            if self._stop.is_set():
                break
            with self._db.session() as session:
                claimed = repo.claim_job(session, job_id, now)
                session.commit()
            if claimed:
                taken += 1
                self._run_claimed(job_id)
        return taken

    def _run_claimed(self, job_id: int) -> None:
        with self._db.session() as session:
            job = session.get(Job, job_id)
            kind, payload = job.kind, job.payload
        error: Exception | None = None
        try:
            self._handlers[kind](json.loads(payload))
        except Exception as exc:
            log.exception("job %s (%s) failed", job_id, kind)
            error = exc
        with self._db.session() as session:
            job = session.get(Job, job_id)
            if error is None:
                job.state = "done"
            else:
                self._put_back(job, error)
            session.commit()

    def _put_back(self, job: Job, error: Exception) -> None:
        job.attempts += 1
        job.last_error = str(error)[:500]
        wait = min(DELAY_MAX, DELAY_FIRST * 2 ** min(job.attempts - 1, 10))
        job.run_at = utcnow() + timedelta(seconds=wait * random.uniform(0.5, 1.0))
        job.state = "queued"


def ship_handler(db: Database, carrier: CarrierClient) -> Handler:
    def ship(payload: dict[str, Any]) -> None:
        order_id = payload["order_id"]
        with db.session() as session:
            order = repo.order_with_lines(session, order_id)
            customer = repo.customer_by_id(session, order.customer_id)
            contents = [{"sku": line.sku, "quantity": line.quantity} for line in order.lines]
        # A repeated job must not book twice, and the carrier does not check.
        label = carrier.find_booking(order_id) or carrier.book(order_id, customer.name, contents)
        with db.session() as session:
            repo.move_order(session, order_id, "paid", "shipped")
            session.commit()
        log.info("order %s shipped as %s", order_id, label.tracking_number)

    return ship


def refund_handler(payments: PaymentClient) -> Handler:
    def refund(payload: dict[str, Any]) -> None:
        payments.refund(payload["charge_id"], payload["cents"])

    return refund


def receipt_handler(db: Database, mailer: Mailer, stop: threading.Event | None = None) -> Handler:
    pause = stop or threading.Event()

    def receipt(payload: dict[str, Any]) -> None:
        with db.session() as session:
            order = repo.order_with_lines(session, payload["order_id"])
            customer = repo.customer_by_id(session, order.customer_id)
        subject = f"Your order {order.id}"
        body = "\n".join(f"{line.quantity} x {line.sku}" for line in order.lines)
        for attempt in range(1, MAIL_ATTEMPTS + 1):
            try:
                mailer.send(customer.email, subject, body)
                return
            except OSError as exc:
                if attempt == MAIL_ATTEMPTS:
                    raise MailFailed(f"receipt for order {order.id}") from exc
                pause.wait(attempt * 0.5)

    return receipt
