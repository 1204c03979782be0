"""A site of one essay with sample evidence: what the extension's own tests build and then damage."""

import os
import sys
from pathlib import Path

SITE = Path(os.environ["SITE"])
sys.path[:0] = [str(SITE / "_ext"), str(SITE / "labs")]

project = author = "Sample"
language = "en"
extensions = ["myst_parser", "sphinx_design", "ablog", "trenches"]
include_patterns = ["index.md", "essays/*.md"]
html_theme = "furo"
html_baseurl = "https://sample.example/"
html_copy_source = False
html_use_index = False
nitpicky = True
myst_enable_extensions = ["colon_fence", "deflist"]
templates_path = [str(SITE / "_templates")]
blog_path = "archive"
post_date_format = "%Y-%m-%d"
trenches_build_date = "2026-11-22"
trenches_name = "sample"
trenches_licence = "CC0 1.0"
trenches_licence_url = "https://creativecommons.org/publicdomain/zero/1.0/"
trenches_code_licence = "BSD"
trenches_linked_from = "essays/*"
evidence_stylesheet = "_static/trenches.css"
trenches_subtitle = "Sample."
# An essay of a few lines, to be damaged, has no form.
trenches_not_in_form = ["*"]
trenches_tags = {"databases": "Sample definition.", "testing": "Sample definition."}
