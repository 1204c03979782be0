"""How much the two kinds of service can do, measured with more waiting users than workers."""

from hedging import SERVER
from pairs import SERVICE_S, WORKERS, pair, run_all


def measure(lab):
    """Requests per second of one service and of two hedging replicas, and the runs."""
    seconds, warm = (4, 1) if lab.quick else (12, 2)
    client = {"seconds": seconds, "think_s": 0.001, "timeout_s": 2}
    one = pair(("capacity", "one"), lab.seed, {}, client | {"users": 4 * WORKERS})
    two = pair(("capacity", "two"), lab.seed, SERVER, client | {"users": 16 * WORKERS}, replicas=2)
    runs = run_all([one, two], lab, "capacity")
    rates = []
    for run in runs:
        done = [server["seconds"]["completed"][warm:] for server in run["servers"]]
        rates.append(sum(map(sum, done)) / (seconds - warm))
    for name, value, unit, label in (
        ("workers", WORKERS, "1", "workers of a service"),
        ("service_ms", 1000 * SERVICE_S, "ms", "service time"),
    ):
        lab.value(f"inputs.{name}", value, unit, label)
    lab.value("capacity.one_per_s", rates[0], "1", "requests per second that a service completes at most")
    lab.value(
        "capacity.two_per_s", rates[1], "1", "requests per second that two hedging replicas complete at most"
    )
    lab.value("capacity.service_ms", 1000 * WORKERS / rates[0], "ms", "time that a request holds a worker")
    for retries in (1, 3):
        label = f"predicted threshold with {retries} retries, requests per second"
        lab.value(f"capacity.threshold_r{retries}_per_s", rates[0] / (1 + retries), "1", label)
    return *rates, runs
