"""What a packed image says of itself in its first bytes, before a decoder reserves memory for it.

Sources: ITU-T T.81 (JPEG), T.87 (JPEG-LS), T.800 (JPEG 2000), annexes on markers.
"""

import struct
from dataclasses import dataclass

JPEG_START, JPEG_2000_START = b"\xff\xd8", b"\xff\x4f\xff\x51"
NO_FRAME = (0xC4, 0xC8, 0xCC)
JPEG_LS_FRAME, SCAN = 0xF7, 0xDA


@dataclass(frozen=True)
class Stream:
    """Rows and columns of a packed image; whether its values are signed, where it says so."""

    shape: tuple[int, int]
    signed: bool | None = None


def stream_of(packed: bytes) -> Stream | None:
    """What the first bytes say; None where they are those of no stream that is known."""
    try:
        at = packed.find(JPEG_2000_START)
        if at >= 0:
            right, bottom, left, top = struct.unpack_from(">4I", packed, at + 8)
            return Stream((bottom - top, right - left), packed[at + 42] >= 128)
        return _jpeg(packed) if packed.startswith(JPEG_START) else None
    except (struct.error, IndexError):
        return None


def _jpeg(packed: bytes) -> Stream | None:
    """From marker to marker up to the one that states the size of the frame."""
    at = 2
    while True:
        mark, code, length = struct.unpack_from(">BBH", packed, at)
        if mark != 0xFF or code == SCAN:
            return None
        if code == JPEG_LS_FRAME or (0xC0 <= code <= 0xCF and code not in NO_FRAME):
            rows, columns = struct.unpack_from(">HH", packed, at + 5)
            return Stream((rows, columns))
        at += 2 + length
