"""objects.inv: what other projects find here, and what a link to it shows in their documents, where it stands by itself."""

from __future__ import annotations

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain

from ..essays.record import all_measured
from .head import heading

# As the glossary has it, and as it is typed.
APOSTROPHE, TYPED = "’", "'"


class Inventory(StandardDomain):
    """Sphinx's labels, documents and terms: a figure is titled with what it shows, a claim with its verdict, and the pages made
    of no document are labels too."""

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        titles = _titles(self.env.app)
        for name, title, kind, page, anchor, priority in super().get_objects():
            # By its place, since a label that has moved is titled with what took its place.
            yield name, titles.get(anchor, title) if kind == "label" else title, kind, page, anchor, priority
            if kind == "term" and APOSTROPHE in name:
                typed = name.replace(APOSTROPHE, TYPED)
                yield typed, typed, kind, page, anchor, priority
        for page, title in _pages(self.env.app):
            yield page.replace("/", "-"), title, "label", page, "", -1


def _titles(app: Sphinx) -> dict[str, str]:
    """By its id, what a figure or claim is called where nothing around a link says what it is."""
    found = {}
    for page in all_measured(app.env):
        found |= dict(page.figures) | {claim.label: claim.title for claim in page.claims}
    return found


def _pages(app: Sphinx) -> Iterator[tuple[str, str]]:
    """The pages made of no document that are for readers, with the site's name before their headings."""
    for page, context in app.trenches_collected.items():
        if not context.get("noindex"):
            yield page, f"{app.config.project}: {heading(app, page, context)}"


def setup(app: Sphinx) -> None:
    app.add_domain(Inventory, override=True)
