"""Every stack gives the same answers, byte for byte, before any is timed.

    contract.fill(postgres, rows=100_000)
    sizes = contract.check(lab, ["jetty", "go"], postgres, dependency, rows=100_000)

What is expected is made here, by another serialiser and from rows read by psql: no stack is
the measure of the others.
"""

import json
import random
import socket

import stacks
from _harness import LabError

IDS = 100
SLOW_MS = 20
PRODUCT = {
    "available": True,
    "id": 4711,
    "name": "Folding bicycle, 20 inch",
    "price_cents": 89900,
    "stock": 12,
    "tags": ["city", "folding", "bicycle"],
    "weight_grams": 11800,
}


def fill(postgres, rows):
    """Make the table that /db reads; four names of five are not ASCII.

    None goes beyond Unicode's basic plane: Jackson 2 escapes an emoji by default, the others do not.
    """
    postgres.sql(
        "create table item(id bigint primary key, name text not null, "
        "price_cents int not null, stock int not null); "
        "insert into item select id, (array['Folding bicycle', 'Bücherregal', 'Crème brûlée', 'Шахматы', "
        "'日本語の辞書'])[1 + id % 5] || ' ' || id, 100 + id * 7919 % 90000, id % 500 "
        f"from generate_series(1, {rows}) as id"
    )
    postgres.sql("vacuum analyze item")


def check(lab, names, postgres, dependency, rows):
    """LabError that names the stack and the first difference.

    dependency: port of the slow service. Returns {stack: bytes of one /json response, its
    headers included}, for headers are the servers' own and differ.
    """
    wanted = random.Random(lab.seed).sample(range(1, rows + 1), IDS)
    expected = {"json": [("/json", PRODUCT)], "db": _items(postgres, wanted)}
    expected["slow"] = [(f"/slow?ms={SLOW_MS}", {"answer": _ask_dependency(dependency)})]
    sizes = {}
    for name in names:
        with stacks.serve(name, cores="0", postgres=postgres, dependency=dependency) as running:
            # One connection for all: a server that ends it early departs from the contract too.
            with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
                for endpoint in stacks.STACKS[name].endpoints:
                    for path, answer in expected[endpoint]:
                        size = _compare(name, connection, path, answer)
                        sizes.setdefault(name, size)
    return sizes


def _items(postgres, wanted):
    listed = ",".join(map(str, wanted))
    found = postgres.sql(f"select id, name, price_cents, stock from item where id in ({listed})")
    if len(found) != len(wanted):
        raise LabError(f"the table has {len(found)} of {len(wanted)} items; call contract.fill first")
    items = [
        {"id": int(id), "name": name, "price_cents": int(price), "stock": int(stock)}
        for id, name, price, stock in found
    ]
    return [(f"/db?id={item['id']}", item) for item in items]


def _ask_dependency(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        return _exchange(connection, f"/?ms={SLOW_MS}")[3].decode()


def _compare(name, connection, path, answer):
    """Bytes of the whole response to `path`."""
    try:
        size, status, kind, body = _exchange(connection, path)
    except (OSError, ValueError, KeyError) as error:
        raise LabError(f"{name} {path}: {type(error).__name__}: {error}") from None
    told = {"status": (status, b"200"), "Content-Type": (kind, b"application/json")}
    told["body"] = (body, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
    for part, (got, right) in told.items():
        if got != right:
            raise LabError(f"{name} {path}: {part} is {got!r}, expected {right!r}")
    return size


def _exchange(connection, path):
    """(bytes of the response, status, Content-Type, body) for one GET."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    response = b""
    while b"\r\n\r\n" not in response:
        response += _receive(connection)
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    while len(body) < int(headers[b"content-length"]):
        body += _receive(connection)
    return len(head) + 4 + len(body), status.split()[1], headers.get(b"content-type"), body


def _receive(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server ended the connection")
    return data
