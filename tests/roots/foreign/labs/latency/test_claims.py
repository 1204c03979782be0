def test_thesis(results):
    """One request takes less than ten seconds."""
    assert results["one.latency_ms"] < 10_000


def test_fast(results):
    """One request takes less than a second."""
    assert results["one.latency_ms"] < 1000
