"""Projects on the command line."""

from pathlib import Path

import pytest

from backend.access import projects, tokens
from backend.models import Cohort
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from tests.cli.running import called, run_json


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(data_dir=tmp_path / "data")
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        tokens.create_user_token(session, "vera", "viewer", "login")
        session.add(Cohort(name="prostates", kind="images"))
    database.close()
    return settings.data_dir


def test_projects_are_listed_made_filled_and_ended(folder: Path) -> None:
    assert run_json("projects", "list", data_dir=folder) == [
        {"id": "default", "name": "default", "members": {"vera": "viewer"}}
    ]
    assert called("projects", "add", "lung", data_dir=folder).returncode == 0
    shown = run_json("projects", "members", "lung", "--add", "vera", "--role", "owner", data_dir=folder)
    assert shown == {"vera": "owner"}
    refused = called("projects", "members", "lung", "--add", "nobody", data_dir=folder)
    assert (refused.returncode, "no user 'nobody'" in refused.stderr) == (1, True)
    assert run_json("projects", "members", "lung", "--remove", "vera", data_dir=folder) == {}
    assert called("projects", "end", "lung", data_dir=folder).returncode == 0
    assert called("projects", "end", "default", data_dir=folder).returncode == 1
    assert called("projects", "list", data_dir=folder).stdout.splitlines() == ["default: vera (viewer)"]


def test_a_name_that_two_projects_have_is_asked_for_by_its_id(folder: Path) -> None:
    called("projects", "add", "lung", data_dir=folder)
    database = Database(Settings(data_dir=folder))
    with database.write() as session:
        session.add(
            Cohort(id="of-lung", project_id=projects.named(session, "lung").id, name="prostates", kind="images")
        )
    database.close()
    refused = called("extract", "prostates", data_dir=folder)
    assert refused.returncode == 1
    assert "Several projects have a cohort 'prostates'" in refused.stderr
    assert "of-lung" in refused.stderr
