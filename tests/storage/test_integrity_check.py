"""The check of every row asks for many at once, and still names each bad one."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event, select

from backend.models import Case, Cohort
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from backend.storage.integrity_check import BATCH, check_store

N = 3 * BATCH + 7


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    database = Database(settings)
    with database.write() as session:
        cohort = Cohort(name="many", kind="tables")
        session.add(cohort)
        session.flush()
        session.add_all(Case(cohort_id=cohort.id, study_id=f"{n:04d}", patient_id=f"{n:04d}") for n in range(N))
    database.close()
    return settings


def checked(settings: Settings) -> tuple[list[str], int, int]:
    """Problems, rows checked, and how many statements that took."""
    database, asked = Database(settings), []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    report = check_store(database, BlobStore(settings.data_dir / "files"))
    database.close()
    return report.problems, report.rows, len(asked)


def ids(settings: Settings) -> list[str]:
    database = Database(settings)
    with database.read() as session:
        found = list(session.scalars(select(Case.id).order_by(Case.study_id)))
    database.close()
    return found


def test_whole_rows_are_asked_for_by_the_hundred(settings: Settings) -> None:
    problems, rows, statements = checked(settings)
    assert problems == []
    assert rows >= N
    assert statements < N / 2


@pytest.mark.parametrize("change", ["psa = 77", "warnings = '[\"a'", "created_at = 'never'"])
def test_each_bad_row_among_them_is_named(settings: Settings, change: str) -> None:
    known = ids(settings)
    bad = {known[3], known[4], known[BATCH + 9]}
    with closing(sqlite3.connect(settings.data_dir / "radiomiclens.sqlite")) as database, database:
        for one in bad:
            database.execute(f"UPDATE cases SET {change} WHERE id = ?", (one,))
    problems, rows, _ = checked(settings)
    assert {problem.split(":")[0] for problem in problems} == {f"cases {one}" for one in bad}
    assert rows >= N
