"""A small real database for the dashboard's tests: cohorts from tables, analysed by the lens through the job queue."""

from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import delete, select, update

from backend.jobs import queue, submission
from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.run import execute
from backend.models import Analysis, Case, Cohort, Job
from backend.science.synthetic.tables import synth_tables
from backend.science.tables import types
from backend.science.tables.feature_names import parse
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from shared.schemas import AnalyseParams, CompareParams, JobSubmit, SelfCheckParams
from tests.jobs.stored_tables import store

HOSTILE = "![x](http://outside.example/x.png)"
"""A study id that would make a browser call out if it were shown as Markdown."""


def settings_of(folder: Path, *, auth: bool = False) -> Settings:
    """Settings of a server on that folder."""
    return Settings(data_dir=folder, auth=auth, executor="inline", threads=1)


def empty(settings: Settings) -> None:
    """An upgraded database without a row."""
    (settings.data_dir / "locks").mkdir(parents=True, exist_ok=True)
    upgrade(settings)


def fill(
    settings: Settings,
    patients: int = 48,
    per_modality: int = 36,
    width: int = 24,
    hidden: int = 12,
    epochs: int = 20,
    trust: bool = True,
    most: int = 3,
) -> None:
    """A cohort with PI-RADS (gland) and lesion segmentation (lesion and gland) analysed."""
    empty(settings)
    database = Database(settings)
    drawn = {
        (task, roi): _tables(patients, per_modality, width, seed)
        for seed, (task, roi) in enumerate((("pirads", "gland"), ("lesion_seg", "lesion")))
    }
    with database.write() as session:
        cohort = Cohort(name="demo-prostates", kind="tables")
        session.add(cohort)
        session.flush()
        radiomics = drawn["pirads", "gland"][2]
        session.add_all(
            Case(cohort_id=cohort.id, study_id=study, patient_id=patient)
            for study, patient in zip(radiomics.study_id, radiomics.patient_id, strict=True)
        )
        session.flush()
        cohort_id = cohort.id
        encoders = {
            (task, roi): store(session, cohort, GivenTables(*found), task=task, roi=roi)
            for (task, roi), found in drawn.items()
        }
        ids = {place: (pre.id, ft.id) for place, (pre, ft) in encoders.items()}
    ids["lesion_seg", "gland"] = ids["lesion_seg", "lesion"]
    for (task, roi), (pre_id, ft_id) in list(ids.items())[:most]:
        params = AnalyseParams(
            cohort_id=cohort_id, task=task, roi=roi, pre_encoder_id=pre_id, ft_encoder_id=ft_id,
            hidden=hidden, epochs=epochs, trust=trust,
        )  # fmt: skip
        run(database, settings, params)
    if trust and most > 1:
        with database.read() as session:
            analyses = session.scalars(select(Analysis.id).order_by(Analysis.created_at)).all()
        run(database, settings, CompareParams(analysis_ids=list(analyses[:2])))
    database.close()


def measure_power(settings: Settings) -> str:
    """Run the self-check of the one analysis; its sentence."""
    database = Database(settings)
    with database.read() as session:
        analysis_id = session.scalars(select(Analysis.id)).one()
    run(database, settings, SelfCheckParams(analysis_id=analysis_id, seeds=1))
    with database.read() as session:
        sentence = session.scalars(select(Job).where(Job.kind == "selfcheck")).one().result["power"]["sentence"]
    database.close()
    return str(sentence)


def run(database: Database, settings: Settings, params: AnalyseParams | CompareParams | SelfCheckParams) -> None:
    """Runs a job here."""
    with database.write() as session:
        job_id = submission.submit(session, settings, JobSubmit(params=params), local=True).id
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state="running", owner="test"))
    execute(settings, job_id)
    with database.write() as session:
        job = queue.get(session, job_id)
        assert job.state == "done", job.error
        session.execute(delete(Job).where(Job.kind == "selfcheck", Job.state == "queued"))  # asked for in tests


def _tables(
    patients: int, per_modality: int, width: int, seed: int
) -> tuple[types.Embeddings, types.Embeddings, types.Radiomics]:
    drawn = synth_tables(patients, per_modality, width, seed, "planted", 0.15)
    pre, ft = (
        _embeddings(frame, name) for frame, name in ((drawn.pre, f"sample-{seed}"), (drawn.ft, f"sample-{seed}-ft"))
    )
    names = [name for name in drawn.radiomics.columns if name not in ("study_id", "patient_id")]
    radiomics = types.Radiomics(
        **_ids(drawn.radiomics),
        values=drawn.radiomics[names].to_numpy(np.float64),
        name="sample radiomics",
        features=tuple(parse(name) for name in names),
    )
    return pre, ft, radiomics


def _embeddings(frame: pd.DataFrame, name: str) -> types.Embeddings:
    values = frame.drop(columns=["study_id", "patient_id"]).to_numpy(np.float64)
    return types.Embeddings(**_ids(frame), values=values, name=name, dimensions=tuple(range(values.shape[1])))


def _ids(frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    studies = [HOSTILE, *frame["study_id"].astype(str)[1:]]
    return {"study_id": tuple(studies), "patient_id": tuple(frame["patient_id"].astype(str))}
