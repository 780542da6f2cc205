"""Whether a run-length encoded frame holds as many bytes as its pixels take, no more and no fewer.

Decoders take the first of too many bytes without an error. Source: DICOM PS3.5, annex G.
"""

import struct

HEADER = 64  # bytes: the number of segments, and the place of each of up to 15
MOST = 15
PADDING = b"\0\x80"


def rle_problem(packed: bytes, pixels: int, bytes_each: int) -> str:
    """Why the frame is damaged, as a phrase, or nothing; a segment holds one byte of every pixel."""
    if len(packed) < HEADER:
        return "that is cut short"
    count, *places = struct.unpack_from(f"<{MOST + 1}I", packed)
    if count != bytes_each or places[0] != HEADER or any(places[count:]):
        return "whose header does not fit its pixels"
    ends = [*places[1:count], len(packed)]
    if any(start >= end for start, end in zip(places, ends, strict=False)):
        return "whose header does not fit its pixels"
    for start, end in zip(places, ends, strict=False):
        if not _holds(packed, start, end, pixels):
            return "that do not end with its last pixel"
    return ""


def _holds(packed: bytes, start: int, end: int, pixels: int) -> bool:
    """Whether a segment unpacks to so many bytes, and only padding is left."""
    at, made = start, 0
    while made < pixels:
        if at >= end:
            return False
        control = packed[at]
        if control < 128:
            made += control + 1
            at += control + 2
        elif control > 128:
            made += 257 - control
            at += 2
        else:
            at += 1
    return made == pixels and at <= end and not packed[at:end].strip(PADDING)
