"""The arrows of docs/architecture.md, checked on the syntax trees."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WEB = {"fastapi", "starlette", "uvicorn", "streamlit", "httpx"}
DATABASE = {"sqlalchemy", "alembic"}
CLUSTER = {"dask", "distributed"}

FORBIDDEN = {
    "shared": {"backend", "frontend", "streamlit", "fastapi", "sqlalchemy", "torch", "numpy", "pandas"},
    "frontend": {"backend", "fastapi", "sqlalchemy", "torch", "SimpleITK", "radiomics"},
    "backend/science": WEB | DATABASE | CLUSTER | {"typer", "frontend", "shared", "backend.jobs", "backend.ingest"},
    "backend/ingest": WEB | DATABASE | CLUSTER | {"typer", "frontend", "backend.jobs", "backend.routers"},
    "backend/jobs": {"streamlit", "fastapi", "frontend", "backend.routers", "backend.app", "backend.cli"},
    "backend/routers": {"streamlit", "torch", "radiomics", "frontend", "backend.jobs.tasks", "backend.cli"},
}
"""For each folder, what its files may never import: packages, or modules of ours."""


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)} uses a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaks(module: str, forbidden: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in forbidden)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_follow_the_arrows(folder: str) -> None:
    files = sources(folder)
    assert files, f"{folder} holds no code"
    found = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imports(path)
        if breaks(module, FORBIDDEN[folder])
    ]
    assert found == []


def test_the_backend_package_itself_is_empty() -> None:
    assert (ROOT / "backend/__init__.py").read_text() == ""


@pytest.mark.parametrize("folder", ["backend", "frontend", "shared"])
def test_no_file_is_a_drawer(folder: str) -> None:
    drawers = {"utils", "util", "helpers", "helper", "manager", "service", "common", "misc"}
    assert [path for path in sources(folder) if path.stem in drawers] == []


@pytest.mark.parametrize("folder", ["backend", "frontend", "shared"])
def test_every_module_says_what_it_is(folder: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources(folder)
        if path.name != "__init__.py"
        and "versions" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("module", ["backend.app", "backend.asgi"])
def test_serving_never_imports_torch(module: str) -> None:
    script = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("module", ["backend.cli.features", "backend.cli.embed", "backend.cli.analyze_tables"])
def test_serverless_commands_import_neither_web_nor_database(module: str) -> None:
    script = f"import {module}, sys; print(sorted(set(sys.modules) & {WEB | DATABASE!r}))"
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
