"""The import job of tables: embeddings and radiomics computed elsewhere."""

from pathlib import Path
from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.data.tables_cohort import fill
from backend.jobs.planning.allowed_paths import check_path
from backend.science.tables import types
from shared.schemas import ImportTablesParams


def run(context: JobContext, params: ImportTablesParams) -> dict[str, Any]:
    """Read and check the files, then store all rows or none."""
    start = monotonic()

    def path(name: str) -> Path:
        return check_path(context.settings, name, local=context.local, folder=False)

    context.progress("reading tables", 0, 4)
    pre = types.read_embeddings(path(params.pre))
    context.progress("reading tables", 1, 4)
    ft = types.read_embeddings(path(params.ft))
    context.progress("reading tables", 2, 4)
    radiomics = types.read_radiomics(path(params.radiomics))
    clinical = types.read_clinical(path(params.clinical)) if params.clinical else None
    context.progress("storing", 3, 4)
    with context.database.write() as session:
        filled = fill(
            session, params.cohort, (pre, ft, radiomics), clinical, params.task, params.roi, intersect=params.intersect
        )
    for line in filled.notes:
        context.log(line, "warning")
    return {**filled.counts, "units": 1, "seconds": monotonic() - start}
