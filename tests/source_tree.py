"""The modules of a source tree and what they import, read from syntax trees; nothing is imported for it.

Every rule is a function that returns what breaks it, one sentence each.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Tree:
    """The Python files below `root`: module name -> path."""

    root: Path
    modules: dict[str, Path]

    @classmethod
    def of(cls, root: Path, packages: Sequence[str]) -> Self:
        """Every module of the `packages` in folder `root`."""
        paths = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
        return cls(root, {_name(path.relative_to(root)): path for path in paths})

    def imports(self, module: str) -> Iterator[str]:
        """What a module imports anywhere in it, in functions and for types too; a module of ours where it is one."""
        for node in ast.walk(ast.parse(self.modules[module].read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield "." * node.level + (inner if inner in self.modules else node.module or "")

    def loose(self, package: str) -> list[str]:
        """The modules of a package that lie in none of its rooms."""
        return [
            name for name, path in self.modules.items() if name.rpartition(".")[0] == package and not _is_init(path)
        ]

    def drawn(self, depth: int) -> str:
        """The packages down to `depth` levels, each with the number of its loose modules and of all below it."""
        packages = sorted(name for name, path in self.modules.items() if _is_init(path))
        lines = []
        for name in packages:
            below = [one for one, path in self.modules.items() if one.startswith(f"{name}.") and not _is_init(path)]
            if name.count(".") < depth:
                indent, last = "  " * name.count("."), name.rpartition(".")[2]
                lines.append(f"{indent}{last}/ {len(self.loose(name))} of {len(below)}")
        return "\n".join(lines)


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _is_init(path: Path) -> bool:
    return path.name == "__init__.py"


def room_of(module: str, rooms: Mapping[str, object]) -> str | None:
    """The longest name in `rooms` that is the module itself or a package around it."""
    around = [room for room in rooms if module == room or module.startswith(f"{room}.")]
    return max(around, key=len, default=None)


def forbidden_imports(tree: Tree, rooms: Mapping[str, Sequence[str]]) -> list[str]:
    """Imports of our own modules that the table of rooms does not allow, and modules that have no room."""
    found = []
    for module in tree.modules:
        room = room_of(module, rooms)
        if room is None:
            found.append(f"{module} lies in no room")
            continue
        for wanted in tree.imports(module):
            other = room_of(wanted, rooms)
            if wanted.startswith("."):
                found.append(f"{module} uses a relative import")
            elif other not in (None, room) and other not in rooms[room]:
                found.append(f"{module} imports {wanted}: {room} may not import {other}")
    return found


def banned_imports(tree: Tree, banned: Mapping[str, set[str]]) -> list[str]:
    """Imports of others' packages that are banned for the package a module lies in."""
    return [
        f"{module} imports {wanted}"
        for module in tree.modules
        for wanted in tree.imports(module)
        for package, names in banned.items()
        if room_of(module, {package: None}) and wanted.partition(".")[0] in names
    ]


def circle(tree: Tree) -> list[str]:
    """One circle of modules that import each other, empty where there is none."""
    graph = {name: {one for one in tree.imports(name) if one in tree.modules and one != name} for name in tree.modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def crowded(tree: Tree, most: Mapping[str, int]) -> list[str]:
    """Packages with more loose modules than they may have."""
    numbers = {package: len(tree.loose(package)) for package in most}
    return [
        f"{name}: {found} loose modules, at most {most[name]}" for name, found in numbers.items() if found > most[name]
    ]


def long_files(paths: Sequence[Path], root: Path, most: int, excused: Mapping[str, str]) -> list[str]:
    """Files of more than `most` lines that are not excused by name."""
    found = []
    for path in paths:
        name, lines = path.relative_to(root).as_posix(), path.read_text("utf-8").count("\n")
        if lines > most and name not in excused:
            found.append(f"{name}: {lines} lines, at most {most}")
    return found


def unknown_modules(tree: Tree) -> list[str]:
    """Texts that are the whole name of a module of ours, perhaps with a function behind it, where there is none."""
    packages = {name.partition(".")[0] for name in tree.modules}
    found = []
    for module, path in tree.modules.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            parts = text.partition(":")[0].split(".")
            named = len(parts) > 2 and parts[0] in packages and all(part.isidentifier() for part in parts)
            if named and not _is_known(tree, ".".join(parts)):
                found.append(f"{module} names {text}")
    return found


def _is_known(tree: Tree, name: str) -> bool:
    around, _, last = name.rpartition(".")
    return name in tree.modules or (around in tree.modules and last in tree.modules[around].read_text("utf-8"))
