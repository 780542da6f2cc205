"""The audit log on the command line."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.access import audit
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from tests.cli.running import called, run_json
from tests.postgres import per_folder
from tests.postgres.per_folder import ON_SERVER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(data_dir=tmp_path / "data")
    upgrade(settings)
    database = Database(settings)
    for n in range(3):
        with database.write() as session:
            audit.record(session, "anna", "note.write", f"=note {n}", length=n)
    database.close()
    return settings.data_dir


def test_the_log_is_listed_and_exported(folder: Path, tmp_path: Path) -> None:
    listed = run_json("audit", "list", "--limit", "2", data_dir=folder)
    assert isinstance(listed, list)
    assert [row["target"] for row in listed] == ["=note 2", "=note 1"]
    shown = called("audit", "list", "--actor", "anna", data_dir=folder).stdout.splitlines()
    assert len(shown) == 3
    assert shown[0].split()[3:] == ["anna", "note.write", "=note", "2", "length=2"]
    for name in ("log.csv", "log.jsonl"):
        assert called("audit", "export", "--out", tmp_path / name, data_dir=folder).returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["action"] for row in lines] == ["note.write"] * 3 + ["audit.export"] * 2
    assert [row["previous_hash"] for row in lines[1:]] == [row["row_hash"] for row in lines[:-1]]
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["row_hash"] for row in rows] == [row["row_hash"] for row in lines[:-1]]
    assert rows[0]["target"] == "'=note 0"  # no program runs it as a formula
    refused = called("audit", "export", "--out", tmp_path / "log.xlsx", data_dir=folder)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_the_chain_is_verified_against_an_anchor(folder: Path) -> None:
    found = run_json("audit", "verify", data_dir=folder)
    assert isinstance(found, dict)
    assert (found["rows"], found["problems"]) == (3, [])
    good = called("audit", "verify", "--anchor", found["anchor"], data_dir=folder)
    assert good.returncode == 0
    assert found["anchor"] in good.stdout
    database = Database(Settings(data_dir=folder))
    with database.write() as session:
        session.execute(text("DELETE FROM audit WHERE id = 3"))
    database.close()
    bad = called("audit", "verify", "--anchor", found["anchor"], data_dir=folder)
    assert bad.returncode == 1
    assert "Row 3 of an anchor is gone" in bad.stdout
    for command in (["db", "check"], ["backup", folder.parent / "backup"]):
        done = called(*command, data_dir=folder)
        assert done.returncode == 1
        assert "should end with row 3, and ends with 2" in done.stdout + done.stderr


def test_a_backup_and_a_withdrawn_job_are_in_the_log(folder: Path, tmp_path: Path) -> None:
    assert called("backup", tmp_path / "backup", data_dir=folder).returncode == 0
    per_folder.leave_empty(tmp_path / "again")
    assert called("restore", tmp_path / "backup", data_dir=tmp_path / "again").returncode == 0
    listed = run_json("audit", "list", "--action", "backup.", data_dir=folder)
    assert isinstance(listed, list)
    assert [row["action"] for row in listed] == ["backup.write"]
    verified = run_json("audit", "verify", data_dir=tmp_path / "again")
    assert isinstance(verified, dict)
    assert (verified["rows"], verified["problems"]) == (3, [])


@pytest.mark.parametrize("command", [["audit", "verify"], ["db", "check"]], ids=["audit", "db"])
def test_a_folder_without_a_database_is_not_called_whole(command: list[str], tmp_path: Path) -> None:
    asked = called(*command, "--data-dir", str(tmp_path / "mistyped"))
    assert asked.returncode != 0
    said = "There is nothing in the database yet" if ON_SERVER else "There is no database in this data folder"
    assert said in asked.stderr
    assert not (tmp_path / "mistyped").exists()
