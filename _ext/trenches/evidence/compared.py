"""The ``replications`` directive: how values and verdicts came out where labs ran again, counted over the whole site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .claims import claims_of
from .panel import evidence
from .results import replications_of, results_of
from .spreads import KINDS, between, kind

# As spreads.py has the places, in the order of a reader's questions.
COLUMNS = {"equal": "Equal", "inside": "Inside", "outside": "Outside", "changed": "No interval"}


class replications(nodes.General, nodes.Element):  # noqa: N801 (docutils' naming)
    """Where the table stands; it is made as the page is written, for it shows what other pages kept."""


@dataclass(frozen=True)
class Tally:
    """Of a lab that ran again: how many values of each kind lie where, and how many verdicts there are and are the same."""

    values: Counter[tuple[str, str]]
    same: int
    verdicts: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.values + other.values, self.same + other.same, self.verdicts + other.verdicts)

    def of(self, sort: str) -> Tally:
        """Its values of one kind; a verdict is of none."""
        return Tally(Counter({key: count for key, count in self.values.items() if key[0] == sort}), 0, 0)

    @property
    def cells(self) -> list[str]:
        counts = Counter(place for _, place in self.values.elements())
        return [f"{counts[place]:,}" for place in COLUMNS] + [f"{self.same} of {self.verdicts}" if self.verdicts else ""]


class ReplicationsDirective(SphinxDirective):
    """``{replications}``: a table of all labs that ran again, by lab and by kind of value."""

    def run(self) -> list[nodes.Node]:
        node = replications()
        self.set_source_info(node)
        return [node]


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the tally of a page whose lab ran again, and whether the page shows those of all."""
    env, docname = app.env, app.env.docname
    if next(doctree.findall(replications), None):
        env.trenches_compares[docname] = True
    if not next(doctree.findall(evidence), None) or not (again := replications_of(env, docname)):
        return
    found = [between(value, again) for value in results_of(env, docname).values.values()]
    judged = [claim for claim in claims_of(app, docname).values() if len(claim.runs) > 1]
    env.trenches_tallies[docname] = Tally(Counter((kind(one.value), one.place) for one in found if one.gave),
                                          sum(claim.held in (0, len(claim.runs)) for claim in judged), len(judged))


def compared(env: BuildEnvironment) -> dict[str, Tally]:
    """What the table shows, by page."""
    return dict(sorted(env.trenches_tallies.items()))


def pages(env: BuildEnvironment, before: object, now: object) -> Iterable[str]:
    """Those with the table."""
    return list(env.trenches_compares)


class Tabled(SphinxPostTransform):
    """The table takes its place as the page is written, before Furo puts tables into a box that scrolls, at 500."""

    default_priority = 400

    def run(self) -> None:
        for node in list(self.document.findall(replications)):
            node.replace_self(_table(self.app, self.env.docname))


def _table(app: Sphinx, docname: str) -> nodes.Node:
    """The labs, each leading to its panel, all of them, and the kinds of their values."""
    found = compared(app.env)
    if not found:
        return nodes.paragraph("", "No lab has run again yet.")
    total = sum(found.values(), Tally(Counter(), 0, 0))
    rows = [(nodes.reference("", page.rpartition("/")[2], refuri=app.builder.get_relative_uri(docname, page) + "#evidence-panel", internal=True), tally)
            for page, tally in found.items()]
    rows += [(nodes.strong("", "All labs"), total), *((nodes.Text(sort[0].upper() + sort[1:]), tally) for sort in KINDS if (tally := total.of(sort)).values)]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in range(len(COLUMNS) + 2)), cols=len(COLUMNS) + 2)
    group += nodes.thead("", _row([nodes.Text("Values"), *map(nodes.Text, COLUMNS.values()), nodes.Text("Same verdict")]))
    group += nodes.tbody("", *(_row([name, *map(nodes.Text, tally.cells)]) for name, tally in rows))
    return nodes.table("", group, classes=["compared"])


def _row(cells: Iterable[nodes.Node]) -> nodes.row:
    """The first cell names the row, and the others are numbers."""
    name, *numbers = (nodes.paragraph("", "", cell) for cell in cells)
    return nodes.row("", nodes.entry("", name), *(nodes.entry("", number, classes=["text-right"]) for number in numbers))


def setup(app: Sphinx) -> None:
    app.add_node(replications)
    app.add_directive("replications", ReplicationsDirective)
    app.connect("doctree-read", note)
    app.add_post_transform(Tabled)
