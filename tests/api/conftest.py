"""One filled data folder for all tests of the API, and copies of it for those that write."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import server
from tests.api.links import make, open_link


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> server.Filled:
    return server.fill(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="session")
def reader(filled: server.Filled) -> Iterator[TestClient]:
    """A viewer's client of the shared server: for reading only."""
    with server.running(filled.folder) as client:
        client.headers.update(server.bearer(client, "viewer"))
        yield client


@pytest.fixture
def own(filled: server.Filled, tmp_path: Path) -> server.Filled:
    """The filled folder again, to change at will."""
    return server.copied(filled, tmp_path / "own")


@pytest.fixture
def client(own: server.Filled) -> Iterator[TestClient]:
    """A client of a server of one's own, not signed in."""
    with server.running(own.folder) as client:
        yield client


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the schema and nothing in it."""
    folder = tmp_path_factory.mktemp("upgraded")
    upgrade(server.settings_of(folder))
    return folder


@pytest.fixture
def empty(upgraded: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A client of an empty server, not signed in."""
    shutil.copytree(upgraded, tmp_path / "empty")
    with server.running(tmp_path / "empty") as client:
        yield client


@pytest.fixture
def link(client: TestClient, own: server.Filled) -> s.ShareCreated:
    return make(client, own)


@pytest.fixture
def visitor(client: TestClient, link: s.ShareCreated) -> Iterator[TestClient]:
    """Another browser, without an account, that opened the link."""
    browser = TestClient(client.app, base_url=server.ORIGIN)
    assert open_link(browser, link).status_code == 204
    yield browser
    browser.close()
