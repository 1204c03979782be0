"""What the measuring cost and how far it may be trusted; every run is kept, also the late ones."""

from wire import ENDS

LATE_MS = 10  # a p99 lateness of an event loop above this makes a run a late one


def record(lab, parts):
    rows, samples = [], []
    for part, runs in parts.items():
        clients = [run["load"] for run in runs]
        servers = [server for run in runs for server in run["servers"]]
        row = {
            "part": part,
            "runs": len(runs),
            "client_cpu_percent": max(load["cpu_percent"] for load in clients),
            "server_cpu_percent": max(load["cpu_percent"] for load in servers),
            "client_late_ms": max(load["late_p99_ms"] for load in clients),
            "server_late_ms": max(load["late_p99_ms"] for load in servers),
            "late_runs": sum(load["late_p99_ms"] > LATE_MS for load in clients),
        }
        rows.append(row)
        lab.value(
            f"checks.{part}.client_late_p99_ms",
            row["client_late_ms"],
            "ms",
            f"worst p99 lateness of a client: {part}",
            len(runs),
        )
        lab.value(
            f"checks.{part}.late_runs",
            row["late_runs"],
            "runs",
            f"runs whose client was late: {part}",
            len(runs),
        )
        samples += [sample(run) for run in runs]
    columns = {
        "part": {"label": "part", "unit": None},
        "runs": {"label": "runs", "unit": "runs"},
        "client_cpu_percent": {"label": "busiest client, of one core", "unit": "%"},
        "server_cpu_percent": {"label": "busiest server, of one core", "unit": "%"},
        "client_late_ms": {"label": "p99 lateness of the latest client", "unit": "ms"},
        "server_late_ms": {"label": "p99 lateness of the latest server", "unit": "ms"},
        "late_runs": {"label": f"clients with a p99 lateness above {LATE_MS} ms", "unit": "runs"},
    }
    lab.table("checks", columns, rows)
    lab.sample("runs", samples)
    every = [run for runs in parts.values() for run in runs]
    servers = [server for run in every for server in run["servers"]]
    lab.value("checks.runs", len(every), "runs", "runs of servers and clients", len(every))
    lab.value("checks.attempts", sum(run["sent"] for run in every), "1", "attempts sent over TCP", len(every))
    replies = sum(server["connection"]["replies"] for server in servers)
    lab.value("checks.replies", replies, "1", "replies whose number and checksum were verified", len(every))
    lab.value(
        "checks.late_runs",
        sum(row["late_runs"] for row in rows),
        "runs",
        f"runs whose client's p99 lateness passed {LATE_MS} ms",
        len(every),
    )
    cpu = max(max(row["client_cpu_percent"], row["server_cpu_percent"]) for row in rows)
    lab.value("checks.process_cpu_max_percent", cpu, "%", "busiest process, of one core", len(every))


def sample(run):
    """One row of samples/runs.csv: what was run, the counts of both ends, each second's offered and good."""
    total = lambda name: sum(server[name] for server in run["servers"])
    seconds = run.get("seconds", {})
    return {
        "key": " ".join(map(str, run["key"])),
        "seed": run["job"]["client"]["seed"],
        "sent": run["sent"],
        **{
            name: total(name)
            for name in ("received", "wasted", *ENDS, "busy_s", "wasted_s")
        },
        "client_cpu_percent": run["load"]["cpu_percent"],
        "client_late_p99_ms": run["load"]["late_p99_ms"],
        "client_late_max_ms": run["load"]["late_max_ms"],
        "server_late_p99_ms": max(server["late_p99_ms"] for server in run["servers"]),
        **{
            f"{name}_each_second": " ".join(map(str, seconds.get(name, [])))
            for name in ("offered", "attempts", "good")
        },
        **{f"{name}_each_second": per_second(run, name) for name in ("shed", "wasted", "queue")},
    }


def per_second(run, name):
    columns = zip(*(server["seconds"].get(name, [0] * 0) for server in run["servers"]))
    return " ".join(str(sum(column)) for column in columns)
