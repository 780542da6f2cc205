"""The modality of a row, from a column that states it or names an image file."""

import re
from collections.abc import Sequence

from backend.errors import BadTable
from backend.science.tables.modality_pattern import ModalityPattern

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


def row_modalities(cells: Sequence[str], column: str, file: str, pattern: ModalityPattern | None = None) -> list[str]:
    """The modality of every row, by its words or by a pattern. Raises BadTable for a cell that states none, or two."""
    known: dict[str, str] = {}
    for row, cell in enumerate(cells):
        if cell not in known:
            where = f"{file}: row {row + 2} of column {column!r}"
            known[cell] = _by_pattern(cell, pattern, where) if pattern else _modality(cell.strip(), where)
    return [known[cell] for cell in cells]


def _by_pattern(cell: str, pattern: ModalityPattern, where: str) -> str:
    """What stands at the place of the pattern: a known word of a modality by its name, any other as it stands."""
    found = pattern.found_in(cell)
    if len(found) == 1:
        return KNOWN.get(found[0].lower(), found[0])
    what = "does not fit" if not found else f"leaves {' or '.join(found[:3])} for"
    raise BadTable(
        f"{where} holds {_last(cell)[:60]!r}, which {what} the pattern {pattern.pattern[:60]!r}; correct it."
    )


def _modality(cell: str, where: str) -> str:
    """A short word as it stands; of a path, the one word of its last part that is a modality's name."""
    path = "/" in cell or "\\" in cell or bool(_SUFFIX.search(cell)) or "_" in cell
    if not path and _NAME.fullmatch(cell):
        return KNOWN.get(cell.lower(), cell)
    last = _last(cell)
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
        f"{where} holds {last[:60]!r}, which {what}; name a column that states the modality of every row with "
        "--modality-from, or say where it stands, as in --modality-from 'Image=*_{modality}.nii.gz'."
    )


def _last(cell: str) -> str:
    """The last part of a path."""
    return re.split(r"[/\\]", cell.strip().rstrip("/\\"))[-1]
