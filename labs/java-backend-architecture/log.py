"""Whether the server ran the statements in the order of the schedule, by its own log alone.

PostgreSQL logs a statement when it begins, and its duration or its error when it ends, with the process that runs it. A
client whose statement has begun and not ended is waiting, and keeps its later turns until it goes on. MariaDB logs only
the beginnings, so there the log is held against the schedules in which nobody waited.
"""

import re
from collections import defaultdict

LOOK, WRITE, COMMIT = STEPS = ("look", "write", "commit")
END, FAILED = "end", "failed"
SHIFT = re.compile(r"\bshift = \D*(\d+)")
POSTGRESQL = re.compile(r"(?P<who>\d+)\|(?:LOG: +statement: (?P<said>.*)|LOG: +duration: .*|(?P<error>ERROR): .*)")
MARIADB = re.compile(r"(?:\d{6} +[\d:]+)?\s+(?P<who>\d+) Query\t(?P<said>.*)")


def read(path, pattern, clients):
    """{shift: [(client, step, END or FAILED)]} in the log's order; clients: {connection: whose it is}."""
    seen, shifts, steps, running = defaultdict(list), {}, {}, {}

    def note(client, what):
        seen[shifts[client]].append((client, what))
        if what in STEPS and "error" in pattern.groupindex:
            running[client] = True
        elif what in STEPS:  # a log without ends
            seen[shifts[client]].append((client, END))

    for line in path.read_text("utf-8", "replace").splitlines():
        if not (found := pattern.match(line)) or found["who"] not in clients:
            continue
        client = clients[found["who"]]
        if (said := found["said"]) is None:
            if running.pop(client, None):
                note(client, FAILED if found["error"] else END)
        elif said in ("BEGIN", "COMMIT", "ROLLBACK"):
            if steps.pop(client, 0):
                note(client, COMMIT if said == "COMMIT" else FAILED)
        elif client in steps or (shift := SHIFT.search(said)):
            if client not in steps:
                shifts[client], steps[client] = int(shift[1]), 0
            note(client, STEPS[steps[client]])
            steps[client] += 1
    return seen


def departure(schedule, seen, again):
    """Where what the log has `seen` of one schedule leaves it, in words, or None.

    schedule: the clients in the order of their turns. again: whether an aborted client begins again; what it does after
    the schedule's last turn is not looked at.
    """
    place, step, owed, waiting = 0, defaultdict(int), defaultdict(int), set()
    for turn in schedule:
        owed[turn] += 1
        while client := next((client for client in sorted(owed) if owed[client] and client not in waiting), None):
            owed[client] -= 1
            if step[client] == len(STEPS):  # it is done, or was aborted
                continue
            wanted, step[client] = STEPS[step[client]], step[client] + 1
            upcoming = next((what for who, what in seen[place:] if who == client and what in STEPS), None)
            if wanted == WRITE and upcoming != WRITE:  # it may not leave, and has nothing to write
                continue
            if seen[place : place + 1] != [(client, wanted)]:
                return f"{seen[place : place + 1]} where client {client} was to {wanted}"
            place += 1
            waiting.add(client)
            while place < len(seen) and seen[place][1] not in STEPS:
                who, what = seen[place]
                waiting.discard(who)
                if what == FAILED:
                    step[who] = 0 if again else len(STEPS)
                place += 1
    return None if again or place == len(seen) else f"{len(seen) - place} lines more"
