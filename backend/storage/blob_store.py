"""Content-addressed store: a blob is named by its sha256 and checked against it at every read.

Layout under the root: `objects/ab/abcdef...` holds volumes and encoder weights, `derived/` is a cache that may be
emptied at any time, `work/` holds the state from which an interrupted job resumes.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from backend.errors import BadSettings, Damaged, NotFound

_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[A-Za-z0-9._-]{1,120}")
_DIGEST_BYTES = 32
PSEUDONYM_KEY = "pseudonyms.key"
"""Name of the file in a data folder that holds the secret key of its pseudonyms."""


class BlobStore:
    """The blobs, the cache and the work folders of one data folder.

    Args:
        root: folder of the store, made when something is first put into it.
        objects: folder of the blobs where it is another one, such as a disk that several hosts share.
    """

    travels = False
    """Whether blobs must be read here for a process that computes elsewhere, for it could not read them itself."""

    def __init__(self, root: Path, objects: Path | None = None) -> None:
        self.root, self.objects = root, objects or root / "objects"

    def put(self, data: bytes) -> str:
        """Store bytes and give their sha256 (hex); once it returns they survive a power cut.

        A blob that is there already is read, and written again where it no longer matches its hash.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._object(digest)
        if not _matches(path, digest):
            write_durably(path, data)
        return digest

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash; raises `NotFound`, or `Damaged` where they no longer match it.

        Raises `BadSettings` where this process runs under an account that may not read them.
        """
        try:
            data = self._object(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                f"The file {sha256[:12]} is not in the store; restore the data folder from a backup."
            ) from None
        except PermissionError:
            raise BadSettings(
                f"This account may not read the stored file {sha256[:12]}; run server, worker and nodes under one "
                "account, or leave RADIOMICLENS_NODE_FILES unset."
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"The stored file {sha256[:12]} no longer matches its hash; restore it from a backup.")
        return data

    def prefetch(self, hashes: Iterable[str]) -> None:
        """Ask the operating system to read these blobs into its cache, while earlier cases are computed."""
        for sha256 in hashes:
            with suppress(OSError), self._object(sha256).open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def path(self, sha256: str) -> Path:
        """The path of a blob, checked against its hash; raises as `read` does. For readers that need a file."""
        if not self.is_whole(sha256):
            self.read(sha256)  # says what is wrong with it
        return self._object(sha256)

    def adopt(self, file: Path, sha256: str) -> None:
        """Moves a file that is durable already, and whose bytes have this hash, into the store."""
        target = self._object(sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        move_durably(file, target)

    def copy_in(self, file: Path, sha256: str) -> None:
        """Copies a file whose bytes have this hash into the store; `file` stays until somebody has compared them."""
        target = self._object(sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy_durably(file, target)

    def is_whole(self, sha256: str) -> bool:
        """Whether the bytes of a hash are there and match it; reads the file in parts."""
        return _matches(self._object(sha256), sha256)

    def has(self, sha256: str) -> bool:
        """Whether something is stored under this hash."""
        return self._object(sha256).exists()

    def size(self, sha256: str) -> int:
        """How many bytes the file of a hash has; 0 where there is none."""
        try:
            return self._object(sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def hashes(self) -> Iterator[str]:
        """Every stored hash, sorted."""
        yield from sorted(path.name for path in self.objects.glob("??/*") if _HASH.fullmatch(path.name))

    def require_reachable(self) -> None:
        """Raises `Unavailable` where nothing can be read or written at the moment."""
        self.has("0" * 64)

    def cached(self, key: str) -> bytes | None:
        """The cached bytes of a key; None where there are none, or where they were damaged (they are then deleted)."""
        path = self._derived(key)
        try:
            blob = path.read_bytes()
        except FileNotFoundError:
            return None
        digest, data = blob[:_DIGEST_BYTES], blob[_DIGEST_BYTES:]
        if hashlib.sha256(data).digest() == digest:
            return data
        path.unlink(missing_ok=True)
        return None

    def cache(self, key: str, data: bytes) -> None:
        """Cache bytes under a key that names everything they were computed from."""
        path = self._derived(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        temporary.write_bytes(hashlib.sha256(data).digest() + data)
        temporary.replace(path)  # no fsync: a cache may be lost, never half-read

    def work_folder(self, key: str) -> Path:
        """The folder in which a job saves the state it can resume from; `key` is the hash of its request."""
        if not _KEY.fullmatch(key):
            raise NotFound("That is not the key of a job's work folder.")
        path = self.root / "work" / key
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def _object(self, sha256: str) -> Path:
        return self.objects / sha256[:2] / checked_hash(sha256)

    def _derived(self, key: str) -> Path:
        if not _KEY.fullmatch(key) or key.startswith("."):
            raise NotFound("That is not the key of a cached file.")
        return self.root / "derived" / key[:2] / key


class BlobBundle:
    """Blobs by hash that are sent to another machine; checked against their hashes when they are read there."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = dict(contents)

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash; raises `NotFound`, or `Damaged` where they no longer match it."""
        data = self._contents.get(sha256)
        if data is None:
            raise NotFound(f"The file {sha256[:12]} did not travel with the case; retry the job.")
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"The file {sha256[:12]} was damaged on its way to the node; retry the job.")
        return data


def checked_hash(sha256: str) -> str:
    """The hash as it stands; raises `NotFound` for any other text, which must never become a path."""
    if not _HASH.fullmatch(sha256):
        raise NotFound("That is not the hash of a stored file.")
    return sha256


def _matches(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is whole or absent: temporary file, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_durably(file: Path, target: Path) -> None:
    """Renames a durable file; copies it durably where the target is on another disk."""
    try:
        file.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy_durably(file, target)
        file.unlink()
    sync_folder(target.parent)


def copy_durably(file: Path, target: Path) -> None:
    """Copies a file so that after a crash the copy is whole or absent."""
    temporary = target.with_name(f".{secrets.token_hex(8)}")
    try:
        with file.open("rb") as source, temporary.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Fsync a folder: a new name in it is durable only then."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
