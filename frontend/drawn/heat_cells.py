"""The cells of a heat map: a class in a modality with its numbers, and what is written and coloured of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from frontend.charts import style
from frontend.text import numbers
from shared import schemas as s

Measure = Literal["pre", "ft", "change"]
CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
BELOW_ZERO = "below 0"


@dataclass(frozen=True, slots=True)
class Cell:
    """The numbers of one cell; `flag` is there where the trust block leads."""

    group: str
    n_features: int
    pre: float | None
    ft: float | None
    change: float | None
    interval: tuple[float | None, float | None] = (None, None)
    flag: s.Flag | None = None

    def value(self, measure: Measure) -> float | None:
        """The number that is shown."""
        return {"pre": self.pre, "ft": self.ft, "change": self.change}[measure]


def cells_of(groups: Sequence[s.GroupRow], trusted: bool) -> dict[str, Cell]:
    """The cells by group, of the paper's numbers or of the trust block's."""
    return {row.group: _cell(row, trusted) for row in groups if row.grouping == "modality_class"}


def _cell(row: s.GroupRow, trusted: bool) -> Cell:
    if trusted:
        pre, ft = row.trust_r2_pre, row.trust_r2_ft
        return Cell(row.group, row.n_features, pre, ft, row.effect, (row.ci_low, row.ci_high), row.flag)
    change = None if row.r2_pre is None or row.r2_ft is None else row.r2_ft - row.r2_pre
    return Cell(row.group, row.n_features, row.r2_pre, row.r2_ft, change)


def has_value(cell: Cell, measure: Measure) -> bool:
    """Whether there is a number to show."""
    return cell.value(measure) is not None


def coloured(cell: Cell, measure: Measure) -> float | None:
    """The value behind a cell's colour; none for a change that says nothing, which a flag would say as well."""
    if measure == "change" and cell.flag is None and not style.says_something(cell.pre, cell.ft):
        return None
    return cell.value(measure)


def written(cell: Cell | None, measure: Measure, full: bool = False) -> str:
    """The number in its cell; `below 0` where both stages are and the change says nothing."""
    if cell is None or not has_value(cell, measure):
        return numbers.NONE
    value = coloured(cell, measure)
    if value is None:
        return f"{BELOW_ZERO} in both stages" if full else BELOW_ZERO
    return numbers.change(value) if measure == "change" else numbers.r2(value)
