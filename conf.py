"""Settings of the site, and nothing else: what a setting needs computed lives in _ext/trenches."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE / "labs")]

# The address that the site is built for: as the variable says, else as Read the Docs does, else its public one.
SITE_URL = (os.environ.get("SITE_URL") or os.environ.get("READTHEDOCS_CANONICAL_URL")
            or "https://from-the-trenches.readthedocs.io/en/latest/")
# The host names the repository that it builds from, in the order of the variables; Netlify's, the first, may be set anywhere,
# to nothing too. With none no page names a repository.
GITHUB_URL = os.environ.get("GITHUB_REPOSITORY") and f'{os.environ.get("GITHUB_SERVER_URL", "https://github.com")}/{os.environ["GITHUB_REPOSITORY"]}'
REPOSITORY_URL = os.environ.get("REPOSITORY_URL", os.environ.get("READTHEDOCS_GIT_CLONE_URL") or GITHUB_URL or "")
# An ISO date given by the Makefile. Staleness and future dates are judged against it, never against the clock.
BUILD_DATE = os.environ.get("BUILD_DATE", "")

# https://www.sphinx-doc.org/en/master/usage/configuration.html
project = author = "From the Trenches"
# What others know the site by: the key of their intersphinx_mapping, the first part of a BibTeX key.
trenches_name = "trenches"
project_copyright = f"{project}. Text CC BY 4.0, code MIT"
# The edition that others cite: objects.inv, BibTeX and the book name it.
version = BUILD_DATE.replace("-", ".")
language = "en"
extensions = ["myst_parser", "sphinx_design", "ablog", "sphinx_reredirects", "trenches"]
# Labs, tests and READMEs are Markdown too; only these are pages.
include_patterns = ["index.md", "about.md", "glossary.md", "essays/*.md"]
# Sphinx walks every folder that it is not kept out of.
exclude_patterns = ["labs", "tests", "_*", ".*"]
templates_path = ["_templates"]
nitpicky = True
highlight_language = "text"
# The owner's titles stay verbatim, so quotation marks are typed as they are to be read.
smartquotes = False

# https://www.sphinx-doc.org/en/master/usage/configuration.html#options-for-html-output
html_theme = "furo"
html_title = project
html_baseurl = SITE_URL
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["trenches.css"]
# It offers each link as other projects write it, by the name that they know the site by.
html_js_files = [("trenches.js", {"defer": "defer", "data-inventory": trenches_name})]
html_copy_source = False
html_use_index = False
html_permalinks_icon = "#"
# What a host that reads it is to send with every page; tests/test_headers.py holds its hashes to the pages.
html_extra_path = ["_headers"]
html_sidebars = {"**": ["sidebar/brand.html", "sidebar/search.html", "sidebar/scroll-start.html", "contents.html",
                        "sidebar/scroll-end.html"]}

# https://www.sphinx-doc.org/en/master/usage/configuration.html#options-for-the-linkcheck-builder
linkcheck_ignore = [
    # What the build holds to be there: the site's own pages, and the labs' files beside them.
    re.escape(SITE_URL), r"(\.\./)?labs/",
    # The resolver leads to IEEE, ACM and INFORMS, whose pages answer robots with 403 and a captcha.
    r"https://doi\.org/10\.(1109|1145|1287)/",
    # Medium answers whatever is no browser with 403.
    r"https://netflixtechblog\.com/",
]
# GitHub draws the headings of a README by script, so that no anchor is in the page.
linkcheck_anchors_ignore_for_url = [r"https://github\.com/"]
# A host that was slow or closed once is asked again; after 429 Sphinx waits by itself.
linkcheck_retries = 3

# https://www.sphinx-doc.org/en/master/usage/configuration.html#options-for-epub-output
epub_css_files = ["book.css"]
# Sphinx writes the one into content.opf and the other into toc.ncx, where they must be the same.
epub_identifier = epub_uid = "from-the-trenches"
epub_description = "Every number comes from a lab you can run."
epub_contributor = author
epub_tocscope = "includehidden"
# A book's reader need not read addresses, and there is no index.
epub_show_urls = "no"
epub_use_index = False

# https://pradyunsg.me/furo/customisation/
html_theme_options = {"top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# https://myst-parser.readthedocs.io/en/latest/configuration.html
myst_enable_extensions = ["colon_fence", "deflist"]
# A rule that counts words, which the extension does without code and claims.
myst_disable_syntax = ["wordcount"]

# https://ablog.readthedocs.io/en/stable/manual/ablog-configuration-options.html
blog_path = "archive"
blog_title = project
post_date_format = "%Y-%m-%d"
# ABlog's own feeds break RFC 4287 and carry the clock; without blog_baseurl it writes none, and trenches does.
fontawesome_included = False

# https://documatt.com/sphinx-reredirects/
# Where a page went that left its address: "essays/old-slug": "new-slug.html".
redirects = {}
# Its own template would be refused by the content-security policy, which knows the script of ours.
redirect_html_template_file = "_templates/redirect.html"

# trenches: the site's own extension (README, "Write an essay")
trenches_build_date = BUILD_DATE
trenches_repository = REPOSITORY_URL
# What readers may do with the text, where that is said, and with the code.
trenches_licence = "CC BY 4.0"
trenches_licence_url = "https://creativecommons.org/licenses/by/4.0/"
trenches_code_licence = "MIT"
trenches_subtitle = ("Architecture essays, performance deep dives, and system design breakdowns "
                     "in which every number comes from a lab you can run.")
# Where a section, figure or claim went that left its page: "essays/slug#old-label": "new-label".
trenches_moved = {
    "essays/designing-for-failure#designing-for-failure-partition": "designing-for-failure-deadline",
    "essays/designing-for-failure#designing-for-failure-default": "designing-for-failure-claim-a-fan-out-meets-slowness-often",
    "essays/designing-for-failure#designing-for-failure-hedging": "designing-for-failure-claim-hedging-obeys-the-threshold",
    "essays/designing-for-failure#designing-for-failure-hedging-figure": "designing-for-failure-claim-hedging-obeys-the-threshold",
}
# Essays that are older than the form that essays have now; none is added.
trenches_not_in_form = ["java-high-throughput-apis", "query-optimization", "rag-fell-apart-in-prod"]
# The pages that say what links to them.
trenches_linked_from = "essays/*"
# The custom properties that figures name their colours by.
evidence_stylesheet = "_static/trenches.css"
trenches_card_words = "Architecture essays in which every number comes from a lab you can run."
trenches_tags = {
    "databases": "Query plans, indexes, transactions, and what storage engines do with them.",
    "performance": "Where time, memory and pages go, measured before anything is changed.",
    "reliability": "Staying correct and available while parts fail.",
    "distributed-systems": "What changes when one program becomes several that talk over a network.",
    "java": "The JVM and the systems built on it.",
    "python": "Python as it is run, packaged and maintained.",
    "golang": "Go services and their runtime.",
    "frontend": "What reaches the browser, and what it costs there.",
    "ai": "Systems with a language model in them, judged as systems.",
    "rag": "Retrieval-augmented generation: indexing, ranking, drift.",
    "architecture": "Boundaries, ownership, and the decisions that are dear to reverse.",
    "teams": "How the shape of a system meets the people who run it.",
    "testing": "Making a property of a system fail a build when it stops holding.",
}
