"""A data folder with the newest schema, copied for each test: migrating once is enough."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.storage.database import Database, upgrade
from tests.postgres.per_folder import copy_database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data_dir=tmp_path_factory.mktemp("migrated"))
    upgrade(settings)
    return settings.data_dir


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    folder = tmp_path / "data"
    folder.mkdir()
    copy_database(migrated, folder)
    return Settings(data_dir=folder, executor="inline", threads=1, workers=1)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings)
    yield opened
    opened.close()
