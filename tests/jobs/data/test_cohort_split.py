"""The split of a cohort: stored once, and then read while others write."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import NotFound
from backend.jobs.data.cohorts import with_split
from backend.models import Case, Cohort
from backend.settings import Settings
from backend.storage.database import Database, upgrade


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    with closing(Database(settings)) as opened:
        with opened.write() as session:
            session.add(Cohort(id="c", name="c", kind="tables"))
            session.flush()
            session.add_all(Case(cohort_id="c", study_id=f"s{n}", patient_id=f"p{n}") for n in range(30))
        yield opened


def test_the_first_stores_it_and_the_next_keep_nobody_from_writing(database: Database) -> None:
    found = []
    for _ in range(2):
        with with_split(database, "c") as (session, sides):
            reads = bool(session.connection().get_execution_options().get("read_only", False))
            found.append((reads, sides))
    assert [reads for reads, _ in found] == [False, True]
    assert found[0][1] == found[1][1]
    assert set(found[0][1].values()) == {"train", "val", "test"}
    with database.read() as session:
        assert {case.study_id: case.split for case in session.scalars(select(Case))} == found[0][1]


def test_a_cohort_that_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(NotFound, match="no cohort"), with_split(database, "another"):
        pass
