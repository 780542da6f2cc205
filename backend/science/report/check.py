"""One thing that `verify` looked at, and how numbers are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

State = Literal["holds", "differs", "not checked"]
TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it holds, and a sentence: what was found, or why nothing could be."""

    name: str
    state: State
    sentence: str


def compared(name: str, wrong: Sequence[str], holds: str) -> Check:
    """`holds` where nothing is wrong, else the first places that are."""
    if not wrong:
        return Check(name, "holds", holds)
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Check(name, "differs", "; ".join(wrong[:3]) + more + ".")


def unequal(found: ArrayLike, stored: ArrayLike, tolerance: float = TOLERANCE) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where two arrays of numbers differ by more than the tolerance, relative above 1; NaN equals NaN."""
    one, other = np.asarray(found, dtype=np.float64), np.asarray(stored, dtype=np.float64)
    return np.asarray(~np.isclose(one, other, rtol=tolerance, atol=tolerance, equal_nan=True))


def largest(found: ArrayLike, stored: ArrayLike) -> float:
    """The largest difference of two arrays of numbers, for a sentence."""
    return float(np.nanmax(np.abs(np.asarray(found, dtype=np.float64) - np.asarray(stored, dtype=np.float64))))


def column_differences(file: str, table: pd.DataFrame, found: Mapping[str, object], named: Sequence[str]) -> list[str]:
    """Columns of a table that differ from what was computed, with their first row; text is compared as text.

    Columns that the table lacks are named too. `found` and `named`, what rows are called, are in the table's order.
    """
    wrong = []
    for name, value in found.items():
        if name not in table:
            wrong.append(f"{file} has no column {name}")
            continue
        values = np.broadcast_to(np.asarray(value), len(table))
        if values.dtype.kind in "iufb":
            at = unequal(values, pd.to_numeric(table[name], errors="coerce"))
        else:
            at = values.astype(str) != table[name].astype(str).to_numpy()
        if at.any():
            row = int(np.flatnonzero(at)[0])
            rest = f" and {int(at.sum()) - 1} more rows" if at.sum() > 1 else ""
            wrong.append(
                f"{file}, column {name}, {named[row]}{rest}: {table[name].iloc[row]} stands there, {values[row]} was "
                "computed"
            )
    return wrong
