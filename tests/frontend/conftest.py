"""Fixtures of the analysis pages' tests: servers with three analyses, without data, and behind a sign-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend.session import API_URL
from shared.client import Client
from tests.frontend import database
from tests.frontend.work_site import Site, serving


@pytest.fixture(scope="session")
def analysed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One cohort of tables with three analyses; its first study has a hostile id."""
    settings = database.settings_of(tmp_path_factory.mktemp("analysed"))
    database.fill(settings)
    with serving(settings) as url:
        yield Site(url, settings)


@pytest.fixture
def analysed(analysed_server: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """That server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL, analysed_server.url)
    return analysed_server


@pytest.fixture
def api(analysed_server: Site) -> Iterator[Client]:
    """A client of that server."""
    with analysed_server.client as client:
        yield client


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that asks for a sign-in."""
    settings = database.settings_of(tmp_path, auth=True)
    database.empty(settings)
    with serving(settings) as url:
        monkeypatch.setenv(API_URL, url)
        yield Site(url, settings)


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server without anything."""
    settings = database.settings_of(tmp_path)
    database.empty(settings)
    with serving(settings) as url:
        monkeypatch.setenv(API_URL, url)
        yield Site(url, settings)
