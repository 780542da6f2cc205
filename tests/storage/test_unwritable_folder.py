"""A data folder that this account may not write, as a volume of a container that belongs to root."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.errors import BadSettings
from backend.settings import Settings
from backend.storage.prepare import prepare_data_folder
from tests.source_tree import ROOT

NOBODY = 65534


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that the account of the test may enter and not write."""
    with tempfile.TemporaryDirectory() as made:
        folder, own = Path(made), os.geteuid()
        folder.chmod(0o555)
        if own == 0:
            os.seteuid(NOBODY)
        yield folder
        os.seteuid(own)
        folder.chmod(0o755)


@pytest.mark.parametrize("below", ["", "data", "a/b"])
def test_it_is_said_whose_it_is_before_anything_is_opened(closed: Path, below: str) -> None:
    owner, whose = closed.stat().st_uid, "the folder above it" if below else "it"
    with pytest.raises(BadSettings) as refused:
        prepare_data_folder(Settings(data_dir=closed / below))
    assert refused.value.sentence == (
        f"The data folder cannot be written (permission denied): this program runs as user {os.geteuid()}, and {whose} "
        f"belongs to user {owner}; give it to this user (chown), or name another with RADIOMICLENS_DATA_DIR."
    )


def test_a_file_in_its_place_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(BadSettings, match=r"cannot be written \(file exists\)"):
        prepare_data_folder(Settings(data_dir=tmp_path / "data"))


def test_a_container_keeps_its_data_in_its_volume_and_its_user_owns_it() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    made = next(at for at, line in enumerate(lines) if "useradd" in line and "mkdir /data && chown lens /data" in line)
    assert any("RADIOMICLENS_DATA_DIR=/data" in line for line in lines if line.startswith("ENV"))
    assert made < lines.index("USER lens") < lines.index("VOLUME /data")
