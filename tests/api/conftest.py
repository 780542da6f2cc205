"""One filled data folder for all tests of the API, and copies of it for those that write."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from backend.app import create_app
from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import people, server
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


@pytest.fixture
def address(own: server.Filled) -> Iterator[str]:
    """A real server on a port, over a folder of its own."""
    config = uvicorn.Config(create_app(server.settings_of(own.folder)), port=0, log_level="warning")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(20)


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
def ann(empty: TestClient) -> TestClient:
    """The browser of a researcher who was invited and chose a password."""
    browser = people.new_browser(empty)
    assert people.accept(browser, people.invited(empty)) == 200
    return browser


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
