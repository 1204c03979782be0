"""The essay's claims, stated before the first full run. Each docstring is what readers see."""


def test_thesis(results):
    """Nearly seven years on, on the interpreter they were born on, packages drawn at birth with only their direct version pinned fail
    to import more often than the same packages with nothing pinned."""
    assert results["pairs.unpinned.only_direct"] > results["pairs.unpinned.only_unpinned"]
    assert results["pairs.unpinned.p"] < 0.05


def test_half_a_lock_is_worse_than_a_whole(results):
    """Nearly seven years on, on the interpreter they were born on, packages with only their direct version pinned fail to import more
    often than the same packages fully locked."""
    assert results["pairs.lock.only_direct"] > results["pairs.lock.only_lock"]
    assert results["pairs.lock.p"] < 0.05


def test_a_lock_is_flat_while_the_interpreter_stays(results):
    """Not one package that imported at birth fails from its full lock at the end, on the interpreter that it was born on."""
    assert results["end.lock.dead"] == 0


def test_compiled_locks_fall(results):
    """On Python 3.13 at least 40% of the full locks that have a compiled member fail, what was cut off not counted."""
    assert results["newest.compiled.dead_percent"] >= 40


def test_pure_locks_fall(results):
    """On Python 3.13 at least 15% of the full locks without a compiled member fail."""
    assert results["newest.pure.dead_percent"] >= 15


def test_compiled_locks_die_at_install(results):
    """Of the locks with a compiled member that fail on Python 3.13, more than half fail at install."""
    assert results["newest.compiled.at_install"] > results["newest.compiled.dead"] / 2


def test_pure_locks_die_at_import(results):
    """Of the locks without a compiled member that fail on Python 3.13, more than half fail at import."""
    assert results["newest.pure.at_import"] > results["newest.pure.dead"] / 2


def test_pure_locks_share_a_culprit(results):
    """At least half of the locks without a compiled member that fail on Python 3.13 miss the same name."""
    assert results["newest.pure.shared"] >= results["newest.pure.dead"] / 2


def test_decay_is_lumpy(results):
    """Five releases cause at least half of the deaths of packages that floated, unpinned or with direct pins."""
    assert results["floating.top"] >= results["floating.deaths"] / 2


def test_an_import_warned_of_it(results):
    """At least half of the packages that floated and died had, at the last import that worked, a warning that names what then was
    missing."""
    assert results["floating.named"] >= results["floating.deaths"] / 2


def test_the_canary_announces(results):
    """Of the unlocked scripts that broke on some birthday, each on the newest interpreter of its day, at least half had failed on an
    earlier one with warnings as errors."""
    assert results["canary.announced"] >= results["canary.dead"] / 2


def test_scripts_without_dependencies_outlive_the_others(results):
    """A smaller share of the scripts of the standard library alone broke on some birthday than of the unlocked scripts with
    dependencies."""
    plain = results["canary.plain_dead"] / results["inputs.plain_scripts"]
    assert plain < results["canary.needing_dead"] / (results["inputs.scripts"] - results["inputs.plain_scripts"])


def test_some_deaths_are_silent(results):
    """At least one script that is not right at the end exits with 0."""
    assert results["scripts.silent"] >= 1


def test_the_trace_tells_what_breaks(results):
    """In at least 80% of cases, whether a script breaks when one undeclared input is changed is what its trace says."""
    assert results["departure.agreed_percent"] >= 80


def test_one_lock_drifts(results):
    """One unchanged lock, installed at each birthday on the newest interpreter of that day, up to 3.13, fails with at least three
    different errors."""
    assert results["carried.errors"] >= 3
