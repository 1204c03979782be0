"""Smoke tests with an in-memory database and a fake provider."""
import hashlib
import hmac
import json
import unittest
from datetime import timedelta

from shop.api import create_app
from shop.checkout import CheckoutService
from shop.config import Settings
from shop.db import Database, make_engine
from shop.importer import apply_feed
from shop.models import Customer, Job, Order, Product, Voucher, utcnow
from shop.payments import PaymentClient
from shop.shipping import CarrierClient, Label
from shop.validators import Invalid, clean_email, clean_lines, clean_sku
from shop.worker import Worker, receipt_handler, ship_handler


class Reply:
    def __init__(self, status, data):
        self.status_code = status
        self._data = data

    def json(self):
        return self._data


class FakeHttp:
    def __init__(self, *replies):
        self.replies = list(replies)
        self.calls = []

    def request(self, method, url, **kwargs):
        self.calls.append((method, url, kwargs))
        return self.replies.pop(0)


class FakeCarrier:
    def __init__(self):
        self.booked = []

    def find_booking(self, order_id):
        return None

    def book(self, order_id, name, lines):
        self.booked.append(order_id)
        return Label("T1", "https://carrier.invalid/T1")


class FakeMailer:
    def __init__(self):
        self.sent = []

    def send(self, to, subject, body):
        self.sent.append(to)


class ShopTest(unittest.TestCase):
    def setUp(self):
        self.db = Database(make_engine("sqlite://"))
        self.db.create_all()
        with self.db.session() as session:
            session.add(Customer(id=1, email="a@example.org", name="Ada"))
            session.add(Product(sku="MUG-1", title="Mug", price_cents=1000, stock=3))
            session.add(Voucher(code="HALF2026", percent=50, max_uses=1))
            session.commit()

    def client(self, http):
        payments = PaymentClient("https://pay.invalid/v1", "k", session=http)
        return create_app(Settings(), self.db, CheckoutService(self.db, payments)).test_client()

    def order(self, client, **more):
        return client.post("/orders", headers={"Idempotency-Key": "key-0001"}, json={
            "customer_id": 1, "payment_token": "tok",
            "lines": [{"sku": "mug-1", "quantity": 2}], **more})

    def test_order_is_paid_and_shipped(self):
        client = self.client(FakeHttp(Reply(200, {"id": "ch_1", "amount": 1000, "status": "ok"})))
        reply = self.order(client, voucher="half2026")
        self.assertEqual(reply.status_code, 201)
        self.assertEqual(reply.json["total_cents"], 1000)
        self.assertEqual(reply.json["status"], "paid")
        self.assertEqual(self.order(client).json["id"], reply.json["id"])
        carrier, mailer = FakeCarrier(), FakeMailer()
        worker = Worker(self.db, {
            "ship": ship_handler(self.db, carrier), "receipt": receipt_handler(self.db, mailer)})
        self.assertEqual(worker.run_once(utcnow() + timedelta(minutes=5)), 2)
        self.assertEqual(carrier.booked, [reply.json["id"]])
        self.assertEqual(mailer.sent, ["a@example.org"])
        shown = client.get("/customers/1/orders").json["orders"]
        self.assertEqual(shown[0]["status"], "shipped")
        self.assertEqual(shown[0]["lines"][0]["title"], "Mug")

    def test_declined_gives_stock_back(self):
        client = self.client(FakeHttp(Reply(402, {"reason": "no"})))
        self.assertEqual(self.order(client).status_code, 409)
        with self.db.session() as session:
            self.assertEqual(session.get(Product, "MUG-1").stock, 3)

    def test_too_little_stock(self):
        client = self.client(FakeHttp())
        reply = self.order(client, lines=[{"sku": "MUG-1", "quantity": 4}])
        self.assertEqual(reply.status_code, 409)

    def test_refund_repeats_with_one_key(self):
        http = FakeHttp(Reply(503, {}), Reply(200, {"id": "re_1"}))
        self.assertEqual(PaymentClient("https://p.invalid", "k", session=http).refund("ch", 5), "re_1")
        keys = {call[2]["headers"]["Idempotency-Key"] for call in http.calls}
        self.assertEqual(len(keys), 1)

    def test_webhook_is_applied_once(self):
        client = self.client(FakeHttp())
        with self.db.session() as session:
            session.add(Order(id=7, customer_id=1, total_cents=5))
            session.commit()
        body = json.dumps({"id": "ev1", "type": "charge.succeeded",
                           "charge": {"id": "ch", "metadata": {"order_id": 7}}}).encode()
        sign = hmac.new(b"dev-only", body, hashlib.sha256).hexdigest()
        for _ in range(2):
            reply = client.post("/webhooks/payments", data=body, content_type="application/json",
                                headers={"X-Signature": sign})
            self.assertEqual(reply.status_code, 200)
        self.assertEqual(client.post("/webhooks/payments", data=body).status_code, 401)
        with self.db.session() as session:
            self.assertEqual(session.get(Order, 7).status, "paid")
            self.assertEqual(session.query(Job).count(), 2)

    def test_import(self):
        report = apply_feed(self.db, "sku,title,price_cents,stock\nmug-1,Mug,1100,9\ncup-2,Cup,700,x\n"
                                     "jug-3,Jug,2500,4\n")
        self.assertEqual((report.created, report.updated, report.rejected, report.retired), (1, 1, 1, 0))

    def test_lists(self):
        client = self.client(FakeHttp())
        self.assertEqual(len(client.get("/products?q=mug&limit=9999").json["products"]), 1)
        self.assertEqual(client.get("/products/none-1").status_code, 404)
        self.assertEqual(client.get("/admin/orders?status=paid").json, {"orders": []})
        self.assertTrue(client.get("/health").json["ok"])

    def test_validators(self):
        self.assertEqual(clean_sku(" ab-12 "), "AB-12")
        self.assertEqual(clean_email("A@B.org "), "a@b.org")
        for bad in ("", "a b"):
            self.assertRaises(Invalid, clean_sku, bad)
        self.assertRaises(Invalid, clean_lines, [])

    def test_carrier_reads_have_a_limit(self):
        self.assertEqual(CarrierClient("https://c.invalid")._timeout, 10.0)


if __name__ == "__main__":
    unittest.main()
