"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

from itertools import pairwise

import pytest

SIZES = 90, 180, 360, 720
MEASURES = "k5", "context"


def test_thesis(results):
    """Text past the encoder's window, vectors pooled another way, and a filter applied after the neighbours are chosen each lose at
    least a fifth of the answers they touch, and raise no error."""
    for breach in ("unread", "pooling", "filter"):
        assert results[f"breach.{breach}.lost_percent"] >= 20


def test_most_text_is_never_read(results):
    """Under LangChain's default chunks and a window of 256 pieces at least 70 % of Django's word pieces never reach the encoder."""
    assert results["default.unread_percent"] >= 70


def test_other_projects_are_read_no_better(results):
    """Of SQLAlchemy's and Celery's documentation at least 60 % never reach it under the same defaults."""
    for project in ("sqlalchemy", "celery"):
        assert results[f"{project}.unread_percent"] >= 60


def test_lorem_ipsum_changes_nothing(results):
    """With every word past the window replaced by lorem ipsum, no vector of the default index changes in any bit."""
    assert results["lorem.changed_vectors"] == 0


def test_size_blinds_the_encoder(results):
    """For answers past the window, going from 90 to 360 words a chunk costs dense retrieval at least 20 points."""
    assert results["cut.past.dense_points"] <= -20


def test_size_does_not_blind_bm25(results):
    """For the same answers, going from 90 to 360 words a chunk costs BM25 at most 8 points."""
    assert results["cut.past.bm25_points"] >= -8


def test_read_answers_stay(results):
    """For answers inside the window, going from 90 to 360 words a chunk costs dense retrieval at most 8 points."""
    assert results["cut.read.dense_points"] >= -8


def test_a_wider_window_finds_more(results):
    """Over the same chunks of 360 words, a window of 512 finds at least 5 points more of the answers past 256."""
    assert results["window.past_points"] >= 5


@pytest.mark.xfail(strict=True, reason="The wider window lost more than ten points of the answers inside 256. The trial had said so.")
def test_a_wider_window_costs_the_read_little(results):
    """Over the same chunks of 360 words, a window of 512 loses at most 8 points of the answers inside 256."""
    assert results["window.read_points"] >= -8


def test_equal_k_hides_it(results):
    """From 90 to 720 words a chunk, dense retrieval in five chunks moves by at most 8 points."""
    assert abs(results["size.dense.k5_points"]) <= 8


def test_equal_context_shows_it(results):
    """From 90 to 720 words a chunk, dense retrieval in 720 words falls by at least 20 points."""
    assert results["size.dense.context_points"] <= -20


def test_equal_k_flatters_bm25(results):
    """From 90 to 720 words a chunk, BM25 rises by at least 10 points in five chunks and falls in 720 words."""
    assert results["size.bm25.k5_points"] >= 10
    assert results["size.bm25.context_points"] < 0


def test_a_blind_ranker_spoils_fusion(results):
    """At 720 words a chunk, RRF of dense and BM25 answers at least 3 points fewer questions than BM25 alone."""
    assert results["fusion.w720_at_256.rrf_points"] <= -3


def test_fusion_helps_where_all_is_read(results):
    """At 90 words a chunk, where nearly all is read, RRF is not below BM25 alone."""
    assert results["fusion.w90_at_256.rrf_points"] >= 0


@pytest.mark.xfail(strict=True, reason="With 512 pieces RRF stood two points better, not five; the trial had seen twelve.")
def test_a_wider_window_mends_fusion(results):
    """Over the same chunks of 360 words, RRF stands at least 5 points better against BM25 with a window of 512 than with 256."""
    assert results["fusion.w360_at_512.rrf_points"] - results["fusion.w360_at_256.rrf_points"] >= 5


def test_a_sum_of_scores_never_loses_much(results):
    """A sum of scores is nowhere more than 3 points below BM25 alone."""
    for place in ("w90_at_256", "w180_at_256", "w360_at_256", "w360_at_512", "w720_at_256"):
        assert results[f"fusion.{place}.convex_points"] >= -3


def test_another_pooling_hides_its_pages(results):
    """With 4 % of pages pooled another way by the same weights, their questions lose at least 30 points."""
    assert results["pooling.affected_4_points"] <= -30


def test_the_mean_does_not_show_it(results):
    """With 4 % of pages pooled another way, the share over all questions moves by at most 4 points."""
    assert abs(results["pooling.all_4_points"]) <= 4


def test_consistent_is_not_right(results):
    """With questions and chunks both pooled another way, at least 8 points fewer questions are answered."""
    assert results["pooling.chunks_and_questions_points"] <= -8


def test_defaults_lose_a_tenants_rows(results):
    """Of a tenant with 2.5 % of 100,000 rows, pgvector's defaults find at most 75 % of the five nearest."""
    assert results["filter.random.r100000.defaults.recall5_percent"] <= 75


def test_defaults_leave_questions_empty(results):
    """In that tenant at least 15 % of questions get no row at all."""
    assert results["filter.random.r100000.defaults.empty_percent"] >= 15


@pytest.mark.xfail(strict=True, reason="The claim stayed although the trial spoke against it, because pgvector’s README advises such an index first. The planner took the graph for most queries all the same, and a sixth of the nearest rows were missing.")
def test_a_b_tree_mends_it(results):
    """With a b-tree on the tenant, at 10,000 rows, at least 99 % of the nearest are found."""
    assert results["filter.random.r10000.btree.recall5_percent"] >= 99


def test_the_tenants_rows_first_mends_it(results):
    """Asked for the tenant's rows first, at 100,000 rows, PostgreSQL finds all of the nearest in every kind of tenant."""
    for kind in ("random", "own", "foreign"):
        assert results[f"filter.{kind}.r100000.first.recall5_percent"] == 100


def test_a_larger_search_does_not(results):
    """With ef_search at 200, at 100,000 rows, at least 5 % of questions still get fewer rows than they should."""
    assert results["filter.random.r100000.ef200.short_percent"] >= 5


def test_an_iterative_scan_fills_the_list(results):
    """With a relaxed iterative scan, at 100,000 rows, no question of a random tenant gets too few rows."""
    assert results["filter.random.r100000.relaxed.short_percent"] == 0


def test_a_full_list_is_not_the_nearest(results):
    """With a relaxed iterative scan, in a tenant on a foreign subject, fewer than 80 % of the nearest are found."""
    assert results["filter.foreign.r100000.relaxed.recall5_percent"] < 80


def test_a_tenant_is_found_while_the_table_is_small(results):
    """Under the defaults at least 95 % of the nearest of a tenant with 175 rows are found in a table of 700."""
    assert results["growth.r700.defaults.recall5_percent"] >= 95


def test_a_tenant_decays_while_nothing_of_it_changes(results):
    """Under the defaults at most half of the nearest of the same 175 rows are found in a table of 100,000."""
    assert results["growth.r100000.defaults.recall5_percent"] <= 50


def test_the_subject_matters_as_much_as_the_size(results):
    """At equal selectivity, recall in a tenant on the question's own subject is at least 30 points above one on a foreign subject."""
    own, foreign = (results[f"filter.{kind}.r100000.defaults.recall5_percent"] for kind in ("own", "foreign"))
    assert own - foreign >= 30


def test_the_encoder_is_the_budget(results):
    """Over 100,000 rows with HNSW at least three quarters of the service's CPU time is encoding questions."""
    assert results["budget.cpu_encoder_percent"] >= 75


def test_exact_search_is_cheap_for_long(results):
    """An exact search costs as much CPU as encoding the question somewhere between 10,000 and 100,000 rows."""
    assert 10_000 <= results["budget.exact_equals_encoder_rows"] <= 100_000


def test_the_slowest_wait_for_the_encoder(results):
    """At 85 % of one encoder's capacity, waiting for the encoder is at least half of the time of the slowest percent of questions."""
    assert results["budget.at_85.slowest_waiting_percent"] >= 50


def test_a_second_encoder_halves_the_tail(results):
    """At the same load a second encoder thread at least halves p99."""
    assert results["budget.second_encoder_p99_x"] >= 2


def test_a_doubling_flips_a_tenth(results):
    """Each doubling of the chunk size flips the outcome of at least 10 % of the questions, by either measure."""
    for (small, large), measure in ((pair, measure) for pair in pairwise(SIZES) for measure in MEASURES):
        assert results[f"flips.w{small}_w{large}.{measure}_percent"] >= 10


def test_the_rule_of_thumb_is_close(results):
    """Seven times the flips over the squared difference is within 15 % of the exact number of questions."""
    for row in results.tables["questions"]["rows"]:
        assert 0.85 <= row["predicted"] / row["measured"] <= 1.15


def test_the_share_unread_can_be_foretold(results):
    """Window, words a chunk and words a document foretell the share of text that is never read within 8 points."""
    for row in results.tables["unread"]["rows"]:
        assert abs(row["predicted"] - row["measured"]) <= 8
