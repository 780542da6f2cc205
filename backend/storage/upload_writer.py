"""Writes the body of one request to the end of an upload; what is recorded has been fsynced before.

Only one writer has an upload at a time: it holds a lock of the kernel's, which ends with its process.
"""

import base64
import binascii
import errno
import hashlib
import os
from contextlib import ExitStack
from typing import Any

from backend.errors import BadFile, Conflict, Damaged, DiskFull, Refusal, TooLarge
from backend.models import Upload
from backend.settings import Settings
from backend.storage import uploads
from backend.storage.database import Database
from backend.storage.disk_space import NO_SPACE
from backend.storage.upload_folder import UploadFolder

COMMIT_BYTES = 16 * 2**20
"""Bytes after which what has arrived is made durable and recorded, so that a cut costs no more."""
CHECKSUMS = ("sha1", "sha256")


class WrongChecksum(Refusal):
    """The bytes of a request are not those that its sender hashed (tus 1.0.0: 460)."""

    status = 460
    code = "wrong-checksum"


class UploadWriter:
    """Appends to an upload of the user `by` at `offset`; `open` it, and `close` it whatever happens.

    A request with a checksum (`sha1 BASE64` or `sha256 BASE64`) is recorded as a whole or not at all.
    """

    def __init__(
        self, database: Database, settings: Settings, upload_id: str, by: str, *, offset: int, checksum: str = ""
    ) -> None:
        self._database, self._settings, self._id, self._by = database, settings, upload_id, by
        self._offset, self._checksum = offset, _expected(checksum)
        self._stack = ExitStack()
        self._file, self._recorded, self._at, self.n_bytes = -1, 0, 0, 0

    def open(self) -> None:
        """Takes the upload; raises NotFound, Busy, and Conflict where `offset` is not where it stands."""
        with self._database.read() as session:
            uploads.find(session, self._id, self._by)
        with ExitStack() as stack:
            folder = UploadFolder(self._settings.data_dir, self._id)
            self._file = stack.enter_context(folder.locked_part())
            with self._database.read() as session:  # only now: another writer may have ended just before
                row = uploads.find(session, self._id, self._by)
            self._check(row)
            os.ftruncate(self._file, row.n_received)  # what a writer that died left behind was never recorded
            self.n_bytes, self._recorded, self._at = row.n_bytes, row.n_received, row.n_received
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Gives the upload back; what was not recorded is forgotten."""
        self._stack.close()

    def _check(self, row: Upload) -> None:
        if row.state != "receiving":
            raise Conflict("This upload is complete already; nothing can be added to it.")
        if row.n_received != self._offset:
            conflict = Conflict(
                f"This upload stands at byte {row.n_received:,} and not at {self._offset:,}; go on from there."
            )
            conflict.headers = {"Upload-Offset": str(row.n_received)}
            raise conflict
        if os.fstat(self._file).st_size < row.n_received:
            raise Damaged("Bytes of this upload are missing on the server's disk; remove it and send the file again.")

    def write(self, piece: bytes) -> None:
        """Appends bytes; records now and then where the request has no checksum. Raises TooLarge or DiskFull."""
        if self._at + len(piece) > self.n_bytes:
            raise TooLarge(f"More bytes came than the {self.n_bytes:,} this upload was announced with; start it anew.")
        if self._checksum is not None:
            self._checksum[0].update(piece)
        rest = memoryview(piece)
        try:
            while rest:
                written = os.pwrite(self._file, rest, self._at)
                rest, self._at = rest[written:], self._at + written
        except OSError as error:
            _refuse_full(error)
            raise
        whole = self._at == self.n_bytes  # recorded at the end of the body, in case more follows
        if self._checksum is None and not whole and self._at - self._recorded >= COMMIT_BYTES:
            self.record()

    def record(self) -> int:
        """Makes durable what was written, then records it; gives the offset. Nothing where a checksum is due."""
        if self._checksum is None and self._at > self._recorded:
            uploads.check_free(self._settings, 0)
            try:
                os.fsync(self._file)
            except OSError as error:
                _refuse_full(error)
                raise
            with self._database.write() as session:
                uploads.received(session, self._settings, self._id, self._recorded, self._at)
            self._recorded = self._at
        return self._recorded

    def finish(self) -> int:
        """Records the end of the body; gives the offset. Raises WrongChecksum, and then records nothing."""
        if self._checksum is not None:
            digest, expected = self._checksum
            if digest.digest() != expected:
                raise WrongChecksum("The bytes that arrived are not those that were sent; send this part again.")
            self._checksum = None
        return self.record()


def _refuse_full(error: OSError) -> None:
    if error.errno in (*NO_SPACE, errno.EFBIG):
        raise DiskFull(
            "There is no room on the server's disk for more of this upload; ask for some, then go on."
        ) from error


def _expected(given: str) -> tuple[Any, bytes] | None:
    """The running hash and the expected digest of an `Upload-Checksum`; raises BadFile for another algorithm."""
    if not given:
        return None
    algorithm, _, encoded = given.partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadFile(f"The checksum is of another kind than {' or '.join(CHECKSUMS)}; send one of these, or none.")
    try:
        return hashlib.new(algorithm, usedforsecurity=False), base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise BadFile("The checksum is no base64; send it as the tus protocol writes it, or leave it out.") from None
