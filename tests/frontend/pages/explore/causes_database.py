"""A database whose answers are known: the label rests on GLCM, the centre is written by fine-tuning, NGTDM is new."""

from datetime import timedelta

import numpy as np
from sqlalchemy import select

from backend.jobs.data.table_identifiers import GivenTables
from backend.models import Analysis, Case, Cohort
from backend.science.tables import types
from backend.settings import Settings
from backend.storage.database import Database
from shared.schemas import AnalyseParams
from tests.frontend.pages.explore import database as tables
from tests.jobs.stored_tables import store
from tests.science.trust.cohorts import FEATURES, planted

N = 90
CLASS = np.array([feature.feature_class for feature in FEATURES])
QUICK = {"hidden": 8, "epochs": 2, "repeats": 1}


def fill(settings: Settings) -> None:
    """One cohort of tables, analysed with its label (PSA), then with none."""
    tables.empty(settings)
    x_pre, x_ft, r = planted(n=N, gain=2.0, loss=1.0)
    rng = np.random.default_rng(0)
    centre = rng.integers(0, 2, N)
    log = np.log(r)
    x_ft = x_ft + np.outer(centre - 0.5, 1.5 * rng.normal(size=40))
    x_ft = x_ft + np.outer(log[:, CLASS == "ngtdm"].mean(axis=1), 1.2 * rng.normal(size=40))
    psa = np.exp(0.5 * log[:, CLASS == "glcm"].mean(axis=1) + 0.1 * rng.normal(size=N))
    ids = tuple(f"{number:03d}" for number in range(N))
    database = Database(settings)
    with database.write() as session:
        cohort = Cohort(name="planted", kind="tables")
        session.add(cohort)
        session.flush()
        session.add_all(
            Case(
                cohort_id=cohort.id, study_id=study, patient_id=study, psa=float(psa[at]), age=float(50 + at % 17),
                center="NS"[centre[at]],
            )
            for at, study in enumerate(ids)
        )  # fmt: skip
        session.flush()
        cohort_id = cohort.id
        before, after = (embeddings(ids, x, name) for x, name in ((x_pre, "before"), (x_ft, "after")))
        radiomics = types.Radiomics(study_id=ids, patient_id=ids, values=r, name="radiomics", features=FEATURES)
        found = store(session, cohort, GivenTables(before, after, radiomics), task="psa", roi="gland")
        pre, ft = (encoder.id for encoder in found)
    for label in (None, []):
        params = AnalyseParams(
            cohort_id=cohort_id, task="psa", roi="gland", pre_encoder_id=pre, ft_encoder_id=ft, label=label, **QUICK
        )
        tables.run(database, settings, params)
        with database.write() as session:  # the box of analyses tells them apart by the minute
            for analysis in session.scalars(select(Analysis)):
                analysis.created_at -= timedelta(hours=1)
    database.close()


def embeddings(ids: tuple[str, ...], values: types.FloatArray, name: str) -> types.Embeddings:
    return types.Embeddings(
        study_id=ids, patient_id=ids, values=values, name=name, dimensions=tuple(range(values.shape[1]))
    )
