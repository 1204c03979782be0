"""What the rules were held against: independent tools, planted faults, and one outage."""

import outage
from outage import PHASES, ROUTES, WORDS
from record_survey import CODEBASES, ENOUGH, TITLES, counted, key, median_of
from rules import SHAPES
from witnesses import OPTIONAL, PAIRS, SUPPRESSIBLE

TOOLS = {"ruff": "Ruff", "pmd": "PMD", "eslint": "ESLint"}


def record_witnesses(lab, surveyed):
    rows = []
    for tool in TOOLS:
        rules = [rule for name, rule, *_ in PAIRS if name == tool]
        counts = {rule: [sum(parts) for parts in zip(*(one.agreed[tool, rule] for one in surveyed if (tool, rule) in one.agreed), strict=True)] or [0, 0, 0] for rule in rules}
        for rule, (both, ours, theirs) in counts.items():
            _agreed(lab, f"agreement.{tool}.{key(rule)}_percent", both, ours, theirs, f"lines flagged by both, of those flagged by us or by {TOOLS[tool]}: {rule}")
            rows.append({"tool": TOOLS[tool], "rule": rule, "both": both, "ours": ours, "theirs": theirs})
        _agreed(lab, f"agreement.{tool}.percent", *map(sum, zip(*counts.values(), strict=True)), f"lines flagged by both, of those flagged by us or by {TOOLS[tool]}")
    lab.table("agreement", {"tool": {"label": "tool", "unit": None}, "rule": {"label": "its rule", "unit": None}, "both": {"label": "flagged by both", "unit": "count"},
                            "ours": {"label": "by us alone", "unit": "count"}, "theirs": {"label": "by the tool alone", "unit": "count"}}, rows)
    _record_suppressed(lab, surveyed)


def _agreed(lab, name, both, ours, theirs, label):
    every = both + ours + theirs
    counted(lab, name, 100 * both / every if every else None, "%", label, every)


def _record_suppressed(lab, surveyed):
    rows = []
    for rule in SUPPRESSIBLE:
        counts = [(one.codebase.name, *one.suppressed[rule]) for one in surveyed if one.suppressed[rule][0] >= ENOUGH]
        name = key(rule)
        lab.value(f"suppressed.{name}.codebases", len(counts), CODEBASES, f"codebases in which {rule} flags enough lines")
        median_of(lab, f"suppressed.{name}.median_percent", [100 * suppressed / flagged for _, flagged, suppressed in counts], f"lines flagged by {rule} that are suppressed")
        rows += [{"rule": rule, "on": "on request" if rule in OPTIONAL else "by default", "codebase": codebase, "flagged": flagged, "suppressed_percent": 100 * suppressed / flagged}
                 for codebase, flagged, suppressed in counts]
    lab.table("suppressed", {"rule": {"label": "rule", "unit": None}, "on": {"label": "on", "unit": None}, "codebase": {"label": "codebase", "unit": None},
                             "flagged": {"label": "lines flagged", "unit": "count"}, "suppressed_percent": {"label": "suppressed", "unit": "%"}}, rows)


def record_seeded(lab, found, beside):
    rows = []
    for shape in SHAPES:
        some = [fault for fault in found if fault.shape == shape]
        lab.value(f"seeded.{shape}.planted", len(some), "fault|faults", f"planted faults of the shape {shape}")
        counted(lab, f"seeded.{shape}.found", sum(_is_found(fault, found) for fault in some), "fault|faults", f"planted faults of the shape {shape} that a rule of that shape found", len(some))
        counted(lab, f"seeded.{shape}.met", sum(bool(found[fault]) for fault in some), "fault|faults", f"planted faults of the shape {shape} near which a rule of any shape hits", len(some))
        rows += [{"shape": shape, "language": TITLES[language], "found": sum(_is_found(fault, found) for fault in some if fault.language == language),
                  "planted": sum(fault.language == language for fault in some)} for language in TITLES]
    lab.value("seeded.beside", len(beside), "hit|hits", "hits in the planted programs that are near no planted fault")
    lab.table("recall", {"shape": {"label": "shape", "unit": None}, "language": {"label": "language", "unit": None}, "found": {"label": "found", "unit": "count"},
                         "planted": {"label": "planted", "unit": "count"}}, rows)
    lab.sample("planted", [{"language": fault.language, "file": fault.file, "line": fault.line, "shape": fault.shape, "pattern": fault.pattern, "source": fault.source,
                            "found": int(_is_found(fault, found)), "met": int(bool(found[fault]))} for fault in found])


def _is_found(fault, found):
    return fault.shape in found[fault]


def record_outage(lab, found):
    for name, value, unit, label in (
        ("workers", outage.WORKERS, "worker|workers", "workers of the service"),
        ("requests_each_s", outage.RATE, "request|requests", "requests in a second, to both routes in turn"),
        ("timeout_s", outage.TIMEOUT_S, "s", "the timeout, where there is one"),
        ("hang_s", outage.WELL_S - outage.HANGS_S, "s", "time for which the upstream hangs"),
    ):
        lab.value(f"inputs.{name}", value, unit, label)
    rows, samples = [], []
    for cell, runs in found.items():
        lab.value(f"outage.{cell}.runs", len(runs), "runs", f"runs of the outage: {WORDS[cell]}")
        for phase in PHASES:
            for route in ROUTES:
                answered, asked = _of(runs, phase, route)
                lab.value(f"outage.{cell}.{phase}_{route}_percent", 100 * sum(answered) / sum(asked), "%", f"requests of /{route} answered within a second, {phase} the hang: {WORDS[cell]}", sum(asked))
        both = [_of([run], "after") for run in runs]
        lab.value(f"outage.{cell}.after_answered_most", max(sum(answered) for answered, _ in both), "request|requests", f"requests answered after the hang, the most of any run: {WORDS[cell]}", len(runs))
        lab.value(f"outage.{cell}.after_lost_most", max(sum(asked) - sum(answered) for answered, asked in both), "request|requests", f"requests not answered after the hang, the most of any run: {WORDS[cell]}", len(runs))
        samples += [{"cell": cell, "run": number, "phase": phase, "route": route, "second": second} | counts for number, run in enumerate(runs, 1) for (phase, route, second), counts in run.items()]
        for (phase, route, second) in runs[0]:
            some = [run[phase, route, second] for run in runs]
            rows.append({"cell": WORDS[cell], "route": f"/{route}", "second": second, "answered_percent": 100 * sum(one["answered"] for one in some) / sum(one["asked"] for one in some)})
    lab.sample("outage", samples)
    lab.table("outage", {"cell": {"label": "service", "unit": None}, "route": {"label": "route", "unit": None}, "second": {"label": "second of the run", "unit": "count"},
                         "answered_percent": {"label": "answered", "unit": "%"}}, rows)


def _of(runs, wanted, only=None):
    """(answered, asked) of a phase, a number for each run and second, of one route or of both."""
    some = [counts for run in runs for (phase, route, _), counts in run.items() if phase == wanted and only in (None, route)]
    return [one["answered"] for one in some], [one["asked"] for one in some]
