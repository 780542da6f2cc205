"""The modality of a row, from a column that states it or names an image file."""

import re
from collections.abc import Sequence

from backend.errors import BadTable

KNOWN = {
    "t2": "T2", "t2w": "T2", "t2wi": "T2", "dwi": "DWI", "hbv": "DWI", "adc": "ADC", "t1": "T1", "t1w": "T1",
    "t1c": "T1ce", "t1ce": "T1ce", "t1gd": "T1ce", "flair": "FLAIR", "ct": "CT", "pet": "PET", "pt": "PET",
    "dce": "DCE", "swi": "SWI", "us": "US", "mr": "MR", "mri": "MR", "mg": "MG", "cbct": "CBCT",
}  # fmt: skip
"""Words of file names, in small letters, and the modality they state."""
CONTRAST = frozenset({"gd", "ce", "gad", "gadolinium", "contrast", "post"})
GENERAL = ("MR",)  # says less than T2 beside it
_WORDS = re.compile(r"[A-Za-z0-9]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+\-]{0,23}")
_SUFFIX = re.compile(r"\.(?:nii|nii\.gz|mha|mhd|nrrd|dcm|tif|tiff)$", re.IGNORECASE)


def row_modalities(cells: Sequence[str], column: str, file: str) -> list[str]:
    """The modality of every row. Raises BadTable for a cell that states none, or two."""
    known: dict[str, str] = {}
    for row, cell in enumerate(cells):
        if cell not in known:
            known[cell] = _modality(cell.strip(), column, file, row + 2)
    return [known[cell] for cell in cells]


def _modality(cell: str, column: str, file: str, row: int) -> str:
    """A short word as it stands; of a path, the one word of its last part that is a modality's name."""
    path = "/" in cell or "\\" in cell or bool(_SUFFIX.search(cell)) or "_" in cell
    if not path and _NAME.fullmatch(cell):
        return KNOWN.get(cell.lower(), cell)
    last = re.split(r"[/\\]", cell.rstrip("/\\"))[-1]
    words = {word.lower() for word in _WORDS.findall(last)}
    found = {KNOWN[word] for word in words if word in KNOWN}
    if found == {"T1"} and words & CONTRAST:
        return "T1ce"
    if len(found) > 1:
        found -= set(GENERAL)
    if len(found) == 1:
        return found.pop()
    what = "names no modality" if not found else f"names {' and '.join(sorted(found))}"
    raise BadTable(
        f"{file}: row {row} of column {column!r} holds {last[:60]!r}, which {what}; add a column that states the "
        "modality of every row and name it with --modality-from."
    )
