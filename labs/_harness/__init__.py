"""What the labs share: receipts, results, statistics, servers and figures.

The site imports `_harness.results` where none of the measuring libraries is
installed, so `Lab` is imported only when a lab asks for it.
"""


class LabError(Exception):
    """An expected failure: one line that says what is wrong and how to cure it."""


def __getattr__(name):
    if name == "Lab":
        try:
            from _harness.lab import Lab
        except ModuleNotFoundError as error:
            raise SystemExit(f"no {error.name} here; run labs with `make lab slug=…`") from None
        return Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
