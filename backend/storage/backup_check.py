"""What a backup's database is asked before it is trusted: its pages, its checksums, and the files that it names."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from backend.errors import BadFile, Damaged
from backend.settings import Settings
from backend.storage.audit_check import has_chain, verify_chain
from backend.storage.blob_store import BlobStore
from backend.storage.database import make_engine, newest_revision
from backend.storage.named_files import missing_files
from backend.storage.row_check import damaged_rows

PROBLEMS_SHOWN = 3
REVISION = re.compile(r"\d{4}")


def check_pages(database: Path) -> None:
    """Raises Damaged where SQLite finds a fault in the file."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        answer, orphan = "unreadable", None
    if answer != "ok" or orphan is not None:
        raise Damaged("The database in the backup is damaged; use another backup.")


def check_schema(database: Path) -> None:
    """Raises Damaged where the schema is of a newer version, BadFile where it is none of ours or runs statements."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT type FROM sqlite_master")}
        try:
            revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        except (sqlite3.DatabaseError, TypeError):
            revision = ""
    if not REVISION.fullmatch(revision) or not kinds <= {"table", "index"}:
        raise BadFile("The database in the backup is none that RadiomicLens made; use another backup.")
    if revision > newest_revision():
        raise Damaged(f"The backup is of a newer version (schema {revision}); update RadiomicLens, then restore it.")


def problems(database: Path, files: BlobStore) -> list[str]:
    """Sentences: values that do not match their checksums, faults of the audit log, files that rows name in vain."""
    engine = make_engine(Settings(data_dir=database.parent, database_url=f"sqlite:///{database}"))
    try:
        with engine.execution_options(read_only=True).connect() as connection:
            chain = verify_chain(connection).problems if has_chain(connection) else []
            return [*damaged_rows(connection), *chain, *missing_files(connection, files)]
    except (DatabaseError, Damaged):
        return ["A table of the database cannot be read; restore the database from a backup."]
    finally:
        engine.dispose()


def summary(found: list[str]) -> str:
    """The first problems, and how many more there are."""
    more = f" ({len(found) - PROBLEMS_SHOWN} more)" if len(found) > PROBLEMS_SHOWN else ""
    return " ".join(found[:PROBLEMS_SHOWN]) + more
