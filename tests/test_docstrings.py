"""The docstrings of the code: every public name has one, and its first line states what the thing is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("backend", "frontend", "shared", "radiomiclens")
LONGEST = 120
QUESTIONS = {"shared/schemas/analysis_requests.py: CompareParams"}
"""Docstrings that are sentences of openapi.json and stay as published."""

RIDDLES = {
    r"in silence": "without an error",
    r"want of memory": "out of memory",
    r"said as it is": "raises <error>",
    r"\bonly hands\b": "the database row is the only state of a job",
    r"\bastray\b": "diverged, is not finite",
    r"\bhears?\b": "is called with, receives",
    r"\bis told\b": "is called with, gets",
    r"\bis fed\b": "gets as input",
    r"as the wire has it": "as the API sends it",
    r"looks? after itself": "refreshes itself",
    r"\bforgets?\b": "clears, deletes, resets",
    r"lets? go of": "releases",
    r"\bstands? for\b": "identifies, is the default of",
    r"in full swing": "at full load",
    r"lies? in silence": "returns wrong values without an error",
}
"""Phrases that readers cannot guess, and what to write instead."""

Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Yield the module, its public classes and functions, and the public methods of these classes."""
    yield "module", tree
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node.name, node
            for method in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_"):
                    yield f"{node.name}.{method.name}", method


def faults(source: str, path: str = "module.py") -> list[str]:
    """List the docstrings of a module that are missing or break a rule; a method may inherit its docstring."""
    found = []
    for name, node in definitions(ast.parse(source)):
        text = ast.get_docstring(node) or ""
        place = f"{path}: {name}"
        if not text:
            if node.body and "." not in name:
                found.append(f"{place} has no docstring")
            continue
        first = text.splitlines()[0]
        if len(first) > LONGEST:
            found.append(f"{place}: the first line has {len(first)} characters, at most {LONGEST} are allowed")
        if not first.endswith((".", ":")) and place not in QUESTIONS:
            found.append(f"{place}: the first line does not end with a period")
        found += [
            f"{place}: write `{plain}` instead of {match[0]!r}"
            for riddle, plain in RIDDLES.items()
            if (match := re.search(riddle, text, re.IGNORECASE))
        ]
    return found


def sources() -> list[Path]:
    """List the source files under test, without the migrations, which are generated."""
    return [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def test_every_docstring_follows_the_rules() -> None:
    paths = sources()
    assert len(paths) > 300
    found = [fault for path in sorted(paths) for fault in faults(path.read_text(), path.relative_to(ROOT).as_posix())]
    assert found == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("x = 1\n", "module has no docstring"),
        ('"""Tools."""\ndef mean(x): return x\n', "mean has no docstring"),
        ('"""Tools."""\nclass Mean: x = 1\n', "Mean has no docstring"),
        ('"""Tools"""\n', "does not end with a period"),
        ('"""What is a tool?"""\n', "does not end with a period"),
        (f'"""{"x" * 120}."""\n', "the first line has 121 characters"),
        ('"""Tools."""\ndef mean(x):\n    """Return what it hears."""\n', "write `is called with, receives`"),
        ('"""Tools.\n\n    Wrong values lie\n    in silence."""\n', "write `without an error`"),
        ('"""Tools."""\nclass A:\n    """A."""\n    def b(self):\n        """Forget it."""\n', "A.b: write `clears"),
    ],
)
def test_a_bad_docstring_is_found(source: str, fault: str) -> None:
    assert any(fault in text for text in faults(source))


def test_good_docstrings_pass() -> None:
    source = '"""Tools."""\ndef mean(x):\n    """Return the mean of x, (n,) -> float."""\ndef _own(): pass\n'
    assert faults(source) == []
