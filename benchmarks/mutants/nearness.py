"""The test files that could notice a change of a module, the nearest first, by imports read from syntax trees."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.source_tree import Tree

PACKAGES = ("backend", "frontend", "shared", "radiomiclens", "benchmarks", "tests")
BROWSER_ONLY = ("tests.browser", "tests.cuda", "tests.deploy")
FAR = 99
NAMESAKE = 3
"""So many imports nearer is a test file named after the module."""
NAMED = 0.4
"""What is lacking where the text of a test file has the module's name."""


class Nearness(NamedTuple):
    """The imports of a tree, and who imports a module."""

    tree: Tree
    importers: dict[str, set[str]]

    def order(self, path: str) -> list[tuple[float, str]]:
        """Test files with their distance: imports between, more in another room or where the name lacks a word."""
        module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")
        away = self._distances(module)
        room, folder = f"tests/{path.split('/')[1]}/", Path(path).parent.as_posix().replace("backend/", "tests/", 1)
        words = set(Path(path).stem.split("_"))
        found = []
        for name, file in self.tree.modules.items():
            if not file.name.startswith("test_") or name.startswith(BROWSER_ONLY):
                continue
            relative = file.relative_to(self.tree.root)
            far = away.get(name, FAR)
            if relative.parent.as_posix() == folder:
                far = 0 if file.stem == f"test_{Path(path).stem}" else min(far, 2)
            elif far == FAR and relative.as_posix().startswith(room):
                far = FAR - 1  # what a child process runs is not imported by its test
            if far < FAR:
                lacking = len(words - set(file.stem.split("_"))) / len(words)
                if lacking > NAMED and Path(path).stem in file.read_text("utf-8"):
                    lacking = NAMED  # such as the kind of a job, whose module is loaded by its name
                distance = far + (not relative.as_posix().startswith(room)) + NAMESAKE * lacking
                found.append((distance if far else 0.0, relative.as_posix()))
        return sorted(found)

    def _distances(self, module: str) -> dict[str, int]:
        away, edge = {module: 0}, [module]
        while edge:
            wider = []
            for one in edge:
                for importer in sorted(self.importers[one]):
                    if importer not in away:
                        away[importer] = away[one] + 1
                        wider.append(importer)
            edge = wider
        return away


def nearness_in(root: Path) -> Nearness:
    """Reads the imports of every module of a tree."""
    tree = Tree.of(root, PACKAGES)
    importers: dict[str, set[str]] = defaultdict(set)
    for name in tree.modules:
        for imported in {*tree.imports(name), *_named(tree, name)}:
            importers[imported].add(name)
    return Nearness(tree, importers)


def _named(tree: Tree, module: str) -> Iterator[str]:
    """Modules whose whole name is a text, such as what `python -m` starts or a table of jobs lists."""
    for node in ast.walk(ast.parse(tree.modules[module].read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.partition(":")[0]
            if name in tree.modules:
                yield name
