"""Embeddings as files, piece by piece: CSV, Parquet, NPZ. All three are read back as the same numbers."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

EmbeddingForm = Literal["csv", "parquet", "npz"]
ROWS = 128
"""Studies in one piece."""
ID_COLUMNS = ("study_id", "patient_id")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every member of an NPZ file, so that the same table gives the same bytes."""


class Pieces(io.RawIOBase):
    """A file that is only written and never goes back; `taken` gives what came since it was asked last."""

    def __init__(self) -> None:
        super().__init__()
        self._new = bytearray()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        before = len(self._new)
        self._new += data
        self._size += len(self._new) - before
        return len(self._new) - before

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        piece = bytes(self._new)
        self._new.clear()
        return piece


def embedding_pieces(
    form: EmbeddingForm,
    studies: Sequence[str],
    patients: Sequence[str],
    values: NDArray[Any],
    safe: Callable[[str], str] = str,
) -> Iterator[bytes]:
    """The bytes of a table of embeddings, `values` (N, d) of float32 or float64, in pieces of a few studies.

    Columns are `study_id, patient_id, e000 ...`; of NPZ the arrays `study_id, patient_id, embeddings`. `safe` is done
    to the ids of a CSV, which a spreadsheet may open.
    """
    if form == "npz":
        return _npz(studies, patients, values)
    if form == "parquet":
        return _parquet(studies, patients, values)
    return _csv([safe(study) for study in studies], [safe(patient) for patient in patients], values)


def _columns(values: NDArray[Any]) -> list[str]:
    return [f"e{number:03d}" for number in range(values.shape[1])]


def _parts(rows: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, rows, ROWS))


def _csv(studies: Sequence[str], patients: Sequence[str], values: NDArray[Any]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*ID_COLUMNS, *_columns(values)])
    for part in _parts(len(values)):
        numbers = values[part].astype(np.float64).tolist()  # digits of float64: a float32 reads back as itself
        rows = zip(studies[part], patients[part], numbers, strict=True)
        writer.writerows([study, patient, *map(repr, row)] for study, patient, row in rows)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def _parquet(studies: Sequence[str], patients: Sequence[str], values: NDArray[Any]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = pa.float32() if values.dtype == np.float32 else pa.float64()
    fields = [*((name, pa.string()) for name in ID_COLUMNS), *((name, kind) for name in _columns(values))]
    sink = Pieces()
    with pq.ParquetWriter(sink, pa.schema(fields)) as writer:
        for part in _parts(len(values)):
            ids = [pa.array(names[part], pa.string()) for names in (studies, patients)]
            numbers = [pa.array(np.ascontiguousarray(column), kind) for column in values[part].T]
            writer.write_batch(pa.record_batch([*ids, *numbers], schema=pa.schema(fields)))
            yield sink.taken()
    yield sink.taken()


def _npz(studies: Sequence[str], patients: Sequence[str], values: NDArray[Any]) -> Iterator[bytes]:
    sink = Pieces()
    arrays = {"study_id": np.array(studies, str), "patient_id": np.array(patients, str), "embeddings": values}
    with zipfile.ZipFile(sink, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", LONG_AGO), "w", force_zip64=True) as member:
                head = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False}
                np.lib.format.write_array_header_1_0(member, head | {"shape": array.shape})
                for part in _parts(len(array)):
                    member.write(np.ascontiguousarray(array[part]).tobytes())
                    yield sink.taken()
    yield sink.taken()
