"""Tables of an analysis as files, frames or arrays, read as `radiomiclens analyze-tables` reads files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadTable
from backend.science.tables.options import TableOptions, check_modality
from backend.science.tables.read_radiomics import read_radiomics
from backend.science.tables.table_set import Files, Tables, read_tables
from backend.science.tables.types import Embeddings, Radiomics

GivenTable = str | Path | pd.DataFrame
GivenEmbeddings = GivenTable | npt.NDArray[Any]
"""An array (studies, dimensions) has the rows of the radiomics table, in its order."""
GivenRadiomics = GivenTable | Mapping[str, GivenTable]
"""One table, or modality -> the table of its features, whose names then carry none."""
One = TypeVar("One", Embeddings, Radiomics)


def read_given(
    pre: GivenEmbeddings,
    ft: Sequence[GivenEmbeddings],
    radiomics: GivenRadiomics,
    clinical: GivenTable | None,
    controls: Sequence[GivenEmbeddings],
    reading: TableOptions,
) -> Tables:
    """All tables of an analysis. Raises BadFile, BadTable, and BadSettings for an option that none had a use for."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        told = _radiomics(radiomics, place)
        arrays = any(isinstance(table, np.ndarray) for table in (pre, *ft, *controls))
        ids = read_radiomics(*next((path, reading, modality) for path, modality in told.items())) if arrays else None

        def file(table: GivenEmbeddings, name: str) -> Path:
            frame = table if not isinstance(table, np.ndarray) else _with_ids(table, ids, name)
            return _file(frame, place / f"{name}.parquet")

        runs = [file(table, f"ft_{number}" if number > 1 else "ft") for number, table in enumerate(ft, start=1)]
        shuffled = [file(table, f"control_{number}") for number, table in enumerate(controls, start=1)]
        known = None if clinical is None else _file(clinical, place / "clinical.parquet")
        read = read_tables(Files(file(pre, "pre"), runs, told, known, shuffled), reading)
    return Tables(
        pre=_without_file(read.pre, pre),
        ft=tuple(map(_without_file, read.ft, ft)),
        radiomics=_without_file(read.radiomics, *_parts(radiomics).values()),
        clinical=read.clinical,
        controls=tuple(map(_without_file, read.controls, controls)),
    )


def _parts(radiomics: GivenRadiomics) -> Mapping[str, GivenTable]:
    """Tables of radiomics by modality; one that names its own stands under an empty name."""
    return radiomics if isinstance(radiomics, Mapping) else {"": radiomics}


def _radiomics(radiomics: GivenRadiomics, place: Path) -> dict[Path, str | None]:
    """File -> modality of all its features, or None. Raises BadTable, and BadSettings for a modality."""
    parts = _parts(radiomics)
    if not parts:
        raise BadTable("radiomics names no table; give one, or a table a modality.")
    for modality in parts:
        check_modality(modality or None)
    files = {_file(table, place / f"radiomics_{name}.parquet"): name or None for name, table in parts.items()}
    if len(files) < len(parts):
        raise BadTable("radiomics names one file under two modalities; give a file a modality.")
    return files


def _file(table: GivenTable, place: Path) -> Path:
    """The file of a table; a frame is written to `place`, its named index as a column. Raises BadTable."""
    if not isinstance(table, pd.DataFrame):
        return Path(table)
    frame = table.reset_index() if table.index.name else table
    frame = frame.rename(columns=str).apply(_of_one_kind)
    if not frame.columns.is_unique:
        raise BadTable(f"{place.stem}: two columns have one name; rename one.")
    frame.to_parquet(place, index=False)
    return place


def _of_one_kind(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers beside words as text, as a CSV holds them; lists stay."""
    first = next((value for value in column if value is not None), None)
    if column.dtype != object or isinstance(first, list | tuple | np.ndarray):
        return column
    return column.map(lambda value: None if value is None or value != value else str(value))  # NaN is not itself


def _with_ids(array: npt.NDArray[Any], radiomics: Radiomics | None, name: str) -> pd.DataFrame:
    """An array of embeddings as a frame with the ids of the radiomics table. Raises BadTable."""
    assert radiomics is not None, "read because an array is there"
    rows = dict(zip(radiomics.study_of or radiomics.study_id, radiomics.patient_id, strict=True))
    if array.ndim != 2 or len(array) != len(rows):
        raise BadTable(
            f"{name}: an array of shape {array.shape} does not fit the {len(rows)} studies of the radiomics table; "
            "give (studies, dimensions) in its order."
        )
    ids = pd.DataFrame({"study_id": list(rows), "patient_id": list(rows.values())})
    return ids.join(pd.DataFrame(array, columns=[f"e{i:03d}" for i in range(array.shape[1])]))


def _without_file(table: One, *given: object) -> One:
    """The same; what was given as a frame or an array has no hash of a file."""
    return table if all(isinstance(one, str | Path) for one in given) else replace(table, file_sha256=None)
