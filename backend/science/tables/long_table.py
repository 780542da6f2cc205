"""Long tables, `feature, value` with a row a number, turned into a row a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.errors import BadTable
from backend.science.tables.formats.columns import Columns
from backend.science.text_format import named

FEATURE = ("feature", "featurename", "radiomicfeature", "variable")
VALUE = ("value", "featurevalue", "val")


@dataclass(frozen=True, slots=True)
class LongNames:
    """The columns of a long table that hold the name of a feature and its value."""

    feature: str
    value: str


def long_names(names: Sequence[str]) -> LongNames | None:
    """The two columns, where a header has them."""
    feature, value = feature_column(names), _first(names, VALUE)
    return LongNames(feature, value) if feature and value else None


def feature_column(names: Sequence[str]) -> str | None:
    """The column that holds names of features."""
    return _first(names, FEATURE)


def _first(names: Sequence[str], known: tuple[str, ...]) -> str | None:
    plain = {"".join(letter for letter in name.lower() if letter.isalnum()): name for name in reversed(names)}
    return next((plain[word] for word in known if word in plain), None)


def widened(columns: Columns, long: LongNames) -> Columns:
    """A row for every distinct content of the other text columns, and a column a feature; absent values are NaN.

    Raises BadTable where a row's feature stands twice with different values.
    """
    keys = [name for name in columns.text if name != long.feature]
    rows = list(zip(*(columns.text[name] for name in keys), strict=True)) if keys else [()] * columns.n_rows
    place = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    features = [cell.strip() for cell in columns.text[long.feature]]
    at = {name: number for number, name in enumerate(dict.fromkeys(features))}
    if "" in at:
        row = features.index("") + 2
        raise BadTable(
            f"{columns.file}: row {row} of column {long.feature!r} is empty; name the feature of every value."
        )
    values = np.full((len(place), len(at)), np.nan)
    seen: dict[tuple[int, int], int] = {}
    numbers = columns.values[:, columns.names.index(long.value)]
    for number, (key, feature, value) in enumerate(zip(rows, features, numbers.tolist(), strict=True)):
        cell = place[key], at[feature]
        first = seen.setdefault(cell, number)
        if first != number and not np.array_equal(numbers[first], value, equal_nan=True):
            who = named([repr(word) for word in key if word])
            raise BadTable(
                f"{columns.file}: {feature[:80]!r} stands in the rows {first + 2} and {number + 2} for {who} with "
                "different values; keep one, or add a column that tells lesions apart."
            )
        values[cell] = value
    wide = Columns(columns.file, len(place), columns.sha256, header=columns.header, notes=columns.notes)
    wide.text = {name: [row[i] for row in place] for i, name in enumerate(keys)}
    wide.names, wide.values, wide.unused = list(at), values, columns.unused
    wide.numeric_ids = columns.numeric_ids
    wide.notes.append(f"a long table: {columns.n_rows} values of {len(at)} features in {len(place)} rows")
    return wide
