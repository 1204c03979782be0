"""The Markdown twin of each essay, essays/<slug>.md: the page as it was resolved, with its numbers in place.

It is written with its page, so what makes Sphinx write the page anew (a result, a title, a label) renews the twin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from _harness.results import Value

from ..build.outputs import finished, output
from ..essays.record import Essay
from ..evidence.panel import SPREADS
from ..evidence.spreads import span, wants_samples
from ..text.words import Text

VALUES = ["What was measured, and its key", "Value", "Within this run", "Between runs", "n"]
# What would be markup inside a sentence, and what would be markup at the start of a line.
INSIDE = re.compile(r"([\\`*\[\]<]|(?<!\w)_|_(?!\w))")
MARKS = frozenset("\\`*[]<_")
AT_START = re.compile(r"^(#*|\d*)([#>+-]|(?<=\d)[.)])(?=\s)", re.MULTILINE)


class Twin(Text):
    """Markdown of docutils nodes."""

    between_blocks, line_break = "\n\n", "\\\n"

    def __init__(self, page: str) -> None:
        self.page = page
        self.level = 0
        self.folded: list[str] = []

    def of_Text(self, node: nodes.Text) -> str:  # noqa: N802 (docutils' naming)
        # Few of a page's texts have a mark in them.
        return str(node) if MARKS.isdisjoint(node) else INSIDE.sub(r"\\\1", node)

    def of_paragraph(self, node: nodes.paragraph) -> str:
        return AT_START.sub(r"\1\\\2", self.inline(node))

    def of_section(self, node: nodes.section) -> str:
        self.level += 1
        text = self.blocks(node)
        self.level -= 1
        return text

    def of_title(self, node: nodes.title) -> str:
        return f"{'#' * self.level} {self.inline(node)}" if isinstance(node.parent, nodes.section) else self.of_strong(node)

    def of_reference(self, node: nodes.reference) -> str:
        text = self.inline(node)
        address = node.get("refuri") or "refid" in node and f"#{node['refid']}"
        # A reference that leads nowhere was warned of; what it says stays.
        return f"[{text}]({urljoin(self.page, address)})" if address and "result" not in node["classes"] else text

    def of_literal(self, node: nodes.literal) -> str:
        text = node.astext()
        fence = _fence(text, 1)
        return f"{fence}{text}{fence}" if len(fence) == 1 else f"{fence} {text} {fence}"

    def of_superscript(self, node: nodes.superscript) -> str:
        return f"<sup>{self.inline(node)}</sup>"

    def of_subscript(self, node: nodes.subscript) -> str:
        return f"<sub>{self.inline(node)}</sub>"

    def of_image(self, node: nodes.image) -> str:
        return f"![{_plain(node.get('alt', ''))}]({urljoin(self.page, node['uri'])})"

    def of_math(self, node: nodes.math) -> str:
        return f"${node.astext()}$"

    def of_math_block(self, node: nodes.math_block) -> str:
        return f"$$\n{node.astext()}\n$$"

    def of_figure(self, node: nodes.figure) -> str:
        return "\n\n".join(self.inline(part) if isinstance(part, nodes.caption) else self.of(part) for part in node)

    def of_attribution(self, node: nodes.attribution) -> str:
        return f"— {self.inline(node)}"

    def of_emphasis(self, node: nodes.emphasis) -> str:
        return f"*{self.inline(node)}*"

    def of_strong(self, node: nodes.strong) -> str:
        return f"**{self.inline(node)}**"

    # The words that open a disclosure, a tab, a listing or a correction.
    of_dropdown_title = of_sd_tab_label = of_caption = of_rubric = of_term = of_corrected = of_strong

    def of_literal_block(self, node: nodes.literal_block) -> str:
        fence = _fence(node.astext(), 3)
        return f"{fence}{node.get('language', '')}\n{node.astext()}\n{fence}"

    def of_block_quote(self, node: nodes.block_quote) -> str:
        return _indent(self.blocks(node), "> ", "> ")

    of_admonition = of_block_quote

    def of_bullet_list(self, node: nodes.bullet_list) -> str:
        return "\n".join(_indent(self.blocks(item), "- ", "  ") for item in node)

    def of_enumerated_list(self, node: nodes.enumerated_list) -> str:
        return "\n".join(_indent(self.blocks(item), f"{number}. ", "   ")
                         for number, item in enumerate(node, node.get("start", 1)))

    def of_footnote_reference(self, node: nodes.footnote_reference) -> str:
        return f"[^{node.astext()}]"

    def of_footnote(self, node: nodes.footnote) -> str:
        if not node.children:  # docutils lets one without a word pass
            return ""
        label, *content = node.children
        return _indent("\n\n".join(map(self.of, content)), f"[^{label.astext()}]: ", "    ")

    def of_table(self, node: nodes.table) -> str:
        found = [row for part in node[-1] if isinstance(part, nodes.Part) for row in part]
        rows = [[" ".join(map(self.of, cell)).replace("|", r"\|").replace("\n", " ") for cell in row] for row in found]
        table = _table(rows, ["text-right" in cell["classes"] for cell in found[-1]])
        return f"{self.of(node[0])}\n\n{table}" if isinstance(node[0], nodes.title) else table

    def of_drawing(self, node: nodes.Element) -> str:
        text = f"**Figure {node['number']}.** {self.blocks(node)}\n\nThe figure shows: {node['alt']}"
        if not node["table"]:
            return text
        rows = [[_plain(text) for text, _ in row] for row in node["table"]]
        return f"{text}\n\n**The numbers in this figure**\n\n{_table(rows, [numeric for _, numeric in node['table'][0]])}"

    def of_correction(self, node: nodes.Element) -> str:
        when, what = node
        return _box(f"{self.of(when)}: {self.of(what)}")

    def of_form(self, node: nodes.Element) -> str:
        rows = [[_plain(text) for text, _ in row] for row in node["table"]]
        formula = f"[this formula]({urljoin(self.page, node['refuri'])})"
        self.folded.append(f"**What {formula} predicts for the lab’s cases, and what the lab measured**\n\n"
                           f"{_table(rows, [numeric for _, numeric in node['table'][0]])}")
        return f"{self.blocks(node)}\n\nBy {formula}; the lab’s cases of it are under Evidence."

    def of_claim(self, node: nodes.Element) -> str:
        """What the page shows of it; what folds there stands under Evidence."""
        claim, hidden = node["shown"], [] if node.get("kind") == node["shown"].name else node.hidden
        if node.get("beneath"):
            self.folded.append(self._claim(node, claim.values))
            return ""
        if hidden:
            self.folded.append(_box(f"**Values of the claim “{claim.name}”**", _values(hidden)))
        return self._claim(node, [value for value in claim.values if value not in hidden])

    def _claim(self, node: nodes.Element, values: Iterable[Value]) -> str:
        claim = node["shown"]
        verdict = ", ".join(filter(None, (claim.verdict, node.get("since"))))
        return _box(f"**{node.get('kind', claim.kind)}: {_plain(verdict)}**", self.blocks(node), _plain(claim.reason), _values(values))

    def of_finding(self, node: nodes.Element) -> str:
        rests = ", ".join(_plain(claim.verdict) for claim in node["rests"])
        return self.blocks(node) if len(node) == 1 else _box(f"**The finding: {rests}**", self.blocks(node))

    def of_evidence(self, node: nodes.Element) -> str:
        receipt, repository = node["receipt"], node["repository"]
        command = f"make lab slug={node['lab'].removeprefix('labs/')}"
        facts = {"What ran": self.of_literal(nodes.literal("", receipt["command"])), "When": receipt["started"],
                 "Versions": _plain("; ".join(f"{name}: {version}" for name, version in receipt["versions"].items())),
                 "Results": f"{urljoin(self.page, '../' + node['lab'])}/results.json",
                 "Run again": ", ".join(f"{urljoin(self.page, '../' + node['lab'])}/{file}" for _, file in node["again"]),
                 "Noise": _plain(receipt["noise"] or ""),
                 "Commit": repository and repository.commit(receipt["commit"]),
                 "Lab": ", ".join(address for _, address in node["parts"]),
                 "Reproduce": repository and f"`{repository.clone}`, then `{command} quick=1` or `{command} again=1`; send it to {repository.issues}"}
        *claims, limits = node
        folded, self.folded = self.folded, []
        rows = [[_measured(row.value, repository and repository.line(row.value, receipt["commit"])) + _ratios(node["ratios"].get(row.value.key, ())),
                 row.value.text, _within(row.value), _between(row), str(row.value.n)] for row in node["rows"]]
        return "\n\n".join([
            "\n".join(f"- {name}: {fact}" for name, fact in facts.items() if fact),
            *folded,
            *map(self.of, claims),
            "Known limits: " + self.blocks(limits),
            SPREADS,
            _table([VALUES, *rows], [name in ("Value", "n") for name in VALUES])])


def _ratios(shown) -> str:
    return "".join(f"; shown as {text} {_plain(base.label)}" for text, base in shown)


def _within(value) -> str:
    return f"{span(value.low, value.high, value.unit)} ({_plain(value.interval)})" if value.interval else ""


def _between(row) -> str:
    return row.text + ", **outside its interval**" * (row.place == "outside")


def _measured(value, line: str) -> str:
    sample = f"; from `samples/{value.sample}.csv`" if value.sample else "; names no samples to recompute it from" * wants_samples(value)
    where = f"[`{value.where}`]({line})" if line else f"`{value.where}`"
    return f"{_plain(value.label)}; `{value.key}`{sample}" + (f"; recorded at {where}" if value.where else "")


def _box(*blocks: str) -> str:
    return _indent("\n\n".join(filter(None, blocks)), "> ", "> ")


def _values(values: Iterable[Value]) -> str:
    return "\n".join(f"- {_plain(value.label)}: {value.text}" for value in values)


def _table(rows: list[list[str]], right: list[bool]) -> str:
    """Rows of Markdown, the head first, as a table; ``right`` are the columns aligned to the right."""
    rule = ["---:" if is_right else "---" for is_right in right]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (rows[0], rule, *rows[1:]))


def _plain(text: str) -> str:
    """``text`` from a results file, none of which is markup."""
    return INSIDE.sub(r"\\\1", text).replace("|", r"\|")


def _fence(text: str, least: int) -> str:
    """Backticks in a longer row than any in ``text``."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _indent(text: str, first: str, rest: str) -> str:
    return first + text.replace("\n", "\n" + rest).replace("\n" + rest + "\n", "\n" + rest.rstrip() + "\n")


def _head(app: Sphinx, essay: Essay, page: str) -> str:
    """The essay's record as YAML; JSON strings are YAML strings, whatever a title holds."""
    fields = {"title": essay.title, "summary": essay.summary, "canonical": page,
              "published": essay.front.date.isoformat(), "updated": essay.updated.isoformat(),
              "tags": list(essay.front.tags), "measured": f"{essay.measured} on {essay.machine}",
              "claims": {claim.id: claim.status for claim in essay.claims},
              "licence": f"text {app.config.trenches_licence}, code {app.config.trenches_code_licence}"}
    # Some readers take front matter for text.
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}\n".replace("<", "\\u003c") for key, value in fields.items())
    return f"---\n{''.join(lines)}---\n\n"


def write(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Write the twin beside the essay's page."""
    essay = app.env.trenches_essays.get(pagename)
    if essay is None or app.builder.name != "html":
        return
    page = urljoin(app.config.html_baseurl, pagename + ".html")
    twin = Twin(page)
    output(app, pagename + ".md").write_text(_head(app, essay, page) + "\n\n".join([twin.of(doctree), *twin.folded]) + "\n", encoding="utf-8")


def keep(app: Sphinx, error: Exception | None) -> None:
    """The twins of pages that were not written anew are part of the site too."""
    if finished(app, error):
        for docname in app.env.trenches_essays:
            output(app, docname + ".md")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", write)
    app.connect("build-finished", keep)
