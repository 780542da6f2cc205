"""Drawn tables stored as a cohort of images under any protocol: embeddings, radiomics, clinical columns, volumes."""

from dataclasses import replace

import numpy as np
from sqlalchemy import select

from backend.jobs.data.cohorts import store_split
from backend.jobs.data.table_identifiers import GivenTables
from backend.jobs.data.table_rows import imported_encoders
from backend.models import Case, Cohort, Embedding
from backend.science.tables.feature_names import FeatureName
from backend.storage.cache_keys import IMPORTED
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from shared.schemas.protocol import Protocol
from tests.jobs import stored_tables
from tests.science.lens_tables import FEATURES, arrays, embeddings, radiomics

PARTS = [name for name in FEATURES if name.modality == "T2"]


def features_of(modalities: tuple[str, ...]) -> tuple[FeatureName, ...]:
    """The same twelve features of each modality."""
    return tuple(replace(name, modality=modality) for modality in modalities for name in PARTS)


def fill(database: Database, protocol: Protocol, tasks: tuple[str, ...], roi: str, n: int = 60) -> str:
    """A cohort of `n` patients of two centres with an encoder a task; gives its id.

    The first task's label is written into the embedding after; half of the patients have it.
    """
    x_pre, x_ft, r = arrays(n)
    names = features_of(protocol.modality_names)
    rng = np.random.default_rng(5)
    values = np.concatenate([r, r[:, ::-1] + 0.3 * rng.normal(size=r.shape)], axis=1)[:, : len(names)]
    halves = values[:, 0] > np.median(values[:, 0])
    written = x_ft + 1.2 * halves[:, None] * rng.normal(size=x_ft.shape[1])
    with database.write() as session:
        cohort = Cohort(name=f"{protocol.name} cohort", kind="images", protocol=stored_protocol(protocol))
        session.add(cohort)
        session.flush()
        for row in range(n):
            clinical = {
                "IDH": ("wildtype", "mutant")[int(halves[row])],
                "malignant": ("no", "yes")[int(halves[row])],
                "os_days": 900 - 10 * row,
                "death": row % 3 != 0,
            }
            session.add(
                Case(
                    cohort_id=cohort.id, study_id=f"s{row:03d}", patient_id=f"p{row:03d}", age=40.0 + row % 30,
                    center="AB"[row % 2], clinical=clinical, volumes_ml={roi: 2.0 + row / 8},
                )
            )  # fmt: skip
        session.flush()
        store_split(session, cohort.id)
        measured = replace(radiomics(r), values=values, features=names)
        tables = [embeddings(written + 0.3 * number, f"after {task}") for number, task in enumerate(tasks)]
        first = GivenTables(embeddings(x_pre, "before"), tables[0], measured, task=tasks[0])
        stored_tables.store(session, cohort, first, task=tasks[0], roi=roi)
        case_of = dict(session.execute(select(Case.study_id, Case.id)).all())
        for task, table in zip(tasks[1:], tables[1:], strict=True):
            encoder = imported_encoders(session, cohort, replace(first, ft=table), task)[1]
            for study, values_of in zip(table.study_id, table.values, strict=True):
                row_of = {"case_id": case_of[study], "encoder_id": encoder.id, "input_key": IMPORTED}
                session.add(Embedding(**row_of, values=values_of))
        return cohort.id
