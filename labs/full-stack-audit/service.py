"""A service: /price asks an upstream, /stock does not. service.py <port> <upstream's port> <seconds, or none> <workers>"""

import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn

import requests

PORT, UPSTREAM = int(sys.argv[1]), f"http://127.0.0.1:{sys.argv[2]}/"
TIMEOUT = None if sys.argv[3] == "none" else float(sys.argv[3])


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = requests.get(UPSTREAM, timeout=TIMEOUT).content if self.path == "/price" else b"3 left"
        except requests.RequestException:
            return self.send_error(503)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads it."""


class Workers(ThreadingMixIn, HTTPServer):
    request_queue_size = 128
    pool = ThreadPoolExecutor(int(sys.argv[4]))

    def process_request(self, request, address):
        self.pool.submit(self.process_request_thread, request, address)


Workers(("127.0.0.1", PORT), Service).serve_forever()
