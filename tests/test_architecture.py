"""The house and its rules: who imports whom (tests/rooms.py), what others' packages where, how large things are."""

import ast
import subprocess
import sys

import pytest

from tests import rooms
from tests.source_tree import (
    ROOT,
    Tree,
    banned_imports,
    circle,
    crowded,
    forbidden_imports,
    long_files,
    room_of,
    unknown_modules,
)

SHIPPED = ("backend", "frontend", "shared", "radiomiclens")
TREE = Tree.of(ROOT, SHIPPED)
EVERYTHING = Tree.of(ROOT, (*SHIPPED, "benchmarks", "tests"))


def test_every_import_follows_the_table_of_rooms() -> None:
    assert forbidden_imports(TREE, rooms.ROOMS) == []


def test_every_room_of_the_table_has_files() -> None:
    assert set(rooms.ROOMS) - {room_of(module, rooms.ROOMS) for module in TREE.modules} == set()


def test_no_room_imports_a_package_that_is_banned_there() -> None:
    assert banned_imports(TREE, rooms.BANNED) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circle(EVERYTHING) == []


def test_no_package_has_many_modules_outside_its_rooms() -> None:
    assert crowded(TREE, rooms.MOST_LOOSE) == [], "\n" + TREE.drawn(2)


def test_no_file_is_long() -> None:
    files = [*EVERYTHING.modules.values(), *(ROOT / "frontend").rglob("*.js"), *(ROOT / "docs").rglob("*.py")]
    assert long_files(files, ROOT, rooms.MOST_LINES, rooms.LONG_FILES) == []


def test_no_file_is_excused_for_nothing() -> None:
    short = [name for name in rooms.LONG_FILES if len((ROOT / name).read_text().splitlines()) <= rooms.MOST_LINES]
    assert short == []


def test_modules_named_in_texts_exist() -> None:
    """Modules that are loaded by name: an import that is moved without its text fails only when it runs."""
    assert unknown_modules(EVERYTHING) == []


def test_the_backend_package_itself_is_empty() -> None:
    assert (ROOT / "backend/__init__.py").read_text() == ""


@pytest.mark.parametrize("folder", SHIPPED)
def test_no_file_is_a_drawer(folder: str) -> None:
    drawers = {"utils", "util", "helpers", "helper", "manager", "service", "common", "misc"}
    assert [path for path in sorted((ROOT / folder).rglob("*.py")) if path.stem in drawers] == []


@pytest.mark.parametrize("folder", SHIPPED)
def test_every_module_says_what_it_is(folder: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "__init__.py"
        and "versions" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("module", ["backend.app", "backend.asgi"])
def test_serving_never_imports_torch(module: str) -> None:
    script = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "module", [f"backend.cli.{name}" for name in ("features", "features_table", "embed", "analyze_tables")]
)
def test_serverless_commands_import_neither_web_nor_database(module: str) -> None:
    script = f"import {module}, sys; print(sorted(set(sys.modules) & {rooms.WEB | rooms.DATABASE!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_no_file_names_a_registry_or_a_machine_path() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    hosts = [
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "download.pytorch" + ".org",
        "npmjs" + ".org",
        "jsdelivr" + ".net",
    ]
    paths = ["/work" + "/", "/root" + "/", "/farm" + "/"]
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".sqlite"} or not path.is_file():
            continue
        text = path.read_text(errors="ignore")
        found += [f"{name}: {word}" for word in hosts + paths if word in text]
    assert found == []
