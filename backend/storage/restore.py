"""A backup back into an empty data folder: checked in full in a folder beside it, then moved into place, or not at all.

Backups written before there was a manifest are taken too: their rows and files are checked by their own hashes.
"""

import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from backend.errors import BadFile, Conflict, Damaged, NotFound
from backend.settings import Settings
from backend.storage.backup import DATABASE, OBJECTS, OWNER_ONLY
from backend.storage.backup_check import check_pages, check_schema, problems, summary
from backend.storage.backup_manifest import MANIFEST, Manifest, copy_hashed, read_manifest
from backend.storage.blob_store import PSEUDONYM_KEY, BlobStore, sync_folder
from backend.storage.database import make_engine, schema_revision
from backend.storage.folder_lock import worker_lock
from backend.storage.folder_modes import DATA_NAMES
from backend.storage.prepare import sqlite_path
from backend.storage.shared_files import open_files
from backend.storage.table_copy import copy_from_sqlite

LARGEST_MANIFEST = 10_000


@dataclass
class RestoredBackup:
    """What came out of a backup.

    Attributes:
        files: number of stored files.
        manifest: the backup's own; None for one of an older version.
        problems: in sentences what is missing or damaged, where that was allowed.
        hashes: sha256 of the members that are not named by it.
    """

    files: int = 0
    manifest: Manifest | None = None
    problems: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)


def restore_backup(settings: Settings, source: Path, *, incomplete: bool = False) -> RestoredBackup:
    """Fills an empty data folder, and an empty database server where the settings name one, from a backup of either.

    It raises before anything appears if something does not match: Conflict where the folder has a database, files or a
    key already, or a journal of SQLite's, which would be played into the new database; BadFile or Damaged where the
    backup cannot be trusted. `incomplete` takes one that lacks files or holds values with a wrong checksum, as
    `write_backup` can write it.
    """
    target = settings.data_dir
    if target.is_dir() and any(path.name.startswith(DATA_NAMES) for path in target.iterdir()):
        raise Conflict("This data folder is not empty; restore into a new one with --data-dir.")
    if sqlite_path(settings) is None and schema_revision(settings) is not None:
        raise Conflict("The database behind RADIOMICLENS_DATABASE_URL is not empty; restore into a new one.")
    if not source.is_file():
        raise NotFound(f"There is no file {source.name!r}; name a file that `radiomiclens backup` wrote.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with worker_lock(target), _scratch(target) as scratch:
        found = _unpack(source, scratch)
        _check(found, scratch)
        if found.problems and not incomplete:
            raise Damaged(
                f"The backup is not whole, nothing was restored: {summary(found.problems)} "
                "To take what is there all the same, add --incomplete."
            )
        _move(settings, scratch)
    return found


def _unpack(source: Path, scratch: Path) -> RestoredBackup:
    """Every member under the name its own content gives it; nothing is ever unpacked by the names in the archive."""
    found, files = RestoredBackup(), BlobStore(scratch / "files")
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is None:
                    raise BadFile(f"{source.name} holds something that is no file; it is not a backup of ours.")
                _take(member.name, content, scratch, files, found)
    except (tarfile.TarError, EOFError, ValueError, OverflowError):
        raise BadFile(f"{source.name} is not a backup, or it is cut off; use another one.") from None
    return found


def _take(name: str, content: IO[bytes], scratch: Path, files: BlobStore, found: RestoredBackup) -> None:
    if name in found.hashes:
        raise BadFile(f"The backup holds {name!r} twice, which no backup of ours does; use another one.")
    if name == MANIFEST:
        found.hashes[name] = ""
        found.manifest = read_manifest(content.read(LARGEST_MANIFEST))
    elif name in (DATABASE, PSEUDONYM_KEY):
        found.hashes[name] = _written(content, scratch / name)
    elif name.startswith(f"{OBJECTS}/"):
        _take_object(name.removeprefix(f"{OBJECTS}/"), content, scratch, files)
        found.files += 1
    else:
        raise BadFile(f"The backup holds {name[:40]!r}, which no backup of ours has; use another one.")


def _take_object(named: str, content: IO[bytes], scratch: Path, files: BlobStore) -> None:
    arrived = scratch / "arriving"
    sha256 = _written(content, arrived)
    if sha256 != named:
        raise Damaged(f"The file {named[:12]!r} in the backup does not match its hash; use another backup.")
    files.adopt(arrived, sha256)


def _written(content: IO[bytes], path: Path) -> str:
    """Writes a file durably, for its owner alone, in parts; gives the sha256 of what was written."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as file:
        sha256 = copy_hashed(content, file)
        file.flush()
        os.fsync(file.fileno())
    return sha256


def _check(found: RestoredBackup, scratch: Path) -> None:
    """Compares with the manifest, then asks the database itself."""
    if DATABASE not in found.hashes:
        raise BadFile("The backup holds no database, or it is cut off; use another one.")
    if found.manifest is not None:
        _compare(found, found.manifest)
    check_pages(scratch / DATABASE)
    check_schema(scratch / DATABASE)
    found.problems = problems(scratch / DATABASE, BlobStore(scratch / "files"))


def _compare(found: RestoredBackup, manifest: Manifest) -> None:
    if found.hashes[DATABASE] != manifest.database:
        raise Damaged("The database in the backup does not match its hash; use another backup.")
    if found.hashes.get(PSEUDONYM_KEY, "") != manifest.pseudonyms:
        raise Damaged("The key of the pseudonyms in the backup does not match its hash; use another backup.")
    if found.files != manifest.files:
        raise Damaged(f"The backup holds {found.files} files of {manifest.files}; it is cut off, use another one.")


def _move(settings: Settings, scratch: Path) -> None:
    target = settings.data_dir
    if sqlite_path(settings) is None:
        with _filled_server(settings, scratch / DATABASE):
            _move_files(settings, scratch)
        return
    _move_files(settings, scratch)
    (scratch / DATABASE).replace(target / DATABASE)  # last: a folder without a database is still an empty one
    sync_folder(target)


def _move_files(settings: Settings, scratch: Path) -> None:
    target = settings.data_dir
    if (scratch / PSEUDONYM_KEY).exists():
        (scratch / PSEUDONYM_KEY).replace(target / PSEUDONYM_KEY)
    (scratch / "files").mkdir(exist_ok=True, mode=0o700)
    if settings.files_url:
        _share(BlobStore(scratch / "files"), open_files(settings))
    else:
        (scratch / "files").replace(target / "files")
    sync_folder(target)


def _share(restored: BlobStore, shared: BlobStore) -> None:
    """Moves files into a store of several hosts, where they change nothing: whatever is there has its hash as name."""
    for sha256 in restored.hashes():
        shared.adopt(restored.path(sha256), sha256)


@contextmanager
def _filled_server(settings: Settings, database: Path) -> Iterator[None]:
    """All rows in one transaction, which ends with the block; the next start brings an older schema to the newest."""
    revision = schema_revision(Settings(data_dir=database.parent, database_url=f"sqlite:///{database}"))
    engine = make_engine(settings)
    try:
        with engine.begin() as connection:
            copy_from_sqlite(database, connection, str(revision))
            yield
    finally:
        engine.dispose()


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A folder beside the data that goes away whatever happens."""
    folder = target / f".restore-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
