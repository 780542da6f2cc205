"""Blobs in an S3-compatible object store, through fsspec: put, read in parts, list. The only module that imports s3fs.

Key, secret, region and endpoint are the ones of every S3 tool (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_ENDPOINT_URL`, ...), so no setting of ours holds a secret. A put is visible as a whole or not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import Any

from backend.errors import BadSettings, Unavailable
from backend.storage.disk_space import is_full

PART_BYTES = 8 * 2**20
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER, TRIES = 5, 60, 3


class Bucket:
    """The blobs below `url` (`s3://BUCKET/PREFIX`), named as in a data folder: `objects/ab/abcdef...`."""

    def __init__(self, url: str) -> None:
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._objects = "/".join(part for part in (self._bucket, prefix, "objects") if part)

    def put(self, sha256: str, data: bytes) -> None:
        """Stores bytes; once it returns they are durable."""
        with self._told() as files:
            files.pipe_file(self._key(sha256), data)

    def put_file(self, sha256: str, file: Path) -> None:
        """Stores a file, in parts where it is large."""
        with self._told() as files:
            files.put_file(str(file), self._key(sha256))

    def get(self, sha256: str) -> bytes | None:
        """The bytes stored under a hash, not yet compared with it; None where there are none."""
        with self._told() as files:
            try:
                data: bytes = files.cat_file(self._key(sha256))
            except FileNotFoundError:
                self._require_bucket(files)
                return None
        return data

    @contextmanager
    def opened(self, sha256: str) -> Iterator[BufferedReader | None]:
        """A file to read in parts, so that memory stays flat; None where there is none."""
        with self._told() as files:
            try:
                file = files.open(self._key(sha256), "rb", block_size=PART_BYTES)
            except FileNotFoundError:
                self._require_bucket(files)
                yield None
                return
            with file:
                yield file

    def has(self, sha256: str) -> bool:
        """Whether something is stored under this hash."""
        return self.size(sha256) is not None

    def size(self, sha256: str) -> int | None:
        """How many bytes are stored under this hash; None where nothing is."""
        with self._told() as files:
            try:
                return int(files.info(self._key(sha256))["size"])
            except FileNotFoundError:
                self._require_bucket(files)
                return None

    def names(self) -> Iterator[str]:
        """The names of all blobs, a thousand in a request."""
        with self._told() as files:
            found = files.find(self._objects)
            if not found:
                self._require_bucket(files)
        yield from (key.rpartition("/")[2] for key in found)

    def _require_bucket(self, files: Any) -> None:
        """Nothing is there: an answer only where there is such a bucket; `_told` has the words for one that is not."""
        files.info(self._bucket)

    def _key(self, sha256: str) -> str:
        return f"{self._objects}/{sha256[:2]}/{sha256}"

    @cached_property
    def _files(self) -> Any:
        try:
            import s3fs
        except ImportError as error:
            raise BadSettings(
                "RADIOMICLENS_FILES_URL names an object store and s3fs is not installed; install radiomiclens[objects]."
            ) from error
        limits = {
            "connect_timeout": SECONDS_TO_CONNECT,
            "read_timeout": SECONDS_TO_ANSWER,
            "retries": {"max_attempts": TRIES},
        }
        return s3fs.S3FileSystem(use_listings_cache=False, config_kwargs=limits)

    @contextmanager
    def _told(self) -> Iterator[Any]:
        """Sentences in place of the exceptions of s3fs and botocore, which hold addresses and keys."""
        files = self._files  # says it where s3fs is not installed, and so botocore is not either
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield files
        except (PermissionError, NoCredentialsError) as error:
            raise BadSettings(
                f"The object store does not let this server into the bucket {self._bucket}; check AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and what they may do."
            ) from error
        except FileNotFoundError:
            raise BadSettings(
                f"There is no bucket {self._bucket}; make it, or correct RADIOMICLENS_FILES_URL."
            ) from None
        except (OSError, BotoCoreError, ClientError) as error:
            if is_full(error):
                raise  # this host's own disk, while a copy is written
            raise Unavailable("The object store of the files does not answer; try again when it does.") from error
