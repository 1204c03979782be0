"""test_claims.py as text: which edition of a claim it holds, and which tables the claims read.

A claim is judged on the runs of its own edition. It is the same edition while its sentence, its assertion and what of
the file it uses are the same, however they are laid out, commented, or marked as failing.
"""

import ast

from _harness import LabError
from _harness.results import digest


def read(lab):
    """The text of the claims of the lab in the folder `lab`. LabError if there is none, or it is no Python."""
    try:
        source = (lab / "test_claims.py").read_bytes()
    except OSError as error:
        raise LabError(f"labs/{lab.name}/test_claims.py: {error.strerror.lower()}; write the thesis as a test there") from None
    fingerprints(source)
    return source


def fingerprints(source):
    """{claim's id: 16 hex digits} of the text of a test_claims.py, the same on Python 3.11 to 3.13.

    LabError if it is no Python. What a module that the file imports does is not seen.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        raise LabError(f"test_claims.py:{getattr(error, 'lineno', None) or 1}: {error}; mend the file") from None
    for node in body:
        if _is_claim(node):
            node.decorator_list = []  # a claim gains its mark after the run
    return {
        node.name.removeprefix("test_").replace("_", "-"): digest("\n".join(map(_shape, _used(node, body))))
        for node in body
        if _is_claim(node)
    }


def tables(source, names):
    """Those of the tables `names` that the claims read: all of them where the file computes a name."""
    tree = ast.parse(source)
    named = {id(call.func): call.args[0].value for call in ast.walk(tree) if _names_a_table(call)}
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("table", "tables")]
    if any(id(read) not in named for read in reads):
        return set(names)
    return set(names) & set(named.values())


def _names_a_table(node):
    return isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Constant)


def _is_claim(node):
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def _used(claim, body):
    """`claim`, then the statements of the file that it uses, and those that they use, in the file's order."""
    used, names = [claim], _names(claim)
    while more := [node for node in body if node not in used and _binds(node) & names]:
        used += more
        names |= {name for node in more for name in _names(node)}
    return [claim, *(node for node in body if node in used[1:])]


def _names(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _binds(node):
    """The names that a statement of the file gives a meaning to; a call or a loop may change whatever it mentions."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return {name for target in getattr(node, "targets", None) or [node.target] for name in _names(target)}
    return _names(node)


def _shape(node):
    """What a piece of code says, as text: `ast.dump` and `ast.unparse` write another one with each version of Python."""
    if isinstance(node, list):
        return f"[{' '.join(map(_shape, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = dict(ast.iter_fields(node))
    if isinstance(node, ast.FunctionDef) and (sentence := ast.get_docstring(node)):
        parts["body"] = [" ".join(sentence.split()), *node.body[1:]]
    said = (f"{name}={_shape(part)}" for name, part in parts.items() if part not in (None, []) and name not in ("ctx", "kind"))
    return f"{type(node).__name__}({' '.join(said)})"
