"""What a build of this site may cost, over results.json."""

import pytest


@pytest.mark.xfail(
    strict=True,
    reason="The cost grows with the archive as we said, but stock took 3.65 times ours at 300 essays, not four.",
)
def test_thesis(results):
    """An essay among 1,000 costs at most 1.15 times the CPU time of one among 100, and 300 essays at most a quarter of what stock Sphinx with Furo and ABlog takes."""
    assert results["ours.growth_x"] <= 1.15
    assert results["ratio.n300.cold_x"] >= 4


@pytest.mark.xfail(strict=True, reason="It took 63 CPU seconds in the recorded run; one trial of nearly the same code had taken 56.")
def test_cold(results):
    """1,000 essays are built from nothing in under 60 CPU seconds."""
    assert results["ours.n1000.cold.cpu_s"] < 60


@pytest.mark.xfail(strict=True, reason="A build with no change is far below; an edited line costs 3.39 CPU seconds.")
def test_edit(results):
    """One edited line among 1,000 essays costs at most 3 CPU seconds, and a build with no change at most 1.5."""
    assert results["ours.n1000.edit.cpu_s"] <= 3
    assert results["ours.n1000.none.cpu_s"] <= 1.5


def test_memory(results):
    """No process of a build of 1,000 essays holds over 600 MB."""
    assert results["ours.n1000.cold.peak_mb"] <= 600
