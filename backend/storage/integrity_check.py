"""The whole store checked: the database's own structure, every sealed row, every array, every file's hash.

Reading finds a damaged row when it is asked for; a row whose key changed is asked for under its old key no more, so
only a check of everything finds that.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from backend.errors import Damaged, NotFound
from backend.models import Base, ChecksummedRow
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database

BATCH = 200
"""Rows read in one session."""


@dataclass
class Checked:
    """What was looked at and what is wrong, in sentences."""

    rows: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


def check_store(database: Database, files: BlobStore) -> Checked:
    """Reads everything once; takes as long as reading the data folder does."""
    found = Checked()
    _structure(database, found)
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, ChecksummedRow):
            _rows(database, mapper.class_, found)
    for sha256 in files.hashes():
        found.files += 1
        try:
            files.read(sha256)
        except (Damaged, NotFound) as error:
            found.problems.append(error.sentence)
    return found


def _structure(database: Database, found: Checked) -> None:
    """What SQLite itself can tell: pages, indexes, and rows that belong to nothing."""
    if database.engine.dialect.name != "sqlite":
        return
    try:
        with database.read() as session:
            said = session.execute(text("PRAGMA integrity_check(20)")).scalars().all()
            orphans = session.execute(text("PRAGMA foreign_key_check")).all()
    except (DatabaseError, Damaged):
        said, orphans = ["it cannot be read"], []
    if said != ["ok"]:
        found.problems.append("The database file is damaged; restore it from a backup.")
    if orphans:
        found.problems.append(f"{len(orphans)} rows of the database belong to nothing; restore it from a backup.")


def _rows(database: Database, model: type[ChecksummedRow], found: Checked) -> None:
    """Every row of a table, one read after the other so that one bad row does not hide the next.

    In short sessions: with a rollback journal nobody can commit while a reader holds on.
    """
    keys = list(model.__table__.primary_key.columns)  # type: ignore[attr-defined]  # every mapped class has a table
    try:
        with database.read() as session:
            ids = [tuple(identity) for identity in session.execute(select(*keys))]
        for first in range(0, len(ids), BATCH):
            with database.read() as session:
                for identity in ids[first : first + BATCH]:
                    _row(session, model, identity, found)
    except (DatabaseError, Damaged):
        found.problems.append("A table of the database cannot be read; restore it from a backup.")


def _row(session: Session, model: type[ChecksummedRow], identity: tuple[Any, ...], found: Checked) -> None:
    found.rows += 1
    try:
        session.get(model, identity)
    except (Damaged, ValueError, TypeError) as error:
        found.problems.append(error.sentence if isinstance(error, Damaged) else "A stored row cannot be read.")
