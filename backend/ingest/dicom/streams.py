"""What a packed image says of itself in its first bytes, before a decoder reserves memory for it.

Sources: ITU-T T.81 (JPEG), T.87 (JPEG-LS), T.800 (JPEG 2000), annexes on markers.
"""

import struct
from dataclasses import dataclass

JPEG_START, JPEG_2000_START = b"\xff\xd8", b"\xff\x4f\xff\x51"
END = b"\xff\xd9"  # of both families
NO_FRAME = (0xC4, 0xC8, 0xCC)
LOSSLESS_FRAME, JPEG_LS_FRAME, SCAN, CODING, FIRST_TILE = 0xC3, 0xF7, 0xDA, 0x52, 0x90
FRAMES = {LOSSLESS_FRAME: "JPEG lossless", JPEG_LS_FRAME: "JPEG-LS"}
OTHER = "another JPEG"
IRREVERSIBLE = 0  # the 9-7 wavelet of JPEG 2000, of real numbers


@dataclass(frozen=True)
class Stream:
    """Rows and columns of a packed image, and its codec; whether its values are signed, where it says so.

    `lossy`: the stream says that values were rounded. `ended`: nothing but padding stands behind its last marker.
    """

    shape: tuple[int, int]
    codec: str
    signed: bool | None = None
    lossy: bool = False
    ended: bool = True


def stream_of(packed: bytes) -> Stream | None:
    """What the stream says; None where it is none that is known."""
    try:
        at = packed.find(JPEG_2000_START)
        found = _jpeg_2000(packed, at) if at >= 0 else _jpeg(packed) if packed.startswith(JPEG_START) else None
    except (struct.error, IndexError):
        return None
    return found


def _jpeg_2000(packed: bytes, start: int) -> Stream:
    right, bottom, left, top = struct.unpack_from(">4I", packed, start + 8)
    at, lossy = start + 2, False
    while packed[at + 1] != FIRST_TILE:
        mark, code, length = struct.unpack_from(">BBH", packed, at)
        if mark != 0xFF:
            raise struct.error
        if code == CODING:
            lossy = packed[at + 13] == IRREVERSIBLE
        at += 2 + length
    return Stream((bottom - top, right - left), "JPEG 2000", packed[start + 42] >= 128, lossy, _ended(packed))


def _jpeg(packed: bytes) -> Stream | None:
    """From marker to marker: the frame states size and codec, the scan behind it how far values are rounded."""
    at, frame = 2, None
    while True:
        mark, code, length = struct.unpack_from(">BBH", packed, at)
        if mark != 0xFF:
            return None
        if code == SCAN:
            return _scanned(packed, at, length, *frame) if frame else None
        if code == JPEG_LS_FRAME or (0xC0 <= code <= 0xCF and code not in NO_FRAME):
            frame = struct.unpack_from(">HH", packed, at + 5), FRAMES.get(code, OTHER)
        at += 2 + length


def _scanned(packed: bytes, at: int, length: int, shape: tuple[int, int], codec: str) -> Stream:
    predictor_or_near, low = packed[at + length - 1], packed[at + length + 1] & 0xF
    lossy = low > 0 or (codec == FRAMES[JPEG_LS_FRAME] and predictor_or_near > 0)
    return Stream(shape, codec, None, lossy, _ended(packed))


def _ended(packed: bytes) -> bool:
    return packed.rstrip(b"\0").endswith(END)
