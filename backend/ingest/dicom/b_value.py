"""The b-value of a slice, from the standard tag or a vendor's own."""

import struct
from typing import Any

from pydicom import Dataset

SIEMENS_B, GE_B, PHILIPS_B, UIH_B = 0x0019100C, 0x00431039, 0x20011003, 0x00651009
PRIVATE = (SIEMENS_B, GE_B, PHILIPS_B, UIH_B)
GE_OFFSET = 100_000  # GE adds multiples of it (usually 10^9) to b-values


def b_value(tags: Dataset) -> float | None:
    """The b-value in s/mm2: the standard tag, else Siemens (0019,100C), Philips (2001,1003), GE (0043,1039), UIH.

    Private values arrive as numbers, text or bytes. Source: the vendors' conformance statements.
    """
    standard = tags.get("DiffusionBValue")
    if standard is not None:
        return float(standard)
    for tag, form in ((SIEMENS_B, ""), (PHILIPS_B, "<f"), (GE_B, ""), (UIH_B, "<d")):
        if tag in tags and tags[tag].value not in (None, "", b""):
            number = _number(tags[tag].value, form)
            return number % GE_OFFSET if tag == GE_B else number
    return None


def _number(value: Any, form: str) -> float:
    if isinstance(value, bytes):
        if form and len(value) == struct.calcsize(form):
            return float(struct.unpack(form, value)[0])
        value = value.decode("ascii", errors="replace").strip(" \0").split("\\")[0]
    if not isinstance(value, str | float | int):
        value = value[0]  # several values: the b-value comes first
    return float(value)
