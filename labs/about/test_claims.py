"""What a build of this site may cost, over results.json."""


def test_thesis(results):
    """An essay among 1,000 costs at most 1.15 times the CPU time of one among 100, and 300 essays at most a quarter of what stock Sphinx with Furo and ABlog takes."""
    assert results["ours.growth_x"] <= 1.15
    assert results["ratio.n300.cold_x"] >= 4


def test_cold(results):
    """1,000 essays are built from nothing in under 60 CPU seconds."""
    assert results["ours.n1000.cold.cpu_s"] < 60


def test_edit(results):
    """One edited line among 1,000 essays costs at most 3 CPU seconds, and a build with no change at most 1.5."""
    assert results["ours.n1000.edit.cpu_s"] <= 3
    assert results["ours.n1000.none.cpu_s"] <= 1.5


def test_memory(results):
    """No process of a build of 1,000 essays holds over 600 MB."""
    assert results["ours.n1000.cold.peak_mb"] <= 600
