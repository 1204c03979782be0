def test_fast(results):
    """One request takes less than a second."""
    assert results["one.latency_ms"] < 1000
