"""What a page says, as text: the one reading of its nodes for contents, labels, search, backlinks, twins and the prose check.

docutils' own ``astext`` joins what a page keeps apart: 10⁶ becomes 106, a heading's footnote a digit of its last word,
and the lines of a broken line one word; and it forgets what an image says to those who cannot see it.
"""

from __future__ import annotations

from docutils import nodes


class Text:
    """Plain text of docutils nodes: the method named after a node's class, or else what its children give."""

    between_blocks, line_break = "\n", "\n"

    def of(self, node: nodes.Node) -> str:
        return getattr(self, f"of_{type(node).__name__}", self.of_any)(node)

    def of_any(self, node: nodes.Node) -> str:
        if isinstance(node, (nodes.TextElement, nodes.Inline)):
            return self.inline(node)
        # What a drawing says to those who cannot see it.
        return self.between_blocks.join(filter(None, (self.blocks(node), node.get("alt"))))

    def inline(self, node: nodes.Node) -> str:
        return "".join(map(self.of, node.children))

    def blocks(self, node: nodes.Node) -> str:
        return self.between_blocks.join(filter(None, map(self.of, node.children)))

    def of_Text(self, node: nodes.Text) -> str:  # noqa: N802 (docutils' naming)
        return str(node)

    def of_superscript(self, node: nodes.superscript) -> str:
        return f"^{self.inline(node)}"

    def of_abbreviation(self, node: nodes.abbreviation) -> str:
        return f"{self.inline(node)} ({node['explanation']})" if "explanation" in node else self.inline(node)

    def of_image(self, node: nodes.image) -> str:
        return node.get("alt", "")

    def of_raw(self, node: nodes.raw) -> str:
        """A line that the author broke; what else is raw is the icon of a disclosure."""
        return self.line_break if node.astext() == "<br />\n" else ""

    def of_nothing(self, node: nodes.Node) -> str:
        return ""

    # What leaves no text on the page, or a mark that belongs to no sentence.
    of_comment = of_target = of_index = of_system_message = of_label = of_footnote_reference = of_sd_tab_input = of_nothing


def text_of(node: nodes.Node) -> str:
    """What ``node`` says, its white space as the author typed it."""
    return Text().of(node)


def words_of(node: nodes.Node) -> str:
    """What ``node`` says, on one line."""
    return " ".join(text_of(node).split())
