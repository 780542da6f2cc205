"""Whether an analysis that was made again has the numbers of the one that is stored, bit for bit."""

from collections.abc import Iterator, Sequence

import pandas as pd

from backend.science.report.check import Check, compared
from backend.science.report.stored_folder import TEXT_COLUMNS, StoredFolder

ROWS = {"ranking": ["feature"], "groups": ["grouping", "group"]}


def replica_checks(stored: StoredFolder, made_again: StoredFolder) -> Iterator[Check]:
    """ranking.csv and groups.csv of both, by the columns that both have; columns of one alone are named."""
    for name, ids in ROWS.items():
        yield _equal(name, getattr(stored, name), getattr(made_again, name), ids)


def _equal(name: str, one: pd.DataFrame | None, other: pd.DataFrame | None, ids: Sequence[str]) -> Check:
    label, file = f"{name} made again", f"{name}.csv"
    if one is None or other is None:
        return Check(label, "not checked", f"One of the folders has no readable {file}.")
    left, right = (table.set_index(list(ids)).sort_index() for table in (one, other))
    if not left.index.equals(right.index):
        return Check(label, "differs", f"The two {file} do not have the same rows.")
    common = [column for column in left if column in right]
    wrong = [f"{file}, column {column}" for column in common if not _same(str(column), left[column], right[column])]
    alone = sorted({str(column) for column in left}.symmetric_difference(map(str, right)))
    beside = f" Only one of them has {', '.join(alone)}." if alone else ""
    return compared(label, wrong, f"All {len(common)} columns of {file} are equal to the bit.{beside}")


def _same(column: str, one: pd.Series, other: pd.Series) -> bool:
    if column in TEXT_COLUMNS or object in (one.dtype, other.dtype):
        return bool((one.fillna("") == other.fillna("")).all())
    return bool(((one == other) | (one.isna() & other.isna())).all())
