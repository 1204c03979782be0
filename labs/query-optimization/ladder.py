"""Add one index at a time and ask the same questions in every state."""

import re

from data import RANKS
from statements import statement

FORMS = ("page-offset", "keyset-row-value", "keyset-or", "keyset-and-or")
WORKING_FORM = {"pg": "keyset_row_value", "mariadb": "keyset_force_index"}
PAGED = "tenant_created_index"
PARALLEL, LARGE_WORK_MEM = VARIANTS = "no_index_parallel", "tenant_index_large_work_mem"


def climb_tenant_indexes(bench):
    """From the bare primary key to (tenant_id, created_at, id), paged through at the end."""
    engine, orders = bench.engine, bench.orders
    newest20(bench, "no_index")
    bench.measure("pending", "no_index", "limit20", "pending.sql", {"limit": 20})
    bench.measure("day_range", "no_index", "", "day-range.sql", orders.day)
    if engine.name == "postgresql":
        variant(bench, PARALLEL, "max_parallel_workers_per_gather", "2")

    build(bench, "index-tenant.sql")
    newest20(bench, "tenant_index")
    if engine.name == "postgresql":
        variant(bench, LARGE_WORK_MEM, "work_mem", "64MB")
    engine.drop_index("orders_tenant")

    build(bench, "index-tenant-created.sql")
    newest20(bench, PAGED)
    paginate(bench)


def climb_other_indexes(bench):
    """Exchange the tenant's index for a covering one, then index the queue and the day."""
    engine, orders = bench.engine, bench.orders
    engine.drop_index("orders_tenant_created")
    build(bench, "index-covering-ENGINE.sql")
    newest20(bench, "covering_index")
    for rank in RANKS:
        tenant = {"tenant": orders.tenant(rank).id}
        bench.measure("tenant_sum", "covering_index", f"rank{rank}", "tenant-sum.sql", tenant)

    build(bench, "index-pending-ENGINE.sql")
    build(bench, "index-created.sql")
    for limit in (20, 50):
        queue = {"limit": limit}
        bench.measure("pending", "all_indexes", f"limit{limit}", "pending.sql", queue)
    right = ("day-range.sql", orders.day)
    bench.measure("day_function", "all_indexes", "", "day-function.sql", orders.day, right)
    bench.measure("day_range", "all_indexes", "", "day-range.sql", orders.day)
    bench.measure("correlated", "all_indexes", "", "correlated.sql", orders.recent_pending)
    bench.measure("order", "all_indexes", "", "order.sql", {"id": orders.rows // 2})


def newest20(bench, state):
    """The newest 20 orders of a tenant of each rank."""
    for rank in RANKS:
        tenant = {"tenant": bench.orders.tenant(rank).id}
        bench.measure("newest20", state, f"rank{rank}", "newest20.sql", tenant)
    largest = {"tenant": bench.orders.tenant(1).id}
    name = f"plan-{bench.engine.name}-{state.replace('_', '-')}.txt"
    bench.texts[name] = bench.engine.plan_text("newest20.sql", largest)


def variant(bench, state, setting, value):
    """PostgreSQL's largest tenant once more, with one setting changed for it."""
    bench.engine.rows(f"SET {setting} = '{value}'")
    tenant = {"tenant": bench.orders.tenant(1).id}
    bench.measure("newest20", state, "rank1", "newest20.sql", tenant)
    bench.engine.rows(f"RESET {setting}")


def build(bench, file):
    """Create an index and record what it costs to build and to keep."""
    file = bench.engine.file(file)
    index = index_name(file)
    seconds = bench.engine.create_index(file)
    bench.lab.log(f"{bench.engine.title}: built {index} in {seconds:.1f} s")
    bench.value(f"{index}.build_s", seconds, "s", f"time to build {index}")
    bench.value(f"{index}.size_mb", bench.engine.megabytes(index), "MB", f"size of {index}")


def index_name(file):
    """The name that sql/<file> gives its index."""
    return re.search(r"CREATE INDEX (\w+)", statement(file))[1]


def paginate(bench):
    """Each form of the next page: along the largest tenant's list, half-way down the others'."""
    pages = [(place, *bench.orders.pages(rank, [depth])) for place, rank, depth in places(bench.orders)]
    forms = FORMS + (("keyset-force-index",) if bench.engine.name == "mariadb" else ())
    for form in forms:
        query = form.replace("-", "_")
        for place, (offset, cursor) in pages:
            parameters = offset if form == "page-offset" else cursor
            right, recorded = ("page-offset.sql", offset), place == "deepest"
            bench.measure(query, PAGED, place, f"{form}.sql", parameters, right, recorded)
        points = bench.of(query, PAGED)
        where = f"of {query} over depths and tenants"
        most(bench, f"{query}.max_rows_read", points, "rows_read", "rows", f"most rows read {where}")
        most(bench, f"{query}.max_pages", points, "pages", "pages", f"most pages {where}")
        most(bench, f"{query}.max_median_ms", points, "median_ms", "ms", f"slowest median {where}")


def places(orders):
    """[(name, tenant rank, depth)] of the pages that are read."""
    *depths, deepest = orders.depths()
    along = [(f"rank1_depth{depth}", 1, depth) for depth in depths] + [("deepest", 1, deepest)]
    halves = [(rank, orders.tenant(rank).rows // 2) for rank in RANKS[1:]]
    return along + [(f"rank{rank}_half", rank, depth) for rank, depth in halves]


def most(bench, key, points, attribute, unit, label):
    """Record the largest `attribute` of the points."""
    largest = max(getattr(point, attribute) for point in points)
    bench.value(key, largest, unit, label, len(points))


def record_ladder(bench):
    """Before against after over all tenants: what the thesis and the ladder's claims rest on."""
    after = [bench.get("pending", "all_indexes", "limit20"), *bench.of("newest20", PAGED)]
    after += bench.of(WORKING_FORM[bench.engine.prefix], PAGED)
    most(bench, "after.max_pages", after, "pages", "pages", "most pages of a query after its fix")
    most(
        bench,
        "after.max_rows_read_per_row",
        after,
        "rows_per_row",
        "x",
        "most rows read per row returned after the fix",
    )
    most(bench, "after.max_median_ms", after, "median_ms", "ms", "slowest median after the fix")

    before = [bench.get("pending", "no_index", "limit20"), *bench.of("newest20", "no_index")]
    before.append(bench.get("page_offset", PAGED, "deepest"))
    least = min(point.rows_per_row for point in before)
    label = "fewest rows read per row returned before the fix"
    bench.value("before.min_rows_read_per_row", least, "x", label, len(before))

    ladder = bench.of("newest20", PAGED)
    label = "slowest median over the tenant ranks with (tenant_id, created_at, id)"
    most(bench, f"newest20.{PAGED}.max_median_ms", ladder, "median_ms", "ms", label)
    for rank in RANKS:
        states = ("no_index", "tenant_index", PAGED)
        none, single, composite = (bench.get("newest20", state, f"rank{rank}") for state in states)
        bench.value(
            f"newest20.tenant_index.rank{rank}.slowdown_x",
            single.median_ms / none.median_ms,
            "x",
            f"median with the single-column index over the median without, rank {rank}",
        )
        bench.value(
            f"newest20.{PAGED}.rank{rank}.speedup_x",
            none.median_ms / composite.median_ms,
            "x",
            f"median without an index over the median with the composite one, rank {rank}",
        )
