"""Servers of the analysis pages' tests: with three analyses, without data, and behind a sign-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.client import Client
from shared.environment import API_URL_VARIABLE
from tests.frontend.pages.explore import database
from tests.frontend.pages.explore.site import Site, serving


@pytest.fixture(autouse=True)
def _one_browser_on_the_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has a mock for every cookie, where a new browser has none, and runs `pages/` without the frame."""

    def run_main_script(path: str) -> None:
        exec(compile(Path(path).read_text(), path, "exec"), {"__name__": "__main__", "__file__": path})

    monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: None)
    monkeypatch.setattr("streamlit.runtime.scriptrunner.script_runner._mpa_v1", run_main_script)


@pytest.fixture(scope="session")
def analysed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One cohort of tables with three analyses; its first study has a hostile id."""
    settings = database.settings_of(tmp_path_factory.mktemp("analysed"))
    database.fill(settings)
    with serving(settings) as site:
        yield site


@pytest.fixture
def analysed(analysed_server: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """That server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL_VARIABLE, analysed_server.url)
    return analysed_server


@pytest.fixture(scope="session")
def untrusted_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same analyses without the trust block."""
    settings = database.settings_of(tmp_path_factory.mktemp("untrusted"))
    database.fill(settings, per_modality=18, trust=False)
    with serving(settings) as site:
        yield site


@pytest.fixture
def untrusted(untrusted_server: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """That server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL_VARIABLE, untrusted_server.url)
    return untrusted_server


@pytest.fixture
def site_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server whose cohort has one analysis, without the trust block."""
    settings = database.settings_of(tmp_path)
    database.fill(settings, patients=24, per_modality=18, width=8, hidden=4, epochs=2, trust=False, most=1)
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        yield site


@pytest.fixture
def api(analysed_server: Site) -> Iterator[Client]:
    """A client of that server."""
    with analysed_server.client as client:
        yield client


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server without anything."""
    settings = database.settings_of(tmp_path)
    database.empty(settings)
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        yield site


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server that asks for a sign-in."""
    settings = database.settings_of(tmp_path, auth=True)
    database.empty(settings)
    with serving(settings) as site:
        monkeypatch.setenv(API_URL_VARIABLE, site.url)
        yield site
