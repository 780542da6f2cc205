"""Whether the packed values of a JPEG lossless stream end exactly with its last pixel.

Decoders fill what is missing and pass over what is left, both without an error. Source: ITU-T T.81, annexes F and H.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TABLES, FRAME, RESTARTS, SCAN = 0xC4, 0xC3, 0xDD, 0xDA
LONGEST_CODE = 16  # bits
NO_BITS = 16  # the category whose difference, 32768, has no further bits
BAD = 255
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Scan:
    """A scan of one component: bits that a value takes, by the 16 bits that begin it; values; values a restart."""

    lengths: Bytes
    values: int
    restart: int
    content: bytes


def ends_with_its_pixels(packed: bytes) -> bool:
    """Whether every value of the frame stands in its scan and nothing else does; True where it cannot be told."""
    try:
        scan = _scan(packed)
    except (struct.error, IndexError, KeyError, ValueError):
        return False
    if scan is None:
        return True
    left = scan.values
    for part in _parts(scan.content):
        count = min(left, scan.restart or left)
        if not count or not _fits(part, scan.lengths, count):
            return False
        left -= count
    return left == 0


def _scan(packed: bytes) -> Scan | None:
    """The only scan of a frame of one component; None where there are several."""
    at, tables, values, restart = 2, dict[int, Bytes](), 0, 0
    while True:
        mark, code, length = struct.unpack_from(">BBH", packed, at)
        if mark != 0xFF:
            raise ValueError
        if code == TABLES:
            tables |= _tables(packed[at + 4 : at + 2 + length])
        elif code == FRAME:
            rows, columns, components = struct.unpack_from(">HHB", packed, at + 5)
            if components != 1:
                return None
            values = rows * columns
        elif code == RESTARTS:
            (restart,) = struct.unpack_from(">H", packed, at + 4)
        elif code == SCAN:
            table = tables[packed[at + 6] >> 4]
            return Scan(table, values, restart, packed[at + 2 + length : packed.rindex(b"\xff\xd9")])
        at += 2 + length


def _tables(content: bytes) -> dict[int, Bytes]:
    """Huffman tables by their number, each as the length of a whole value by the 16 bits that begin it."""
    found: dict[int, Bytes] = {}
    at = 0
    while at < len(content):
        number, counts = content[at] & 0xF, content[at + 1 : at + 17]
        lengths = np.full(1 << LONGEST_CODE, BAD, np.uint8)
        at, code = at + 17, 0
        for bits, count in enumerate(counts, start=1):
            for category in content[at : at + count]:
                first = code << (LONGEST_CODE - bits)
                lengths[first : first + (1 << (LONGEST_CODE - bits))] = bits + (0 if category == NO_BITS else category)
                code += 1
            at += count
            code <<= 1
        found[number] = lengths
    return found


def _parts(content: bytes) -> list[bytes]:
    """The bytes between restart markers, stuffing taken out."""
    parts, start, at = [], 0, content.find(b"\xff")
    while at >= 0:
        if 0xD0 <= content[at + 1 : at + 2].ljust(1, b"\0")[0] <= 0xD7:
            parts.append(content[start:at])
            start = at + 2
        at = content.find(b"\xff", at + 1)
    bare = [part.rstrip(b"\xff") for part in (*parts, content[start:])]  # what is left there fills up to a marker
    return [part.replace(b"\xff\0", b"\xff") for part in bare]


def _fits(part: bytes, lengths: Bytes, count: int) -> bool:
    """Whether `count` values take all bits of a part, but for ones that fill the last byte."""
    bits = np.unpackbits(np.frombuffer(part, np.uint8))
    ahead = np.concatenate([bits, np.ones(LONGEST_CODE, np.uint8)])
    windows = np.zeros(len(bits), np.uint16)
    for k in range(LONGEST_CODE):
        windows = (windows << 1) | ahead[k : k + len(bits)]
    steps = lengths[windows].tolist()
    at, end = 0, len(steps)
    for _ in range(count):
        if at >= end or steps[at] == BAD:
            return False
        at += steps[at]
    return 0 <= end - at < 8 and bool(bits[at:].all())
