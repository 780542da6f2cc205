"""Gzip as a stream with a promise: a header first, then exactly the bytes that header declares and not one more.

A file of a few kilobytes may unpack to gigabytes, so nothing is unpacked before its declared size has been compared
with the cap and with the packed bytes there, and unpacking ends one byte behind what is expected.
"""

import zlib

from backend.errors import BadFile

GZIP_MAGIC = b"\x1f\x8b"
LARGE = 64 << 20  # from here on a file that unpacks to far more than it holds is refused
MOST_TIMES = 250  # real masks of this size shrink 100 times, zeros 1000 times
_STEP = 1 << 18  # bytes unpacked or fed at once, so that many small members cost no copies of the rest


class Unpacking:
    """The gzip members of `content` one after the other, each with its CRC and length verified by zlib."""

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
        """All bytes, or one more than expected where there are more. Raises BadFile."""
        check_ratio(expected, len(self._content), self._name)
        self._fill(expected + 1)
        return self._made

    def _fill(self, count: int) -> None:
        """Unpacks until `count` bytes are there or the last member has ended."""
        while len(self._made) < count and not self._ended():
            if self._stream.eof:
                self._stream = zlib.decompressobj(wbits=31)
            if not self._pending:
                self._pending = self._content[self._at : self._at + _STEP]
                self._at += len(self._pending)
            given = self._pending
            try:
                made = self._stream.decompress(given, min(_STEP, count - len(self._made)))
            except zlib.error:
                sentence = f"{self._name} is damaged: its gzip data does not fit its checksum; copy it again."
                raise BadFile(sentence) from None
            if not (made or given or self._stream.eof):
                raise BadFile(f"{self._name} is cut short: its gzip data has no end; copy it again.")
            self._made += made
            self._pending = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def _ended(self) -> bool:
        """Whether the last member is whole and nothing is left behind it."""
        return self._stream.eof and not self._pending and self._at >= len(self._content)


def check_ratio(expected: int, packed: int, name: str) -> None:
    """Raises BadFile where `packed` bytes are said to unpack to more than any image does."""
    if expected > max(LARGE, packed * MOST_TIMES):
        raise BadFile(f"{name} declares more than {MOST_TIMES} times the voxels its size suggests, as no image does.")
