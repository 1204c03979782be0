"""What the prose may quote of the scripts, of the one lock that is carried along, and of the departure test."""

from collections import Counter, defaultdict

import scripts
from chores import POLICIES
from counting import count, share
from deaths import missing
from packages import END, TREATMENTS
from survival import THESIS

INPUTS = {"folder": "the folder it is started in", "home": "a file below the home folder", "path": "a program on the PATH", "zone": "the time zone", "locale": "the locale's encoding", "user": "the user's name"}


def record(lab, chores, carried):
    _record_ended(lab, chores)
    _record_canary(lab, chores)
    _record_carried(lab, carried)
    _record_left(lab, [one for one in chores.left if one], chores.left.count(None))
    lab.sample("scripts", [*_rows(chores)])
    lab.sample("departure", [{"script": one.script.name, "changed": what, "traced": one.traced.get(what, ""), "found": said} for one in chores.left if one for what, said in one.found.items()])


def broken(chores):
    """{(treatment, policy): the percentage of the scripts born with the packages, each of one package, that are broken}."""
    found = defaultdict(list)
    for (script, *case), ran in chores.ended.items():
        if len(script.needs) == 1 and script.born == THESIS and not ran.undecided:
            found[tuple(case)].append(ran.broken)
    return {case: 100 * sum(some) / len(some) for case, some in found.items()}


def _record_ended(lab, chores):
    every = {script for script, *_ in chores.ended}
    count(lab, "inputs.scripts", len(every), "script|scripts", "scripts that we wrote from the documentation of their birth")
    count(lab, "inputs.plain_scripts", sum(not script.needs for script in every), "script|scripts", "scripts that use the standard library alone", len(every))
    for policy, where in POLICIES.items():
        for treatment, words in TREATMENTS.items():
            found = [ran for (script, one, other), ran in chores.ended.items() if (one, other) == (treatment, policy) and script.needs]
            about = f"scripts with dependencies, {words}, {where}, at {END}"
            how = Counter(ran.status for ran in found)
            count(lab, f"scripts.{policy}.{treatment}.right", how["right"], "script|scripts", f"right: {about}", len(found))
            count(lab, f"scripts.{policy}.{treatment}.wrong", how["wrong"], "script|scripts", f"another answer, and exit 0: {about}", len(found))
            count(lab, f"scripts.{policy}.{treatment}.not_installed", how["install"] + how["resolve"], "script|scripts", f"not installed: {about}", len(found))
            count(lab, f"scripts.{policy}.{treatment}.undecided", how["cut off"], "script|scripts", f"cut off, and not counted as broken: {about}", len(found))
        plain = [ran for (script, _, other), ran in chores.ended.items() if other == policy and not script.needs]
        count(lab, f"scripts.{policy}.plain.right", sum(ran.right for ran in plain), "script|scripts", f"right: scripts of the standard library alone, {where}, at {END}", len(plain))
    dead = [ran for ran in chores.ended.values() if ran.broken]
    count(lab, "scripts.deaths", len(dead), "case|cases", f"cases of a script, what is pinned and an interpreter that are not right at {END}, what was cut off not counted", len(chores.ended))
    count(lab, "scripts.silent", sum(ran.status == "wrong" for ran in dead), "case|cases", "cases that are not right and end with exit 0", len(dead))
    share(lab, "scripts.silent_percent", sum(ran.status == "wrong" for ran in dead), len(dead), "cases that end with exit 0, of those that are not right")


def _record_canary(lab, chores):
    """Of each script that is unlocked and moves to each new interpreter: what the canary said before it first broke."""
    dates = {script: [date for one, date in chores.yearly if one == script] for script, _ in chores.yearly}
    told = {script: [chores.yearly[script, date] for date in dates[script]] for script in dates}
    died = {script: next((place for place, (ran, *_) in enumerate(some) if ran.broken), None) for script, some in told.items()}
    dead = [script for script, place in died.items() if place]
    before = {script: told[script][died[script] - 1] for script in dead}
    announced = [script for script in dead if any(verdict == "announced" for _, verdict, _ in told[script][:died[script]])]
    named = [script for script in dead if any(scripts.names_cause(ran.warned, told[script][died[script]][0].words) for ran, *_ in told[script][:died[script]])]
    unknown = [script for script, place in died.items() if place is None and any(ran.undecided for ran, *_ in told[script])]
    alive = [script for script, place in died.items() if place is None and script not in unknown]
    red = [script for script in alive if any(verdict == "announced" for _, verdict, _ in told[script])]
    about = "scripts that broke while they were unlocked and on the newest interpreter of each birthday, up to 3.13"
    for key, value, label, n in (
        ("canary.dead", len(dead), about, len(told)),
        ("canary.announced", len(announced), f"{about}, after the canary had said so on an earlier birthday", len(dead)),
        ("canary.last", sum(before[script][1] == "announced" for script in dead), f"{about}, after the canary had said so on the birthday before", len(dead)),
        ("canary.named", len(named), f"{about}, after a warning on an earlier birthday that has a name of the error", len(dead)),
        ("canary.undecided", len(unknown), "scripts that were never seen broken, and were cut off on some birthday", len(told)),
        ("canary.alive", len(alive), "scripts that never broke while they were unlocked and on the newest interpreter of each birthday, up to 3.13", len(told)),
        ("canary.red", len(red), "scripts that never broke, and of which the canary said on some birthday that they would", len(alive)),
        ("canary.plain_dead", sum(not script.needs for script in dead), f"{about}, of the standard library alone", sum(not script.needs for script in told)),
        ("canary.needing_dead", sum(bool(script.needs) for script in dead), f"{about}, with dependencies", sum(bool(script.needs) for script in told)),
    ):
        count(lab, key, value, "script|scripts", label, n)


def _record_carried(lab, carried):
    """The errors of one lock, as the dates go by."""
    rows = [{"date": date, "python": version, "gist": "right" if ran.right else gist(ran.words), "words": ran.words or "none"} for date, version, ran in carried]
    lab.table("carried", {"date": {"label": "installed on", "unit": None}, "python": {"label": "Python", "unit": None}, "gist": {"label": "in short", "unit": None}, "words": {"label": "what it says", "unit": None}}, rows)
    errors = [ran.words for *_, ran in carried if ran.broken]
    count(lab, "carried.errors", len(set(errors)), "error|errors", "different errors of one unchanged lock, installed at each birthday on the newest interpreter of that day, up to 3.13, what was cut off not counted", len(carried))
    count(lab, "carried.undecided", sum(ran.undecided for *_, ran in carried), "date|dates", "dates at which the unchanged lock was cut off", len(carried))
    count(lab, "carried.dates", len(carried), "date|dates", "dates at which the unchanged lock was installed", len(carried))


def gist(words):
    """What an error is about: the name that is missing, or a compiler's complaint."""
    return missing(words) or words.rpartition("error: ")[2]


def _record_left(lab, left, wrong):
    changed = [(one, what) for one in left for what, said in one.found.items() if said != "the same"]
    cases = sum(len(one.found) for one in left)
    agreed = sum(one.agreed for one in left)
    guessed = sum((what == "folder") == (said != "the same") for one in left for what, said in one.found.items())
    count(lab, "departure.scripts", len(left), "script|scripts", "scripts that were right before anything was changed", len(left))
    count(lab, "departure.wrong_before", wrong, "script|scripts", "scripts that were not right before anything was changed, and were left out", len(left) + wrong)
    count(lab, "departure.undecided", len(left) * len(INPUTS) - cases, "case|cases", "cases of a script and a change that were cut off, and left out", len(left) * len(INPUTS))
    count(lab, "departure.changes", len(INPUTS), "change|changes", "changes made to what a script has not declared, each alone")
    share(lab, "departure.agreed_percent", agreed, cases, "cases of a script and a change in which the trace says whether it breaks")
    count(lab, "departure.agreed", agreed, "case|cases", "cases of a script and a change in which the trace says whether it breaks", cases)
    count(lab, "departure.guessed", guessed, "case|cases", "cases of a script and a change in which it breaks if the folder is changed, and not otherwise", cases)
    count(lab, "departure.broken", len(changed), "case|cases", "cases of a script and a change in which it breaks", cases)
    count(lab, "departure.silent", sum(one.found[what] != "crash" for one, what in changed), "case|cases", "cases in which it breaks with exit 0 and another answer", len(changed))
    count(lab, "departure.untraced", sum(what not in one.traced for one, what in changed), "case|cases", "cases in which it breaks and the trace did not show the input", len(changed))
    count(lab, "departure.idle", sum(what in one.traced for one in left for what, said in one.found.items() if said == "the same"), "case|cases", "cases in which the trace shows the input and the change breaks nothing", cases)
    count(lab, "departure.fragile", sum(any(said != "the same" for said in one.found.values()) for one in left), "script|scripts", "scripts that at least one change breaks", len(left))
    seen = defaultdict(Counter)
    for one in left:
        for what, said in one.found.items():
            seen[what][said] += 1
            seen[what]["traced"] += what in one.traced
    for what in INPUTS:
        for key, told in (("traced", "use"), ("crash", "crash without"), ("silent", "exit with 0 and another answer without")):
            number = seen[what]["wrong, and exit 0" if key == "silent" else key]
            count(lab, f"departure.{what}.{key}", number, "script|scripts", f"scripts that {told} {INPUTS[what]}", len(left))


def _rows(chores):
    for (script, treatment, policy), ran in chores.ended.items():
        yield {"script": script.name, "born": script.born, "at": END, "treatment": treatment, "policy": policy, "status": ran.status, "canary": "", "words": ran.words}
    for (script, date), (ran, verdict, _) in chores.yearly.items():
        yield {"script": script.name, "born": script.born, "at": date, "treatment": "unpinned", "policy": "eager", "status": ran.status, "canary": verdict, "words": ran.words}
