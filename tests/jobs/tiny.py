"""Studies small enough to measure and train on in a test, in the PI-CAI layout, and jobs run in this process."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from sqlalchemy import update

from backend.database import Database
from backend.jobs import queue
from backend.jobs.run import execute
from backend.models import Job
from backend.settings import Settings
from shared import schemas as s

SIZE_ZYX, SPACING = (12, 32, 32), (1.0, 1.0, 3.0)
FIRST_ORDER = "imageType:\n  Original: {}\nfeatureClass:\n  firstorder: []\nsetting:\n  binCount: 8\n"


def write_studies(folder: Path, cases: int) -> None:
    """`cases` patients with a gland of radius 5 to 7 mm; every second one has a lesion."""
    rows = ["study_id,patient_id,pirads,volume_ml"]
    for number in range(cases):
        rng = np.random.default_rng(number)
        patient, study = f"{number + 1:03d}", str(5000 + number)
        (folder / patient).mkdir(parents=True)
        gland = _ball((6, 16, 16), 5 + 2 * rng.random())
        lesion = _ball((6, 14, 15), 3.0) if number % 2 == 0 else np.zeros(SIZE_ZYX, bool)
        stem = folder / patient / f"{patient}_{study}"
        for name, contrast in (("t2w", -40.0), ("hbv", 60.0), ("adc", -50.0)):
            image = 200 + 20 * rng.standard_normal(SIZE_ZYX) + 60 * gland + contrast * lesion + 2 * number * gland
            _write(np.clip(image, 1, None).astype(np.int16), f"{stem}_{name}.mha")
        _write(gland.astype(np.uint8), f"{stem}_gland.nii.gz")
        _write(lesion.astype(np.uint8), f"{stem}_lesion.nii.gz")
        rows.append(f"{study},{patient},{2 + number % 4},{gland.sum() * 0.003:.3f}")
    (folder / "clinical.csv").write_text("\n".join(rows) + "\n")


def submit(settings: Settings, params: s.JobParams, after: list[str] | None = None, local: bool = True) -> s.Job:
    """Queues a job as the command line would."""
    database = Database(settings)
    with database.write() as session:
        row = queue.submit(session, settings, s.JobSubmit(params=params, after=after or []), local=local)
    database.close()
    return read(settings, row.id)


def run(settings: Settings, params: s.JobParams) -> s.Job:
    """Queues a job and runs it here."""
    return run_submitted(settings, submit(settings, params))


def run_submitted(settings: Settings, job: s.Job) -> s.Job:
    """Runs a queued job in this process, as if a worker had claimed it."""
    database = Database(settings)
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state="running", owner="test"))
    database.close()
    execute(settings, job.id)
    return read(settings, job.id)


def read(settings: Settings, job_id: str) -> s.Job:
    """The job as the wire has it."""
    from backend.jobs.wire import job_schema

    database = Database(settings)
    with database.read() as session:
        found = job_schema(queue.get(session, job_id))
    database.close()
    return found


def done(job: s.Job) -> dict[str, object]:
    """The result of a job that ended well."""
    assert job.state == "done", job.error
    return job.result


def _ball(centre: tuple[int, int, int], radius_mm: float) -> np.ndarray:
    z, y, x = np.indices(SIZE_ZYX)
    mm = np.sqrt((3 * (z - centre[0])) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2)
    return np.asarray(mm <= radius_mm)


def _write(array: np.ndarray, path: str) -> None:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    sitk.WriteImage(image, path)
