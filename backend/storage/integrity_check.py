"""Checks the whole data folder: the database's structure, every row, every checksum, every blob that a row names.

Normal reading checks only the rows it asks for. A row whose key was damaged is never asked for, so only a check of
every row finds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, select, tuple_
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import Base
from backend.storage.audit_check import verify_log
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.named_files import missing_files
from backend.storage.row_check import damaged_links
from backend.storage.structure_check import structure_problems

BATCH = 200
"""Rows read in one session: with a rollback journal nobody can commit while a reader is open."""

MOST_OF_AN_ID = 60


@dataclass
class IntegrityReport:
    """How many rows and blobs were checked, and a sentence for each problem."""

    rows: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


def check_store(database: Database, store: BlobStore) -> IntegrityReport:
    """Read and check everything once; raises nothing for damage, which the report lists."""
    report = IntegrityReport()
    report.problems += structure_problems(database)
    for mapper in Base.registry.mappers:
        _rows(database, mapper.class_, report)
    _named(database, store, report)
    for sha256 in store.hashes():
        report.files += 1
        if not store.is_whole(sha256):
            report.problems.append(
                f"The stored file {sha256[:12]} no longer matches its hash; restore it from a backup."
            )
    return report


def _named(database: Database, store: BlobStore, report: IntegrityReport) -> None:
    """Look for blobs that rows name, and compare links and the audit log, which no reading of a row does."""
    try:
        report.problems += verify_log(database).problems
        with database.read() as session:
            report.problems += missing_files(session.connection(), store)
            report.problems += damaged_links(session.connection())
    except (DatabaseError, Damaged):
        report.problems.append("A table of the database cannot be read; restore it from a backup.")


def _rows(database: Database, model: type[Base], report: IntegrityReport) -> None:
    """Check every row of a table, some hundred in one query; where one of them is bad, each by itself."""
    keys = list(model.__table__.primary_key.columns)  # type: ignore[attr-defined]  # every mapped class has a table
    try:
        with database.read() as session:
            ids = [tuple(identity) for identity in session.execute(select(*keys))]
        for first in range(0, len(ids), BATCH):
            some = ids[first : first + BATCH]
            with database.read() as session:
                if _all_whole(session, model, keys, some):
                    report.rows += len(some)
                    continue
            with database.read() as session:
                for identity in some:
                    _row(session, model, identity, report)
    except (DatabaseError, Damaged):
        report.problems.append("A table of the database cannot be read; restore it from a backup.")


def _all_whole(
    session: Session, model: type[Base], keys: Sequence[Column[Any]], identities: Sequence[tuple[Any, ...]]
) -> bool:
    """Whether all of these rows are found and can be read."""
    chosen = keys[0].in_([key for (key,) in identities]) if len(keys) == 1 else tuple_(*keys).in_(identities)
    try:
        return len(session.scalars(select(model).where(chosen)).unique().all()) == len(identities)
    except (DatabaseError, Damaged, ValueError, TypeError):
        return False


def _row(session: Session, model: type[Base], identity: tuple[Any, ...], report: IntegrityReport) -> None:
    report.rows += 1
    try:
        session.get(model, identity)
    except (Damaged, ValueError, TypeError) as error:
        said = error.sentence if isinstance(error, Damaged) else "A stored row cannot be read."
        report.problems.append(f"{model.__tablename__} {_words(identity)}: {said}")


def _words(identity: tuple[Any, ...]) -> str:
    """An id, or the parts of a key; short, because a damaged key may be anything."""
    return " / ".join(str(part)[:MOST_OF_AN_ID] for part in identity)
