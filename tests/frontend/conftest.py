"""Fixtures of the work pages' tests: a filled server to read, a copy of it to change, an empty one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import delete

from backend.models import Job
from backend.storage.database import Database
from frontend.api.cached_read import clear_all
from frontend.api.newest import Newest
from shared.client import Client
from shared.environment import API_URL_VARIABLE
from tests.api import server
from tests.frontend.work_site import Site, serving


@pytest.fixture(autouse=True)
def browser_without_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest's stand-in for a browser has a mock for every cookie; a new browser has none."""
    monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: None)


@pytest.fixture(autouse=True)
def connections_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The dashboard keeps its connections for its whole life; a test closes them and forgets what was read."""
    opened: list[Client] = []

    def connect(*args: Any, **kwargs: Any) -> Client:
        opened.append(Client(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr("frontend.api.connection.Client", connect)
    for kept in ("_connections", "_views"):
        monkeypatch.setattr(f"frontend.api.connection.{kept}", Newest(10))
    yield
    st.cache_resource.clear()
    clear_all()
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> server.Filled:
    """A data folder with images, tables and one analysis, whose power statement was not asked for."""
    filled = server.fill(tmp_path_factory.mktemp("work"))
    database = Database(server.settings_of(filled.folder))
    with database.write() as session:
        session.execute(delete(Job).where(Job.kind == "selfcheck"))
    database.close()
    return filled


@pytest.fixture(scope="session")
def read_site(filled_folder: server.Filled) -> Iterator[Site]:
    """The filled server, for tests that change nothing."""
    settings = server.settings_of(filled_folder.folder, auth=False)
    with serving(settings) as url, Client(url) as client:
        yield Site(url, client, settings, filled_folder.cohort_id, filled_folder.analysis_id)


@pytest.fixture
def site(read_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The filled server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL_VARIABLE, read_site.url)
    return read_site


@pytest.fixture
def own_site(filled_folder: server.Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A copy of the filled server, to change at will."""
    own = server.copied(filled_folder, tmp_path / "own")
    settings = server.settings_of(own.folder, auth=False, import_roots=[tmp_path])
    with serving(settings) as url, Client(url) as client:
        monkeypatch.setenv(API_URL_VARIABLE, url)
        yield Site(url, client, settings, own.cohort_id, own.analysis_id)


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server without anything."""
    settings = server.settings_of(tmp_path, auth=False)
    with serving(settings) as url, Client(url) as client:
        monkeypatch.setenv(API_URL_VARIABLE, url)
        yield Site(url, client, settings)
