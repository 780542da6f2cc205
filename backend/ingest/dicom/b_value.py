"""The b-value and the direction of a diffusion image, from the standard tags or a vendor's own."""

import re
import struct
from typing import Any

from pydicom import Dataset

from backend.ingest.dicom.stated import text

SIEMENS_B, GE_B, PHILIPS_B, UIH_B = 0x0019100C, 0x00431039, 0x20011003, 0x00651009
SIEMENS_DIRECTION, PHILIPS_DIRECTION, SIEMENS_CSA = 0x0019100D, 0x20011004, 0x00291010
PRIVATE = (SIEMENS_B, GE_B, PHILIPS_B, UIH_B, SIEMENS_DIRECTION, PHILIPS_DIRECTION, SIEMENS_CSA)
KEYWORDS = ("DiffusionBValue", "DiffusionDirectionality", "DiffusionGradientOrientation", "SequenceName")
GE_OFFSET = 100_000  # GE adds multiples of it (usually 10^9) to b-values
CSA_NAME, CSA_HEAD, CSA_ITEM = 64, 84, 16  # bytes of a name, of an element's header, and of an item's


def b_value(tags: Dataset) -> float | None:
    """The b-value in s/mm2: the standard tag, else Siemens (0019,100C), Philips (2001,1003), GE (0043,1039), UIH.

    After them the Siemens CSA header, and a sequence's name of one b-value (`*ep_b800t`). Private values arrive as
    numbers, text or bytes. Source: the vendors' conformance statements.
    """
    standard = tags.get("DiffusionBValue")
    if standard is not None:
        return float(standard)
    for tag, form in ((SIEMENS_B, ""), (PHILIPS_B, "<f"), (GE_B, ""), (UIH_B, "<d")):
        if tag in tags and tags[tag].value not in (None, "", b""):
            number = _number(tags[tag].value, form)
            return number % GE_OFFSET if tag == GE_B else number
    of_csa = _csa(tags, "B_value")
    if of_csa:
        return float(of_csa)
    named = re.fullmatch(r"\*?ep_?b(\d+)(?:[tprs]|#\d+)?", text(tags, "SequenceName").strip().lower())
    return float(named[1]) if named else None


def directionality(tags: Dataset) -> str:
    """`ISOTROPIC`, `DIRECTIONAL`, another word of the standard, or nothing where no tag tells."""
    stated = text(tags, "DiffusionDirectionality").strip().upper()
    if stated:
        return stated
    of_siemens = _text(tags, SIEMENS_DIRECTION) or _csa(tags, "DiffusionDirectionality").upper()
    if of_siemens:
        return of_siemens
    of_philips = _text(tags, PHILIPS_DIRECTION)
    if of_philips:
        return {"I": "ISOTROPIC", "N": "NONE"}.get(of_philips[0], "DIRECTIONAL")
    along = text(tags, "DiffusionGradientOrientation")
    one = re.fullmatch(r"\*?ep_?b\d+(?:#\d+|[prs])", text(tags, "SequenceName").strip().lower())
    return "DIRECTIONAL" if one or re.search(r"[1-9]", along) else ""


def _text(tags: Dataset, tag: int) -> str:
    value = tags[tag].value if tag in tags else ""
    value = value.decode("ascii", errors="replace") if isinstance(value, bytes) else str(value or "")
    return value.strip(" \0").upper()


def _number(value: Any, form: str) -> float:
    if isinstance(value, bytes):
        if form and len(value) == struct.calcsize(form):
            return float(struct.unpack(form, value)[0])
        value = value.decode("ascii", errors="replace").strip(" \0").split("\\")[0]
    if not isinstance(value, str | float | int):
        value = value[0]  # several values: the b-value comes first
    return float(value)


def _csa(tags: Dataset, wanted: str) -> str:
    """The first value of an element of the Siemens CSA image header, format 2 (`SV10`); nothing where it has none."""
    content = tags[SIEMENS_CSA].value if SIEMENS_CSA in tags else b""
    if not isinstance(content, bytes) or content[:4] != b"SV10":
        return ""
    try:
        return _csa_value(content, wanted.encode())
    except (struct.error, UnicodeDecodeError):
        return ""


def _csa_value(content: bytes, wanted: bytes) -> str:
    (count,) = struct.unpack_from("<I", content, 8)
    at = 16
    for _ in range(min(count, 1000)):
        name = content[at : at + CSA_NAME].split(b"\0")[0]
        (items,) = struct.unpack_from("<i", content, at + CSA_HEAD - 8)
        at += CSA_HEAD
        values = []
        for _ in range(min(max(items, 0), 1000)):
            (size,) = struct.unpack_from("<i", content, at)
            values.append(content[at + CSA_ITEM : at + CSA_ITEM + max(size, 0)])
            at += CSA_ITEM + -(-max(size, 0) // 4) * 4
        if name == wanted:
            return values[0].split(b"\0")[0].decode("ascii").strip() if values else ""
    return ""
