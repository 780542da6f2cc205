"""Backup, restore, check and jobs of a data folder whose files lie in an object store."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import Damaged, Unavailable
from backend.models import Volume
from backend.settings import Settings
from backend.storage import bucket
from backend.storage.backup import write_backup
from backend.storage.database import Database, upgrade
from backend.storage.integrity_check import check_store
from backend.storage.restore import restore_backup
from backend.storage.shared_files import move_files, open_files
from shared import schemas as s
from tests.cli.running import called
from tests.jobs import tiny
from tests.postgres.per_folder import leave_empty
from tests.storage.object_stores import URL, file_system, key_of, s3_server, shared


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A study whose volumes lie in a bucket, and none of them on this host."""
    with s3_server(monkeypatch):
        upgrade(Settings(data_dir=tmp_path / "data"))
        tiny.store_studies(Settings(data_dir=tmp_path / "data"), 1)
        made = shared(tmp_path / "data", executor="inline", threads=1, workers=1, job_attempts=1)
        assert move_files(made) == 5
        yield made


def problems(settings: Settings) -> list[str]:
    database = Database(settings)
    try:
        return check_store(database, open_files(settings)).problems
    finally:
        database.close()


def a_hash(settings: Settings) -> str:
    database = Database(settings)
    with database.read() as session:
        found = session.scalars(select(Volume.sha256).order_by(Volume.sha256)).first()
    database.close()
    assert found is not None
    return found


@pytest.mark.parametrize("elsewhere", [True, False], ids=["another-bucket-path", "a-data-folder"])
def test_a_backup_brings_the_files_back(settings: Settings, tmp_path: Path, elsewhere: bool) -> None:
    assert write_backup(settings, tmp_path / "b.tar").files == 5
    with tarfile.open(tmp_path / "b.tar") as archive:
        assert sum(name.startswith("files/objects/") for name in archive.getnames()) == 5
    fresh = Settings(data_dir=tmp_path / "fresh", files_url=f"{URL}-two" if elsewhere else "")
    leave_empty(fresh.data_dir)
    assert restore_backup(fresh, tmp_path / "b.tar").files == 5
    assert problems(fresh) == []
    assert list(open_files(fresh).hashes()) == list(open_files(settings).hashes())
    assert (fresh.data_dir / "files" / "objects").exists() is not elsewhere


def test_a_flipped_byte_and_a_missing_object_are_found(settings: Settings, tmp_path: Path) -> None:
    first, files = a_hash(settings), open_files(settings)
    whole = files.read(first)
    assert problems(settings) == []
    file_system().pipe_file(key_of(first), bytes([whole[0] ^ 1]) + whole[1:])
    assert [one[:29] for one in problems(settings)] == [f"The stored file {first[:12]} "]
    with pytest.raises(Damaged, match="no longer matches its hash"):
        write_backup(settings, tmp_path / "b.tar")
    file_system().rm_file(key_of(first))
    assert "volumes of the cohort “tiny” is missing" in problems(settings)[0]
    with pytest.raises(Damaged, match="is missing"):
        write_backup(settings, tmp_path / "b.tar")
    assert files.put(whole) == first
    assert problems(settings) == []


@pytest.mark.parametrize("executor", ["inline", "local"])
def test_cases_are_measured_from_the_store(settings: Settings, executor: str) -> None:
    params = s.ExtractParams(cohort_id=tiny.cohort_id(settings), settings="own.yaml", yaml=tiny.FIRST_ORDER)
    chosen = settings.model_copy(update={"executor": executor, "case_memory_mb": 2000})
    assert tiny.done(tiny.run(chosen, params))["failed"] == 0


def test_a_store_that_went_away_ends_the_attempt_and_no_case_is_called_failed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(bucket, "TRIES", 1)
    monkeypatch.setattr("backend.jobs.run.PAUSE_SECONDS", 0.0)
    file_system()
    params = s.ExtractParams(cohort_id=tiny.cohort_id(settings), settings="own.yaml", yaml=tiny.FIRST_ORDER)
    with pytest.raises(Unavailable):
        tiny.run(settings.model_copy(update={"job_attempts": 3}), params)
    job = tiny.run(settings, params)
    assert (job.state, "does not answer" in job.error, job.result) == ("failed", True, {})


def test_commands_say_what_is_in_the_way(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOMICLENS_FILES_URL", URL)
    done = called("db", "check", data_dir=settings.data_dir)
    assert (done.returncode, "5 files are as they were written" in done.stdout) == (0, True), done.stderr
    (settings.data_dir / "files" / "objects" / "ab").mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "files" / "objects" / "ab" / ("ab" * 32)).write_bytes(b"?")
    done = called("db", "move-files", data_dir=settings.data_dir)
    assert (done.returncode, "no longer matches its hash" in done.stderr) == (1, True), done.stderr
