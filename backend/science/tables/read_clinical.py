"""Reading of clinical tables: every column stays text."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.science.tables.formats.columns import Kind
from backend.science.tables.id_columns import ids_of
from backend.science.tables.options import NO_OPTIONS, TableOptions
from backend.science.tables.readers import read_columns
from backend.science.tables.types import Clinical, check_ids


def read_clinical(path: Path, options: TableOptions = NO_OPTIONS) -> Clinical:
    """Read ids of studies and patients, then `pirads, volume_ml, ...`. Raises BadFile or BadTable."""
    columns = read_columns(path, _all_text)
    ids = ids_of(columns, options)
    check_ids(ids.study_id, ids.patient_id, path.name)
    used = (ids.study_column, ids.patient_column)
    rest = {name: tuple(words) for name, words in columns.text.items() if name not in used and name}
    notes = (*columns.notes, *ids.notes)
    return Clinical(ids.study_id, ids.patient_id, rest, path.name, notes, tuple(columns.unused), ids.options, ids.named)


def _all_text(names: Sequence[str]) -> Mapping[str, Kind]:
    return dict.fromkeys(names, "text")
