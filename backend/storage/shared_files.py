"""The stored files of hosts that share no disk: in an object store, with copies on this host of what it read.

`derived/` and `work/` stay on this host: the one is a cache, the other the state of a training that this host runs. A
copy is compared with its hash at every read as a file of the data folder is, and fetched again where it differs.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit
from urllib.request import url2pathname

from backend.errors import BadSettings, Damaged, NotFound, Unavailable
from backend.settings import Settings
from backend.storage.backup_manifest import copy_hashed
from backend.storage.blob_store import BlobStore, checked_hash
from backend.storage.bucket import Bucket
from backend.storage.fetched_files import FetchedFiles

log = logging.getLogger(__name__)
SECONDS_KNOWN = 10.0
"""How long an answer to "can it be reached" is taken as known: who is not signed in may ask it."""


def open_files(settings: Settings) -> BlobStore:
    """The store of a data folder's files, wherever the settings put it; nothing is connected to yet."""
    root = settings.data_dir / "files"
    if settings.files_url.startswith("s3://"):
        return SharedFiles(root, Bucket(settings.files_url), settings.files_cache_mb * 2**20)
    if settings.files_url:
        return BlobStore(root, Path(url2pathname(urlsplit(settings.files_url).path)) / "objects")
    return BlobStore(root)


def refuse_unmoved(settings: Settings) -> None:
    """Raises BadSettings where the data folder still holds files that must be in the shared store."""
    own = BlobStore(settings.data_dir / "files")
    if settings.files_url and open_files(settings).objects != own.objects and next(own.hashes(), None) is not None:
        raise BadSettings(
            "The data folder holds stored files of its own and RADIOMICLENS_FILES_URL names another place; move them "
            "there with radiomiclens db move-files."
        )


def refuse_unusable(settings: Settings) -> None:
    """Raises BadSettings where the store of files is named or opened wrongly; one that is away may come back."""
    files = open_files(settings)
    if settings.files_url and not files.travels and not files.objects.parent.is_dir():
        raise BadSettings("The folder that RADIOMICLENS_FILES_URL names is not there; mount its disk, or make it.")
    try:
        files.has("0" * 64)
    except Unavailable as error:
        log.warning("%s", error.sentence)


def move_files(settings: Settings) -> int:
    """Moves the data folder's own files to the shared store; each is compared with its hash there before it goes here.

    Raises BadSettings where no shared store is named, Damaged at the first file that is not whole. What was moved
    stays moved, and the next call goes on.
    """
    if not settings.files_url:
        raise BadSettings("RADIOMICLENS_FILES_URL names no store to move the files to; set it first.")
    own, shared, moved = BlobStore(settings.data_dir / "files"), open_files(settings), 0
    for sha256 in own.hashes() if shared.objects != own.objects else ():
        shared.copy_in(own.path(sha256), sha256)
        if not shared.is_whole(sha256):
            raise Damaged(f"The file {sha256[:12]} arrived damaged at the shared store; try again.")
        (own.objects / sha256[:2] / sha256).unlink(missing_ok=True)
        moved += 1
    return moved


class SharedFiles(BlobStore):
    """Blobs in a `Bucket`; this host's copies lie in `fetched/` and may be deleted at any time."""

    travels = True

    def __init__(self, root: Path, bucket: Bucket, copy_bytes: int) -> None:
        super().__init__(root, root / "fetched")
        self._bucket, self._copies = bucket, FetchedFiles(self.objects, copy_bytes)
        self._asked: tuple[float, Unavailable | None] = (-SECONDS_KNOWN, None)

    def put(self, data: bytes) -> str:
        """Store bytes in the bucket and give their sha256; what is there already is written again, and so healed."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._bucket.put(sha256, data)
        self._keep(sha256, data)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash, from this host's copy or the bucket; raises `NotFound`, `Damaged` or `Unavailable`."""
        with suppress(NotFound, Damaged):
            data = super().read(checked_hash(sha256))
            self._copies.used(self._object(sha256))
            return data
        found = self._bucket.get(checked_hash(sha256))
        if found is None:
            raise NotFound(f"The file {sha256[:12]} is not in the object store; restore it from a backup.")
        if hashlib.sha256(found).hexdigest() != sha256:
            raise _damaged(sha256)
        self._keep(sha256, found)
        return found

    def prefetch(self, hashes: Iterable[str]) -> None:
        """Nothing: a process that computes is given the bytes (`travels`)."""

    def path(self, sha256: str) -> Path:
        """The path of this host's copy, fetched in parts where there is none; raises as `read` does."""
        copy = self._object(sha256)
        if super().is_whole(sha256):
            self._copies.used(copy)
            return copy
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = copy.with_name(f".{secrets.token_hex(8)}")
        try:
            with self._bucket.opened(sha256) as source, temporary.open("wb") as target:
                if source is None:
                    raise NotFound(f"The file {sha256[:12]} is not in the object store; restore it from a backup.")
                if copy_hashed(source, target) != sha256:
                    raise _damaged(sha256)
            temporary.replace(copy)
        finally:
            temporary.unlink(missing_ok=True)
        self._copies.added(copy)
        return copy

    def adopt(self, file: Path, sha256: str) -> None:
        """Moves a file whose bytes have this hash into the bucket."""
        self.copy_in(file, sha256)
        file.unlink()

    def copy_in(self, file: Path, sha256: str) -> None:
        """Copies a file whose bytes have this hash into the bucket."""
        self._bucket.put_file(checked_hash(sha256), file)

    def is_whole(self, sha256: str) -> bool:
        """Whether the bytes in the bucket match their hash, whatever this host's copy holds; read in parts."""
        with self._bucket.opened(checked_hash(sha256)) as source:
            return source is not None and hashlib.file_digest(source, "sha256").hexdigest() == sha256

    def has(self, sha256: str) -> bool:
        """Whether something is stored in the bucket under this hash."""
        return self._bucket.has(checked_hash(sha256))

    def size(self, sha256: str) -> int:
        """How many bytes the file of a hash has in the bucket; 0 where there is none."""
        return self._bucket.size(checked_hash(sha256)) or 0

    def hashes(self) -> Iterator[str]:
        """Every hash in the bucket, sorted."""
        for name in sorted(self._bucket.names()):
            with suppress(NotFound):  # something else lies there
                yield checked_hash(name)

    def require_reachable(self) -> None:
        """Raises `Unavailable` where the bucket cannot be used; asks it at most every ten seconds."""
        at, problem = self._asked
        if monotonic() - at >= SECONDS_KNOWN:
            problem = None
            try:
                self.has("0" * 64)
            except (Unavailable, BadSettings) as error:
                log.warning("the store of files cannot be used: %s", error.sentence)
                problem = Unavailable("The store of files cannot be used at the moment; the server's log says why.")
            self._asked = (monotonic(), problem)
        if problem is not None:
            raise problem

    def _keep(self, sha256: str, data: bytes) -> None:
        """Keeps a copy; it may be lost in a crash, never half-read, for every read compares it with its hash."""
        copy = self._object(sha256)
        temporary = copy.with_name(f".{secrets.token_hex(8)}")
        try:
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary.write_bytes(data)
            temporary.replace(copy)
            self._copies.added(copy)
        except OSError as error:  # a full disk of this host keeps nobody from reading
            log.warning("no copy of a stored file was kept (%s)", error.strerror)
            with suppress(OSError):
                temporary.unlink()


def _damaged(sha256: str) -> Damaged:
    return Damaged(f"The file {sha256[:12]} in the object store does not match its hash; restore it from a backup.")
