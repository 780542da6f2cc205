"""The job of a synthetic cohort: draws it and imports it as any other; the files are temporary."""

import shutil
from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.planning.cohort_protocols import asked_protocol
from backend.jobs.planning.synthetic_cohorts import draw, layout_of
from backend.jobs.tasks.import_cases import import_folder
from backend.models import Cohort
from backend.storage.cache_keys import request_key
from shared.schemas import SynthParams


def run(context: JobContext, params: SynthParams) -> dict[str, Any]:
    """Write `params.cases` studies into the data folder's scratch space, import them, and remove the files."""
    start = monotonic()
    protocol = asked_protocol(params)
    # of this job alone: two projects may have a cohort of one name, drawn by two workers at the same time
    scratch = context.files.work_folder(request_key("synth", params=params.model_dump(), job=context.job_id))
    folder = scratch / "studies"
    if not (scratch / "drawn").exists():
        shutil.rmtree(folder, ignore_errors=True)  # incomplete files of a run that was killed

        def drawn(done: int, total: int, _study: str) -> None:
            context.progress("drawing studies", done, total)

        draw(
            folder,
            protocol,
            params.cases,
            params.seed,
            params.spacing_xyz_mm,
            params.size_xyz,
            drawn,
            params.findings_enlarged,
        )
        (scratch / "drawn").touch()
        context.saved()
    result = import_folder(context, params.cohort, folder, layout_of(protocol), params.protocol)
    with context.database.write() as session:
        session.get_one(Cohort, result["cohort_id"]).note = note(params)
    shutil.rmtree(scratch)
    return result | {"units": params.cases, "seconds": monotonic() - start}


def note(params: SynthParams) -> str:
    """What the pages say of the cohort: that it is drawn, and what is not as in life."""
    drawn = f"Synthetic images, drawn by chance (seed {params.seed})."
    if params.findings_enlarged == 1:
        return drawn
    return (
        f"{drawn} Findings are {params.findings_enlarged:g} times as large as in life, so that a small encoder can "
        "learn to grade them."
    )
