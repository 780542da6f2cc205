"""The job of a synthetic mpMRI cohort: draws it and imports it as any other; the files are temporary."""

import shutil
from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.tasks.import_cases import import_folder
from backend.science.synthetic.cohort import write_cohort
from backend.storage.cache_keys import request_key
from shared.schemas import SynthParams


def run(context: JobContext, params: SynthParams) -> dict[str, Any]:
    """Write `params.cases` studies into the data folder's scratch space, import them, and remove the files."""
    start = monotonic()
    scratch = context.files.work_folder(request_key("synth", params=params.model_dump()))
    folder = scratch / "studies"
    if not (scratch / "drawn").exists():
        shutil.rmtree(folder, ignore_errors=True)  # incomplete files of a run that was killed

        def drawn(done: int, total: int, _study: str) -> None:
            context.progress("drawing", done, total)

        write_cohort(
            folder,
            params.cases,
            seed=params.seed,
            spacing=params.spacing_xyz_mm,
            size=params.size_xyz,
            progress=drawn,
        )
        (scratch / "drawn").touch()
        context.saved()
    result = import_folder(context, params.cohort, folder, "picai")
    shutil.rmtree(scratch)
    return result | {"units": params.cases, "seconds": monotonic() - start}
