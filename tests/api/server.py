"""A small real server for the tests: tables imported and analysed by the jobs' own code, images put by the store's."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from sqlalchemy import select, update
from starlette.testclient import TestClient

from backend.access import tokens
from backend.app import create_app
from backend.jobs import queue, run, submission
from backend.models import Case, Cohort, Job
from backend.science.synthetic.tables import synth_tables
from backend.settings import Settings
from backend.storage import volumes
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from shared import schemas as s

ORIGIN = "http://127.0.0.1"
PATIENT_NAME = "CANARY^PATIENT"
COHORT_NAME = "CANARY cohort"
ROLES: tuple[s.Role, ...] = ("viewer", "researcher", "admin")


@dataclass(frozen=True)
class Filled:
    """A data folder with one analysed cohort."""

    folder: Path
    cohort_id: str
    analysis_id: str


def settings_of(folder: Path, **changes: object) -> Settings:
    """Settings of a server on that folder."""
    return Settings.model_validate({"data_dir": folder, "executor": "inline", "workers": 1, "threads": 1} | changes)


def fill(folder: Path) -> Filled:
    """60 patients, 36 features a modality, analysed for PI-RADS in the gland; every study has a phantom's images."""
    settings = settings_of(folder)
    upgrade(settings)
    (folder / "locks").mkdir()
    drawn = synth_tables(60, 36, 12, 0, "planted", 0.1)
    paths = {name: folder / f"{name}.parquet" for name in ("pre", "ft", "radiomics")}
    for name, path in paths.items():
        getattr(drawn, name).to_parquet(path)
    given = {name: str(path) for name, path in paths.items()}
    database = Database(settings)
    imported = work(database, settings, s.ImportTablesParams.model_validate({"cohort": COHORT_NAME, **given}))
    cohort_id = str(imported["cohort_id"])
    params = s.AnalyseParams(cohort_id=cohort_id, task="pirads", roi="gland", hidden=8, epochs=3)
    analysis_id = str(work(database, settings, params)["analysis_id"])
    _add_images(database, BlobStore(folder / "files"), cohort_id)
    database.close()
    return Filled(folder, cohort_id, analysis_id)


def work(database: Database, settings: Settings, params: s.JobParams) -> dict[str, object]:
    """Submits a job, runs it here and returns its result."""
    with database.write() as session:
        job = submission.submit(session, settings, s.JobSubmit(params=params), user="test", local=True)
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(state="running", owner="test"))  # others may wait
    run.execute(settings, job.id)
    with database.read() as session:
        done = queue.get(session, job.id)
        assert done.state == "done", done.error
        return done.result


def phantom() -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """Three images and three masks of 24 x 20 x 6 voxels; the lesion lies in the left of the gland."""
    z, y, x = np.mgrid[0:6, 0:20, 0:24]
    gland = ((x - 11.5) / 8) ** 2 + ((y - 9.5) / 6) ** 2 + ((z - 2.5) / 2.2) ** 2 <= 1
    lesion = gland & (x > 14) & (z >= 2) & (z <= 3)
    images = {kind: _image(100.0 + 40 * gland - 30 * lesion + 2 * y + seed) for seed, kind in enumerate(s.MODALITIES)}
    masks = {"gland": gland, "lesion": lesion, "zones": gland.astype(int) + (gland & (y > 9))}
    return images, {roi: _image(mask.astype(np.uint8)) for roi, mask in masks.items()}


def _image(array: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(array.astype(np.float32) if array.dtype != np.uint8 else array)
    image.SetSpacing((1.0, 1.0, 3.0))
    return image


def _add_images(database: Database, files: BlobStore, cohort_id: str) -> None:
    images, masks = phantom()
    with database.write() as session:
        for n, case in enumerate(session.scalars(select(Case).where(Case.cohort_id == cohort_id)).all()):
            case.volumes = volumes.put_volumes(files, images, masks, {})
            case.gland_ml, case.lesion_ml, case.pirads, case.age = 1.0, 0.1, 2 + n % 4, 93.0
            case.clinical = {"name": PATIENT_NAME, "note": "=1+1"}
        session.get_one(Cohort, cohort_id).kind = "images"


@contextmanager
def running(folder: Path, **changes: object) -> Iterator[TestClient]:
    """A started API on that folder, called as a browser on this machine would."""
    with TestClient(create_app(settings_of(folder, **changes)), base_url=ORIGIN) as client:
        yield client


def copied(filled: Filled, folder: Path) -> Filled:
    """The same data in a folder of its own, for tests that change it."""
    shutil.copytree(filled.folder, folder, dirs_exist_ok=True)
    return Filled(folder, filled.cohort_id, filled.analysis_id)


def bearer(client: TestClient, role: s.Role) -> dict[str, str]:
    """The header of a signed-in user of a role."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with database.write() as session:
        user = tokens.get_or_add_user(session, f"a {role}", role)
        return {"Authorization": f"Bearer {tokens.create_token(session, user, 'api')}"}
