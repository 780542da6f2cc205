"""Checks that a DICOM file is complete: every element to the last byte, and as many bytes of pixels as declared.

Libraries stop at a truncated element without an error; a slice without its end, or its position, would be left out.
Source: DICOM PS3.5, sections 7 (data set encoding) and A.4 (encapsulated pixel data).
"""

import struct
from dataclasses import dataclass

from backend.errors import BadFile
from backend.ingest.formats.dicom_encoding import LONG_KINDS, Encoded, cut_short, encoded

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
ROWS, COLUMNS, BITS, SAMPLES, FRAMES = 0x00280010, 0x00280011, 0x00280100, 0x00280002, 0x00280008
PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009)  # whole numbers, float, double
MAX_DEPTH = 16
ITEM_GROUP = (b"\xfe\xff", b"\xff\xfe")
HEADS = {order: (struct.Struct(order + "HH2sH"), struct.Struct(order + "HHI")) for order in "<>"}
"""Byte order -> head of an element with its kind and a short length, and without a kind."""


@dataclass
class _Walk:
    """A position in a file, and the encoding of its elements."""

    content: bytes
    at: int
    explicit: bool
    order: str
    name: str

    def cut(self) -> BadFile:
        return cut_short(self.name)

    def take(self, form: str) -> int:
        size = struct.calcsize(form)
        if self.at + size > len(self.content):
            raise self.cut()
        (value,) = struct.unpack_from(self.order + form, self.content, self.at)
        self.at += size
        return int(value)

    def tag(self) -> int:
        return self.take("H") << 16 | self.take("H")

    def head(self) -> tuple[int, bytes, int]:
        """Tag, value representation and length of the element that begins here."""
        if self.at + 8 > len(self.content):
            raise self.cut()
        named, unnamed = HEADS[self.order]
        if not self.explicit or self.content[self.at : self.at + 2] in ITEM_GROUP:
            group, element, length = unnamed.unpack_from(self.content, self.at)
            self.at += 8
            return group << 16 | element, b"", length
        group, element, kind, length = named.unpack_from(self.content, self.at)
        if not kind.isalpha() or not kind.isupper():
            raise self.cut()
        self.at += 8
        if kind in LONG_KINDS:
            length = self.take("I")
        return group << 16 | element, kind, length

    def skip(self, length: int) -> bytes:
        if length > len(self.content) - self.at:
            raise self.cut()
        value = self.content[self.at : self.at + length]
        self.at += length
        return value


def whole_dicom(content: bytes, name: str, largest: int) -> Encoded:
    """The file in one form, every element and as many bytes of pixels as declared in it. Raises BadFile."""
    file = encoded(content, name, largest)
    walk = _Walk(file.content, file.start, file.explicit, file.order, name)
    _check_pixels(_top_level(walk), name)
    return file


def _top_level(walk: _Walk) -> dict[int, int]:
    """The numbers that size the pixels, and the length of the pixels where it is stated."""
    facts: dict[int, int] = {}
    last = -1
    while walk.at < len(walk.content):
        tag, kind, length = walk.head()
        if tag <= last:
            raise walk.cut()  # elements stand in ascending order
        last = tag
        if length == UNDEFINED:
            _skip_items(walk, encapsulated=tag in PIXELS, explicit=walk.explicit and kind != b"UN", depth=0)
            continue
        value = walk.skip(length)
        if tag in (ROWS, COLUMNS, BITS, SAMPLES) and len(value) == 2:
            facts[tag] = int.from_bytes(value, "big" if walk.order == ">" else "little")
        elif tag == FRAMES:
            frames = value.decode("ascii", "replace").strip(" \0") or "1"
            if not frames.isdecimal():
                raise BadFile(f"{walk.name} states a NumberOfFrames (0028,0008) that is no number; export it again.")
            facts[tag] = int(frames)
        elif tag in PIXELS:
            facts[PIXELS[0]] = length
    return facts


def _skip_items(walk: _Walk, *, encapsulated: bool, explicit: bool, depth: int) -> None:
    """The items of a sequence (or of encapsulated pixels) up to its delimiter."""
    if depth > MAX_DEPTH:
        raise walk.cut()
    while True:
        tag, length = walk.tag(), walk.take("I")
        if tag == SEQUENCE_END and length == 0:
            return
        if tag != ITEM or (encapsulated and length == UNDEFINED):
            raise walk.cut()
        if length != UNDEFINED:
            walk.skip(length)
        else:
            _skip_item(walk, explicit, depth)


def _skip_item(walk: _Walk, explicit: bool, depth: int) -> None:
    before, walk.explicit = walk.explicit, explicit
    while True:
        tag, kind, length = walk.head()
        if tag == ITEM_END and length == 0:
            break
        if length == UNDEFINED:
            _skip_items(walk, encapsulated=False, explicit=explicit and kind != b"UN", depth=depth + 1)
        else:
            walk.skip(length)
    walk.explicit = before


def _check_pixels(facts: dict[int, int], name: str) -> None:
    """Where an image declares its size, its pixels have that size, padded to an even number of bytes at most."""
    if ROWS not in facts or PIXELS[0] not in facts:
        return
    bits = facts[ROWS] * facts.get(COLUMNS, 0) * facts.get(BITS, 0) * facts.get(SAMPLES, 1) * facts.get(FRAMES, 1)
    expected = (bits + 7) // 8
    if not expected <= facts[PIXELS[0]] <= expected + 1:
        raise BadFile(f"{name} declares {expected} bytes of pixels and holds {facts[PIXELS[0]]}; export it again.")
