"""Source text as syntax trees: what is parsed how, and a few questions that rules ask of a node."""

from functools import cache

import tree_sitter_java
import tree_sitter_python
import tree_sitter_typescript
from tree_sitter import Language, Parser, Query, QueryCursor

GRAMMARS = {  # by the end of a file's name
    ".py": tree_sitter_python.language,
    ".java": tree_sitter_java.language,
    ".ts": tree_sitter_typescript.language_typescript,
    ".tsx": tree_sitter_typescript.language_tsx,
    ".js": tree_sitter_typescript.language_tsx,
    ".jsx": tree_sitter_typescript.language_tsx,
}
LANGUAGES = {".py": "python", ".java": "java", ".ts": "react", ".tsx": "react", ".js": "react", ".jsx": "react"}
COMMENTS = {"python": ("comment",), "java": ("line_comment", "block_comment"), "react": ("comment",)}
# What has a name of its own and can hold a hit.
SCOPES = {
    "python": ("function_definition", "class_definition"),
    "java": ("method_declaration", "constructor_declaration", "class_declaration", "interface_declaration", "enum_declaration", "record_declaration"),
    "react": ("function_declaration", "method_definition", "class_declaration", "variable_declarator"),
}
# Where what runs now ends and what runs later begins.
LATER = {"function_definition", "lambda", "lambda_expression", "arrow_function", "function_expression", "function_declaration", "method_declaration",
         "method_definition", "class_body", "class_definition"}


@cache
def _tools(ending, kinds):
    language = Language(GRAMMARS[ending]())
    known = [kind for kind in kinds if language.id_for_node_kind(kind, True)]  # TypeScript without JSX has fewer
    return Parser(language), QueryCursor(Query(language, "\n".join(f"({kind}) @{kind}" for kind in known)))


def parse(source, ending, kinds):
    """(the root of the bytes `source`, {kind: its nodes} for each of `kinds` that it has)."""
    parser, cursor = _tools(ending, kinds)
    root = parser.parse(source).root_node
    return root, cursor.captures(root)


def text(node):
    return node.text.decode("utf-8", "replace") if node else ""


def field(node, name):
    return node and node.child_by_field_name(name)


def line(node):
    """Where a reader looks for it: of a chain of calls over several lines, that of the last name."""
    if node.type == "expression_statement" and node.named_children:
        node = node.named_children[0]
    callee = field(node, "function")
    named = field(callee, "property") or field(callee, "attribute") or field(node, "name") or node
    return named.start_point[0] + 1


def within(node, *kinds, later=True):
    """The nodes of these kinds below `node`, in order; with later=False without what functions in it do when they are called."""
    for child in node.named_children:
        if child.type in kinds:
            yield child
        if later or child.type not in LATER:
            yield from within(child, *kinds, later=later)


def statements(block):
    """What a block does, comments left out."""
    return [child for child in block.named_children if "comment" not in child.type] if block else []


def last_name(callee):
    """Of what is called, "a.b.c" or "c", the last: "c"."""
    return text(callee).rpartition(".")[2].strip()


def names_one(node, words):
    """Whether the text of `node` has one of `words`, in any case."""
    said = text(node).lower()
    return any(word in said for word in words)
