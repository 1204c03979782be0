"""Real alert rules over real spans: which of them fire, by Prometheus's own promtool.

A case's requests are counted as the span metrics and service graph connectors of OpenTelemetry's collector would count them, and come ten times a minute for
nine minutes; then the rules have their say. promtool tells what fires when told to expect nothing. The cases share its series, so each has services, teams
and routes of its own, by a name before theirs.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from _harness import LabError
from listings.origins import origins

# Of each alert, the file of its rule, and the label that tells one that fires from another: a service's, or the team that it pages.
RULES = {"ServiceFailing": ("services.yaml", "service_name"), "ServiceRouteFailing": ("routes.yaml", "service_name"),
         "ServiceFailingFirst": ("held_back.yaml", "service_name"), "RouteFailing": ("edge.yaml", "team")}
LISTINGS = Path(__file__).with_name("listings")
BUCKET_MS = 400  # of the connector's own buckets; a request that took longer is slow
SPANS = "traces_span_metrics_duration_milliseconds_bucket"
CALLS = "traces_service_graph_request_total"
EDGE, BAD, BLAMED = "edge_requests_total", "edge_bad_total", "edge_blamed_total"
MINUTES, A_MINUTE = 9, 10  # of each request
SAMPLES = 9_000  # that one question may look at: promtool stops at 10,000
OF_A_CASE = {"service_name", "team", "client", "server", "route", "origin"}  # labels
FIRING = re.compile(r"^ +Labels:(\{.*\})$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def fired(folder, asked, teams):
    """{case: {alert: the services, or teams, for which it fires}}. teams: of the services."""
    tests, found = [], {str(case): {alert: set() for alert in RULES} for case in asked}
    counters = [(str(case), _counters(requests, teams)) for case, requests in asked.items()]
    together = max(1, SAMPLES // (MINUTES * max(len(counted) for _, counted in counters)))
    for first in range(0, len(counters), together):
        series = [{"series": _name(metric, labels, case), "values": f"0+{count * A_MINUTE}x{MINUTES}"}
                  for case, counted in counters[first:first + together] for (metric, labels), count in counted.items()]
        asks = [{"eval_time": f"{MINUTES}m", "alertname": alert, "exp_alerts": []} for alert in RULES]
        tests.append({"interval": "1m", "input_series": series, "alert_rule_test": asks})
    for labels in _promtool(folder, tests):
        alert = labels["alertname"]
        case, _, name = labels[RULES[alert][1]].partition("/")
        found[case][alert].add(name)
    return {case: found[str(case)] for case in asked}


def version():
    """As promtool says it, which is built with Prometheus."""
    said = subprocess.run([_binary(), "--version"], capture_output=True, text=True)
    return re.search(r"version (\S+)", said.stdout + said.stderr)[1]


def slow(span):
    return span["end"] - span["start"] > BUCKET_MS * 1e6


def bad(span):
    return span["failed"] or slow(span)


def blamed(request):
    """The services that the trace of a request blames, if it is bad."""
    return origins(request.spans) if bad(request.spans[0]) else set()


def _counters(requests, teams):
    """{(metric, labels): what these requests add}."""
    found = Counter()
    for request in requests:
        services = {span["span"]: span["service"] for span in request.spans}
        for span in request.spans:
            if span["kind"] == "SERVER":
                about = ("service_name", span["service"]), ("team", span["team"]), ("span_name", span["name"]), ("span_kind", "SPAN_KIND_SERVER")
                status = "status_code", "STATUS_CODE_ERROR" if span["failed"] else "STATUS_CODE_UNSET"
                for bound in ("+Inf",) if slow(span) else (str(BUCKET_MS), "+Inf"):
                    found[SPANS, (*about, status, ("le", bound))] += 1
                if caller := services.get(span["parent"]):
                    found[CALLS, (("client", caller), ("server", span["service"]), ("connection_type", "unset"))] += 1
        route = "route", str(request.route)
        found[EDGE, (route,)] += 1
        found[BAD, (route,)] += bad(request.spans[0])
        for origin in blamed(request):
            found[BLAMED, (route, ("origin", origin), ("team", teams[origin]))] += 1
    return found


def _name(metric, labels, case):
    told = ((name, f"{case}/{value}" if name in OF_A_CASE else value) for name, value in labels)
    return f"{metric}{{{', '.join(f'{name}={json.dumps(value)}' for name, value in told)}}}"


def _promtool(folder, tests):
    """The labels of each alert that fires in one of the tests."""
    path = folder / "alerts.json"  # JSON is YAML too
    path.write_text(json.dumps({"rule_files": [str(LISTINGS / name) for name, _ in RULES.values()], "evaluation_interval": "1m", "tests": tests}), "utf-8")
    done = subprocess.run([_binary(), "test", "rules", path], capture_output=True, text=True)
    said = done.stdout + done.stderr
    if odd := next((line for line in said.splitlines() if "err:" in line or "error" in line.lower()), None):
        raise LabError(f"promtool: {odd.strip()}")
    return [dict(LABEL.findall(labels)) for labels in FIRING.findall(said)]


def _binary():
    found = shutil.which("promtool")
    if not found:
        raise LabError("no `promtool` on this machine; apt-get install prometheus")
    return found
