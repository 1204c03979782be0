"""Another project, which takes one room of the extension and has nothing else of this site: no essays, no theme, no labs."""

import os
import sys
from pathlib import Path

# What only later rooms need is not there.
sys.modules |= dict.fromkeys(["ablog", "babel.dates", "feedgen", "furo", "notfound", "sphinx_design", "trenches.essays"])

SITE = Path(os.environ["SITE"])
sys.path[:0] = [str(SITE / "_ext"), str(SITE / "labs")]

project = "Foreign"
extensions = ["myst_parser", "trenches.evidence"]
exclude_patterns = ["labs", "_*"]
trenches_build_date = "2026-11-22"
evidence_stylesheet = "_static/palette.css"
