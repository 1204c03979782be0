"""The essay's claims, stated before the first full run. Each docstring is what readers see."""

LEAKS = ("lost", "doubled", "divergent", "stuck")
SHARES = (0, 25, 50, 75, 100)


def test_thesis(results):
    """Killed at every crash point, an agent that persists its decision and acts under a (run, step) key loses, doubles and
    contradicts nothing; a content-hash key doubles effects as soon as the model answers differently."""
    for leak in LEAKS:
        assert results[f"once.decide.{leak}"] == 0
    assert results["dial.content.p0.doubled"] == 0
    assert results["dial.content.p25.doubled"] > 0


def test_acknowledging_first_only_loses(results):
    """An agent that acknowledges its job first loses emails at some crash points, and neither doubles nor contradicts any."""
    assert results["once.ack.lost"] > 0
    assert results["once.ack.doubled"] == results["once.ack.divergent"] == results["once.ack.stuck"] == 0


def test_restarting_only_doubles(results):
    """An agent that restarts its run doubles emails at some crash points, and neither loses nor misremembers any."""
    assert results["once.restart.doubled"] > 0
    assert results["once.restart.lost"] == results["once.restart.divergent"] == results["once.restart.stuck"] == 0


def test_a_checkpoint_narrows_the_window(results):
    """With a checkpoint after each step fewer crash points double an email than when the run restarts, but some do."""
    assert 0 < results["once.checkpoint.doubled_points"] < results["once.restart.doubled_points"]


def test_a_content_key_doubles_like_none(results):
    """When every second answer differs, a key from the content doubles as many emails as a fresh key for each attempt."""
    assert results["once.content.doubled"] == results["once.checkpoint.doubled"] > 0


def test_a_content_key_follows_the_model(results):
    """Emails doubled under a content key rise at each step as second answers differ in 0, 25, 50, 75 and 100%."""
    found = [results[f"dial.content.p{share}.doubled"] for share in SHARES]
    assert all(less < more for less, more in zip(found, found[1:]))


def test_a_true_model_defeats_the_content_key(results):
    """With pairs of answers that a true model gave at temperature 0.7, a content key doubles emails."""
    assert results["dial.true.doubled"] > 0


def test_a_position_key_doubles_nothing(results):
    """A (run, step) key without a kept decision doubles no email at any crash point."""
    assert results["once.position.doubled"] == results["once.position.lost"] == 0


def test_a_position_key_contradicts(results):
    """A (run, step) key without a kept decision leaves the agent remembering another email than was sent at some crash
    points."""
    assert results["once.position.divergent"] > 0


def test_comparing_stops_the_run(results):
    """If the service compares what comes under a (run, step) key and no decision is kept, some crash points leave a run that
    three more workers cannot end."""
    assert results["once.compares.stuck"] > 0


def test_recording_the_receipt_is_enough(results):
    """A (run, step) key whose agent records what the service says was sent leaks at no crash point, with no decision kept."""
    for leak in LEAKS:
        assert results[f"once.receipt.{leak}"] == 0


def test_looking_first_misses_only_the_late_email(results):
    """Killed once, an agent that looks before it sends doubles an email only where its request comes late, once a step."""
    assert results["once.look.doubled_points"] == results["inputs.steps"]


def test_two_kills_change_nothing(results):
    """Killed at every place and again at every place of the recovery, a kept decision under a (run, step) key loses, doubles
    and contradicts nothing."""
    for leak in LEAKS:
        assert results[f"twice.decide.{leak}"] == 0


def test_the_enumeration_repeats(results):
    """Enumerated again, every design ends at every crash point as it did."""
    assert results["once.designs_that_differ"] == 0


def test_random_kills_find_nothing(results):
    """Five hundred kills at random times leave no email lost, doubled or contradicted where the decision is kept."""
    assert results["random.decide.kills"] >= 500
    for leak in ("lost", "doubled", "divergent"):
        assert results[f"random.decide.{leak}"] == 0


def test_a_zombie_cannot_hurt_a_kept_decision(results):
    """A worker held past its lease at any place, and let go on after another has ended its run, makes a kept decision under
    a (run, step) key lose, double or contradict nothing."""
    for leak in LEAKS:
        assert results[f"zombie.decide.{leak}"] == 0


def test_a_zombie_has_looked(results):
    """A held worker makes an agent that looks before it sends double an email at some places."""
    assert results["zombie.look.doubled"] > 0


def test_the_zombies_repeat(results):
    """Held again, every worker ends at every place as it did."""
    assert results["zombie.designs_that_differ"] == 0


def test_a_zombie_overwrites(results):
    """If the last answer replaces the kept decision, a held worker leaves divergent steps at some places."""
    assert results["zombie.overwrite.divergent"] > 0


def test_a_fence_keeps_zombies_out(results):
    """A fencing token lets a held worker double fewer emails than a checkpoint alone."""
    assert results["zombie.fence.doubled"] < results["zombie.checkpoint.doubled"]


def test_a_fence_refuses_the_late_email(results):
    """A fencing token lets one kill double fewer emails than a checkpoint alone."""
    assert results["once.fence.doubled"] < results["once.checkpoint.doubled"]


def test_a_fence_leaves_a_crash_window(results):
    """With a fencing token one kill still doubles an email at some crash points."""
    assert results["once.fence.doubled"] > 0


def test_a_kept_decision_saves_calls(results):
    """A kept decision repeats fewer model calls after a kill than a checkpoint after each step."""
    assert results["once.decide.wasted"] < results["once.checkpoint.wasted"]


def test_a_kept_decision_is_never_refused(results):
    """Where the service compares what comes under a key, a kept decision under a (run, step) key still loses, doubles and
    contradicts nothing."""
    for leak in LEAKS:
        assert results[f"once.strict.{leak}"] == 0


def test_langgraph_modes_rank_as_documented(results):
    """Killed at each crash point that LangGraph's durability modes share, with one node that asks and sends and a model that
    answers at once, sync doubles the fewest emails, async more and exit the most."""
    emails = [results[f"graph.one_node.{mode}.shared_doubled"] for mode in ("sync", "async", "exit")]
    assert emails[0] < emails[1] < emails[2]


def test_the_saved_state_may_look_finished(results):
    """Under sync, with two nodes a step, the saved state names no next node at some crash points although steps are left."""
    assert results["graph.split.sync.seems_done_points"] > 0


def test_no_langgraph_mode_is_enough(results):
    """With one node that asks and sends, each of LangGraph's durability modes doubles an email at four of its crash points or
    more."""
    for mode in ("sync", "async", "exit"):
        assert results[f"graph.one_node.{mode}.doubling_points"] >= 4


def test_a_split_node_leaks_nothing_under_sync(results):
    """With one node that asks and a next one that sends under its key, sync loses, doubles and contradicts nothing in any
    enumeration."""
    for leak in LEAKS:
        found = results.value(f"graph.split.sync.{leak}")
        assert results[found.key] == found.high == 0


def test_a_split_node_contradicts_under_async(results):
    """The same two nodes under async, LangGraph's default, leave divergent steps where the model answers at once."""
    assert results["graph.split.async.divergent"] > 0


def test_a_split_node_contradicts_under_exit(results):
    """The same two nodes under exit leave divergent steps."""
    assert results["graph.split.exit.divergent"] > 0


def test_dbos_repeats_a_step(results):
    """A DBOS step that asks and sends doubles an email at some of its crash points."""
    assert results["dbos.one_step.doubling_points"] > 0


def test_dbos_split_leaks_nothing(results):
    """Two DBOS steps, one that asks and one that sends under its key, lose, double and contradict nothing."""
    for leak in LEAKS:
        found = results.value(f"dbos.split.{leak}")
        assert results[found.key] == found.high == 0


def test_celery_loses_by_default(results):
    """With Celery's default settings a kill before the email loses it, of the pool's child as of the whole worker."""
    for victim in ("child", "worker"):
        assert results[f"celery.early.{victim}.before.emails"] == 0


def test_late_acknowledgement_loses_with_the_child(results):
    """With late acknowledgement Celery still loses the email of a pool's child that is killed before it."""
    assert results["celery.late.child.before.emails"] == 0


def test_late_acknowledgement_survives_the_worker(results):
    """With late acknowledgement Celery sends the email of a whole worker that is killed before it."""
    assert results["celery.late.worker.before.emails"] == 1


def test_rejecting_brings_every_task_back(results):
    """With late acknowledgement and tasks of lost workers rejected, Celery loses no email, whoever is killed where."""
    assert results["celery.reject.lost"] == 0


def test_rejecting_doubles(results):
    """With late acknowledgement and tasks of lost workers rejected, Celery doubles an email wherever the kill comes after it."""
    assert results["celery.reject.child.after.emails"] == results["celery.reject.worker.after.emails"] == 2


def test_a_long_task_starts_again(results):
    """With late acknowledgement a task of five visibility timeouts is started at least three times though nobody is killed."""
    assert results["visibility.x5.starts"] >= 3


def test_a_position_key_joins_the_starts(results):
    """Under a (run, step) key the starts of a long task send one email between them."""
    assert results["visibility.x5.emails_position"] == 1


def test_layers_multiply(results):
    """A client, a node and a task that retry by their own default numbers make as many calls as the product of their attempts."""
    attempts = (results["layers.sdk.retries"] + 1) * results["layers.graph.attempts"] * (results["layers.queue.retries"] + 1)
    assert results["layers.all.calls"] == attempts


def test_a_held_transaction_slows_the_queue(results):
    """While an agent waits for its model in a transaction with its job locked, the pages read to find the next job grow at
    least fivefold within 30,000 jobs."""
    assert results["held.lock.growth_x"] >= 5


def test_a_lease_keeps_the_queue_flat(results):
    """While it waits under a lease, with no transaction open, they do not double."""
    assert results["held.lease.growth_x"] < 2


def test_asynchronous_commit_loses_acknowledged_records(results):
    """With synchronous_commit off, each kill of an unrelated backend loses checkpoints that were acknowledged."""
    found = results.value("acknowledged.off.crashes_with_loss")
    assert results[found.key] == found.n


def test_synchronous_commit_loses_none(results):
    """With synchronous_commit on, no kill of an unrelated backend loses a checkpoint that was acknowledged."""
    assert results["acknowledged.on.lost"] == 0


def test_asynchronous_commit_undoes_the_cure(results):
    """With synchronous_commit off, a kept decision under a (run, step) key leaves divergent steps."""
    assert results["acknowledged.off.agent.divergent"] > 0


def test_redis_forgets_by_default(results):
    """Redis as it ships forgets at least nine in ten of the messages that it had acknowledged before a kill."""
    assert results["redis.default.lost"] >= 0.9 * results["inputs.redis_messages"]


def test_redis_with_a_log_forgets_nothing(results):
    """Redis with an append-only file forgets no message that it had acknowledged before a kill."""
    assert results["redis.everysec.lost"] == results["redis.always.lost"] == 0


def test_a_true_model_decides_otherwise(results):
    """At temperature 0.7 at least half of the pairs of answers to one prompt differ in tool or amount."""
    assert results["answers.t07.decision_differ_percent"] >= 50


def test_the_formula_is_near(results):
    """The form predicts the emails doubled per 1,000 runs within a factor of two."""
    for case in ("s4_b1_m8", "s4_b2_m8", "s4_b4_m8", "s4_b2_m16"):
        assert 0.5 <= results[f"form.{case}.measured_over_predicted_x"] <= 2
