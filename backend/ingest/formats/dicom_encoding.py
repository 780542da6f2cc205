"""Brings the bytes of a DICOM file into one form: preamble, `DICM`, transfer syntax, elements to the last byte.

Scanners and planning systems also write bare elements, archives deflate or gzip them. What does not look like DICOM by
its bytes is no DICOM, whatever its name. Source: DICOM PS3.5, section 10 and annex A; PS3.10, section 7.
"""

import struct
import zlib
from dataclasses import dataclass

from backend.errors import BadFile
from backend.ingest.formats.gzip_stream import GZIP_MAGIC, GzipStream

MARK, MARK_AT = b"DICM", 128
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED, BIG = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
SYNTAX_TAG = b"\2\0\x10\0"
LONGEST_FIRST = 4096  # bytes of the first element of a bare file; real ones have some dozen
KINDS = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG_KINDS = frozenset(b"OB OW OF OD OL OV SQ UC UN UR UT SV UV".split())
HEAD = MARK_AT + 12
"""So many bytes tell whether a file is DICOM."""


@dataclass(frozen=True)
class Encoded:
    """A whole file with preamble and `DICM`, where its elements begin, and how they are encoded."""

    content: bytes
    start: int
    syntax: str
    explicit: bool
    order: str


def begins_as_dicom(head: bytes) -> bool:
    """Whether the first bytes are those of a DICOM file, with or without its preamble."""
    return head[MARK_AT : MARK_AT + 4] == MARK or _bare(head)


def encoded(content: bytes, name: str, largest: int) -> Encoded:
    """The file in one form, its elements not yet looked at. Raises BadFile."""
    if content[:2] == GZIP_MAGIC:
        content = GzipStream(content, name).head(largest + 1)
        if len(content) > largest:
            raise BadFile(
                f"{name} unpacks to more than {largest / 1e6:.0f} MB, more than one image may hold here; split it."
            )
    if content[MARK_AT : MARK_AT + 4] != MARK:
        if not _bare(content):
            raise BadFile(
                f"{name} lies among DICOM files, but neither `{MARK.decode()}` nor a first DICOM element stands where "
                "it should; remove or replace it."
            )
        content = bytes(MARK_AT) + MARK + content
    start, syntax = _after_meta(content, name)
    if syntax == DEFLATED:
        content, start, syntax = _inflated(content[start:], name, largest)
    order = ">" if syntax == BIG or (not syntax and content[start : start + 1] == b"\0") else "<"
    stated = bool(syntax) and syntax.startswith("1.2.840.10008.1.2")
    explicit = syntax != IMPLICIT if stated else content[start + 4 : start + 6] in KINDS | LONG_KINDS
    if not syntax:
        syntax = BIG if order == ">" else EXPLICIT if explicit else IMPLICIT
        content, start = _with_meta(content[start:], syntax)
    return Encoded(content, start, syntax, explicit, order)


def _bare(head: bytes) -> bool:
    """Whether `head` begins with an element of group 2 or 8, as files without a preamble do."""
    for order in "<>":
        if len(head) < 8:
            return False
        group, element, short = struct.unpack_from(order + "HHxxH", head)
        if group not in (2, 8) or element > 0x0100:
            continue
        if head[4:6] in KINDS:
            return bool(short <= LONGEST_FIRST)
        (length,) = struct.unpack_from(order + "I", head, 4)
        return bool(head[4:6] in LONG_KINDS or (order == "<" and length <= LONGEST_FIRST))
    return False


def _after_meta(content: bytes, name: str) -> tuple[int, str]:
    """Where the elements behind group 2 begin, and the transfer syntax it states, or nothing."""
    at, syntax = MARK_AT + 4, ""
    while content[at : at + 2] == b"\2\0":
        long = content[at + 4 : at + 6] in LONG_KINDS
        head = at + (12 if long else 8)
        if head > len(content):
            raise cut_short(name)
        (length,) = struct.unpack_from("<I" if long else "<H", content, head - (4 if long else 2))
        if length > len(content) - head:
            raise cut_short(name)
        if content[at : at + 4] == SYNTAX_TAG:
            syntax = content[head : head + length].decode("ascii", "replace").strip(" \0")
        at = head + length
    return at, syntax


def _inflated(packed: bytes, name: str, largest: int) -> tuple[bytes, int, str]:
    stream = zlib.decompressobj(wbits=-15)
    try:
        plain = stream.decompress(packed, largest + 1)
    except zlib.error:
        raise BadFile(f"{name} is damaged: its deflated elements cannot be unpacked; copy it again.") from None
    if len(plain) > largest:
        raise BadFile(
            f"{name} unpacks to more than {largest / 1e6:.0f} MB, more than one image may hold here; split it."
        )
    if not stream.eof:
        raise cut_short(name)
    return *_with_meta(plain, EXPLICIT), EXPLICIT


def _with_meta(elements: bytes, syntax: str) -> tuple[bytes, int]:
    """A file of these elements with the least group 2, and where they begin."""
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    stated = SYNTAX_TAG + b"UI" + struct.pack("<H", len(uid)) + uid
    meta = b"\2\0\0\0UL\4\0" + struct.pack("<I", len(stated)) + stated
    head = bytes(MARK_AT) + MARK + meta
    return head + elements, len(head)


def cut_short(name: str) -> BadFile:
    """The refusal of a file whose elements do not end with it."""
    return BadFile(f"{name} is cut short or damaged: its elements do not end where the file ends; copy it again.")
