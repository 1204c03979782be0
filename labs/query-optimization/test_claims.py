"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import pytest

ENGINES = ("pg", "mariadb")


def test_thesis(results):
    """On 20 million rows, for tenants from the largest to the 15,000th, every list query we
    fixed touches at most 100 pages, reads at most 5 rows per row returned and takes less than
    1 ms of server time on both engines; before, it read at least 10,000 rows per row returned."""
    for engine in ENGINES:
        assert results[f"{engine}.after.max_pages"] <= 100
        assert results[f"{engine}.after.max_rows_read_per_row"] <= 5
        assert results[f"{engine}.after.max_median_ms"] < 1
        assert results[f"{engine}.before.min_rows_read_per_row"] >= 10_000


def test_pages_predict_time(results):
    """Over at least 40 combinations of query, index and parameter on each engine, pages touched
    and median server time rank alike (Spearman's rho of 0.9 or more), and at least 95 % of the
    plans that touch 100 pages or fewer have a median below 1 ms."""
    for engine in ENGINES:
        assert results[f"{engine}.points"] >= 40
        assert results[f"{engine}.spearman"] >= 0.9
        assert results[f"{engine}.small_plans_sub_ms_percent"] >= 95


def test_rows_predict_time(results):
    """Over the same combinations the rows that a query reads and its median server time rank alike
    (Spearman's rho of 0.9 or more) on both engines."""
    for engine in ENGINES:
        assert results[f"{engine}.spearman_rows"] >= 0.9


def test_page_counts_repeat(results):
    """A warm query faster than 200 ms touches exactly as many pages after being timed as before,
    in at least 99 % of the combinations measured on each engine."""
    for engine in ENGINES:
        assert results[f"{engine}.same_pages_percent"] >= 99


@pytest.mark.xfail(
    strict=True,
    reason="On PostgreSQL the plan for that tenant is a scan of the whole table with or without the "
    "index, so the ratio is drift; MariaDB uses the index and gains a little. The tenant that got "
    "slower is the second largest, on PostgreSQL.",
)
def test_single_column_index_hurts_the_largest_tenant(results):
    """An index on (tenant_id) alone makes the newest 20 orders of the largest tenant slower than
    a full scan on both engines, while the 1,000th tenant gains; (tenant_id, created_at, id) takes
    every tenant rank below 1 ms."""
    for engine in ENGINES:
        assert results[f"{engine}.newest20.tenant_index.rank1.slowdown_x"] > 1
        assert results[f"{engine}.newest20.tenant_index.rank1000.slowdown_x"] < 1
        assert results[f"{engine}.newest20.tenant_created_index.max_median_ms"] < 1


def test_keyset_is_not_portable(results):
    """Behind a million rows of the largest tenant, the row-value form of keyset pagination reads at
    most 100 rows on PostgreSQL and every skipped row on MariaDB, while the OR form reads every
    skipped row on PostgreSQL."""
    skipped = results["inputs.deepest_row"]
    assert results["pg.keyset_row_value.tenant_created_index.deepest.rows_read"] <= 100
    assert results["mariadb.keyset_row_value.tenant_created_index.deepest.rows_read"] >= skipped
    assert results["pg.keyset_or.tenant_created_index.deepest.rows_read"] >= skipped


def test_rewrite_fails_for_some_tenant(results):
    """On MariaDB the OR and the AND-OR rewrite of a keyset page each read more than 100 rows for at
    least one tenant and depth, and FORCE INDEX brings every tenant and depth to 100 or fewer."""
    assert results["mariadb.keyset_or.max_rows_read"] > 100
    assert results["mariadb.keyset_and_or.max_rows_read"] > 100
    assert results["mariadb.keyset_force_index.max_rows_read"] <= 100


def test_index_only_scan_decays(results):
    """On PostgreSQL the first index-only scan after updating every row that it covers touches at
    least 100 times the pages it touched before, and at most 10 times after VACUUM, while the plan
    stays the same."""
    assert results["pg.decay.growth_first_x"] >= 100
    assert results["pg.decay.growth_cleaned_x"] <= 10
    assert results["pg.decay.plans"] == 1


def test_innodb_charges_the_old_snapshot(results):
    """On InnoDB the same update costs a new reader at most 10 times the pages even while an older
    snapshot is open, and the reader with that snapshot at least 100 times."""
    assert results["mariadb.decay.pinned_growth_new_x"] <= 10
    assert results["mariadb.decay.pinned_growth_old_x"] >= 100


def test_estimates_err_by_correlation(results):
    """Right after statistics are gathered, the estimate for two correlated predicates is off by 50
    times or more on both engines, in each of five ANALYZEs on PostgreSQL and with JSON histograms
    on MariaDB; for two uncorrelated predicates it is off by 2 times at most."""
    assert results["pg.estimate.analyze.min_error_x"] >= 50
    assert results["mariadb.estimate.json_histogram.min_error_x"] >= 50
    for engine in ENGINES:
        assert results[f"{engine}.estimate.control.error_x"] <= 2


@pytest.mark.xfail(
    strict=True,
    reason="CREATE STATISTICS changed nothing, as claimed. The composite index gives MariaDB a good "
    "count of the range, which EXPLAIN then multiplies by the range's share of the table, and that "
    "product is what we had said we would judge.",
)
def test_extended_statistics_do_not_help(results):
    """CREATE STATISTICS on the two correlated columns leaves PostgreSQL's estimate off by 50 times
    or more, because a timestamp has no common values; an index on both columns brings MariaDB's
    to within 5 times."""
    assert results["pg.estimate.statistics.min_error_x"] >= 50
    assert results["mariadb.estimate.composite_index.error_x"] <= 5


def test_mean_ranks_the_wrong_query(results):
    """In one recorded mix the statement with the highest mean is not the one with the highest
    total on either engine, and fixing the one with the highest total frees more server time."""
    for engine in ENGINES:
        assert results[f"{engine}.workload.same_query_tops_both"] == 0
        freed = results[f"{engine}.workload.export_fixed.freed_ms"]
        assert freed > results[f"{engine}.workload.report_fixed.freed_ms"]


@pytest.mark.xfail(
    strict=True,
    reason="MariaDB's client moved by less than 20 %, PostgreSQL's by a little more over both "
    "transports; the shorter statement also spared parsing that PostgreSQL's clock leaves out.",
)
def test_client_latency_has_a_floor(results):
    """Where a statement takes the server 0.1 ms or less, halving the server's time lowers the
    client's median by at most 20 %, over a Unix socket and over loopback TCP, on both engines."""
    for engine in ENGINES:
        for transport in ("socket", "tcp"):
            assert results[f"{engine}.floor.{transport}.halving.client_percent"] <= 20


def test_most_of_a_fast_read_is_not_the_server(results):
    """Of the time that the client waits for one order by its primary key, at least half is not the
    server's, over a Unix socket and over loopback TCP, on both engines."""
    for engine in ENGINES:
        for transport in ("socket", "tcp"):
            assert results[f"{engine}.floor.{transport}.share_percent"] >= 50


def test_many_fast_reads_are_slow(results):
    """Reading 200 orders one by one takes the client at least 10 times as long as one statement
    that names them all, over a Unix socket and over loopback TCP, on both engines."""
    for engine in ENGINES:
        for transport in ("socket", "tcp"):
            assert results[f"{engine}.n_plus_one.{transport}.ratio_x"] >= 10


def test_every_index_is_paid_on_write(results):
    """Inserting 200,000 rows into a table with five secondary indexes takes at least twice as long
    as into one with none, on both engines, without waiting for a disk."""
    for engine in ENGINES:
        assert results[f"{engine}.insert.slowdown_x"] >= 2
