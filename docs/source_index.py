"""What the source says without being run: its functions, constants, classes and who calls whom, from syntax trees."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

PACKAGES = ("backend", "frontend", "shared", "radiomiclens")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Setter = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For


@dataclass(frozen=True, eq=False)
class Module:
    """One file: its tree, its name, what encloses each node, and what its top-level names are."""

    name: str
    path: str
    tree: ast.Module
    nodes: list[ast.AST] = field(default_factory=list)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Local name -> module and name there; an empty name is the module itself."""

    def around(self, node: ast.AST, kinds: type | tuple[type, ...]) -> ast.AST | None:
        """The nearest node of these kinds that encloses this one."""
        above = self.parents.get(node)
        while above is not None and not isinstance(above, kinds):
            above = self.parents.get(above)
        return above

    def function_of(self, node: ast.AST) -> Function | None:
        """The function whose body this is in."""
        found = self.around(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        return found if isinstance(found, Function) else None

    def is_method(self, function: Function) -> bool:
        return isinstance(self.parents.get(function), ast.ClassDef)


@dataclass(frozen=True, eq=False)
class Call:
    """A call and the module it stands in."""

    node: ast.Call
    module: Module


class Source:
    """All modules of the packages in folder `root`."""

    def __init__(self, root: Path, packages: tuple[str, ...] = PACKAGES) -> None:
        paths = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
        self.modules = {one.name: one for one in (_read(path, root) for path in paths)}

    @cached_property
    def calls(self) -> dict[str, list[Call]]:
        """Every call, by the last part of the name that is called."""
        found: dict[str, list[Call]] = defaultdict(list)
        for module in self.modules.values():
            for node in module.nodes:
                if isinstance(node, ast.Call):
                    found[last_name(node.func)].append(Call(node, module))
        return found

    @cached_property
    def methods(self) -> dict[str, list[tuple[Module, Function]]]:
        """Methods and properties of all classes, by name."""
        found: dict[str, list[tuple[Module, Function]]] = defaultdict(list)
        for module, node in self.classes():
            for part in node.body:
                if isinstance(part, Function):
                    found[part.name].append((module, part))
        return found

    def classes(self) -> Iterator[tuple[Module, ast.ClassDef]]:
        """Every class with its module, in the order of the files."""
        for module in self.modules.values():
            for node in module.nodes:
                if isinstance(node, ast.ClassDef):
                    yield module, node

    def constant(self, module: Module, node: ast.expr) -> tuple[Module, ast.expr] | None:
        """The value of a top-level name, here or where it is imported from."""
        place = self._place(module, node)
        if place is None or place[1] not in place[0].constants:
            return None
        return place[0], place[0].constants[place[1]]

    def function(self, module: Module, node: ast.expr) -> tuple[Module, Function] | None:
        """The function that a name or `module.name` calls, or the one method of ours that has this name."""
        place = self._place(module, node)
        if place is not None and place[1] in place[0].functions:
            return place[0], place[0].functions[place[1]]
        found = self.methods.get(node.attr, []) if isinstance(node, ast.Attribute) else []
        here = [one for one in found if one[0] is module]
        return here[0] if len(here) == 1 else found[0] if len(found) == 1 else None

    @cache  # noqa: B019 - a source lives as long as the script
    def setters(self, function: Function) -> tuple[Setter, ...]:
        """What sets a name in a function."""
        return tuple(one for one in ast.walk(function) if isinstance(one, Setter))

    @cache  # noqa: B019 - as above
    def handlers(self, function: Function) -> tuple[ast.ExceptHandler, ...]:
        """The `except` clauses of a function."""
        return tuple(one for one in ast.walk(function) if isinstance(one, ast.ExceptHandler))

    @cache  # noqa: B019 - as above
    def returns(self, function: Function) -> tuple[ast.expr, ...]:
        """What a function returns or yields."""
        kinds = (ast.Return, ast.Yield)
        return tuple(one.value for one in ast.walk(function) if isinstance(one, kinds) and one.value is not None)

    @cache  # noqa: B019 - as above
    def callers(self, function: Function) -> list[Call]:
        """The calls that lead to this function."""
        found = []
        for call in self.calls.get(function.name, []):
            target = self.function(call.module, call.node.func)
            if target is not None and target[1] is function:
                found.append(call)
        return found

    def _place(self, module: Module, node: ast.expr) -> tuple[Module, str] | None:
        if isinstance(node, ast.Name):
            other, name = module.imported.get(node.id, (module.name, node.id))
            return (self.modules[other], name) if name and other in self.modules else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            other, name = module.imported.get(node.value.id, ("", ""))
            whole = f"{other}.{name}" if name else other
            return (self.modules[whole], node.attr) if whole in self.modules else None
        return None


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, and of `c` alone."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _read(path: Path, root: Path) -> Module:
    where = path.relative_to(root)
    tree = ast.parse(path.read_text("utf-8"))
    module = Module(".".join(where.with_suffix("").parts).removesuffix(".__init__"), where.as_posix(), tree)
    module.nodes.append(tree)
    for node in module.nodes:  # grows while it is walked
        below = list(ast.iter_child_nodes(node))
        module.nodes.extend(below)
        module.parents.update(dict.fromkeys(below, node))
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                module.imported[one.asname or one.name] = (node.module, one.name)
    for part in tree.body:
        if isinstance(part, Function):
            module.functions[part.name] = part
        elif isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            module.constants[part.targets[0].id] = part.value
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.value is not None:
            module.constants[part.target.id] = part.value
    return module
