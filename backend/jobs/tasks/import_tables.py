"""The import job of tables: embeddings and radiomics computed elsewhere."""

from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from backend.errors import Refusal
from backend.ingest.identifiers import gate
from backend.ingest.identifiers.pseudonyms import Pseudonyms
from backend.ingest.identifiers.sentences import masked
from backend.jobs.context import JobContext
from backend.jobs.data.pseudonym_key import pseudonym_key
from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.data.tables_cohort import Facts, plan, store
from backend.jobs.planning.allowed_paths import check_path
from backend.science.tables.options import TableOptions
from backend.science.tables.table_set import Files, read_tables
from backend.science.tables.types import Clinical, Embeddings, Radiomics
from shared.schemas import ImportTablesParams

MOST_NAMED = 100
"""Columns named in the answer; all are counted."""


def run(context: JobContext, params: ImportTablesParams) -> dict[str, Any]:
    """Read and check the files as a whole, then store their rows in parts."""
    start = monotonic()
    given = _read(context, params)
    gate.check(given.findings(), params.ids)
    if params.ids == "pseudonymise":
        given = given.pseudonymised(Pseudonyms(pseudonym_key(context.settings.data_dir)))
    context.progress("checking tables", 0, 1)
    planned = plan(given, params.roi, intersect=params.intersect, keep_names=params.ids != "pseudonymise")
    facts = Facts(settings={"ids": gate.DECISIONS[params.ids], "dropped_columns": given.other_columns().dropped})
    store(context.database, params.cohort, planned, params.task, facts, partial(context.progress, "storing tables"))
    for line in planned.notes:
        context.log(line, "warning")
    read = tables_read(given)
    for one in read:
        context.log(f"{one['table']}: {one['what']}, {one['studies']} studies, {one['columns']} columns.")
        for note in one["notes"]:
            context.log(f"{one['table']}: {note}.")
        if one["n_unused"]:
            context.log(f"{one['table']}: {one['n_unused']} columns were not used: {', '.join(one['unused'])}.")
    counts = {"runs": 1 + len(given.further), "controls": len(given.controls)}
    return {**planned.counts, **counts, "tables": read, "units": 1, "seconds": monotonic() - start}


def tables_read(given: GivenTables) -> list[dict[str, Any]]:
    """What each table was read as."""
    lens: dict[str, Embeddings | Radiomics | Clinical] = {
        **{f"embeddings {what}": table for what, table in given.embeddings.items()},
        "radiomics": given.radiomics,
        **({"clinical": given.clinical} if given.clinical else {}),
    }
    return [
        {"table": one.name, "what": what, "studies": len(one.study_id), "columns": len(one.columns), **_said(one)}
        for what, one in lens.items()
    ]


def _said(table: Embeddings | Radiomics | Clinical) -> dict[str, Any]:
    """How the table was read and what of it was not used, without names that look like a person's."""
    unused = gate.dropped([one.name or "(no name)" for one in table.unused])[:MOST_NAMED]
    return {"notes": [masked(note) for note in table.notes], "unused": unused, "n_unused": len(table.unused)}


def _read(context: JobContext, params: ImportTablesParams) -> GivenTables:
    """The tables as they are. Raises a Refusal whose sentence repeats nothing that looks like an identifier."""

    def path(name: str) -> Path:
        return check_path(context.settings, name, local=context.local, folder=False)

    after = [path(name) for name in (params.ft, *params.further_ft)]
    controls = [path(name) for name in params.controls]
    radiomics = {path(name): modality for modality, name in params.radiomics_of.items()}
    files = Files(
        path(params.pre),
        after,
        radiomics or {path(params.radiomics or ""): None},
        path(params.clinical) if params.clinical else None,
        controls,
    )
    options = TableOptions(
        modality=params.modality,
        modality_from=params.modality_from,
        study_id_column=params.study_id_column,
        patient_id_column=params.patient_id_column,
        lesions=params.lesions,
        id_file=path(params.id_file) if params.id_file else None,
    )
    total = len(list(files))
    try:
        read = read_tables(files, options, lambda done: context.progress("reading tables", done, total))
    except Refusal as refusal:
        raise type(refusal)(masked(refusal.sentence)) from None
    ft, *further = read.ft
    return GivenTables(read.pre, ft, read.radiomics, read.clinical, tuple(further), read.controls, params.task)
