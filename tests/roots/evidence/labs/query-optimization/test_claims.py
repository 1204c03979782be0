import pytest


def test_thesis(results):
    """The sample touches at most ten pages."""
    assert results["sample.pages"] <= 10


@pytest.mark.xfail(strict=True, reason="The sample took longer.")
def test_refuted(results):
    """The sample takes less than a second."""
    assert results["sample.latency_ms"] < 1000
