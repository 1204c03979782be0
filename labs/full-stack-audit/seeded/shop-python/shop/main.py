"""Wiring. `python -m shop.main api|worker|import`."""
from __future__ import annotations

import logging
import signal
import sys

from .api import create_app
from .checkout import CheckoutService
from .config import Settings
from .db import Database, make_engine
from .importer import run as run_import
from .mail import SmtpMailer
from .payments import PaymentClient
from .shipping import CarrierClient
from .worker import Worker, receipt_handler, refund_handler, ship_handler


def build_worker(settings: Settings, db: Database) -> Worker:
    carrier = CarrierClient(settings.carrier_url)
    payments = PaymentClient(settings.payments_url, settings.payments_key)
    checkout = CheckoutService(db, payments)
    handlers = {
        "ship": ship_handler(db, carrier),
        "receipt": receipt_handler(db, SmtpMailer("localhost")),
        "refund": refund_handler(payments),
        "settle": lambda payload: checkout.settle(payload["order_id"]),
    }
    return Worker(db, handlers, settings.worker_poll_seconds)


def main(argv: list[str]) -> int:
    logging.basicConfig(level=logging.INFO)
    settings = Settings()
    db = Database(make_engine(settings.database_url))
    db.create_all()
    what = argv[0] if argv else "api"
    if what == "worker":
        worker = build_worker(settings, db)
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run_forever()
    elif what == "import":
        run_import(db, settings.feed_url)
    else:
        payments = PaymentClient(settings.payments_url, settings.payments_key)
        create_app(settings, db, CheckoutService(db, payments)).run(port=8080)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
