"""The package as it is imported: light, complete, typed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import radiomiclens as rl
from tests import rooms
from tests.source_tree import ROOT

HEAVY = sorted(rooms.WEB | rooms.DATABASE | rooms.CLUSTER | {"torch", "radiomics", "numpy", "SimpleITK"})


def loaded(code: str, names: list[str]) -> str:
    """Which of the packages `code` loads."""
    script = f"{code}\nimport sys; print(sorted(set(sys.modules) & set({names!r})))"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_importing_it_loads_nothing_else() -> None:
    assert loaded("import radiomiclens", HEAVY) == "[]"


@pytest.mark.parametrize("name", ["features", "features_table", "analyze"])
def test_what_it_computes_needs_no_web_code_and_no_database(name: str) -> None:
    web = sorted(rooms.WEB | rooms.DATABASE | rooms.CLUSTER)
    assert loaded(f"import radiomiclens; radiomiclens.{name}", web) == "[]"
    if name != "analyze":
        assert loaded(f"import radiomiclens; radiomiclens.{name}", ["torch", "radiomics"]) == "[]"


def test_every_name_is_there_and_no_other() -> None:
    assert [name for name in rl.__all__ if not hasattr(rl, name)] == []
    assert dir(rl) == rl.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rl.nothing


def test_the_client_is_that_of_the_dashboard() -> None:
    from shared.client import Client

    assert rl.Client is Client


@pytest.mark.parametrize("package", ["radiomiclens", "backend", "shared"])
def test_types_are_for_others_too(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None
    assert (Path(str(spec.origin)).parent / "py.typed").is_file()


def test_its_version_is_that_of_the_command() -> None:
    from backend.version import VERSION

    assert rl.__version__ == VERSION
