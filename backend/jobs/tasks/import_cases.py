"""Imports a folder of studies: everything is checked, copied into the store, and listed as accepted or rejected."""

from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import select

from backend.errors import BadFile
from backend.ingest.clinical import read_clinical
from backend.ingest.cohort import CLINICAL_NAMES, Accepted, Rejected, ingest_plan
from backend.ingest.layouts import plan
from backend.jobs.context import JobContext
from backend.jobs.import_paths import check_path
from backend.models import Case, Cohort
from backend.volumes import geometry, put_volumes
from shared.schemas import ImportCasesParams

SPACING = (0.5, 0.5, 1.0)
CLINICAL = ("pirads", "volume_ml", "psa", "isup", "age", "center", "split")


def run(context: JobContext, params: ImportCasesParams) -> dict[str, Any]:
    """Imports the folder the request names; the roots are checked again, for the folder may have become a link."""
    folder = check_path(context.settings, params.path, local=context.local, folder=True)
    clinical = None
    if params.clinical is not None:
        clinical = check_path(context.settings, params.clinical, local=context.local, folder=False)
    return import_folder(context, params.cohort, folder, params.layout, clinical)


def import_folder(
    context: JobContext, name: str, folder: Path, layout: str = "auto", clinical: Path | None = None
) -> dict[str, Any]:
    """Imports every study below a folder; studies that are there already (after a restart) are left as they are."""
    start = monotonic()
    with context.database.read() as session:
        cohort = session.scalars(select(Cohort).where(Cohort.name == name)).one()
        rows = session.execute(select(Case.study_id, Case.status).where(Case.cohort_id == cohort.id))
        known = dict(rows.all())
    planned = plan(folder, layout)  # type: ignore[arg-type] # the schema allows only layouts
    context.log(planned.why)
    if clinical is None:
        clinical = next((folder / each for each in CLINICAL_NAMES if (folder / each).is_file()), None)
    table = read_clinical(clinical) if clinical else None
    todo = [case for case in planned.cases if case.study_id not in known]
    counts = {"accepted": 0, "rejected": 0}
    for status in known.values():
        counts[status] += 1
    planned = type(planned)(tuple(todo), planned.why)
    for done, study in enumerate(
        ingest_plan(planned, table, SPACING, [folder, *([clinical.parent] if clinical else [])])
    ):
        counts[_store(context, cohort.id, study)] += 1
        context.saved()
        context.progress("importing", len(known) + done + 1, len(known) + len(todo))
    if not counts["accepted"]:
        raise BadFile(f"None of the {counts['rejected']} studies could be used; Data lists the reason of each.")
    return {"cohort_id": cohort.id, **counts, "layout": planned.why, "units": len(todo), "seconds": monotonic() - start}


def _store(context: JobContext, cohort_id: str, study: Accepted | Rejected) -> str:
    row = Case(cohort_id=cohort_id, study_id=study.study_id, patient_id=study.patient_id)
    if isinstance(study, Rejected):
        row.status, row.reason = "rejected", study.reason
    else:
        _fill(context, row, study)
    with context.database.write() as session:
        session.add(row)
    return row.status


def _fill(context: JobContext, row: Case, study: Accepted) -> None:
    row.volumes = put_volumes(context.files, study.acquired.images, study.acquired.masks, study.source_hashes)
    row.geometry = geometry(row.volumes)
    row.warnings = list(study.warnings)
    row.gland_ml = study.volumes_ml.get("gland")
    row.lesion_ml = study.volumes_ml.get("lesion")
    row.clinical = {"lesion_grades": list(study.lesion_grades), "sources": study.sources}
    given = study.clinical
    if given is not None:
        for name in CLINICAL:
            setattr(row, name, getattr(given, name))
        row.clinical = row.clinical | {"cspca": given.cspca}
