"""The chain of the audit log: what was changed, removed, put in or cut off, and many writers at once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from backend.access import audit
from backend.errors import BadSettings, Damaged
from backend.models import BEGINNING, Audit, AuditHead, audit_hash
from backend.settings import Settings
from backend.storage.audit_check import Anchor, verify_log
from backend.storage.database import Database, upgrade
from tests.postgres.per_folder import ON_SERVER
from tests.storage.earlier_versions import migrate, unpack_0_2_0

LEAST_ID = -(2**31 if ON_SERVER else 2**63)
"""The smallest number that the column takes."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    upgrade(made)
    return made


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings)
    yield opened
    opened.close()


def fill(database: Database, rows: int = 6) -> None:
    for n in range(rows):
        with database.write() as session:
            audit.record(session, "anna", "note.write", f"note {n}", length=n, late=n > 2)


def change(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


def problems(database: Database, *anchors: Anchor) -> list[str]:
    return verify_log(database, anchors).problems


def test_each_row_has_the_hash_of_the_row_before(database: Database) -> None:
    fill(database)
    with database.write() as session:  # two rows of one transaction
        audit.record(session, "ben", "star.set", "ä")
        audit.record(session, "ben", "star.take")
    with database.read() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
        head = session.scalars(select(AuditHead)).one()
    before = BEGINNING
    for row in rows:
        assert row.previous_hash == before
        stored = row.at.isoformat()
        before = audit_hash(before, row.id, stored, row.actor, row.action, row.target, row.detail)
        assert row.row_hash == before
    assert (head.n_rows, head.last_id, head.last_hash) == (8, rows[-1].id, before)
    report = verify_log(database)
    assert (report.rows, report.head, report.problems) == (8, Anchor(rows[-1].id, before), [])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor = 'ben' WHERE id = 3", "Row 3 of the audit log was changed"),
        ('UPDATE audit SET detail = \'{"length": 9, "late": false}\' WHERE id = 3', "Row 3 of the audit log was cha"),
        ("UPDATE audit SET at = '2026-01-01T00:00:00+00:00' WHERE id = 1", "Row 1 of the audit log was changed"),
        ("UPDATE audit SET action = 'x', target = 'y' WHERE id = 6", "Row 6 of the audit log was changed"),
        ("DELETE FROM audit WHERE id = 3", "Before row 4 of the audit log something was removed"),
        ("DELETE FROM audit WHERE id = 1", "Before row 2 of the audit log something was removed"),
        ("DELETE FROM audit WHERE id > 4", "should end with row 6, and ends with 4"),
        ("DELETE FROM audit", "should end with row 6, and ends with 0"),
        ("DELETE FROM audit_head", "The end of the audit log is gone"),
        ("UPDATE audit_head SET n_rows = 5", "should have 5 rows, and has 6"),
        (
            "INSERT INTO audit (id, at, actor, action, target, detail) VALUES (7, '2026', 'a', 'b', 'c', '{}')",
            "Row 7 of the audit log was changed",
        ),
        (
            "INSERT INTO audit (id, at, actor, action, target, detail, previous_hash, row_hash) "
            "SELECT 0, at, actor, action, target, detail, previous_hash, row_hash FROM audit WHERE id = 2",
            "Row 0 of the audit log was changed",
        ),
        ("UPDATE audit SET id = 60 WHERE id = 6", "Row 60 of the audit log was changed"),
        (
            "INSERT INTO audit (id, at, actor, action, target, detail, previous_hash, row_hash) "
            f"SELECT {LEAST_ID}, at, actor, action, target, detail, previous_hash, row_hash FROM audit WHERE id = 2",
            f"Row {LEAST_ID} of the audit log was changed",
        ),
    ],
    ids=range(14),
)
def test_tampering_is_seen(database: Database, statement: str, said: str) -> None:
    fill(database)
    assert problems(database) == []
    change(database, statement)
    found = problems(database)
    assert found
    assert any(said in sentence for sentence in found), found


def test_a_chain_written_anew_is_seen_by_an_anchor_kept_elsewhere(database: Database) -> None:
    fill(database)
    anchor = verify_log(database).head
    change(database, "DELETE FROM audit WHERE id > 4")
    with database.write() as session:  # what somebody with the whole database can do
        last = session.get_one(Audit, 4)
        head = session.scalars(select(AuditHead)).one()
        head.n_rows, head.last_id, head.last_hash = 4, 4, last.row_hash
    assert problems(database) == []  # without an anchor nobody can know
    assert "Row 6 of an anchor is gone" in problems(database, anchor)[0]
    fill(database, 2)
    assert "Row 6 is another one than the anchor names" in problems(database, anchor)[0]
    later = verify_log(database).head
    assert problems(database, later, Anchor(0, BEGINNING)) == []
    assert (
        "Row 6 is another one than the anchor names" in problems(database, anchor, later)[0]
    )  # of one row, both count


NO_ANCHORS = ["", "6", "6:abc", f"x:{BEGINNING}", f"6:{'g' * 64}", f"-1:{BEGINNING}", f"{'9' * 5000}:{BEGINNING}"]


@pytest.mark.parametrize("given", [*NO_ANCHORS, f"٣:{BEGINNING}"], ids=range(8))
def test_what_is_no_anchor_is_refused(given: str) -> None:
    with pytest.raises(BadSettings, match="An anchor is a number"):
        Anchor.parse(given)
    assert str(Anchor.parse(f" 12:{BEGINNING}\n")) == f"12:{BEGINNING}"


def test_a_transaction_that_fails_leaves_no_row(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            audit.record(session, "anna", "note.write")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    fill(database, 1)
    report = verify_log(database)
    assert (report.rows, report.problems) == (1, [])


def test_without_its_head_nothing_is_added_unnoticed(database: Database) -> None:
    fill(database, 1)
    change(database, "DELETE FROM audit_head")
    with pytest.raises(Damaged, match="end of the audit log is gone"):
        fill(database, 1)


def write_rows(settings: Settings, times: int) -> None:
    database = Database(settings)
    fill(database, times)
    database.close()


def test_rows_of_several_processes_are_one_chain(settings: Settings, database: Database) -> None:
    database.close()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_rows, args=(settings, 20)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    report = verify_log(database)
    assert (report.rows, report.head.row_id, report.problems) == (80, 80, [])


def test_rows_of_earlier_versions_join_the_chain(tmp_path: Path) -> None:
    settings = unpack_0_2_0(tmp_path / "old")
    migrate(settings, "0014")
    database = Database(settings)
    values = "'2026-01-01T00:00:00+00:00', 'owner', 'session.open', ''"
    change(
        database, f"INSERT INTO audit (id, at, actor, action, target, detail) VALUES (70, {values}, '{{\"a\":  1}}')"
    )
    change(database, f"INSERT INTO audit (id, at, actor, action, target, detail) VALUES (75, {values}, 'no json')")
    with database.read() as session:
        before = session.execute(text("SELECT count(*) FROM audit")).scalar_one()
    database.close()
    upgrade(settings)
    database = Database(settings)
    report = verify_log(database)
    assert (report.rows, report.head.row_id, report.problems) == (before, 75, [])
    fill(database, 1)
    assert verify_log(database).head.row_id == 76
    change(database, "UPDATE audit SET detail = '{}' WHERE id = 75")
    assert problems(database) == ["Row 75 of the audit log was changed."]
    database.close()
