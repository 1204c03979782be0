#!/usr/bin/env python3
"""Draw the packages, by seed and without replacement, from who was downloaded most at each birth date: draw.py <clone of the ranking>.

The ranking is hugovk/top-pypi-packages at the commits named here. `packages.csv` is what this wrote before anything was
installed; only the drawn names and ranks are kept. The order is the draw's, so the first few of a cohort are a draw too.
"""

import csv
import json
import random
import subprocess
import sys
from pathlib import Path

SEED = 20261130
FIRST = 500
FILE = "top-pypi-packages-30-days.min.json"
COHORTS = (  # birth date, commit, packages drawn
    ("2020-01-03", "c758daa756deb6ecc6af527f7727cfdc1948375b", 170),
    ("2021-07-01", "1e6150464b3e81bc2a14e8cf6b1333f04a4634fc", 40),
    ("2023-01-01", "fa998b797a5300a240e2b4c042f9a438ab91c7f5", 40),
)
PACKAGES = Path(__file__).with_name("packages.csv")


def drawn(clone):
    for birth, commit, count in COHORTS:
        shown = subprocess.run(["git", "-C", clone, "show", f"{commit}:{FILE}"], check=True, capture_output=True)
        names = [row["project"] for row in json.loads(shown.stdout)["rows"][:FIRST]]
        for order, place in enumerate(random.Random(f"{SEED} {birth}").sample(range(FIRST), count), 1):
            yield {"birth": birth, "order": order, "rank": place + 1, "package": names[place].lower().replace("_", "-").replace(".", "-")}


if __name__ == "__main__":
    rows = list(drawn(sys.argv[1]))
    with PACKAGES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
