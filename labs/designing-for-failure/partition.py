"""Real partitions: two network namespaces joined by a veth pair, and one end's link set down."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from _harness import LabError
from outcomes import ranged

PEER = [sys.executable, Path(__file__).with_name("peer.py")]
CONNECTIONS = 3  # for each case

# name, what the client has set, tcp_retries2 (Linux starts with 15), TCP_USER_TIMEOUT in ms, timeout of the
# application in s, seconds after which the link comes back
CASES = [
    ("app_timeout", "a 1 s timeout in the application", 15, 0, 1, None),
    ("user_timeout", "TCP_USER_TIMEOUT of 3 s", 15, 3000, 0, None),
    ("retries2_3", "no timeout, tcp_retries2 = 3", 3, 0, 0, None),
    ("retries2_4", "no timeout, tcp_retries2 = 4", 4, 0, 0, None),
    ("retries2_5", "no timeout, tcp_retries2 = 5", 5, 0, 0, None),
    ("blip_2s", "no timeout, link back after 2 s", 15, 0, 0, 2),
    ("blip_5s", "no timeout, link back after 5 s", 15, 0, 0, 5),
]
QUICK = ("app_timeout", "blip_2s")
COLUMNS = {
    "case": {"label": "what the client has set", "unit": None},
    "seconds": {"label": "time until the caller knew, median", "unit": "s"},
    "outcome": {"label": "how the call ended", "unit": None},
}


def ip(*words):
    """Run ip(8); LabError with its first line if it refuses."""
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError("ip(8) is not installed (Debian package iproute2)") from None
    if done.returncode:
        raise LabError(done.stderr.strip().splitlines()[0])


@contextmanager
def namespaces(number):
    """Two joined namespaces, the server's and the client's, with the server's address."""
    server, client = (f"lab{os.getpid()}-{number}{end}" for end in "sc")
    network = f"10.255.{number}"
    with ExitStack() as made:
        for name in (server, client):
            ip("netns", "add", name)
            made.callback(ip, "netns", "delete", name)
        ip("-n", server, "link", "add", "veth", "type", "veth", "peer", "name", "veth", "netns", client)
        for name, host in ((server, 1), (client, 2)):
            ip("-n", name, "address", "add", f"{network}.{host}/24", "dev", "veth")
            ip("-n", name, "link", "set", "veth", "up")
        yield server, client, f"{network}.1"


def cut(number, case):
    """[(seconds until the caller knew, what it was told), ...] for one of CASES."""
    _, _, retries2, user_timeout_ms, timeout_s, blip_s = case
    with ExitStack() as stack:
        server_space, client_space, address = stack.enter_context(namespaces(number))

        def inside(space, *command):
            command = ["ip", "netns", "exec", space, *command]
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(child)
            stack.callback(child.terminate)
            return child

        knob = "/proc/sys/net/ipv4/tcp_retries2"
        inside(client_space, "sh", "-c", f"echo {retries2} > {knob}").wait()
        port = inside(server_space, *PEER, "serve", address).stdout.readline().strip()
        limits = [str(CONNECTIONS), str(user_timeout_ms), str(timeout_s)]
        client = inside(client_space, *PEER, "call", address, port, *limits)
        if client.stdout.readline().strip() != "ready":
            raise LabError(f"the peers in {case[0]} do not talk before the cut")
        ip("-n", server_space, "link", "set", "veth", "down")
        client.stdin.write("go\n")
        client.stdin.flush()
        if blip_s:
            time.sleep(blip_s)
            ip("-n", server_space, "link", "set", "veth", "up")
        told = [line.split() for line in client.stdout.read().splitlines()]
    return [(float(seconds), outcome) for seconds, outcome in told]


def forbidden():
    """Why this machine lets us make no namespaces, or None."""
    try:
        with namespaces(0):
            return None
    except LabError as error:
        return f"this machine allows no network namespaces: {error}"


def measure(lab):
    """Record partition.<case>_s for each case, or why it could not be measured."""
    cases = [case for case in CASES if not lab.quick or case[0] in QUICK]
    reason = forbidden()
    lab.log(reason or f"partitions: {len(cases)} cases at once")
    with ThreadPoolExecutor(len(cases)) as pool:
        measured = [] if reason else list(pool.map(cut, range(1, len(cases) + 1), cases))
    rows = []
    for name, title, *_ in cases:
        key, label = f"partition.{name}_s", f"link down, {title}: time until the caller knew"
        if reason:
            lab.value(key, None, "s", label, n=0, reason=reason)
            continue
        seconds, told = zip(*measured[len(rows)])
        middle = ranged(lab, key, seconds, "s", label)
        rows.append({"case": title, "seconds": middle, "outcome": " ".join(sorted(set(told)))})
    lab.table("partition", COLUMNS, rows)
