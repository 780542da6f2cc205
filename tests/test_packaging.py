"""What pyproject.toml and docker-compose.yml declare is what the code needs."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest

from tests.source_tree import ROOT, Tree

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED = PYPROJECT["project"]["dependencies"]
EXTRAS = [text for extra in PYPROJECT["project"]["optional-dependencies"].values() for text in extra]
DEVELOPING = [each for group in PYPROJECT["dependency-groups"].values() for each in group]
OWN = {"backend", "frontend", "shared", "radiomiclens", "benchmarks", "tests"} | {
    path.stem for path in (ROOT / "docs").glob("*.py")
}
FOREIGN = {"mirp", "nyxus", "numba", "monai"}
"""Only where somebody has them: benchmarks run them in an interpreter of their own, one test compares with MONAI."""


PERHAPS_MISSING = {"mlflow": "mlflow-skinny", "radiomics": "pyradiomics"}
"""Module -> distribution, where it may not be installed to say so itself."""


def named(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[\[<>=~! ]", text)[0]) for text in requirements}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(*packages: str) -> dict[str, set[str]]:
    """Distribution of others -> our modules that import it."""
    tree, owners = Tree.of(ROOT, packages), packages_distributions()
    found: dict[str, set[str]] = {}
    for module in tree.modules:
        for name in {wanted.partition(".")[0] for wanted in tree.imports(module)}:
            if name not in sys.stdlib_module_names | OWN | FOREIGN:
                owner = owners.get(name, [PERHAPS_MISSING.get(name, name)])[0]
                found.setdefault(_plain(owner), set()).add(module)
    return found


def undeclared(found: dict[str, set[str]], declared: list[str]) -> dict[str, set[str]]:
    return {name: modules for name, modules in found.items() if name not in named(declared)}


def test_what_is_shipped_declares_every_package_it_imports() -> None:
    found = imported("backend", "frontend", "shared", "radiomiclens")
    assert {"itsdangerous", "pillow", "pyyaml", "starlette"} <= set(found)
    assert undeclared(found, NEEDED + EXTRAS) == {}


def test_one_module_alone_imports_pyradiomics() -> None:
    """It says what to do where the extra is missing; without it everything else works."""
    assert imported("backend", "frontend", "shared", "radiomiclens")["pyradiomics"] == {
        "backend.science.radiomics.pyradiomics"
    }


def test_tests_and_benchmarks_declare_every_package_they_import() -> None:
    assert undeclared(imported("tests", "benchmarks"), NEEDED + DEVELOPING + EXTRAS) == {}


def test_an_undeclared_package_is_found() -> None:
    without = [text for text in NEEDED if not text.startswith("itsdangerous")]
    found = undeclared(imported("backend"), without + EXTRAS)
    assert found == {"itsdangerous": {"backend.access.signed_urls", "backend.web.oidc_flow"}}


@pytest.mark.parametrize("requirement", NEEDED + EXTRAS + DEVELOPING)
def test_every_requirement_has_one_pinned_version(requirement: str) -> None:
    pinned = [line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()]
    assert [_plain(name) for name in pinned].count(next(iter(named([requirement])))) == 1


def test_the_image_of_compose_carries_the_version() -> None:
    images = re.findall(r"^ +image: (radiomiclens.+)$", (ROOT / "docker-compose.yml").read_text("utf-8"), re.MULTILINE)
    assert images == [f"radiomiclens:{PYPROJECT['project']['version']}"]


def test_the_system_is_named() -> None:
    assert "Operating System :: POSIX :: Linux" in PYPROJECT["project"]["classifiers"]


def test_the_versions_of_python_are_said_alike_everywhere() -> None:
    from backend.cli.doctor import PYTHONS

    (first, low), (last, high) = PYTHONS
    assert PYPROJECT["project"]["requires-python"] == f">={first}.{low},<{last}.{high + 1}"
    named = re.findall(r"Python :: (3\.\d+)", " ".join(PYPROJECT["project"]["classifiers"]))
    assert named == [f"3.{minor}" for minor in range(low, high + 1)]
    assert PYPROJECT["tool"]["mypy"]["python_version"] == f"{first}.{low}"
