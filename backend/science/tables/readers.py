"""Readers of CSV, Parquet, NPZ and HDF5 tables: text columns stay text, all others become float64.

Pickles are never loaded, links out of an HDF5 file are never followed, and sizes are checked before reading.
"""

import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.types import FloatArray

IDS = ("study_id", "patient_id")
MAX_VALUES = 500_000_000
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "#n/a"})
_MATRICES = {"embeddings": None, "radiomics": "features"}


@dataclass(slots=True)
class Columns:
    """Content of a table file: text columns by name, and numeric columns as one array (n_rows, n_columns)."""

    file: str
    sha256: str
    n_rows: int
    text: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0)))


def read_columns(path: Path, text: Callable[[str], bool]) -> Columns:
    """Read a table; columns for which `text` is true stay text. Raises BadFile or BadTable."""
    readers = {
        ".csv": _csv,
        ".tsv": _csv,
        ".parquet": _parquet,
        ".pq": _parquet,
        ".npz": _npz,
        ".h5": _hdf5,
        ".hdf5": _hdf5,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadFile(f"{path.name}: tables are read from .csv, .parquet, .npz or .h5 files; save it as one of these.")
    if not path.is_file():
        raise BadFile(f"{path.name}: there is no such file; check the path.")
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    columns = reader(path, text)
    if columns.n_rows == 0:
        raise BadTable(f"{path.name}: the table has no rows; nothing can be computed from it.")
    columns.sha256 = digest
    return columns


def _csv(path: Path, text: Callable[[str], bool]) -> Columns:
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            handle.seek(0)
            delimiter = next((mark for mark in ",;\t" if mark in first), ",")
            return _csv_rows(csv.reader(handle, delimiter=delimiter, strict=True), path.name, text)
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}: the file is not UTF-8 text; save it as CSV (UTF-8).") from None
    except csv.Error as error:
        raise BadFile(f"{path.name}: the file is no well-formed CSV ({error}); export it again.") from None


def _csv_rows(rows: Iterable[list[str]], file: str, text: Callable[[str], bool]) -> Columns:
    lines = iter(rows)
    header = next(lines, [])
    words = [i for i, name in enumerate(header) if text(name)]
    numbers = [i for i, name in enumerate(header) if not text(name)]
    columns = Columns(file, "", 0, {header[i]: [] for i in words}, [header[i] for i in numbers])
    _unique([header[i] for i in words], file)
    data: list[FloatArray] = []
    for row in lines:
        if not row:
            continue
        if len(row) != len(header):
            raise BadTable(
                f"{file}: row {columns.n_rows + 2} has {len(row)} cells and the header has {len(header)}; the "
                "file is cut "
                "or a cell holds the delimiter; export it again."
            )
        columns.n_rows += 1
        for i in words:
            columns.text[header[i]].append(row[i])
        data.append(_numbers([row[i] for i in numbers], columns.names, file, columns.n_rows + 1))
    columns.values = np.array(data) if data else np.empty((0, len(numbers)))
    return columns


def _numbers(cells: Sequence[str], names: Sequence[str], file: str, row: int) -> FloatArray:
    try:
        if "_" in "".join(cells):  # float() would read 1_000 as a thousand
            raise ValueError
        return np.array([float(cell) for cell in cells])
    except ValueError:
        return np.array([_number(cell, name, file, row) for cell, name in zip(cells, names, strict=True)])


def _number(cell: str, name: str, file: str, row: int) -> float:
    word = cell.strip()
    if word.lower() in MISSING:
        return float("nan")
    try:
        return float(word.replace("_", "no digit"))
    except ValueError:
        raise BadTable(
            f"{file}: row {row} of column {name[:80]!r} holds {cell[:40]!r}, which is no number; correct it or "
            "leave it empty."
        ) from None


def _parquet(path: Path, text: Callable[[str], bool]) -> Columns:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        shape = pq.read_metadata(path)
        _check_size(shape.num_rows * shape.num_columns, path.name)
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(f"{path.name}: the file is no readable Parquet file; export it again.") from error
    arrays = [
        (name, np.array(column.to_pylist(), dtype=object) if text(name) else _arrow_numbers(column))
        for name, column in zip(table.column_names, table.columns, strict=True)
        if not name.startswith("__index_level_")
    ]
    return _from_arrays(path.name, arrays, text)


def _arrow_numbers(column: Any) -> NDArray[Any]:
    if column.type in ("string", "large_string") or str(column.type).startswith("dictionary"):
        return np.array(["" if cell is None else str(cell) for cell in column.to_pylist()], dtype=object)
    return np.asarray(column.to_pandas())


def _npz(path: Path, text: Callable[[str], bool]) -> Columns:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(sum(member.file_size for member in archive.infolist()) // 8, path.name)
        with np.load(path, allow_pickle=False) as arrays:
            return _from_arrays(path.name, [(name, arrays[name]) for name in arrays.files], text)
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise BadFile(f"{path.name}: an array of the file is damaged; save it again.") from error
        raise BadFile(
            f"{path.name}: an array is stored as Python objects, which are never loaded; save ids as text arrays "
            "(dtype str)."
        ) from None
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise BadFile(f"{path.name}: the file is no readable NPZ file; save it again.") from error


def _hdf5(path: Path, text: Callable[[str], bool]) -> Columns:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            arrays = [(name, _hdf5_array(file, name, path.name)) for name in file]
    except (OSError, RuntimeError) as error:
        raise BadFile(f"{path.name}: the file is no readable HDF5 file; save it again.") from error
    return _from_arrays(path.name, arrays, text)


def _hdf5_array(file: Any, name: str, file_name: str) -> NDArray[Any]:
    import h5py

    inside = isinstance(file.get(name, getlink=True), h5py.HardLink)
    dataset = file[name] if inside else None
    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
        raise BadFile(f"{file_name}: {name[:80]!r} is no plain dataset; store arrays directly in the file's root.")
    _check_size(dataset.size, file_name)
    return np.asarray(dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()])


def _from_arrays(file: str, arrays: list[tuple[str, NDArray[Any]]], text: Callable[[str], bool]) -> Columns:
    """Columns of named arrays: 1-D ones are columns, `embeddings` and `radiomics` are (N, width) matrices."""
    named = dict(arrays)
    label_names = {label for label in _MATRICES.values() if label in named}
    columns = Columns(file, "", max((len(a) for n, a in arrays if a.ndim and n not in label_names), default=0))
    blocks: list[FloatArray] = []
    for name, array in arrays:
        if name in label_names:
            continue
        if array.ndim == 0 or len(array) != columns.n_rows:
            raise BadTable(
                f"{file}: {name[:80]!r} has another length than the other columns; every row needs every column."
            )
        if array.ndim == 1 and text(name):
            columns.text[name] = _words(array, name, file)
        elif array.ndim == 1:
            columns.names.append(name)
            blocks.append(_floats(array, name, file)[:, None])
        elif array.ndim == 2 and name in _MATRICES:
            columns.names.extend(_labels(name, array.shape[1], named, file))
            blocks.append(_floats(array, name, file))
        else:
            raise BadTable(
                f"{file}: {name[:80]!r} has {array.ndim} dimensions; a matrix is named embeddings or radiomics."
            )
    columns.values = np.hstack(blocks) if blocks else np.empty((columns.n_rows, 0))
    _unique([*columns.text], file)
    return columns


def _labels(matrix: str, width: int, named: dict[str, NDArray[Any]], file: str) -> list[str]:
    label = _MATRICES[matrix]
    if label is None:
        return [f"e{i:03d}" for i in range(width)]
    names = _words(named[label], label, file) if label in named else []
    if len(names) != width:
        raise BadTable(f"{file}: {matrix!r} has {width} columns; give an array {label!r} with one column name each.")
    return names


def _floats(array: NDArray[Any], name: str, file: str) -> FloatArray:
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    cells = ["" if cell is None else cell if isinstance(cell, str) else str(cell) for cell in array.ravel().tolist()]
    return np.array([_number(cell, name, file, row + 2) for row, cell in enumerate(cells)]).reshape(array.shape)


def _words(array: NDArray[Any], name: str, file: str) -> list[str]:
    """Text of a column; whole-number ids are written out, decimal ones refused (1.0 was once 1, 01 or 001)."""
    cells = array.ravel().tolist()
    if name in IDS and any(isinstance(cell, float) and cell == cell for cell in cells):
        raise BadTable(f"{file}: the column {name!r} holds decimal numbers; ids are text, save the column as text.")
    return [_word(cell) for cell in cells]


def _word(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="strict")
    return "" if cell is None or cell != cell else str(cell)


def _unique(names: Sequence[str], file: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise BadTable(f"{file}: the column {name[:80]!r} stands twice; keep one.")


def _check_size(n_values: int, file: str) -> None:
    if n_values > MAX_VALUES:
        raise BadFile(f"{file}: the file unpacks to {n_values:,} values, more than {MAX_VALUES:,}; split or reduce it.")
