"""Reading of embeddings: columns of one prefix, lists, arrays by name, one vector a study, ids from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from backend.errors import BadTable
from backend.science.tables.embedding_columns import USUAL, dimensions, list_column, matrix_name, numbered_groups
from backend.science.tables.formats.columns import Columns, Kind, Unused
from backend.science.tables.id_columns import Ids, id_names, ids_of
from backend.science.tables.id_file import ids_from
from backend.science.tables.options import NO_OPTIONS, TableOptions
from backend.science.tables.readers import read_columns
from backend.science.tables.types import Embeddings
from backend.science.types import FloatArray


@dataclass(slots=True)
class EmbeddingPlan:
    """What the columns of a table of embeddings are read as; remembers the choice."""

    file: str
    options: TableOptions
    dimension_of: dict[str, int] = field(default_factory=dict)

    def __call__(self, names: Sequence[str]) -> Mapping[str, Kind]:
        ids = [name for name in id_names(names, self.options) if name is not None]
        rest = [name for name in names if name not in ids]
        self.dimension_of = dimensions(rest, self.file)
        wanted: dict[str, Kind] = dict.fromkeys(ids, "text")
        whole = None if self.dimension_of else list_column(rest)
        if whole:
            wanted[whole] = "list"
        return wanted | dict.fromkeys(self.dimension_of, "number")


def read_embeddings(path: Path, options: TableOptions = NO_OPTIONS) -> Embeddings:
    """Read the embeddings of one encoder stage, a row a study. Raises BadFile or BadTable.

    Columns `e000 ...` of any prefix, one column of lists, an array (studies, dimensions), or a vector a study. Ids of
    arrays without any come from `options.id_file`, in the order of the rows.
    """
    plan = EmbeddingPlan(path.name, options)
    columns = read_columns(path, plan)
    values, numbers, used, notes = _values(columns, plan)
    ids, from_file = _ids(columns, options)
    kept = {*used, ids.study_column, ids.patient_column}
    left = [name for name in dict.fromkeys(columns.header) if name not in kept]
    return Embeddings(
        study_id=ids.study_id,
        patient_id=ids.patient_id,
        values=values,
        name=path.name,
        file_sha256=columns.sha256,
        unused=(*columns.unused, *(Unused(name, "is no dimension of the embedding") for name in left)),
        notes=(*columns.notes, *notes, *ids.notes),
        options=ids.options | ({"id_file"} if from_file else set()),
        ids=ids.named,
        dimensions=numbers,
    )


def _values(columns: Columns, plan: EmbeddingPlan) -> tuple[FloatArray, tuple[int, ...], list[str], list[str]]:
    """The matrix, its dimensions, the columns it comes from, and what to say about that."""
    if columns.names:
        numbers = [plan.dimension_of[name] for name in columns.names]
        order = np.argsort(numbers)
        prefix = next(iter(numbered_groups(columns.names[:1])))
        notes = [] if prefix == USUAL else [f"columns {prefix}0, {prefix}1, ... are the dimensions"]
        ordered = np.ascontiguousarray(columns.values[:, order])
        return ordered, tuple(numbers[i] for i in order), list(columns.names), notes
    if columns.matrices:
        name = matrix_name(list(columns.matrices), columns.file)
        columns.unused += [Unused(other, f"{name!r} is the embedding") for other in columns.matrices if other != name]
        matrix = np.ascontiguousarray(columns.matrices[name])
        if not matrix.shape[1]:
            raise BadTable(f"{columns.file}: {name[:80]!r} has no columns; save the embeddings again.")
        notes = [] if name == "embeddings" else [f"{name!r} is read as the embeddings"]
        return matrix, tuple(range(matrix.shape[1])), [name], notes
    what = f"; it has {', '.join(columns.header[:5])}" if columns.header else ""
    shapes = ", ".join(f"{one.name!r} is {one.why}" for one in columns.unused[:3])
    raise BadTable(
        f"{columns.file}: there is no embedding column{what}{' (' + shapes + ')' if shapes else ''}; name them e000, "
        "e001, and so on, or store an array (studies, dimensions)."
    )


def _ids(columns: Columns, options: TableOptions) -> tuple[Ids, bool]:
    has_ids = any(id_names(list(columns.text), options))
    if has_ids or options.id_file is None:
        if not has_ids and not columns.text and columns.matrices:
            raise BadTable(
                f"{columns.file}: the array has no ids of studies beside it; name a file of them, in the order of its "
                f"{columns.n_rows} rows, with --id-file, or store study_id beside it."
            )
        return ids_of(columns, options), False
    return ids_from(options.id_file, columns.n_rows, columns.file, options), True
