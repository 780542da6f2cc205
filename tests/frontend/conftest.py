"""Servers for the work pages' tests: a filled one to read, a copy to change, an empty one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontend.session import API_URL
from tests.api import server
from tests.frontend.work_site import Site, serving


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory) -> server.Filled:
    return server.fill(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def read_site(filled_folder: server.Filled) -> Iterator[Site]:
    """The filled server, for tests that change nothing."""
    settings = server.settings_of(filled_folder.folder, auth=False)
    with serving(settings) as url:
        yield Site(url, settings, filled_folder.cohort_id, filled_folder.analysis_id)


@pytest.fixture
def site(read_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The filled server, with the dashboard pointed at it."""
    monkeypatch.setenv(API_URL, read_site.url)
    return read_site


@pytest.fixture
def own_site(filled_folder: server.Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A copy of the filled server, to change at will."""
    own = server.copied(filled_folder, tmp_path / "own")
    settings = server.settings_of(own.folder, auth=False, import_roots=[tmp_path])
    with serving(settings) as url:
        monkeypatch.setenv(API_URL, url)
        yield Site(url, settings, own.cohort_id, own.analysis_id)


@pytest.fixture
def empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server without anything."""
    settings = server.settings_of(tmp_path, auth=False)
    with serving(settings) as url:
        monkeypatch.setenv(API_URL, url)
        yield Site(url, settings)
