"""What of a file is not changed, each with its reason: text that no run reads, and guards that a linter holds.

Texts, docstrings, `__all__` and log lines need no rule: the operators change none of what is in them.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

TYPES = "annotations, casts and aliases of types: mypy reads them, no run does"
FROZEN = "`frozen`, `slots` and `kw_only` of data classes: mypy refuses what they refuse"
STRICT = "`strict` of `zip`: ruff wants it written, and what is zipped has one length"
TYPING_ONLY = "blocks below `if TYPE_CHECKING`"
Node = ast.expr | ast.stmt | ast.keyword


class Span(NamedTuple):
    """From the first character to behind the last one, by line and column, and why it is left out."""

    start: tuple[int, int]
    end: tuple[int, int]
    why: str


def spans(source: str) -> list[Span]:
    """Every part of a file that is left out."""
    lines = source.splitlines()
    found = []
    for node, why in _parts(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = _column(lines, node.lineno, node.col_offset)
        found.append(Span(start, _column(lines, node.end_lineno, node.end_col_offset), why))
    return found


def _column(lines: list[str], line: int, offset: int) -> tuple[int, int]:
    """`ast` counts bytes, parso characters."""
    return line, len(lines[line - 1].encode()[:offset].decode())


def _parts(tree: ast.Module) -> Iterator[tuple[Node, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation, TYPES
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns, TYPES
        elif isinstance(node, ast.Assign) and _is_alias(node):
            yield node.value, TYPES
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield node, TYPING_ONLY
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _is_alias(node: ast.Assign) -> bool:
    """`Name = A | B` or `Name = A[B]`, told by its capital letter."""
    name = ast.unparse(node.targets[0])
    return name[0].isupper() and not name.isupper() and _is_type(node.value)


def _is_type(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and _is_type(node.left)
    return isinstance(node, ast.Name | ast.Subscript | ast.Attribute)


def _of_call(node: ast.Call) -> Iterator[tuple[Node, str]]:
    name = ast.unparse(node.func)
    if name == "cast":
        yield node.args[0], TYPES
    elif name == "zip":
        yield from ((each, STRICT) for each in node.keywords if each.arg == "strict")
    elif name == "dataclass":
        yield from ((each, FROZEN) for each in node.keywords if each.arg in ("frozen", "slots", "kw_only"))
