"""What this program makes, and what it finds open, is for its owner alone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.storage.database import upgrade
from backend.storage.folder_modes import close_to_others
from tests.cli.running import serving
from tests.jobs import tiny
from tests.postgres.per_folder import sqlite_only

pytestmark = sqlite_only

WORKER = [sys.executable, "-m", "backend.cli.main", "worker"]


def open_paths(folder: Path) -> list[str]:
    """What of a folder somebody else may use."""
    paths = [folder, *folder.rglob("*")]
    return [path.name for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


def wide(folder: Path) -> Settings:
    """A data folder that others may read, as older versions could leave one."""
    before = os.umask(0o022)
    try:
        folder.mkdir()
        settings = Settings(data_dir=folder)
        upgrade(settings)
        tiny.store_studies(settings, 1)
        (folder / "pseudonyms.key").write_bytes(b"k")
        (folder / "logs").mkdir()
        (folder / "logs" / "job-1.txt").write_text("x")
        (folder / "radiomiclens.sqlite-journal").write_bytes(b"")
    finally:
        os.umask(before)
    return settings


def test_a_wide_folder_is_closed_and_said_at_start(tmp_path: Path) -> None:
    settings = wide(tmp_path / "data")
    (tmp_path / "data" / "files").chmod(0o755)
    assert {"data", "files", "radiomiclens.sqlite", "pseudonyms.key", "logs"} <= set(open_paths(settings.data_dir))
    with serving(settings.data_dir, "--no-worker", "--api-only") as (process, _):
        assert open_paths(settings.data_dir) == []
        process.terminate()
        process.wait(30)


def test_a_worker_closes_it_and_says_so_in_one_line(tmp_path: Path) -> None:
    settings = wide(tmp_path / "data")
    done = subprocess.run(  # the end of its stdin stops it
        [*WORKER, "--data-dir", str(settings.data_dir)], input="", capture_output=True, text=True, umask=0o022
    )
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert done.stderr.startswith("The data folder was open to other users of this machine: ")
    assert open_paths(settings.data_dir) == []
    again = subprocess.run([*WORKER, "--data-dir", str(settings.data_dir)], input="", capture_output=True, text=True)
    assert again.stderr == ""


def test_a_job_leaves_nothing_open_under_a_wide_umask(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backend.cli.main"]
    options = {"capture_output": True, "text": True, "umask": 0o022, "check": True}
    (tmp_path / "data").mkdir(mode=0o755)
    folder = ["--data-dir", str(tmp_path / "data")]
    subprocess.run([*command, "demo", "--help"], **options)
    subprocess.run([*command, "db", "upgrade", *folder], **options)
    assert stat.S_IMODE((tmp_path / "data" / "radiomiclens.sqlite").stat().st_mode) == 0o600
    subprocess.run([*command, "backup", str(tmp_path / "b.tar"), *folder], **options)
    assert open_paths(tmp_path / "b.tar") == []


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "report.txt").write_text("somebody's")
    (folder / "report.txt").chmod(0o644)
    (folder / "radiomiclens.sqlite").write_bytes(b"")
    (folder / "radiomiclens.sqlite").chmod(0o644)
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "elsewhere").chmod(0o644)
    (folder / "files").symlink_to(tmp_path / "elsewhere")
    assert close_to_others(folder) == 1
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "report.txt", tmp_path / "elsewhere")]
    assert modes == [0o1777, 0o644, 0o644]
    assert stat.S_IMODE((folder / "radiomiclens.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize("module", ["backend.cli.main", "backend.jobs.run"])
def test_every_entry_sets_the_umask_first(module: str) -> None:
    script = (
        f"import os, sys; sys.argv = ['x', '--version']; from {module} import main\n"
        "try:\n    main()\nexcept BaseException:\n    pass\nsys.exit(os.umask(0))"
    )
    done = subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, umask=0o022, capture_output=True)
    assert done.returncode == 0o077
