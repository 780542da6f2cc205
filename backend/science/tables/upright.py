"""Tables that lie on their side, a row a feature and a column a study, as PyRadiomics writes them too."""

from collections.abc import Sequence

import numpy as np

from backend.errors import BadTable
from backend.science.tables.formats.columns import Columns, Plan, number_of
from backend.science.tables.id_columns import id_names
from backend.science.tables.long_table import feature_column, long_names
from backend.science.tables.options import NO_OPTIONS

STUDY = "study_id"


def lying(names: Sequence[str]) -> str | None:
    """The first column, where it names features and the others, of which none holds ids or values, are studies."""
    first = feature_column(names[:1])
    alone = first is not None and len(names) > 1 and long_names(names) is None
    return first if alone and not any(id_names(names[1:], NO_OPTIONS)) else None


def set_upright(columns: Columns, first: str, plan: Plan) -> Columns:
    """A row a study; the plan judges the names of the rows. Raises BadTable where a row's name stands twice."""
    rows = [name.strip() for name in columns.text[first]]
    twice = next((name for name in rows if rows.count(name) > 1), None) if len(set(rows)) < len(rows) else None
    if twice is not None:
        raise BadTable(f"{columns.file}: the row {twice[:80]!r} stands twice; keep one.")
    studies = [name for name in columns.header if name != first]
    header = rows if any(id_names(rows, NO_OPTIONS)) else [STUDY, *rows]
    wanted = plan(header)
    cells = {name: [columns.text[study][row] for study in studies] for row, name in enumerate(rows)} | (
        {STUDY: studies} if header[0] == STUDY else {}
    )
    found = Columns(columns.file, len(studies), columns.sha256, header=header, notes=columns.notes)
    found.text = {name: cells[name] for name in header if wanted.get(name) == "text"}
    found.names = [name for name in header if wanted.get(name) == "number"]
    place = {name: row for row, name in enumerate(rows, start=2)}
    values = [
        [number_of(cell, study, columns.file, place[name]) for study, cell in zip(studies, cells[name], strict=True)]
        for name in found.names
    ]
    found.values = np.array(values, dtype=np.float64).T if values else np.empty((len(studies), 0))
    found.unused = columns.unused
    found.notes.append(f"a row a feature and a column a study: {len(studies)} studies")
    return found
