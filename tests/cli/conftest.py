"""A filled data folder for the commands that read one."""

from pathlib import Path

import pytest

from tests.api import server


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> server.Filled:
    return server.fill(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def own(filled: server.Filled, tmp_path: Path) -> server.Filled:
    """The filled folder again, to change at will."""
    return server.copied(filled, tmp_path / "own")
