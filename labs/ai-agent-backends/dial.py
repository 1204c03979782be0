"""How often the model answers otherwise, against what a key from the content lets through; and a true model's answers."""

import windows
from agent import DESIGNS
from stage import Outcome

SHARES = (0, 25, 50, 75, 100)  # percent of second answers that differ
NAMES = ("content", "decide")
REPEATS = 8


def measure(lab, stage, pairs):
    """{(design, share): Outcomes}, and those of the content key under pairs of a true model's answers."""
    repeats = 1 if lab.quick else REPEATS
    names, shares = (NAMES[:1], SHARES[::4]) if lab.quick else (NAMES, SHARES)
    asked = {(name, share): DESIGNS[name] for name in names for share in shares}
    found = {key: _repeat(stage, design, repeats, differ=key[1] / 100) for key, design in asked.items()}
    lab.log("turned the dial")
    true = [outcome for pair in pairs for outcome in _repeat(stage, DESIGNS["content"], 1, script=pair, steps=1)]
    lab.log("replayed the true model's answers")
    return found, true


def _repeat(stage, design, repeats, **given):
    return [outcome for _ in range(repeats) for _, outcome in windows.once(stage, design, **given)]


def record(lab, measured):
    found, true = measured
    rows = []
    for (name, share), outcomes in found.items():
        doubled = sum(outcome.doubled for outcome in outcomes)
        what = f"{DESIGNS[name].title}, a second answer that differs in {share}%"
        lab.value(f"dial.{name}.p{share}.doubled", doubled, "email|emails", f"doubled, {what}", len(outcomes))
        lab.value(f"dial.{name}.p{share}.divergent", sum(outcome.divergent for outcome in outcomes), "step|steps", f"remembered otherwise, {what}", len(outcomes))
        rows.append({"design": DESIGNS[name].title, "differ_percent": share, "doubled_per_1000": 1000 * doubled / len(outcomes)})
    columns = {"design": {"label": "design", "unit": None}, "differ_percent": {"label": "second answers that differ", "unit": "%"},
               "doubled_per_1000": {"label": "emails doubled per 1,000 kills, one at each place in turn", "unit": "count"}}
    lab.table("dial", columns, rows)
    total = sum(true, Outcome())
    lab.value("dial.true.points", len(true), "crash point|crash points", "tried with pairs of a true model's answers")
    lab.value("dial.true.doubled", total.doubled, "email|emails", "doubled under a content key by a true model's answers", len(true))
