"""Studies small enough to measure and train on in a test, in the PI-CAI layout, and jobs run in this process."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from sqlalchemy import select, update

from backend.jobs import queue, submission
from backend.jobs.run import execute
from backend.models import Case, Cohort, Job, Volume
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.volumes import put_volumes
from shared import schemas as s

SIZE_ZYX, SPACING = (12, 32, 32), (1.0, 1.0, 3.0)
FIRST_ORDER = "imageType:\n  Original: {}\nfeatureClass:\n  firstorder: []\nsetting:\n  binCount: 8\n"


SLOW = "imageType:\n  LBP3D: {lbp3DIcosphereSubdivision: 4}\nsetting:\n  binCount: 32\n"
"""2562 samples around each voxel: a region takes long enough for its process to be killed in."""


def write_studies(folder: Path, cases: int) -> None:
    """`cases` patients with a gland of radius 5 to 7 mm; every second one has a lesion."""
    rows = ["study_id,patient_id,pirads,volume_ml"]
    for number in range(cases):
        patient, study = f"{number + 1:03d}", str(5000 + number)
        (folder / patient).mkdir(parents=True)
        images, masks = _study(number)
        for kind, name in (("T2", "t2w"), ("DWI", "hbv"), ("ADC", "adc")):
            sitk.WriteImage(images[kind], f"{folder / patient / patient}_{study}_{name}.mha")
        for roi, mask in masks.items():
            sitk.WriteImage(mask, f"{folder / patient / patient}_{study}_{roi}.nii.gz")
        rows.append(f"{study},{patient},{2 + number % 4},{_ml(masks['gland']):.3f}")
    (folder / "clinical.csv").write_text("\n".join(rows) + "\n")


def store_studies(settings: Settings, cases: int) -> str:
    """The same studies put straight into the store, without an import's processes; gives the cohort's id."""
    database, files = Database(settings), BlobStore(settings.data_dir / "files")
    with database.write() as session:
        cohort = Cohort(name="tiny", kind="images")
        session.add(cohort)
        session.flush()
        for number in range(cases):
            images, masks = _study(number)
            patient = f"{number + 1:03d}"
            session.add(
                Case(
                    cohort_id=cohort.id,
                    study_id=f"{patient}_{5000 + number}",
                    patient_id=patient,
                    pirads=2 + number % 4,
                    gland_ml=_ml(masks["gland"]),
                    lesion_ml=_ml(masks["lesion"]),
                    volumes=put_volumes(files, images, masks, {}),
                )
            )
        cohort_id = cohort.id
    database.close()
    return cohort_id


def cohort_id(settings: Settings) -> str:
    """The id of the one cohort."""
    database = Database(settings)
    with database.read() as session:
        found = session.scalars(select(Cohort.id)).one()
    database.close()
    return found


def submit(settings: Settings, params: s.JobParams, after: list[str] | None = None, local: bool = True) -> s.Job:
    """Queues a job as the command line would."""
    database = Database(settings)
    with database.write() as session:
        row = submission.submit(session, settings, s.JobSubmit(params=params, after=after or []), local=local)
    database.close()
    return read(settings, row.id)


def run(settings: Settings, params: s.JobParams) -> s.Job:
    """Queues a job and runs it here."""
    return run_submitted(settings, submit(settings, params))


def run_submitted(settings: Settings, job: s.Job) -> s.Job:
    """Runs a queued job in this process, as if a worker had claimed it."""
    claim(settings, job.id)
    execute(settings, job.id)
    return read(settings, job.id)


def claim(settings: Settings, job_id: str) -> None:
    """Marks a queued job as running, as a worker does."""
    database = Database(settings)
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", owner="test", attempts=1))
    database.close()


def read(settings: Settings, job_id: str) -> s.Job:
    """The job as the wire has it."""
    from backend.jobs.serialize import job_schema

    database = Database(settings)
    with database.read() as session:
        found = job_schema(queue.get(session, job_id))
    database.close()
    return found


def done(job: s.Job) -> dict[str, object]:
    """The result of a job that ended well."""
    assert job.state == "done", job.error
    return job.result


def volume_hash(database: Database, study_id: str, kind: str = "T2") -> str:
    """The hash under which one volume of a study is stored."""
    with database.read() as session:
        of_study = select(Volume.sha256).join(Case).where(Case.study_id == study_id, Volume.kind == kind)
        return session.scalars(of_study).one()


def _ball(centre: tuple[int, int, int], radius_mm: float) -> np.ndarray:
    z, y, x = np.indices(SIZE_ZYX)
    mm = np.sqrt((3 * (z - centre[0])) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2)
    return np.asarray(mm <= radius_mm)


def _study(number: int) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """Images by modality and masks by region of one study."""
    rng = np.random.default_rng(number)
    gland = _ball((6, 16, 16), 5 + 2 * rng.random())
    lesion = _ball((6, 14, 15), 3.0) if number % 2 == 0 else np.zeros(SIZE_ZYX, bool)
    images = {}
    for kind, contrast in (("T2", -40.0), ("DWI", 60.0), ("ADC", -50.0)):
        image = 200 + 20 * rng.standard_normal(SIZE_ZYX) + 60 * gland + contrast * lesion + 2 * number * gland
        images[kind] = _placed(np.clip(image, 1, None).astype(np.int16))
    return images, {"gland": _placed(gland.astype(np.uint8)), "lesion": _placed(lesion.astype(np.uint8))}


def _ml(mask: sitk.Image) -> float:
    return float(sitk.GetArrayViewFromImage(mask).sum() * 0.003)


def _placed(array: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    return image
