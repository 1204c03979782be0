"""Django's reStructuredText as sections, chunks and questions whose answers people wrote down."""

import re
from dataclasses import dataclass, field

HEADING = re.compile(
    r"^(?:(?P<over>[=\-~^\"'`*+#])(?P=over){2,}\n)?(?P<title>\S[^\n]*)\n(?P<line>[=\-~^\"'`*+#])(?P=line){2,}$",
    re.MULTILINE,
)
LABEL = re.compile(r"^\.\. _([^:\n]+):[ ]*$\n?", re.MULTILINE)
LINK = re.compile(r":ref:`([^`<]+?)\s*<([^>`]+)>`")
MARKUP = re.compile(r":[\w:+-]+:`~?!?([^`<]*?)(?:\s*<[^>`]*>)?`|``|[`*\\]")
SHORTEST = 10  # words of a section; less says nothing that could be asked for


@dataclass
class Page:
    """sections: {anchor: body text}, an anchor being the trail of headings that leads there.
    titles: {anchor: heading}. labels: {label: anchor}. links: {(link text, label)}."""

    sections: dict = field(default_factory=dict)
    titles: dict = field(default_factory=dict)
    labels: dict = field(default_factory=dict)
    links: set = field(default_factory=set)


def parse(text):
    """The Page of one file's text. Headings and labels are no part of any section's text."""
    page = Page()
    found = [match for match in HEADING.finditer(text) if not match["title"].startswith("..")]
    anchors = _anchors(found)
    starts = [0, *(match.end() for match in found)]
    ends = [*(match.start() for match in found), len(text)]
    for place, anchor in enumerate(["", *anchors]):
        body = text[starts[place] : ends[place]]
        _add_labels(page, body, [anchor, *anchors[place : place + 1]])
        page.links |= {(plain(words), label.lower()) for words, label in LINK.findall(body)}
        page.sections[anchor] = page.sections.get(anchor, "") + LABEL.sub("", body)
    page.titles = {anchor: plain(match["title"]) for anchor, match in zip(anchors, found, strict=True)}
    return page


def chunks(body, words, overlap):
    """Windows of `words` words of a section's text; neighbours share `overlap` of them."""
    tokens, step = body.split(), words - overlap
    starts = range(0, max(len(tokens) - overlap, 1), step) if len(tokens) >= SHORTEST else ()
    return [" ".join(tokens[start : start + words]) for start in starts]


def plain(text):
    """Markup removed, as a reader sees it."""
    return " ".join(MARKUP.sub(lambda match: match[1] or "", text).split())


def _anchors(found):
    """The trail of headings to each heading; a style's rank is that of its first use on the page."""
    styles, trail, anchors = [], [], []
    for match in found:
        style = (match["over"], match["line"])
        if style not in styles:
            styles.append(style)
        trail = [*trail[: styles.index(style)], match["title"]]
        anchors.append(" > ".join(trail))
    return anchors


def _add_labels(page, body, anchors):
    """A label names the heading right after it, or else the section that it stands in."""
    for match in LABEL.finditer(body):
        at_the_end = not LABEL.sub("", body[match.end() :]).strip()
        page.labels[match[1].lower()] = anchors[-1 if at_the_end else 0]
