"""Overwritten pages are found when a server or worker starts, and while one runs."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from backend.app import create_app
from backend.errors import Damaged, Unavailable
from backend.settings import Settings
from backend.storage.database import upgrade
from backend.storage.page_check import PageCheck, check_pages_now
from tests.postgres.per_folder import sqlite_only

pytestmark = sqlite_only

PAGE = 4096


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    with closing(sqlite3.connect(made.data_dir / "radiomiclens.sqlite")) as database, database:
        for n in range(400):
            database.execute(
                "INSERT INTO audit (at, actor, action, target, detail) VALUES ('2026', ?, 'a', 't', '{}')",
                (f"{n:0200}",),
            )
    return made


def overwrite(settings: Settings) -> None:
    """Noise over the last third of the file: pages of rows, far from the schema."""
    path = settings.data_dir / "radiomiclens.sqlite"
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in range(2 * pages // 3, pages):
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)


@pytest.mark.parametrize("command", [["serve", "--no-worker", "--port", "0"], ["worker"]])
def test_overwritten_pages_end_a_start_in_one_sentence(settings: Settings, command: list[str]) -> None:
    overwrite(settings)
    if command[0] == "serve":
        from tests.cli.running import free_port

        command = [*command[:-1], str(free_port())]
    whole = [sys.executable, "-m", "backend.cli.main", *command, "--data-dir", str(settings.data_dir)]
    done = subprocess.run(whole, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 1
    assert done.stderr == "The database file is damaged; restore the data folder from a backup.\n"


def test_readyz_is_503_once_a_page_is_overwritten(settings: Settings) -> None:
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/readyz").status_code == 200
        overwrite(settings)
        path = settings.data_dir / "radiomiclens.sqlite"
        assert client.get("/api/v1/readyz").status_code == 200, "the newest result still stands"
        app.state.page_check = PageCheck(path, seconds_between=0.0)
        answer = client.get("/api/v1/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["detail"] == "The database file is damaged; restore the data folder from a backup."
        assert answer.headers["retry-after"] == "5"
        assert client.get("/api/v1/healthz").status_code == 200


def test_a_check_is_made_again_when_it_is_due(settings: Settings) -> None:
    checks = PageCheck(settings.data_dir / "radiomiclens.sqlite", seconds_between=0.05)
    checks.require_whole()
    overwrite(settings)
    end = time.monotonic() + 30
    while passes(checks):
        assert time.monotonic() < end
        time.sleep(0.05)


def passes(checks: PageCheck) -> bool:
    try:
        checks.require_whole()
    except Unavailable:
        return False
    return True


def test_a_locked_file_is_not_damaged_and_a_missing_one_is_new(settings: Settings, tmp_path: Path) -> None:
    check_pages_now(tmp_path / "none.sqlite")
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite", isolation_level=None)) as holder, holder:
        holder.execute("BEGIN EXCLUSIVE")
        check_pages_now(settings.data_dir / "radiomiclens.sqlite")
    overwrite(settings)
    with pytest.raises(Damaged):
        check_pages_now(settings.data_dir / "radiomiclens.sqlite")


def test_writers_do_not_wait_for_the_check_of_a_running_server(settings: Settings) -> None:
    path = settings.data_dir / "radiomiclens.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, holder:
        holder.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        PageCheck(path).require_whole()
        assert time.monotonic() - start < 1.5
