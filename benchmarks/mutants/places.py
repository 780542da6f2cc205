"""Every small change that cosmic-ray's operators can make of a file, by the place where they make it."""

import ast
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from parso.python.tree import Operator as Sign
from parso.python.tree import PythonNode
from parso.tree import NodeOrLeaf

from benchmarks.mutants.left_out import Span, spans

IDENTITY = ("Eq_Is", "Eq_IsNot", "NotEq_Is", "NotEq_IsNot", "Is_", "IsNot_")
"""Of equal or identical: a comparison by identity is the same for small values, and ruff refuses it for the others."""
NEED_ARGUMENTS = ("VariableReplacer", "VariableInserter")
"""Operators that ask for the name of a variable each."""


class Mutant(NamedTuple):
    """One change: the n-th place where an operator applies in a file."""

    path: str
    operator: str
    occurrence: int
    line: int
    column: int

    @property
    def place(self) -> tuple[str, int, int]:
        return self.path, self.line, self.column


@cache
def _operators() -> Mapping[str, Mapping[str, Any]]:
    """The operators by the kind of node they look at, which spares asking two hundred of each node."""
    provider = import_module("cosmic_ray.operators.provider").OperatorProvider()
    kinds: dict[str, dict[str, Any]] = {"comparison": {}, "binary": {}, "unary": {}, "other": {}}
    for name in provider:
        if name in NEED_ARGUMENTS:
            continue
        kind = next((one for one in ("comparison", "binary", "unary") if f"Replace{one.title()}" in name), "other")
        kinds[kind][name] = provider[name]()
    return kinds


def operator_named(name: str) -> Any:
    """An operator of cosmic-ray, ready to change code."""
    return next(found[name] for found in _operators().values() if name in found)


def _walk(node: NodeOrLeaf) -> Iterator[NodeOrLeaf]:
    """In the order in which cosmic-ray counts."""
    yield node
    for child in getattr(node, "children", ()):
        yield from _walk(child)


def _looking_at(node: NodeOrLeaf) -> Mapping[str, Any]:
    operators = _operators()
    if node.type == "comparison":
        return operators["comparison"]
    if isinstance(node, Sign):
        return operators["binary"]
    if isinstance(node, PythonNode) and node.type in ("factor", "not_test"):
        return operators["unary"]
    return operators["other"]


def mutants_of(path: str, source: str, left_out: Counter[str]) -> list[Mutant]:
    """The changes of one file; `left_out` counts the places that are skipped, by reason."""
    skipped, places = spans(source), set()
    counts: Counter[str] = Counter()
    found = []
    for node in _walk(import_module("cosmic_ray.ast").get_ast(source)):
        for name, operator in _looking_at(node).items():
            for start, _ in operator.mutation_positions(node):
                one = Mutant(path, name, counts[name], *start)
                counts[name] += 1
                why = _why_left_out(start, skipped)
                if why is not None:
                    if start not in places:
                        left_out[why] += 1
                    places.add(start)
                elif not any(mark in name for mark in IDENTITY):
                    found.append(one)
    return found


def _why_left_out(start: tuple[int, int], skipped: list[Span]) -> str | None:
    return next((span.why for span in skipped if span.start <= start < span.end), None)


def changed(one: Mutant, source: str) -> str | None:
    """The code with the change; None where it is no change, or no Python that a compiler takes without a warning."""
    new = import_module("cosmic_ray.mutating").mutate_code(source, operator_named(one.operator), one.occurrence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if new is None or ast.dump(ast.parse(new)) == ast.dump(ast.parse(source)):
                return None
            compile(new, one.path, "exec")
    except (SyntaxError, SyntaxWarning):
        return None
    return str(new)
