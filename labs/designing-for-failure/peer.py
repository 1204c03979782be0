"""Both ends of a connection that gets cut: an echo server, and a client that reports how it learnt of it.

peer.py serve <address>
peer.py call <address> <port> <connections> <user timeout in ms, 0 for none> <application timeout in s, 0 for none>
"""

import socket
import sys
import threading
import time


def serve(address):
    listener = socket.create_server((address, 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def echo(connection):
    while data := connection.recv(64):
        connection.sendall(data)


def call(address, port, connections, user_timeout_ms, timeout_s):
    """One line "ready", then, once a line is read, one line "<seconds> <what happened>" for each connection."""
    sockets = [socket.create_connection((address, int(port))) for _ in range(int(connections))]
    for number, connection in enumerate(sockets):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(user_timeout_ms))
        ask(connection, b"before %d" % number)
        connection.settimeout(float(timeout_s) or None)
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=wait, args=(connection,)) for connection in sockets]
    for thread in threads:
        thread.start()


def wait(connection):
    begun = time.monotonic()
    try:
        ask(connection, b"during")
        outcome = "answered"
    except OSError as error:
        outcome = type(error).__name__
    print(f"{time.monotonic() - begun:.4f} {outcome}\n", end="", flush=True)


def ask(connection, data):
    connection.sendall(data)
    if connection.recv(64) != data:
        raise SystemExit("the echo is wrong")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
