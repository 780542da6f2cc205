"""Columns and matrices out of arrays by name, and out of one array a study."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.tables.formats.columns import Columns, Plan, Unused, floats, words
from backend.science.tables.id_columns import patient_column, study_column

STUDY = "study_id"
LABELLED = "radiomics"
LABELS = "features"
Arrays = Mapping[str, NDArray[Any]]


def columns_of(file: str, arrays: Arrays, plan: Plan) -> Columns:
    """Columns of named arrays: 1-D ones are columns, `radiomics` with `features` too; others are matrices."""
    labelled = LABELLED in arrays and LABELS in arrays and arrays[LABELS].ndim == 1
    matrices = {name: _flat(array) for name, array in arrays.items() if array.ndim > 1 and _numeric(array)}
    plain = {name: array for name, array in arrays.items() if array.ndim == 1 and not (labelled and name == LABELS)}
    lengths = [len(array) for array in (matrices or plain).values()]
    columns = Columns(file, max(lengths, default=0))
    for name, array in arrays.items():
        if name not in matrices and name not in plain and not (labelled and name == LABELS):
            columns.unused.append(Unused(name, f"an array of shape {tuple(array.shape)} that is no column"))
    for name in [name for name, array in plain.items() if len(array) != columns.n_rows]:
        array = plain.pop(name)
        if name in (study_column([name]), patient_column([name])):
            raise BadTable(
                f"{file}: {name[:80]!r} has {len(array)} entries and the other arrays {columns.n_rows} rows; every "
                "row needs its id."
            )
        columns.unused.append(Unused(name, f"{len(array)} entries where the other arrays have {columns.n_rows} rows"))
    labels = _labels(file, arrays) if labelled else []
    block = matrices.pop(LABELLED) if labelled else np.empty((columns.n_rows, 0))
    columns.header = [*plain, *labels]
    _fill(columns, plain, labels, floats(block, LABELLED, file), plan)
    for name, array in matrices.items():
        if array.ndim == 2 and len(array) == columns.n_rows:
            columns.matrices[name] = floats(array, name, file)
            if array.shape != arrays[name].shape:
                columns.notes.append(f"the axes of length 1 of {name!r} {tuple(arrays[name].shape)} are left out")
        else:
            columns.unused.append(Unused(name, f"an array of shape {tuple(array.shape)}, not (studies, dimensions)"))
    return columns


def row_a_study(file: str, arrays: Arrays, plan: Plan) -> Columns | None:
    """A vector a study, by study id, as one matrix `embeddings`; None where the arrays are something else.

    Raises BadTable where vectors differ in length, or a study holds several rows.
    """
    named = study_column(list(arrays)) or patient_column(list(arrays))
    if named or len(arrays) < 2 or not all(_numeric(array) and array.ndim for array in arrays.values()):
        return None
    rows = {name: _flat(array[None])[0] for name, array in arrays.items()}
    for name, row in rows.items():
        if row.ndim > 1:
            if len(rows) > 2 and len({row.shape[-1] for row in rows.values()}) == 1:
                raise BadTable(
                    f"{file}: {name[:80]!r} holds {len(row)} rows of {row.shape[-1]} numbers; pool them into one "
                    "vector a study first (their mean)."
                )
            return None
    widths = {len(row) for row in rows.values()}
    if len(widths) != 1 or len(rows) < 2:
        return None
    columns = Columns(file, len(rows), header=[STUDY])
    if plan([STUDY]).get(STUDY) == "text":
        columns.text[STUDY] = list(rows)
    columns.matrices["embeddings"] = np.array([floats(row, name, file) for name, row in rows.items()])
    columns.values = np.empty((len(rows), 0))
    columns.notes.append(f"one vector a study, whose id is its name in the file ({len(rows)})")
    return columns


def _fill(columns: Columns, plain: Arrays, labels: list[str], block: NDArray[np.float64], plan: Plan) -> None:
    wanted = plan(columns.header)
    blocks = []
    in_numbers = []
    for name, array in plain.items():
        if wanted.get(name) == "text":
            columns.text[name] = words(array)
            if array.dtype.kind in "iuf":
                in_numbers.append(name)
        elif wanted.get(name) == "number":
            columns.names.append(name)
            blocks.append(floats(array, name, columns.file)[:, None])
    kept = [i for i, label in enumerate(labels) if wanted.get(label) == "number"]
    columns.names += [labels[i] for i in kept]
    columns.values = np.hstack([*blocks, block[:, kept]])
    columns.numeric_ids = frozenset(in_numbers)


def _labels(file: str, arrays: Arrays) -> list[str]:
    names, width = words(arrays[LABELS]), arrays[LABELLED].shape[-1]
    if len(names) != width:
        raise BadTable(
            f"{file}: {LABELLED!r} has {width} columns and {LABELS!r} {len(names)} names; give one name a column."
        )
    return names


def _flat(array: NDArray[Any]) -> NDArray[Any]:
    """The array without axes of length 1, the first and one other kept."""
    rest = [length for length in array.shape[1:] if length != 1] or [1]
    return array.reshape(array.shape[0], *rest)


def _numeric(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "biuf"
