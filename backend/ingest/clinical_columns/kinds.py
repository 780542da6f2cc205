"""What a column of a clinical table holds, judged from all its cells: numbers, classes, dates or free text."""

import re
from collections.abc import Sequence
from math import isfinite
from typing import Literal

from backend.ingest.clinical import BLANK
from backend.ingest.identifiers.dates import MONTH_NAMES, holds_date
from backend.ingest.identifiers.letters import bare, word_set

Kind = Literal["numbers", "classes", "dates", "free text"]
Value = int | float | str
FEW = 10
"""So many different words are classes in any table; more are where each stands for several studies."""
STUDIES_A_CLASS = 3
LONGEST = 60
"""Characters of a class; a longer cell is a sentence."""
WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,14})")
MONTH = re.compile(
    r"(19|20)\d\d[-/ ](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[-/ ](19|20)\d\d|(19|20)\d\d[-./ ]?q[1-4]"
    rf"|{MONTH_NAMES}[-./ ]{{0,2}}(19|20)\d\d|(19|20)\d\d[-./ ]{{0,2}}{MONTH_NAMES}",
)
"""A month or quarter of a year, in numbers or words."""
DAY_1990, DAY_2036 = 31_412, 49_675
"""As Excel counts days, from 1904 on old Macs and from 1900 elsewhere."""
MEASURES = word_set("""
    volume volumes vol mm ml ul cc count counts n number voxel voxels pixel pixels platelet platelets plt thrombocytes
    wbc rbc leukocytes leucocytes cells dose income cost costs price salary intensity signal area surface length sum
    total mean median size steps concentration pg ng ug iu copies load
""")
"""Words of columns whose numbers are as large."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def is_blank(cell: str) -> bool:
    """Whether a cell says nothing."""
    return cell.strip().lower() in BLANK


def kind_of(cells: Sequence[str], name: str = "") -> Kind:
    """The kind of a column by its cells that are not blank; with a name, a spreadsheet's numbers of days are dates."""
    filled = [cell for cell in cells if not is_blank(cell)]
    if sum(map(_is_dated, filled)) * 2 > len(filled) or (name and _are_days(name, filled)):
        return "dates"
    if all(isinstance(value_of(cell), int | float) for cell in filled):
        return "numbers"
    different = len(set(filled))
    if max(map(len, filled)) > LONGEST or (different > FEW and different * STUDIES_A_CLASS > len(filled)):
        return "free text"
    return "classes"


def _are_days(name: str, filled: Sequence[str]) -> bool:
    """Whether every cell is a number of days as Excel counts them, from 1990 to 2035, and none is measured so."""
    days = [value_of(cell) for cell in filled]
    inside = all(isinstance(day, int | float) and DAY_1990 <= day < DAY_2036 for day in days)
    return inside and MEASURES.isdisjoint(re.findall(r"[a-z]+", bare(_CAMEL.sub("_", name))))


def _is_dated(cell: str) -> bool:
    return holds_date(cell) or MONTH.fullmatch(bare(cell)) is not None


def value_of(cell: str) -> Value:
    """A cell as a number where it is written as one, else as text; `007` is a code."""
    if WHOLE.fullmatch(cell):
        return int(cell)
    if NUMBER.fullmatch(cell) and not re.match(r"[+-]?0\d", cell) and isfinite(float(cell)):
        return float(cell)
    return cell
