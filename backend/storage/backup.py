"""Backup of a data folder in one tar file: the database by SQLite's backup API, then every blob; restored whole or not.

The key of the pseudonyms is in it too, so that a patient imported again keeps the pseudonym. Only the owner may read
the file.
"""

import os
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from backend.errors import BadFile, Conflict, Damaged, NotFound
from backend.settings import Settings
from backend.storage.blob_store import PSEUDONYM_KEY, BlobStore, sync_folder, write_durably
from backend.storage.folder_lock import worker_lock

DATABASE, OBJECTS = "radiomiclens.sqlite", "files/objects"
OWNER_ONLY = 0o600


def write_backup(settings: Settings, target: Path) -> int:
    """Write a backup to `target` and give its number of blobs; `target` appears only when whole.

    Safe while jobs run: the database is copied first, and a blob is stored before the row that names it. Raises
    `Conflict` for another database than SQLite, `NotFound` where there is none, `Damaged` where it fails its check.
    """
    source, store = _database(settings), BlobStore(settings.data_dir / "files")
    temporary = target.absolute().with_name(f".{target.name}.{secrets.token_hex(4)}")
    copied = temporary.with_suffix(".sqlite")
    try:
        _copy_database(source, copied)
        count = 0
        with _create_owner_only(temporary) as file, tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(copied, DATABASE)
            if (settings.data_dir / PSEUDONYM_KEY).exists():
                archive.add(settings.data_dir / PSEUDONYM_KEY, PSEUDONYM_KEY)
            for sha256 in store.hashes():
                archive.add(store.path(sha256), f"{OBJECTS}/{sha256}")
                count += 1
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
        sync_folder(temporary.parent)
        return count
    finally:
        temporary.unlink(missing_ok=True)
        copied.unlink(missing_ok=True)


def restore_backup(settings: Settings, source: Path) -> int:
    """Restore a backup into an empty data folder and give its number of blobs; after an error it is still empty.

    Raises `NotFound` without such a file, `Conflict` where the folder is in use, `BadFile` or `Damaged` where the
    backup is none of ours or does not match its hashes.
    """
    _database_path(settings)
    target = settings.data_dir
    if (target / DATABASE).exists() or (target / "files").exists():
        raise Conflict("This data folder is not empty; restore into a new one with --data-dir.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with worker_lock(target), _scratch(target) as scratch:
        store = BlobStore(scratch / "files")
        count = sum(_unpack(archive_member, scratch, store) for archive_member in _members(source))
        _check_database(scratch / DATABASE)
        if (scratch / PSEUDONYM_KEY).exists():
            (scratch / PSEUDONYM_KEY).replace(target / PSEUDONYM_KEY)
        (scratch / "files").mkdir(exist_ok=True)
        (scratch / "files").replace(target / "files")
        (scratch / DATABASE).replace(target / DATABASE)  # last: a folder without a database is still an empty one
        sync_folder(target)
    return count


def _create_owner_only(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb")


def _copy_database(source: Path, target: Path) -> None:
    _create_owner_only(target).close()
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
    _check_database(target)


def _check_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError:
        answer = "unreadable"
    if answer != "ok":
        raise Damaged("The database in the backup is damaged; use another backup.")


def _members(source: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every regular file of the archive; no name in it is ever used as a path."""
    if not source.is_file():
        raise NotFound(f"There is no file {source.name!r}; name a file that `radiomiclens backup` wrote.")
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is None:
                    raise BadFile(f"{source.name} holds something that is no file; it is not a backup of ours.")
                yield member.name, content.read()
    except tarfile.TarError:
        raise BadFile(f"{source.name} is not a backup, or it is cut off; use another one.") from None


def _unpack(member: tuple[str, bytes], scratch: Path, store: BlobStore) -> int:
    """Store one member, a blob under its own hash; gives 1 for a blob, else 0."""
    name, content = member
    if name in (DATABASE, PSEUDONYM_KEY):
        write_durably(scratch / name, content)
        (scratch / name).chmod(OWNER_ONLY)
        return 0
    if not name.startswith(f"{OBJECTS}/"):
        raise BadFile(f"The backup holds {name[:40]!r}, which no backup of ours has; use another one.")
    if store.put(content) != name.removeprefix(f"{OBJECTS}/"):
        raise Damaged(f"The file {name[-64:][:12]} in the backup does not match its hash; use another backup.")
    return 1


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A temporary folder on the same file system, removed in every case."""
    folder = target / f".restore-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database_path(settings: Settings) -> Path:
    if settings.database_url:
        raise Conflict("Only SQLite data folders are backed up here; use the own tools of the database behind the URL.")
    return settings.data_dir / DATABASE


def _database(settings: Settings) -> Path:
    path = _database_path(settings)
    if not path.is_file():
        raise NotFound("There is no database in this data folder; name another one with --data-dir.")
    return path
