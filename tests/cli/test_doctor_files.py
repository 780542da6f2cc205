"""`radiomiclens doctor` asks the store that several hosts share for its files."""

from pathlib import Path

import pytest

from backend.cli.doctor import Check, examine
from backend.settings import Settings
from tests.storage.object_stores import URL, s3_server


def shared_files(folder: Path, url: str) -> Check | None:
    """What it says of the store that this address names."""
    checks = examine(Settings(data_dir=folder, files_url=url))
    return next((check for check in checks if check.name == "shared files"), None)


def test_an_object_store_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(monkeypatch):
        assert shared_files(tmp_path, URL) == Check("shared files", "ok", "the object store answers")
        missing = shared_files(tmp_path, "s3://another-bucket/lens")
    assert missing == Check(
        "shared files", "bad", "There is no bucket another-bucket; make it, or correct RADIOMICLENS_FILES_URL"
    )


def test_a_mounted_folder_must_be_there(tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.mkdir()
    assert shared_files(tmp_path, there.as_uri()) == Check("shared files", "ok", str(there))
    found = shared_files(tmp_path, gone.as_uri())
    assert found is not None
    assert (found.level, "is not there" in found.found) == ("bad", True)
    assert shared_files(tmp_path, "") is None
