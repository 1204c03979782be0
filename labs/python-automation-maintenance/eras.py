"""One lock, unchanged, installed at each birthday on the newest interpreter of that day: what it says."""

import scripts

CARRIED, QUICK_CARRIED = "clean_column", "html_table"
# What an operator who always moves to the newest interpreter has at that date; the lab knows of none after 3.13.
NEWEST_AT = {"2020-01-03": "3.8", "2021-01-03": "3.9", "2022-01-03": "3.10", "2023-01-03": "3.11", "2024-01-03": "3.12", "2025-01-03": "3.13",
             "2026-01-03": "3.13", "2026-11-27": "3.13"}
SECONDS = 120  # a source build may take


def carried(lab, installer):
    """[(date, interpreter, Ran)] of the lock of one script."""
    name = QUICK_CARRIED if lab.quick else CARRIED
    script = next(one for one in scripts.scripts() if one.name == name)
    lock = installer.resolve(script.needs, NEWEST_AT[script.born], script.born)
    found = []
    for date, version in [*NEWEST_AT.items()][::3 if lab.quick else 1]:
        with installer.environment(lock, version, date, SECONDS) as environment:
            found.append((date, version, scripts.run(script, environment)))
    return found
