"""A data folder with the newest schema, copied for each test: migrating once is enough."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.storage.database import Database, upgrade


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(data_dir=tmp_path_factory.mktemp("migrated"))
    upgrade(settings)
    return settings.data_dir / "radiomiclens.sqlite"


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(migrated, folder / "radiomiclens.sqlite")
    return Settings(data_dir=folder, executor="inline", threads=1, workers=1)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings)
    yield opened
    opened.close()
