"""The dashboard: the same traffic through the real service, under three ingest jobs."""

import sqlite3
from contextlib import suppress

import numpy as np

import alerts
from replay import VARIANTS, manifest, replay
from service import Service
from world import DAYS, LAUNCH, PRE_ROLL

SERVED = ("control", "hash", "all_faults")
QUERIES, TIMED = 1000, 300  # a day
FLOOR = 0.3  # a best result less similar than this is shown as no result
DRIFT = 2  # by day 21 a question about a page edited since launch is asked 1 + DRIFT times as often


class Dashboard:
    """Runs services and draws their panels. encoder: what turns a query into its vector."""

    def __init__(self, lab, judge, calendar, encoder):
        self._lab, self._judge, self._calendar, self._encoder = lab, judge, calendar, encoder
        self._world, self._space = judge.world, judge.space
        self._timed = TIMED // 30 if lab.quick else TIMED

    def baseline(self):
        """Panels of the week before launch: a new index every night."""
        panels, before = [], self._source(PRE_ROLL.start - 1)
        for day in PRE_ROLL:
            chunks = self._source(day)
            service = self._service()
            columns = np.array([self._space.native[each] for each in chunks.tolist()])
            service.become(columns, day)
            service.source_is(chunks)
            written = {"rebuilt": len(np.setdiff1d(chunks, before))}
            panels.append(self._panels({"rebuilt": service}, day, written)["rebuilt"])
            before = chunks
        return panels

    def run(self):
        """({name: panels of days 1 to 21}, {name: the service as it stands then})."""
        services = {name: self._service() for name in SERVED}
        panels = {name: [] for name in SERVED}
        replays = [replay(VARIANTS[name], self._world, self._calendar, self._space) for name in SERVED]
        for states in zip(*replays, strict=True):
            written = {}
            for name, (day, columns, _) in zip(SERVED, states, strict=True):
                written[name], _ = services[name].become(columns, day)
                services[name].source_is(manifest(VARIANTS[name], self._world, self._calendar, day))
            if day in DAYS:
                for name, panel in self._panels(services, day, written).items():
                    panels[name].append(panel)
        for service in services.values():
            service.check()
        return panels, services

    def answer(self, service, day):
        """Answers of the service to every question asked on `day`."""
        asked = self._judge.asked(self._calendar, day)
        return self._judge.answers(self._calendar, day, asked, *service.search(self._space.queries[asked]))

    def fresh(self, day):
        """A service whose index was built from nothing on `day`."""
        service = self._service()
        service.become(np.array([self._space.native[each] for each in self._source(day).tolist()]), day)
        return service

    def _service(self):
        return Service(self._world, self._space, len(self._space.chunk), self._lab.seed)

    def _source(self, day):
        return np.unique(manifest(VARIANTS["control"], self._world, self._calendar, day))

    def _panels(self, services, day, written):
        """{name: the day's panels} of services that get the same traffic; written: {name: chunks}."""
        asked = self._judge.asked(self._calendar, day)
        traffic = self._traffic(asked, day)
        times = self._time(services, asked[traffic[: self._timed]])
        return {
            name: self._panel(service, day, traffic, times[name], written[name])
            for name, service in services.items()
        }

    def _panel(self, service, day, traffic, times, written):
        answers = self.answer(service, day)
        service.log(answers.columns[traffic], day)
        scores = {name: values[traffic] for name, values in answers.per_question().items()}
        return {
            "day": day,
            "errors_percent": 100 * (1 - len(times) / self._timed),
            "no_result_percent": 100 * float((scores["similarity_top1"] < FLOOR).mean()),
            "cpu_p50_ms": float(np.percentile(times, 50)),
            "cpu_p95_ms": float(np.percentile(times, 95)),
            "ingest_success_percent": 100,  # no job of ours raised; a half-failed one says the same
            "chunks_written": written,
            "similarity_top1": float(scores["similarity_top1"].mean()),
            "similarity_top5": float(scores["similarity_top5"].mean()),
            "label_hit_percent": 100 * float(scores["label_hit"].mean()),
            "lineage_ratio": service.stale_served(day),
            "rows_per_source_chunk": service.rows / service.source_rows,
            "live_hit_percent": 100 * float(scores["live_hit"].mean()),
        }

    def _traffic(self, asked, day):
        """Places in `asked` of a day's queries; the same for every service."""
        drifted = self._calendar.versions(day)[self._world.question_page[asked]] > LAUNCH
        weights = 1 + DRIFT * max(day, 0) / DAYS[-1] * drifted
        generator = np.random.default_rng([self._lab.seed, day - PRE_ROLL.start])
        return generator.choice(len(asked), QUERIES, p=weights / weights.sum())

    def _time(self, services, questions):
        """{name: CPU milliseconds of each query that did not fail}, one query at a time.

        The services take turns, and turns at going first: what disturbs one disturbs all.
        """
        times = {name: [] for name in services}
        for turn, question in enumerate(questions):
            for place in range(len(services)):
                name = list(services)[(turn + place) % len(services)]
                with suppress(RuntimeError, sqlite3.Error):
                    times[name].append(
                        services[name].timed(self._world.questions[question].text, self._encoder)
                    )
        return times


def record(lab, baseline, panels):
    """When each panel and each signal fires, for each service; tables for the figures."""
    rows = []
    for name in SERVED:
        watched = (*alerts.PANELS, alerts.EVALUATION)
        found = {
            panel.name: _detection(panel, panels[name], panels["control"], baseline) for panel in watched
        }
        for panel in watched:
            for kind, words in WORDS.items():
                _day(
                    lab,
                    f"{name}.{panel.name}.{kind}_day",
                    found[panel.name][kind],
                    f"{panel.label} {words}; {name}",
                )
            rows.append({"service": name, "panel": panel.label, **found[panel.name]})
        for kind, key in (("alert", "alerting"), ("detects", "detecting")):
            count = sum(found[panel.name][kind] is not None for panel in alerts.PANELS)
            lab.value(
                f"{name}.panels_{key}",
                count,
                "panels",
                f"usual panels whose rule {WORDS[kind]}; {name}",
                len(alerts.PANELS),
            )
        for signal, limit in alerts.SIGNALS.items():
            day = alerts.first(np.array([row[signal] for row in panels[name]]) > limit)
            _day(
                lab,
                f"{name}.{signal}.alert_day",
                day,
                f"{signal.replace('_', ' ')} is above {limit:g}; {name}",
            )
            rows.append(
                {
                    "service": name,
                    "panel": signal,
                    "alert": day,
                    "control": None,
                    "other_side": None,
                    "detects": day,
                }
            )
    columns = {"service": {"label": "ingest job", "unit": None}, "panel": {"label": "panel", "unit": None}}
    kinds = {
        kind: {"label": f"first day on which it {words}", "unit": "days"} for kind, words in WORDS.items()
    }
    lab.table("detections", columns | kinds, rows)
    lab.table("strip", *_strip(baseline, panels))
    _record_courses(lab, baseline, panels)


WORDS = {
    "alert": "alerts on its bad side",
    "control": "alerts in the control",
    "other_side": "moves as far the other way",
    "detects": "alerts while the control's is silent",
}


def _strip(baseline, panels):
    """What each panel of the stale index said each day, with the two signals that nobody had."""
    rows = []
    for panel in (*alerts.PANELS, alerts.EVALUATION):
        states = alerts.states(panel, *_series(panel, panels["hash"], panels["control"], baseline))
        rows += [
            {"panel": panel.label, "day": day, "state": state}
            for day, state in zip(DAYS, states, strict=True)
        ]
    for signal, limit in alerts.SIGNALS.items():
        rows += [
            {
                "panel": alerts.SIGNAL_LABELS[signal],
                "day": row["day"],
                "state": "detects" if row[signal] > limit else "silent",
            }
            for row in panels["hash"]
        ]
    columns = {
        "panel": {"label": "panel", "unit": None},
        "day": {"label": "day", "unit": "days"},
        "state": {"label": "what it said", "unit": None},
    }
    return columns, rows


def _series(panel, rows, control, baseline):
    return tuple([row[panel.name] for row in each] for each in (rows, control, baseline))


def _detection(panel, rows, control, baseline):
    return alerts.detection(panel, *_series(panel, rows, control, baseline))


def _day(lab, key, day, label):
    reason = None if day else f"not in {DAYS[-1]} days"
    lab.value(key, day, "days", f"first day on which {label}", len(DAYS), reason=reason)


def _record_courses(lab, baseline, panels):
    named = [(panel.name, panel.label, panel.unit) for panel in (*alerts.PANELS, alerts.EVALUATION)]
    for name, label, unit in named:
        before = [row[name] for row in baseline]
        lab.value(
            f"baseline.{name}",
            float(np.mean(before)),
            unit,
            f"{label}, the week before launch",
            len(before),
            float(np.mean(before) - alerts.SIGMAS * np.std(before, ddof=1)),
            float(np.mean(before) + alerts.SIGMAS * np.std(before, ddof=1)),
            "three standard deviations of the daily values",
        )
        for service in SERVED:
            text = f"{label}, day {DAYS[-1]}; {service}"
            lab.value(
                f"{service}.day{DAYS[-1]}.{name}_served",
                panels[service][-1][name],
                unit,
                text,
                _measured(lab, name),
            )
    for service in SERVED:
        for day in (1, 7, 14, 21):
            row = panels[service][day - 1]
            lab.value(
                f"{service}.day{day}.lineage_percent",
                100 * row["lineage_ratio"],
                "%",
                f"served rows that the source no longer has, day {day}; {service}",
                QUERIES * 5,
            )
            lab.value(
                f"{service}.day{day}.rows_per_source_chunk_x",
                row["rows_per_source_chunk"],
                "x",
                f"rows in the index for each chunk of the source, day {day}; {service}",
            )
    rows = [{"service": "baseline", **row} for row in baseline]
    rows += [{"service": name, **row} for name in SERVED for row in panels[name]]
    lab.sample("panels", rows)


def _measured(lab, name):
    return (
        TIMED
        if name.startswith("cpu") or name == "errors_percent"
        else 1
        if name in ("chunks_written", "ingest_success_percent")
        else QUERIES
    )
