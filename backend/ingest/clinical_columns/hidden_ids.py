"""Columns of numbers or classes that number or name people or studies, which only all their cells together tell."""

import re
from collections.abc import Sequence

from backend.ingest.clinical_columns.kinds import WHOLE
from backend.ingest.identifiers.letters import bare, runs, word_set
from backend.ingest.identifiers.name_lists import GIVEN_NAMES

NUMBERING = word_set(
    "id ids uid pid sid nr no num number nummer numero numer key code index idx row case record barcode unnamed"
)
"""Words of columns that may number something; what is counted or measured is the same in several studies."""
_ENDS_IN_ID = re.compile(r"[a-z]I[Dd]s?$")
_DICOM_UID = re.compile(r"[0-2](\.(0|[1-9]\d*)){5,}")
LONG_NUMBER = 10**7
"""Whole numbers from here on are ids or times; nothing that is measured of a patient is written so."""
SHARE_DIFFERENT = 0.8
"""Of the cells of a column of ids so many are different: a patient may have several studies."""


def hides_ids(name: str, cells: Sequence[str]) -> bool:
    """Whether the filled cells of a column are ids of studies or people, or the first names of people alone."""
    different = set(cells)
    if any(_DICOM_UID.fullmatch(cell) for cell in different):
        return True
    if 2 * sum(map(_is_first_name, different)) > len(different) > 1:
        return True
    if len(different) < 2 or len(different) < SHARE_DIFFERENT * len(cells):
        return False
    if not all(map(WHOLE.fullmatch, different)):
        return False
    return _is_numbering(name) or 2 * sum(abs(int(cell)) >= LONG_NUMBER for cell in different) > len(different)


def _is_numbering(name: str) -> bool:
    words = re.findall(r"[a-z]+", bare(name))
    return (
        not any(map(str.isalpha, name))
        or not NUMBERING.isdisjoint(words)
        or _ENDS_IN_ID.search(name.strip()) is not None
    )


def _is_first_name(cell: str) -> bool:
    words = [bare(run) for run in runs(cell)]
    return len(words) == 1 and len(words[0]) > 2 and words[0] in GIVEN_NAMES
