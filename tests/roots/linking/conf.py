"""Another team's documents: what the README tells them to write, built strictly against the served inventory."""

import os

project = author = "Internal docs"
extensions = ["myst_parser", "sphinx.ext.intersphinx"]
nitpicky = True
html_theme = "basic"
intersphinx_mapping = {"trenches": (os.environ["TRENCHES"] + "/", None)}
intersphinx_disabled_reftypes = ["*"]
