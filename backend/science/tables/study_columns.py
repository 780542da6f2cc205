"""One column of a clinical table for the studies of an analysis: numbers or classes, and which studies lack a value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.tables.class_spellings import number_word, one_spelling, spelling_words
from backend.science.tables.formats.columns import MISSING as MISSING_NUMBERS
from backend.science.tables.types import Clinical
from backend.science.text_format import named

MOST_CLASSES = 10
"""A column of whole numbers with no more distinct values than this holds classes (PI-RADS 2 .. 5, Gleason groups)."""
NONE = "none"
"""Missing among numbers; among words it is a class, as in a column of earlier biopsies."""
MISSING = (MISSING_NUMBERS | {"-", "?"}) - {NONE}
MOST_LEVELS = 20
"""A column of words with more distinct values holds names, dates or notes, not classes."""
NOT_KNOWN = "not known"
CENTRE_COLUMNS = ("center", "centre", "site")
DATE = re.compile(
    r"(?:19|20)\d\d([-/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[T ].*)?"
    r"|\d{1,2}([-/.])\d{1,2}\2(?:19|20)?\d\d"
)
"""A day, as `2024-03-31`, `31.03.2024` or `20240331`."""

Kind = Literal["class", "number"]


@dataclass(frozen=True, slots=True)
class StudyColumn:
    """A named column by study id; `kind` says whether its values are classes or numbers."""

    name: str
    kind: Kind
    value_of: dict[str, str]  # without studies that lack a value
    spellings: str = ""  # which spellings were read as one class

    def values(self, studies: Sequence[str]) -> NDArray[np.str_] | NDArray[np.float64]:
        """The values (n,) of these studies; a class that is not known is one of its own.

        Raises KeyError where a study lacks a number.
        """
        if self.kind == "class":
            return np.array([self.value_of.get(study, NOT_KNOWN) for study in studies], dtype=str)
        return np.array([self.value_of[study] for study in studies], dtype=np.float64)

    def lacking(self, studies: Sequence[str]) -> list[str]:
        """Those of the studies that have no value."""
        return [study for study in studies if study not in self.value_of]

    @property
    def words(self) -> str:
        """What it is, as people read it: `pirads (4 classes)`, `psa (number)`."""
        if self.kind == "number":
            return f"{self.name} (number)"
        return f"{self.name} ({len(set(self.value_of.values()))} classes)"


def study_column(clinical: Clinical, name: str, kind: Kind | None = None) -> StudyColumn:
    """One column of a clinical table.

    Values are numbers where every one is; whole numbers with at most 10 distinct values are classes. `kind` overrides
    that. Blank cells, `NA` and the like are missing; spellings of one class are one (`spellings` says which). Raises
    BadTable for a column that is not there or is empty, and for words where numbers are asked for.
    """
    if name not in clinical.columns:
        raise BadTable(
            f"{clinical.name} has no column {name!r}; it has {named(list(clinical.columns)) or 'none beside the ids'}."
        )
    cells = zip(clinical.study_id, clinical.columns[name], strict=True)
    value_of = {study: cell.strip() for study, cell in cells if cell.strip().lower() not in MISSING}
    if not value_of:
        raise BadTable(f"{clinical.name}: the column {name!r} is empty; fill it in or leave it out.")
    rest = {study: cell for study, cell in value_of.items() if cell.lower() != NONE}
    if rest and _numbers(list(rest.values())) is not None:
        value_of = rest
    numbers = _numbers(list(value_of.values()))
    if kind == "number" and numbers is None:
        raise BadTable(f"{clinical.name}: the column {name!r} holds words; a number is needed.")
    if numbers is None:
        spelled = one_spelling(list(value_of.values()))
        value_of = {study: spelled[cell] for study, cell in value_of.items()}
        return StudyColumn(name, "class", value_of, spelling_words(spelled))
    if kind is None:
        whole = bool((numbers == np.round(numbers)).all())
        kind = "class" if whole and len(np.unique(numbers)) <= MOST_CLASSES else "number"
    if kind == "class":
        value_of = {study: number_word(number) for study, number in zip(value_of, numbers.tolist(), strict=True)}
    return StudyColumn(name, kind, value_of)


def centre_column(clinical: Clinical) -> StudyColumn | None:
    """The column that names the centre (`center`, `centre` or `site`), where there is one with two or more centres."""
    for name in clinical.columns:
        if name.lower() in CENTRE_COLUMNS and any(cell.strip() for cell in clinical.columns[name]):
            column = study_column(clinical, name, "class")
            return column if len(set(column.value_of.values())) > 1 else None
    return None


def target_columns(clinical: Clinical) -> tuple[StudyColumn, ...]:
    """Every filled column but the split, to be decoded from the embedding; names, notes and dates are left out."""
    found = []
    for name, cells in clinical.columns.items():
        words = [cell.strip() for cell in cells if cell.strip().lower() not in MISSING]
        if name == "split" or all(DATE.fullmatch(word) for word in words):  # of an empty column too
            continue
        column = study_column(clinical, name)
        names = len(set(column.value_of.values())) > MOST_LEVELS and column.kind == "class"
        if not names:
            found.append(column)
    return tuple(found)


def _numbers(words: list[str]) -> NDArray[np.float64] | None:
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None
