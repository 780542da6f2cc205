"""A data folder in one file: a manifest, the database as an SQLite file, then every stored file.

The secret of the pseudonyms is in it too, so that a patient imported again keeps the pseudonym; only the owner may read
the file. The key that signs addresses is not: share links do not need it, and who has the file must not sign as a
server that runs. `restore` is the way back.
"""

import os
import secrets
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from backend.errors import Conflict, Damaged, DiskFull
from backend.settings import Settings
from backend.storage.backup_check import check_pages, problems, summary
from backend.storage.backup_manifest import MANIFEST, Manifest, sha256_of
from backend.storage.blob_store import PSEUDONYM_KEY, BlobStore, sync_folder
from backend.storage.database_errors import refuse_unusable
from backend.storage.disk_space import is_full
from backend.storage.folder_modes import OWN_NAMES
from backend.storage.prepare import require_database, sqlite_path
from backend.storage.shared_files import open_files
from backend.storage.table_copy import copy_to_sqlite

DATABASE, OBJECTS = "radiomiclens.sqlite", "files/objects"
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class WrittenBackup:
    """How many stored files are in a backup, and in sentences what is not."""

    files: int
    problems: list[str] = field(default_factory=list)


def write_backup(settings: Settings, target: Path, *, incomplete: bool = False) -> WrittenBackup:
    """Writes the backup; safe while jobs run, and `target` appears only when whole.

    The database is copied first: whatever a row of the copy names was stored before that row. Raises Damaged where
    a file that a row names is missing or a checksum does not match, unless `incomplete` asks for what is there;
    DiskFull where there is no room, and Conflict where `target` is part of the data folder itself.
    """
    _refuse_own(settings.data_dir, target)
    require_database(settings)
    files = open_files(settings)
    temporary = target.absolute().with_name(f".{target.name}.{secrets.token_hex(4)}")
    copied = temporary.with_suffix(".sqlite")
    try:
        with _room_for(target):
            _copy_database(settings, copied)
            found, whole = _checked(copied, files)
            if found and not incomplete:
                raise Damaged(
                    f"No backup was written: {summary(found)} To save what is there all the same, add --incomplete."
                )
            _write_archive(temporary, copied, settings.data_dir / PSEUDONYM_KEY, files, whole)
            temporary.replace(target)
            sync_folder(temporary.parent)
        return WrittenBackup(len(whole), found)
    finally:
        temporary.unlink(missing_ok=True)
        copied.unlink(missing_ok=True)


def _refuse_own(data_dir: Path, target: Path) -> None:
    folder, place = data_dir.resolve(), target.parent.resolve() / target.name
    if place.is_relative_to(folder) and (place == folder or place.relative_to(folder).parts[0].startswith(OWN_NAMES)):
        raise Conflict(f"{target.name} is part of the data folder itself; name a file elsewhere for the backup.")


def _checked(database: Path, files: BlobStore) -> tuple[list[str], list[str]]:
    """What is wrong, in sentences, and the hashes of the stored files that are whole."""
    found, whole = problems(database, files), []
    for sha256 in files.hashes():
        if files.is_whole(sha256):
            whole.append(sha256)
        else:
            found.append(f"The stored file {sha256[:12]} no longer matches its hash; restore it from a backup.")
    return found, whole


def _write_archive(target: Path, database: Path, key: Path, files: BlobStore, hashes: list[str]) -> None:
    manifest = Manifest(database=sha256_of(database), pseudonyms=sha256_of(key), files=len(hashes))
    with _owners_own(target) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            content = manifest.to_bytes()
            _add(archive, MANIFEST, BytesIO(content), len(content))
            for path, name in ((database, DATABASE), (key, PSEUDONYM_KEY)):
                if path.exists():
                    _add_file(archive, path, name)
            for sha256 in hashes:
                _add_file(archive, files.path(sha256), f"{OBJECTS}/{sha256}")
        file.flush()
        os.fsync(file.fileno())


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> None:
    with path.open("rb") as content:
        _add(archive, name, content, path.stat().st_size)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    """One member with a plain header: no owner, no time, nothing that differs between two backups of the same data."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, OWNER_ONLY
    archive.addfile(member, content)


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, DiskFull) as error:
        if not isinstance(error, DiskFull) and not is_full(error):
            raise
        raise DiskFull(
            f"There is no space left where {target.name} would be written; make room, or name a file on another disk."
        ) from error


def _owners_own(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb")


def _copy_database(settings: Settings, target: Path) -> None:
    """SQLite's own backup of its file, or every row of a database server."""
    source = sqlite_path(settings)
    _owners_own(target).close()
    try:
        if source is None:
            copy_to_sqlite(settings, target)
        else:
            with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(target)) as copy:
                original.backup(copy)
    except sqlite3.DatabaseError as error:
        refuse_unusable(error)
        raise
    check_pages(target)
