"""The fixture that every lab's test_claims.py reads its numbers from."""

import pytest

from _harness.results import ResultsError, load


@pytest.fixture
def results(request):
    """The results.json beside the test file."""
    try:
        return load(request.path.parent / "results.json")
    except ResultsError as error:
        message = str(error)
    pytest.fail(message, pytrace=False)
