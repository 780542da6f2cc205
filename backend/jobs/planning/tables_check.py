"""What tables are before they are imported, for whoever may not name every column."""

from typing import Any

from backend.ingest.identifiers.judge import judge_cell
from backend.ingest.identifiers.sentences import masked, shown
from backend.jobs.data.tables_check import checked_tables
from backend.jobs.planning.allowed_paths import check_path
from backend.science.tables.options import TableOptions
from backend.settings import Settings
from shared import schemas as s


def check(settings: Settings, params: s.TablesCheckParams, *, names: bool) -> s.TablesCheck:
    """The check of these files; ids and sentences are masked where they look like a person's, columns unless `names`.

    Raises Forbidden for a file outside the import roots, and BadFile for one that is not there.
    """
    paths = {check_path(settings, one.path, local=False, folder=False): one.modality for one in params.files}
    options = TableOptions(
        modality=params.modality,
        modality_from=params.modality_from,
        study_id_column=params.study_id_column,
        patient_id_column=params.patient_id_column,
        lesions=params.lesions,
        id_file=check_path(settings, params.id_file, local=False, folder=False) if params.id_file else None,
    )
    record = checked_tables(paths, options)
    return s.TablesCheck(
        files=[s.CheckedTable.model_validate(_table(one, names=names)) for one in record["files"]],
        shared=[s.SharedStudies.model_validate(_pair(pair)) for pair in record["shared"]],
        n_common=record["n_common"],
        missing=[masked(sentence) for sentence in record["missing"]],
    )


def _table(one: dict[str, Any], *, names: bool) -> dict[str, Any]:
    told: dict[str, Any] = {name: masked(one[name]) if one[name] else one[name] for name in ("problem", "words")}
    unused = [part if names else part | {"names": []} for part in one["unused"]]
    told["columns"] = [column for column in one["columns"] if not judge_cell(column["name"])]
    for name in ("study_column", "patient_column"):
        told[name] = "" if judge_cell(one[name]) else one[name]
    return one | told | {"notes": [masked(note) for note in one["notes"]], "unused": unused}


def _pair(pair: dict[str, Any]) -> dict[str, Any]:
    first = pair["first_missing"]
    return pair | {"first_missing": None if first is None else shown(first).strip("'")}
