"""The other half of a retry: how often a request had its effect, and what the server makes of a key that says which it is."""

import outcomes
from matrix import BEGIN, DISCIPLINES, END, POLICIES, RETRY, client
from pairs import pair

# name: title, what the server does with the key
KEYS = {
    "unique": ("refuses a second effect after the work", "unique"),
    "remembered": ("keeps the answer and gives it again", "remembered"),
}
COUNTED_S = 10  # from the trigger's begin: the attempts of requests that came later may still be queued at the end
COUNTED_QUICK_S = 1
# The matrix's cells whose effects are counted: a collapse, and those that come back.
WITHOUT = [("fifo", "retry"), ("expired", "retry"), ("feasible", "retry"), ("fifo", "budget")]


def jobs(lab, capacity):
    return [
        pair(("keys", name), lab.seed + seed, {"key": key}, client(lab, capacity, RETRY))
        for name, (_, key) in KEYS.items()
        for seed in range(1 if lab.quick else outcomes.HEADLINE)
    ]


def record(lab, runs, fixed):
    seconds = COUNTED_QUICK_S if lab.quick else COUNTED_S
    label = "time from the trigger's begin in which the requests arrived whose effects are counted"
    lab.value("inputs.effects_counted_s", seconds, "s", label)
    rows = []
    for rule, policy in WITHOUT:
        title = f"{POLICIES[policy][0]}; server {DISCIPLINES[rule][0]}, no key"
        rows.append(counted(lab, f"effects.{rule}.{policy}", title, fixed[rule, policy], seconds))
    for (_, name), cell in outcomes.cells(runs).items():
        title = f"3 retries; first in, first out, key: server {KEYS[name][0]}"
        outcomes.record(lab, f"keys.{name}", title, cell, END)
        outcomes.wasted(lab, f"keys.{name}", title, cell)
        rows.append(counted(lab, f"effects.{name}", title, cell, seconds))
    columns = {
        "what": {"label": "client and server", "unit": None},
        "requests": {"label": "requests", "unit": "count"},
        "answered": {"label": "answered", "unit": "count"},
        "answered_twice": {"label": "answered, with more than one effect", "unit": "count"},
        "failed": {"label": "failed for their client", "unit": "count"},
        "failed_happened": {"label": "failed, with an effect", "unit": "count"},
        "effects": {"label": "effects", "unit": "count"},
    }
    lab.table("effects", columns, rows)


def counted(lab, key, title, runs, seconds):
    """Record the effects of the requests that arrived from the trigger's begin on; their row."""
    ends = [end for run in runs for end in run["effects"] if BEGIN <= end[0] < BEGIN + seconds]
    number = lambda which: sum(end[3] for end in ends if which(*end[1:3]))
    row = {
        "what": title,
        "requests": number(lambda *_: True),
        "answered": number(lambda answered, _: answered),
        "answered_twice": number(lambda answered, effects: answered and effects > 1),
        "failed": number(lambda answered, _: not answered),
        "failed_happened": number(lambda answered, effects: not answered and effects),
        "effects": sum(effects * requests for _, _, effects, requests in ends),
    }
    twice = number(lambda _, effects: effects > 1)
    share(lab, f"{key}.twice_percent", twice, row["requests"], f"requests with more than one effect: {title}")
    share(lab, f"{key}.failed_percent", row["failed"], row["requests"], f"requests that failed for their client: {title}")
    label = f"of the requests that failed for their client, those that had their effect: {title}"
    share(lab, f"{key}.failed_happened_percent", row["failed_happened"], row["failed"], label)
    lab.value(f"{key}.effects_x", row["effects"] / row["requests"], "x", f"effects per request: {title}", row["requests"])
    return row


def share(lab, key, part, whole, label):
    reason = None if whole else "there was no such request"
    lab.value(key, 100 * part / whole if whole else None, "%", label, whole, reason=reason)
