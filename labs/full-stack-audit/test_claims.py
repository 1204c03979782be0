"""The essay's claims, stated before the corpus was measured. Each docstring is what readers see."""

ENOUGH = 5  # codebases that a comparison needs


def test_thesis(results):
    """Over thirty public codebases, the median share of absences (a limit, pause, cleanup or handler that is missing) repaired within two
    years is at most half that of smells that are there."""
    assert results["lifetime.all.presence.codebases"] >= ENOUGH and results["lifetime.all.absence.codebases"] >= ENOUGH
    assert results["lifetime.all.presence.median_percent"] > 0
    assert 2 * results["lifetime.all.absence.median_percent"] <= results["lifetime.all.presence.median_percent"]


def test_python_absences_outlive(results):
    """In Python, the median share of absences repaired within two years is at most half that of smells that are there."""
    assert results["lifetime.python.presence.codebases"] >= ENOUGH and results["lifetime.python.absence.codebases"] >= ENOUGH
    assert results["lifetime.python.presence.median_percent"] > 0
    assert 2 * results["lifetime.python.absence.median_percent"] <= results["lifetime.python.presence.median_percent"]


def test_java_absences_outlive(results):
    """In Java, the median share of absences repaired within two years is at most half that of smells that are there."""
    assert results["lifetime.java.presence.codebases"] >= ENOUGH and results["lifetime.java.absence.codebases"] >= ENOUGH
    assert results["lifetime.java.presence.median_percent"] > 0
    assert 2 * results["lifetime.java.absence.median_percent"] <= results["lifetime.java.presence.median_percent"]


def test_react_absences_outlive(results):
    """In React, the median share of absences repaired within two years is at most half that of smells that are there."""
    assert results["lifetime.react.presence.codebases"] >= ENOUGH and results["lifetime.react.absence.codebases"] >= ENOUGH
    assert results["lifetime.react.presence.median_percent"] > 0
    assert 2 * results["lifetime.react.absence.median_percent"] <= results["lifetime.react.presence.median_percent"]


def test_absences_outlive_within_a_codebase(results):
    """More codebases repaired a larger share of their smells that are there than of their absences than the other way round, by more than
    chance."""
    assert results["lifetime.pairs.presence_more"] > results["lifetime.pairs.absence_more"]
    assert results["lifetime.pairs.p"] < 0.05


def test_python_presences_are_explained_more(results):
    """In at least eight of ten Python codebases, a larger share of smells that are there than of absences has a comment within one line."""
    assert results["comments.python.codebases"] >= ENOUGH
    assert 10 * results["comments.python.presence_more"] >= 8 * results["comments.python.codebases"]


def test_java_presences_are_explained_more(results):
    """In at least eight of ten Java codebases, a larger share of smells that are there than of absences has a comment within one line."""
    assert results["comments.java.codebases"] >= ENOUGH
    assert 10 * results["comments.java.presence_more"] >= 8 * results["comments.java.codebases"]


def test_react_presences_are_explained_more(results):
    """In at least eight of ten React codebases, a larger share of smells that are there than of absences has a comment within one line."""
    assert results["comments.react.codebases"] >= ENOUGH
    assert 10 * results["comments.react.presence_more"] >= 8 * results["comments.react.codebases"]


def test_presences_are_explained_twice_as_often(results):
    """The median share with a comment within one line is at least twice as large of smells that are there as of absences."""
    assert results["comments.all.presence.median_percent"] > 0
    assert results["comments.all.presence.median_percent"] >= 2 * results["comments.all.absence.median_percent"]


def test_absences_are_explained_less_than_any_line(results):
    """In more codebases than not, by more than chance, an absence has a comment within one line less often than any line of code."""
    assert results["comments.absence.below"] > results["comments.absence.above"]
    assert results["comments.absence.p"] < 0.05


def test_presences_are_explained_more_than_any_line(results):
    """In more codebases than not, by more than chance, a smell that is there has a comment within one line more often than any line of code."""
    assert results["comments.presence.above"] > results["comments.presence.below"]
    assert results["comments.presence.p"] < 0.05


def test_four_patterns_are_nearly_everywhere(results):
    """At least four patterns occur in at least 80% of the codebases that could have them, with the lower end of the interval at 60% or more."""
    assert results["presence.always"] >= 4


def test_projects_differ_more_than_languages(results):
    """Of most patterns that all three languages can have, language explains less than half of how densities rank across codebases."""
    assert 2 * results["density.project_more"] > results["density.patterns"]


def test_a_default_rule_is_suppressed(results):
    """The React rule that is on by default, exhaustive-deps, is suppressed at half or more of the lines that it flags, in the median codebase."""
    assert results["suppressed.exhaustive_deps.codebases"] >= ENOUGH
    assert results["suppressed.exhaustive_deps.median_percent"] >= 50


def test_optional_rules_are_not_suppressed(results):
    """Each of three Python rules that one has to turn on, S110, S113 and BLE001, is suppressed at 5% or less, in the median codebase."""
    for rule in ("s110", "s113", "ble001"):
        assert results[f"suppressed.{rule}.median_percent"] <= 5


def test_ruff_agrees(results):
    """Of the Python lines flagged by us or by Ruff where both have the rule, at least 90% are flagged by both."""
    assert results["agreement.ruff.percent"] >= 90


def test_pmd_agrees(results):
    """Of the Java lines flagged by us or by PMD where both have the rule, at least 90% are flagged by both."""
    assert results["agreement.pmd.percent"] >= 90


def test_eslint_agrees(results):
    """Of the React lines flagged by us or by ESLint where both have the rule, at least 90% are flagged by both."""
    assert results["agreement.eslint.percent"] >= 90


def test_planted_absences_are_found(results):
    """Of the faults that somebody else planted, the rules find at least 80% of the absences."""
    assert results["seeded.absence.found"] >= 0.8 * results["seeded.absence.planted"]


def test_planted_semantic_faults_are_not_found(results):
    """Of the faults that somebody else planted, the rules find at most 30% of those of meaning: N+1 queries, repeated writes, broken invariants."""
    assert results["seeded.semantic.planted"] >= ENOUGH
    assert results["seeded.semantic.found"] <= 0.3 * results["seeded.semantic.planted"]


def test_the_outage_outlasts_its_cause(results):
    """Without a timeout, once the upstream that hung is well again, the service answers not one request of any route, in each of five runs."""
    assert results["outage.without.runs"] >= 5
    assert results["outage.without.after_answered_most"] == 0


def test_one_line_removes_the_outage(results):
    """With a timeout, once the upstream that hung is well again, the service answers every request of every route, in each of five runs."""
    assert results["outage.with.runs"] >= 5
    assert results["outage.with.after_lost_most"] == 0
