"""What an author may write: MyST. HTML and the habits of other dialects are refused by name, with what to write instead.

MyST publishes raw HTML unread and prints what it does not know as it was typed, both without a word. Markdown's own parser
has told by then what is code and what was escaped, so what is left in a text is what a page would show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import myst_parser.parsers.sphinx_ as myst
from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from ..build.upstream import Replacement, check

logger = logging.getLogger(__name__)

# What stands for code or a role, and for a character that was escaped, in a text that is looked at.
CODE, ESCAPED = "\N{OBJECT REPLACEMENT CHARACTER}", "\N{REPLACEMENT CHARACTER}"
TEX = "a formula is {math}`x` in a sentence and ```{math} by itself, a dollar that could begin one \\$; code stands in backticks"
CALLOUT = "write ```{note}, ```{admonition} Title or another directive"

# What a text may not hold, tried in this order, and the cure.
FOREIGN: tuple[tuple[str, str], ...] = (
    (r"\$\$|(?<![\w$])\$(?=[^\s$])[^$]*?(?<=\S)\$(?![\w$])|\\\(.*?\\\)|\A\\\[.*\\\]\Z|\\[A-Za-z]{2,}", TEX),
    (r"~~[^~]+~~|(?<![\w~])~(?=[^\s~])[^~\n]*(?<=[^\s~])~(?![\w~])",
     "nothing is struck out here; an entry of `changes:` says what was wrong"),
    (r"(?<=\w)~[^\s~]+~", "write {sub}`2`"),
    (r"\^\[|\[\^", "a footnote is [^word] in the sentence and [^word]: below it"),
    (r"(?<=\w)\^[\w({+−-]|\^[^\s^]+\^", "write {sup}`6`"),
    (r"(?<!=)==(?=[^\s=])[^=]*(?<=[^\s=])==(?!=)", "write *these words*"),
    (r"\A\[[ xX]\](?=\s)", "a list has no boxes; say in words what is done"),
    (r"(?m:^)\[!\w+\]", CALLOUT),
    (r"(?m:^)(?:!!!|\?\?\?\+?)\s|(?m:^):::", CALLOUT),
    (r"(?im:^)\[{1,2}_?toc_?\]{1,2}(?m:$)", "the contents stand beside the page by themselves; remove it"),
    (r"\[\[", "a link is [words](#label) or [words](address)"),
    (r"!?\[[^\]\n]*\](?:\(|\[)", "a link is [words](address), with <…> around an address that has blanks in it"),
    (r"\{\{|\{%", "there are no variables; a number comes from {result}, other words are typed"),
    (r"\{[.#][\w-]|\{\w[\w-]*=", "no attributes; a section gets its label from (slug-word)= above it"),
    (r"\{[A-Za-z][\w:+.-]*\}", "a role has its text right behind it, as in {term}`page`; code stands in backticks"),
    (rf":(?:[A-Za-z][\w.+-]*:)+{CODE}", "in MyST a role is {ref}`label`"),
    (rf"{CODE}__?(?!\w)", "in MyST a link is [words](address)"),
    (r"(?m:^)\.\. ?[\w\[|_]", "in MyST a directive is ```{name}, a comment % and a label (slug-word)="),
    (r"(?m:^):[A-Za-z][\w -]*:(?=\s|\Z)|(?<![\w:]):[a-z][a-z0-9_+-]+:(?![\w:])", "say it in words, a list or a table"),
    (r"(?:https?|ftp)://[^\s)]*|\bwww\.\w\S*", "a link is [words](address), or <address>"),
    (r"(?m:^)\|[^\n]*\|[ ]*(?:\n\|[^\n]*\|[ ]*)*(?m:$)|(?m:^)\+[-=]{2,}\+",
     "a table begins with a row of heads and one of |---|, as many cells in both"),
    (r"\*\*|(?<!\w)__(?=\w)", "emphasis begins before a word and ends behind one; code stands in backticks"),
    (r"`", "a backtick has no second one"),
    (r"(?m:^)\*\[[^\]\n]+\]:", "write the word in full, or make it a term of the glossary"),
    (r"%%", "a comment is a line that begins with %"),
    (r"&#?\w+;", "there is no such character reference; type the character"),
    (r"(?m:^)#{1,6}[A-Za-z]|(?m:^)[-*+][A-Za-z]|(?m:^)[•‣◦]", "a heading or an item of a list has a blank behind # or -"),
    (r"(?<=\s)-{2,3}(?=\s)|(?<=\w)-{2,3}(?=\w)|(?<!\S)\+/?-(?=\d)",
     "type the character meant: – or — or ±; code stands in backticks"),
)
ANY = re.compile("|".join(f"(?P<f{number}>{pattern})" for number, (pattern, _) in enumerate(FOREIGN)), re.DOTALL)
# What the pattern finds has one of these in it, and few texts do: looking for each is ten times faster than the pattern.
SIGNS = ("~", "^", "$", "\\", "`", "{", "[", "|", "&", "%%", "==", "**", "__", "--", "+-", "+/-", "://", "www.", f"{CODE}_",
         f":{CODE}", "\n..", "\n:", "\n!!!", "\n???", "\n#", "\n-", "\n+", "\n*", "•", "‣", "◦")
NAMED = re.compile(r":[a-z0-9_+-]+:")
# Fences that other hosts draw and this one would print.
DRAWN = {"math": TEX, **dict.fromkeys(("mermaid", "plantuml", "graphviz", "vega-lite", "geojson"),
                                      "draw it to a file and show that with ![what it shows](file.svg), or make it a {schematic}")}
TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
# What to write instead of an element.
INSTEAD = {
    "br": "begin a new paragraph or a list", "p": "leave a blank line", "hr": "write ---",
    "img": "write ![what it shows](file.png)", "picture": "write ![what it shows](file.png)",
    "sup": "write {sup}`6`", "sub": "write {sub}`2`", "kbd": "write {kbd}`Ctrl-C`", "code": "write `code`",
    "pre": "write a fence",
    "details": "write ```{dropdown} Title", "summary": "write ```{dropdown} Title",
    "a": "write [words](address), a label (slug-word)=",
    "b": "write **words**", "strong": "write **words**", "i": "write *words*", "em": "write *words*", "u": "write *words*",
    "mark": "write *words*", "abbr": "write {abbr}`p99 (99th percentile)`", "table": "write a table of |",
    "li": "write a list of -",
    "ul": "write a list of -", "ol": "write a list of 1.", "blockquote": "write >", "figure": "write ```{figure} file.png",
    "math": TEX, "h2": "write ##", "h3": "write ###",
    "s": "say in `changes:` what was wrong", "del": "say in `changes:` what was wrong",
}


def read(tokens: Iterable[Token]) -> str:
    """The text of inline ``tokens`` as a page would show it, with marks for what is code and what was escaped."""
    parts, links = [], 0
    for token in tokens:
        kind = token.type
        links += (kind == "link_open") - (kind == "link_close")
        if kind == "text":
            # An address may be the words of a link to it.
            parts.append(token.content.replace("://", ESCAPED).replace("www.", ESCAPED) if links else token.content)
        elif kind == "text_special":
            # A backslash before a letter escapes nothing; before a bracket it may be TeX's.
            kept = token.content == token.markup or token.markup in ("\\(", "\\)", "\\[", "\\]")
            parts.append(token.markup if kept else ESCAPED)
        elif kind in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif kind in ("code_inline", "myst_role"):
            parts.append(CODE)
        elif kind == "image":
            parts.append(read(token.children or ()))
    return "".join(parts)


def keep_text(state: StateCore) -> None:
    """Read each inline token before escaped characters become text like any other."""
    for token in state.tokens:
        if token.type == "inline":
            token.meta["read"] = read(token.children)


def problems(token: Token) -> Iterator[tuple[int, str]]:
    """Yield (lines below the token's first, problem) for what a block's token may not hold."""
    if token.type == "html_block":
        yield 0, of_html(token.content)
    elif token.type in ("fence", "colon_fence"):
        name = token.info.split(maxsplit=1)[:1]
        if name and name[0] in DRAWN:
            yield 0, f"```{name[0]} would be printed as typed; {DRAWN[name[0]]}"
        elif token.type == "colon_fence" and not token.info.strip().startswith("{"):
            yield 0, f":::{token.info.strip()} is no directive without braces; {CALLOUT}"
        elif token.content.count("\n") > token.map[1] - token.map[0] - 2 or re.search(
                rf"^ *{token.markup}[^\s{token.markup[0]}]", token.content, re.MULTILINE):
            yield 0, f"what {token.markup} begins does not end before the next begins; close it, or make it longer"
    elif token.type == "inline":
        text, line = token.meta["read"], 0
        for found in ANY.finditer(text) if _may_be_foreign(text) else ():
            cure = FOREIGN[int(found.lastgroup[1:])][1]
            yield text.count("\n", 0, found.start()), f"“{shown(found[0])}” would be printed as typed; {cure}"
        opened = any(child.type == "html_inline" and not child.content.startswith("</") for child in token.children)
        for child in token.children:
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "html_inline" and not (opened and child.content.startswith("</")):
                yield line, of_html(child.content)
            elif child.type == "strong_open" and child.markup == "__":
                yield line, "two underscores would make these words bold and vanish; write **words**, or put code in backticks"


def _may_be_foreign(text: str) -> bool:
    lines = f"\n{text}"
    return any(sign in lines for sign in SIGNS) or NAMED.search(text) is not None


def of_html(content: str) -> str:
    """What is wrong with a piece of raw HTML."""
    tag = TAG.match(content.strip())
    cure = "a comment is a line that begins with %" if content.lstrip().startswith("<!--") else "remove it"
    if tag:
        cure = INSTEAD.get(tag[1].lower(), "write it in Markdown or with a directive; code stands in backticks")
    return f"“{shown(content)}” is raw HTML, which search, feeds and checks do not see; {cure}"


def shown(text: str) -> str:
    text = " ".join(text.replace(CODE, "`…`").replace(ESCAPED, "…").split())
    return text if len(text) <= 40 else text[:39] + "…"


class Renderer(SphinxRenderer):
    """MyST's, which looks at each block before it makes nodes of it: of a page, a directive's content, a title alike."""

    def _render_tokens(self, tokens: list[Token]) -> None:
        for token in tokens:
            for below, problem in list(problems(token)):
                self._refuse(token.map[0] + 1 + below, problem)
                # Else Pygments would complain of the name as well.
                token.info = ""
        super()._render_tokens(tokens)

    def render_restructuredtext(self, token) -> None:
        self._refuse(token.token.map[0], "{eval-rst} is another language, which nothing here reads; write it in MyST")

    def _refuse(self, line: int, problem: str) -> None:
        logger.error(problem, location=f"{self.document['source']}:{line}", type="trenches", subtype="markup")


def parser(theirs: Callable[..., MarkdownIt]) -> Callable[..., MarkdownIt]:
    """MyST's parser of a page, with this module's eyes."""

    def made(config: MdParserConfig, renderer: type[SphinxRenderer]) -> MarkdownIt:
        found = theirs(config, Renderer)
        found.core.ruler.before("text_join", "keep_text", keep_text)
        return found

    return made


PARSER = Replacement(myst, "create_md_parser", 3768544777, parser)
check([PARSER])


class RawDirective(SphinxDirective):
    """``{raw}``, which puts into one output what no other has."""

    required_arguments, final_argument_whitespace, has_content = 1, True, True

    def run(self) -> list[nodes.Node]:
        logger.error("{raw} reaches pages unread; %s", "write it in Markdown or with a directive, and a formula with {math}",
                     location=self.get_location(), type="trenches", subtype="markup")
        return []


class OnlyDirective(SphinxDirective):
    """``{only}``, whose content one output has, and what reads a page before there are any has always."""

    required_arguments, final_argument_whitespace, has_content = 1, True, True

    def run(self) -> list[nodes.Node]:
        logger.error("{only} makes a page that reads otherwise than its book, its feed and search; write one text for all",
                     location=self.get_location(), type="trenches", subtype="markup")
        return []


class RawRole(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        logger.error("{raw} reaches pages unread; write it in Markdown", location=self.get_location(), type="trenches",
                     subtype="markup")
        return [], []


def setup(app: Sphinx) -> None:
    PARSER.put()
    app.add_directive("raw", RawDirective, override=True)
    app.add_directive("only", OnlyDirective, override=True)
    app.add_role("raw", RawRole(), override=True)
