"""Decompresses gzip images as a stream: the header first, then at most one byte more than the header declares.

A file of a few kilobytes may decompress to gigabytes. So its declared size is compared with the limit and with the
compressed size first, and decompression stops one byte after the expected end.
"""

import zlib

from backend.errors import BadFile

GZIP_MAGIC = b"\x1f\x8b"
RATIO_FROM_BYTES = 64 << 20  # smaller images may have any ratio: they cannot fill the memory
MAX_RATIO = 250  # real masks of this size shrink 100 times, zeros 1000 times
_STEP = 1 << 18  # bytes decompressed at once, so that many small members cost no copies of the rest


class GzipStream:
    """The decompressed members of the gzip file `content`; zlib verifies CRC and length of each."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name
        self._at = 0
        self._stream = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._made = bytearray()

    def head(self, count: int) -> bytes:
        """The first `count` bytes, or all where there are fewer. Raises BadFile."""
        self._fill(count)
        return bytes(self._made[:count])

    def whole(self, expected: int) -> bytes | bytearray:
        """All bytes, cut one byte after `expected`. Raises BadFile for damaged data or an impossible ratio."""
        check_ratio(expected, len(self._content), self._name)
        self._fill(expected + 1)
        return self._made

    def _fill(self, count: int) -> None:
        """Decompress until there are `count` bytes or the last member has ended."""
        while len(self._made) < count and not self._ended():
            if self._stream.eof:
                self._stream = zlib.decompressobj(wbits=31)
            if not self._pending:
                self._pending = self._content[self._at : self._at + _STEP]
                self._at += len(self._pending)
            fed = self._pending
            try:
                made = self._stream.decompress(fed, min(_STEP, count - len(self._made)))
            except zlib.error:
                sentence = f"{self._name} is damaged: its gzip data does not fit its checksum; copy it again."
                raise BadFile(sentence) from None
            if not (made or fed or self._stream.eof):
                raise BadFile(f"{self._name} is cut short: its gzip data has no end; copy it again.")
            self._made += made
            self._pending = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def _ended(self) -> bool:
        """Whether the last member is whole and nothing is left behind it."""
        return self._stream.eof and not self._pending and self._at >= len(self._content)


def check_ratio(expected: int, packed: int, name: str) -> None:
    """Raise BadFile where `packed` bytes are declared to decompress to more than any image does."""
    if expected > max(RATIO_FROM_BYTES, packed * MAX_RATIO):
        raise BadFile(
            f"{name} declares more than {MAX_RATIO} times the voxels its size suggests, as no image does; write it "
            "again."
        )
