"""Parquet and Feather files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile
from backend.science.tables.formats.columns import Columns, Plan, check_size, check_unique, floats, words
from backend.science.tables.formats.list_cells import list_matrix


def read_arrow(path: Path, plan: Plan) -> Columns:
    """Read Parquet or Feather; an index that pandas stored is read where it has a name. Raises BadFile."""
    import pyarrow as pa

    try:
        table = _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _feather(path)
        table.validate(full=True)  # offsets of a damaged file could point anywhere
    except (pa.ArrowException, OSError) as error:
        kind = "Feather" if path.suffix.lower() == ".feather" else "Parquet"
        raise BadFile(f"{path.name}: the file is no readable {kind} file; export it again.") from error
    header = [name.strip() for name in table.column_names]
    index = [name for name in header if name.startswith("__index_level_")]
    header = [*index, *(name for name in header if name not in index)]  # pandas writes its index last
    wanted = plan(header)
    check_unique(header, wanted, path.name)
    columns = Columns(path.name, table.num_rows, header=header)
    blocks, in_numbers = [], []
    for stored, column in zip(table.column_names, table.columns, strict=True):
        name = stored.strip()
        match wanted.get(name):
            case "text":
                columns.text[name] = words(np.array(column.to_pylist(), dtype=object))
                if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
                    in_numbers.append(name)
            case "list":
                columns.matrices[name] = list_matrix(column.to_pylist(), name, path.name)
            case "number":
                columns.names.append(name)
                blocks.append(floats(_array(column), name, path.name)[:, None])
    columns.values = np.hstack(blocks) if blocks else np.empty((table.num_rows, 0))
    columns.numeric_ids = frozenset(in_numbers)
    return columns


def _parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    shape = pq.read_metadata(path)
    check_size(shape.num_rows * shape.num_columns, path.name)
    return pq.read_table(path)


def _feather(path: Path) -> Any:
    import pyarrow.feather

    table = pyarrow.feather.read_table(path)
    check_size(table.num_rows * table.num_columns, path.name)
    return table


def _array(column: Any) -> NDArray[Any]:
    if column.type in ("string", "large_string") or str(column.type).startswith("dictionary"):
        return np.array(["" if cell is None else str(cell) for cell in column.to_pylist()], dtype=object)
    return np.asarray(column.to_pandas())
