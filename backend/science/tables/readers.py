"""Readers of table files by their suffix: text, Parquet, Feather, Excel, NPZ, NPY, PyTorch, HDF5, AnnData.

Pickles are never loaded, links out of an HDF5 file are never followed, and sizes are checked before reading.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.errors import BadFile, BadTable
from backend.science.tables.formats import array_files, arrow_files, delimited, hdf5_files, workbook
from backend.science.tables.formats.columns import Columns, Kind, Plan

TEXT = (".csv", ".tsv", ".txt", ".tab")
ARROW = (".parquet", ".pq", ".feather")
HDF5 = (".h5", ".hdf5", ".h5ad")
TORCH = (".pt", ".pth")
SUFFIXES = (*TEXT, *(f"{suffix}.gz" for suffix in TEXT), *ARROW, ".xlsx", ".npz", ".npy", *TORCH, *HDF5)
OTHERS = {
    ".xls": "is an old Excel workbook; save it as .xlsx or CSV.",
    ".pkl": "is a pickle, which can run code when it is opened; save it as Parquet or CSV (DataFrame.to_parquet).",
    ".pickle": "is a pickle, which can run code when it is opened; save it as Parquet or CSV (DataFrame.to_parquet).",
    ".mat": "is a MATLAB file; save the table as CSV, or the array as .npy.",
    ".json": "is JSON; save it as CSV or Parquet.",
}


def suffix_of(path: Path) -> str:
    """The suffix in small letters, with `.gz` behind that of a packed text."""
    suffix = path.suffix.lower()
    return path.with_suffix("").suffix.lower() + suffix if suffix == ".gz" else suffix


def read_columns(path: Path, plan: Plan) -> Columns:
    """Read those columns of a table that `plan` names. Raises BadFile or BadTable."""
    suffix = suffix_of(path)
    if suffix in OTHERS:
        raise BadFile(f"{path.name}: the file {OTHERS[suffix]}")
    if suffix not in SUFFIXES:
        raise BadFile(
            f"{path.name}: tables are read from .csv, .tsv, .txt (also .gz), .xlsx, .parquet, .feather, .npz, .npy, "
            ".pt, .h5 and .h5ad files; save it as one of these."
        )
    if not path.is_file():
        raise BadFile(f"{path.name}: there is no such file; check the path.")
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    try:
        columns = _read(path, suffix, _of_file(plan, path.name))
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}: names or ids in the file are not UTF-8 text; save them as such.") from None
    if columns.n_rows == 0:
        raise BadTable(f"{path.name}: the table has no rows; nothing can be computed from it.")
    columns.sha256 = digest
    return columns


def _of_file(plan: Plan, file: str) -> Plan:
    """The plan, whose refusals name the file: it knows the names of columns alone."""

    def planned(names: Sequence[str]) -> Mapping[str, Kind]:
        try:
            return plan(names)
        except BadTable as refusal:
            named = refusal.sentence.startswith(f"{file}: ")
            raise refusal if named else BadTable(f"{file}: {refusal.sentence}") from None

    return planned


def _read(path: Path, suffix: str, plan: Plan) -> Columns:
    if suffix in ARROW:
        return arrow_files.read_arrow(path, plan)
    if suffix in HDF5:
        return hdf5_files.read_hdf5(path, plan)
    if suffix in TORCH:
        return array_files.read_torch(path, plan)
    if suffix == ".xlsx":
        return workbook.read_workbook(path, plan)
    if suffix in (".npz", ".npy"):
        return (array_files.read_npz if suffix == ".npz" else array_files.read_npy)(path, plan)
    return delimited.read_delimited(path, plan)
