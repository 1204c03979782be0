"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

import pytest


@pytest.mark.xfail(
    strict=True,
    reason="One clause of five fails, by one day on one panel. On day 14 p95 CPU per query lay 1.8% above the "
    "control's, on the other side of the 10% line, so it alerted on day 15 and the control on day 16; on "
    "days 11 and 18 the control alerted alone. The rule was set before the run, so the clause stays "
    "refuted. The other four hold.",
)
def test_thesis(results):
    """Over 21 days that replay three Django releases into an index that upserts under content hashes
    and deletes nothing, live hit@5 is below a delete-by-source control's on at least 18 days; on every
    one of them mean top-5 similarity is above the control's and above launch day's; on day 21 at least
    15% of first results are deleted text; none of eight usual panels has fired; and the share of served
    rows that the source no longer has passed 1% on day 1."""
    assert results["hash.days_worse"] >= 18
    assert results["hash.days_worse_but_more_similar"] == results["hash.days_worse"]
    assert results["hash.day21.stale_top1_percent"] >= 15
    assert results["hash.panels_detecting"] == 0
    assert results["hash.lineage_ratio.alert_day"] == 1


def test_similarity_rises_as_retrieval_falls(results):
    """In the index that deletes nothing, daily mean top-5 similarity and live hit@5 rank against each
    other over launch day and the 21 days after it: Spearman's rho is -0.8 or less, in the order of edits
    shown and in the median of 20 other orders."""
    assert results["hash.similarity_against_live_hit_rho"] <= -0.8
    assert results["orders.rho"] <= -0.8


def test_deleted_text_answers_first(results):
    """On day 21 at least 15% of questions get deleted text as their first result, and in at least half
    of those cases the current version of that text stands further down in the same top five."""
    assert results["hash.day21.stale_top1_percent"] >= 15
    assert results["stale.twin_in_top5_percent"] >= 50


@pytest.mark.xfail(
    strict=True,
    reason="p95 CPU per query crossed the 10% line on day 14 in the index that deletes nothing and a day later in "
    "the control, so it counts as firing on day 15, and on that day only. On days 16 and 17 both alert, on "
    "11 and 18 only the control. The other seven panels never fire without the control.",
)
def test_no_usual_panel_fires(results):
    """None of error rate, queries without a result, median and p95 CPU per query, ingest success, chunks
    written and mean top-1 and top-5 similarity leaves the week before launch by three standard deviations
    or by 10% on its bad side for two days running in the index that deletes nothing, unless it does so on
    the same day in the control."""
    assert results["hash.panels_detecting"] == 0


@pytest.mark.xfail(
    strict=True,
    reason="The same panel on the same day: p95 CPU per query alerts on day 15, one day before the control does. "
    "The other seven never fire without the control, and live hit@5 ends 12.3 points below it.",
)
def test_all_faults_at_once_stay_silent(results):
    """With three half-failed ingests, a week of another encoder and larger chunks from day 12 on top of
    the missing deletes, the eight usual panels stay as silent under the same rules, while live hit@5 ends
    at least 5 points below the control's."""
    assert results["all_faults.panels_detecting"] == 0
    assert results["all_faults.live_hit_lost_points"] >= 5


def test_deleting_by_source_mends_it(results):
    """Deleting each row whose path and hash the source no longer has takes stale slots to zero on day 21
    and live hit@5 to within 2 points of an index built from nothing, and embeds no chunk."""
    assert results["repair.hash.stale_slots_after_percent"] == 0
    assert results["repair.hash.below_rebuild_points"] <= 2
    assert results["repair.hash.chunks_embedded"] == 0


@pytest.mark.xfail(
    strict=True,
    reason="In one of 20 other orders the ratio passed 1% on day 2 and not on day 1. The second half held: no set "
    "of 50 questions noticed.",
)
def test_lineage_fires_before_canaries(results):
    """The share of served rows that the source no longer has passes 1% on day 1, here and in all of 20
    other orders of the edits; a fixed set of 50 questions with known answers, asked daily, notices within
    21 days with less than 80% power."""
    assert results["hash.lineage_ratio.alert_day"] == 1
    assert results["orders.lineage_first_day_percent"] == 100
    assert results["canary.hash.of_50.power_percent"] < 80


def test_swapped_encoder_hides(results):
    """After one day of ingest with another encoder of the same dimension, live hit@5 over all questions is
    within 2 points of the control's, while questions answered only by that day's chunks fall from at least
    40% in the control to at most 5%."""
    assert results["swap_day.lost_points"] <= 2
    assert results["swap_day.new_control_hit_percent"] >= 40
    assert results["swap_day.new_hit_percent"] <= 5


def test_graph_and_weights_are_innocent(results):
    """An HNSW graph after 21 days of deletes and inserts, and one with every row rewritten twice, find
    within 3 points of what a fresh graph finds of the exact top ten; 8-bit and 32-bit weights of the
    encoder agree to a mean cosine of 0.99 or more."""
    assert results["graph.control.lost_points"] < 3
    assert results["graph.rewritten.lost_points"] < 3
    assert results["weights.cosine"] >= 0.99


def test_the_id_scheme_decides(results):
    """With the same job and no deletes, ids made of page and position leave at most 3% of top-5 slots
    stale on day 21 and live hit@5 within 2 points of the control's; ids made of the text leave at least
    20% stale."""
    assert results["position.day21.stale_slots_percent"] <= 3
    assert results["position.live_hit_lost_points"] <= 2
    assert results["hash.day21.stale_slots_percent"] >= 20


@pytest.mark.xfail(
    strict=True,
    reason="Old chunks push the right section out of the top five more often than they pass for it. The "
    "evaluation by label lost 5.19 of the 7.33 points, and fired on day 10.",
)
def test_labels_forgive(results):
    """An evaluation that accepts any row labelled with the right section sees at most 2 points of loss
    against the control on day 21, where one that asks for current text sees at least 5."""
    assert results["hash.label_hit_lost_points"] <= 2
    assert results["hash.live_hit_lost_points"] >= 5


def test_half_an_ingest_outlives_deletes(results):
    """With delete-by-source in place, three nightly jobs that die half-way and report success leave at
    least 1% of top-5 slots stale on day 21; stale slots pass 1% by the second of them, on day 12."""
    assert results["half_failed.day21.stale_slots_percent"] >= 1
    assert results["half_failed.stale_slots_day"] <= 12
