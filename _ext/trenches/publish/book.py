"""The site as a book: what its pages have that an EPUB reader lacks is resolved before they are written."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx_design.dropdown import dropdown_main, dropdown_title
from sphinx_design.tabs import sd_tab_input, sd_tab_label

from ..essays.corrections import correction
from ..evidence.claims import build_date, claim
from ..evidence.drawings import drawing
from ..evidence.forms import form
from ..evidence.palette import coloured
from ..evidence.panel import evidence

PAGE = re.compile(r'(id="epub-\d+" href="([^"]+\.xhtml)")')


class Book(Epub3Builder):
    """Sphinx's EPUB of the documents alone, without what only a site has."""

    def init(self) -> None:
        super().init()
        self.config.html_static_path = [str(Path(__file__).with_name("book.css"))]
        self.config.html_extra_path = []

    def gen_pages_from_extensions(self) -> None:
        """Archives and the like are how one finds a page on a site."""

    def handle_page(self, pagename, addctx, templatename="page.html", **options) -> None:
        # The site's page.html is Furo's, which a book cannot extend.
        super().handle_page(pagename, addctx, f"basic/{templatename}", **options)

    def content_metadata(self) -> dict:
        return super().content_metadata() | {"date": f"{build_date(self.app)}T00:00:00Z"}

    def build_content(self) -> None:
        """EPUB 3.3 wants the pages with drawings or formulas in them marked, which Sphinx 9.0 does not do."""
        super().build_content()
        package = Path(self.outdir, "content.opf")

        def marked(item: re.Match) -> str:
            page = Path(self.outdir, item[2]).read_text(encoding="utf-8")
            has = " ".join(name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in page)
            return item[1] + (f' properties="{has}"' if has else "")

        package.write_text(PAGE.sub(marked, package.read_text(encoding="utf-8")), encoding="utf-8")


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give figures the light page's colours and lab files their address on the site; open disclosures and tabs."""
    if app.builder.name != Book.name:
        return
    page = urljoin(app.config.html_baseurl, f"{docname}.html")
    for node in list(doctree.findall(nodes.Element)):
        # sphinx-design sets a tab's parent for none of its nodes, so they are replaced from above.
        node.children = [_opened(child) for child in node if not isinstance(child, sd_tab_input)]
        if isinstance(node, drawing):
            node["svg"] = coloured(app, node["file"], node["svg"])
        if isinstance(node, (claim, correction, drawing, evidence, form)):
            node["open"] = True
        if isinstance(node, (nodes.reference, evidence, form)) and node.get("refuri", "").startswith(("../labs/", "labs/")):
            node["refuri"] = urljoin(page, node["refuri"])


def _opened(node: nodes.Node) -> nodes.Node:
    """What a disclosure or a tab is where nothing can be clicked: its words above its content."""
    if isinstance(node, (dropdown_title, sd_tab_label)):
        # A disclosure's words are followed by its icon, as raw HTML.
        return nodes.rubric("", "".join(text for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.raw)))
    return nodes.container("", *map(_opened, node), ids=node["ids"]) if isinstance(node, dropdown_main) else node


def setup(app: Sphinx) -> None:
    app.add_builder(Book, override=True)
    app.connect("doctree-resolved", resolve)
