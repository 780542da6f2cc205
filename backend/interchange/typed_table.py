"""A table whose columns have a type and words, so that each format can say what a column is; written as Parquet."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["text", "number", "count", "truth", "numbers"]
Values = Sequence[str | None] | Sequence[float | None] | Sequence[bool | None] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; None where a row has no value, in an array NaN. A cell of `numbers` is a row of an array (N, K)."""

    name: str
    kind: Kind
    words: str
    values: Values

    @property
    def empty(self) -> bool:
        """Whether no row has a value."""
        return all(value is None for value in self.values)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a data set: `name` is that of its file, without its end."""

    name: str
    words: str
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].values)


def filled(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns in which some row has a value."""
    return tuple(column for column in columns if not column.empty)


def parquet(table: Table) -> bytes:
    """The file of a table; the same table gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"text": pa.string(), "number": pa.float64(), "count": pa.int64(), "truth": pa.bool_()}
    kinds["numbers"] = pa.list_(pa.float64())
    made = pa.table({one.name: pa.array(list(one.values), kinds[one.kind]) for one in table.columns})
    out = io.BytesIO()
    pq.write_table(made, out)
    return out.getvalue()
