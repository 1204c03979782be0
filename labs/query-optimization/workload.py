"""One recorded mix of statements, ranked by mean and by total, and both fixes measured.

The mix is an input, not a finding: reads of single orders and of newest pages, one
tenant's export through OFFSET, one day's report. Who exports decides the totals.
"""

import random

from data import RANKS
from statements import statement

READS = 1_000  # of single orders, and as many of newest pages
EXPORTER = 20  # rank of the tenant that exports its list, page by page


def mix(bench, export, report):
    """[(sql, parameters)] in a seeded order, the export's pages from newest to oldest."""
    orders = bench.orders
    draw = random.Random(bench.lab.seed)
    ids = [draw.randint(1, orders.rows) for _ in range(READS)]
    tenants = [orders.tenant(draw.choice(RANKS)).id for _ in range(READS)]
    calls = [("order.sql", {"id": id}) for id in ids]
    calls += [("newest20.sql", {"tenant": tenant}) for tenant in tenants]
    calls.append((report, orders.day))
    exported = orders.pages(EXPORTER, range(20, orders.tenant(EXPORTER).rows, 20))
    calls += [(export, None) for _ in range(20, orders.tenant(EXPORTER).rows, 20)]
    draw.shuffle(calls)
    for file, parameters in calls:
        if parameters is None:
            offset, cursor = next(exported)
            parameters = offset if export == "page-offset.sql" else cursor
        yield statement(file), parameters


def workload(bench, rows):
    """Record the mix as it is, then with each fix alone; `rows` gathers the table."""
    keyset = {"postgresql": "keyset-row-value.sql", "mariadb": "keyset-or.sql"}[bench.engine.name]
    asis = recorded(bench, rows, "as_is", "page-offset.sql", "day-function.sql")
    mean_fixed = recorded(bench, rows, "report_fixed", "page-offset.sql", "day-range.sql")
    total_fixed = recorded(bench, rows, "export_fixed", keyset, "day-function.sql")
    by_rank = [max(asis, key=lambda file: asis[file][column]) for column in (1, 2)]
    label = "1 if one statement tops the ranking by mean and that by total, else 0"
    bench.value("workload.same_query_tops_both", int(by_rank[0] == by_rank[1]), "1", label)
    runs = {"as_is": asis, "report_fixed": mean_fixed, "export_fixed": total_fixed}
    busy = {name: sum(total for _, _, total in run.values()) for name, run in runs.items()}
    for name, total in busy.items():
        bench.value(f"workload.{name}.total_ms", total, "ms", f"server time of the mix, {name}")
    for name in ("report_fixed", "export_fixed"):
        freed = busy["as_is"] - busy[name]
        bench.value(f"workload.{name}.freed_ms", freed, "ms", f"server time freed, {name}")
        share = 100 * freed / busy["as_is"]
        bench.value(f"workload.{name}.freed_percent", share, "%", f"share of server time freed, {name}")


def recorded(bench, rows, name, export, report):
    """Run one variant of the mix and keep what the server recorded."""
    run = bench.engine.record(mix(bench, export, report))
    for file, (calls, mean, total) in sorted(run.items(), key=lambda item: -item[1][2]):
        stem = file.removesuffix(".sql").replace("-", "_")
        prefix = f"workload.{name}.{stem}"
        bench.value(f"{prefix}.calls", int(calls), "statements", f"calls of {stem}, {name}")
        bench.value(f"{prefix}.mean_ms", mean, "ms", f"mean server time of {stem}, {name}", int(calls))
        bench.value(f"{prefix}.total_ms", total, "ms", f"total server time of {stem}, {name}", int(calls))
        rows.append(
            {
                "engine": bench.engine.title,
                "variant": name,
                "statement": stem,
                "calls": int(calls),
                "mean_ms": mean,
                "total_ms": total,
            }
        )
    return run
