"""The import job of tables: embeddings and radiomics computed elsewhere."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from backend.errors import Refusal
from backend.ingest.identifiers import gate
from backend.ingest.identifiers.pseudonyms import Pseudonyms
from backend.ingest.identifiers.sentences import masked
from backend.jobs.context import JobContext
from backend.jobs.data.pseudonym_key import pseudonym_key
from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.data.tables_cohort import fill
from backend.jobs.planning.allowed_paths import check_path
from backend.science.tables import types
from shared.schemas import ImportTablesParams

Table = TypeVar("Table")


def run(context: JobContext, params: ImportTablesParams) -> dict[str, Any]:
    """Read and check the files, then store all rows or none."""
    start = monotonic()
    given = _read(context, params)
    gate.check(given.findings(), params.ids)
    if params.ids == "pseudonymise":
        given = given.pseudonymised(Pseudonyms(pseudonym_key(context.settings.data_dir)))
    context.progress("storing", 0, 1)
    with context.database.write() as session:
        filled = fill(
            session,
            params.cohort,
            given,
            params.task,
            params.roi,
            intersect=params.intersect,
            keep_names=params.ids != "pseudonymise",
        )
        filled.cohort.settings = filled.cohort.settings | {
            "ids": gate.DECISIONS[params.ids],
            "dropped_columns": given.dropped_columns(),
        }
    for line in filled.notes:
        context.log(line, "warning")
    read = tables_read(given)
    for one in read:
        context.log(f"{one['table']}: {one['what']}, {one['studies']} studies, {one['columns']} columns.")
    counts = {"runs": 1 + len(given.further), "controls": len(given.controls)}
    return {**filled.counts, **counts, "tables": read, "units": 1, "seconds": monotonic() - start}


def tables_read(given: GivenTables) -> list[dict[str, Any]]:
    """What each table was read as."""
    lens = {f"embeddings {what}": table for what, table in given.embeddings.items()} | {"radiomics": given.radiomics}
    found = [
        {"table": table.name, "what": what, "studies": len(table.study_id), "columns": len(table.columns)}
        for what, table in lens.items()
    ]
    table = given.clinical
    if table is None:
        return found
    clinical = {"table": table.name, "what": "clinical", "studies": len(table.study_id), "columns": len(table.columns)}
    return [*found, clinical]


def _read(context: JobContext, params: ImportTablesParams) -> GivenTables:
    """The tables as they are. Raises a Refusal whose sentence repeats nothing that looks like an identifier."""

    def path(name: str) -> Path:
        return check_path(context.settings, name, local=context.local, folder=False)

    names = [params.pre, params.ft, *params.further_ft, *params.controls]
    embeddings = []
    for done, name in enumerate(names):
        context.progress("reading tables", done, len(names) + 2)
        embeddings.append(_unnamed(types.read_embeddings, path(name)))
    context.progress("reading tables", len(names), len(names) + 2)
    radiomics = _unnamed(types.read_radiomics, path(params.radiomics))
    clinical = _unnamed(types.read_clinical, path(params.clinical)) if params.clinical else None
    pre, ft, *others = embeddings
    n_further = len(params.further_ft)
    further, controls = tuple(others[:n_further]), tuple(others[n_further:])
    return GivenTables(pre, ft, radiomics, clinical, further, controls, params.task)


def _unnamed(read: Callable[[Path], Table], path: Path) -> Table:
    try:
        return read(path)
    except Refusal as refusal:
        raise type(refusal)(masked(refusal.sentence)) from None
