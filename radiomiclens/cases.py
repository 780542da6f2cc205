"""The table of a batch: a row names an image and a mask, and whatever else stands in it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from backend.errors import BadTable
from backend.science.tables.readers import read_columns

IMAGE, MASK, LABEL = "image", "mask", "label"


@dataclass(frozen=True)
class Case:
    """One row: its cells by column, the files it names, and the label of the region, None where no column says it.

    `problem`: why the row names no case, else empty.
    """

    cells: Mapping[str, str]
    image: Path
    mask: Path
    label: int | None
    problem: str = ""


def read_cases(table: str | Path | pd.DataFrame, written: Sequence[str]) -> list[Case]:
    """The cases of a table file (CSV, TSV, Excel, Parquet) or of a frame, in its order.

    Columns `image` and `mask` name files, in a file relative to its folder; `label` is optional. Case does not count.
    Raises BadFile, and BadTable for a table that cannot be used or has a column named as one of `written`.
    """
    if isinstance(table, pd.DataFrame):
        name, folder = "the table", Path()
        columns = {str(column): [_cell(value) for value in table[column]] for column in table.columns}
    else:
        path = Path(table)
        name, folder = path.name, path.parent
        columns = read_columns(path, lambda names: dict.fromkeys(names, "text")).text
    taken = [column for column in columns if column in set(written)]
    if taken:
        raise BadTable(f"{name}: the column {taken[0]!r} would be written anew; rename it or leave it out.")
    image_column, mask_column = (_column(list(columns), wanted, name) for wanted in (IMAGE, MASK))
    label_column = next((column for column in columns if column.strip().lower() == LABEL), None)
    cases = []
    for values in zip(*columns.values(), strict=True):
        cells = dict(zip(columns, (value.strip() for value in values), strict=True))
        image, mask, label = cells[image_column], cells[mask_column], cells[label_column] if label_column else ""
        problem = "" if image and mask else f"The column {mask_column if image else image_column!r} is empty."
        problem = problem or _bad_label(label)
        cases.append(Case(cells, folder / image, folder / mask, None if problem else _number(label), problem))
    if not cases:
        raise BadTable(f"{name}: the table has no rows; give a row a case.")
    return cases


def _cell(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)  # NaN alone differs from itself


def _column(columns: Sequence[str], wanted: str, name: str) -> str:
    found = [column for column in columns if column.strip().lower() == wanted]
    if len(found) != 1:
        have = ", ".join(columns[:8])
        raise BadTable(f"{name}: one column named {wanted!r} is needed, and it has {len(found)} (columns: {have}).")
    return found[0]


def _bad_label(cell: str) -> str:
    try:
        number = float(cell or 1)
    except ValueError:
        number = 0.0
    return "" if number >= 1 and number.is_integer() else f"The label {cell[:40]!r} is no whole number above 0."


def _number(cell: str) -> int | None:
    return int(float(cell)) if cell else None
