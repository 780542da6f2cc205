"""How much each patient carries the effects of an analysis."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import NotFound


def analysed_patients(session: Session, analysis: models.Analysis, studies: Sequence[str]) -> list[str]:
    """The patients of an analysis' studies by name: the order of stored influence."""
    rows = session.execute(
        select(models.Case.study_id, models.Case.patient_id).where(models.Case.cohort_id == analysis.cohort_id)
    )
    patient_of = dict(rows.all())
    return sorted({patient_of[study] for study in studies if study in patient_of})


def influence_table(session: Session, analysis: models.Analysis) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """Patients, features, and how much each patient carries the effect of each feature (P, K), positive where it does.

    Where patients were left out in groups (above 2 000), a row is a group and is named by its number. Raises NotFound
    where the analysis keeps no influence.
    """
    table = models.DecodingEvidence
    rows = session.scalars(select(table.influence).where(table.analysis_id == analysis.id).order_by(table.k)).all()
    fitted = session.get(models.Decoder, analysis.id)
    if not rows or fitted is None:
        raise NotFound(
            "This analysis keeps no influence: it was made without the trust block, or by version 1 of it; analyse "
            "again."
        )
    carries = -np.stack(rows, axis=-1)
    patients = analysed_patients(session, analysis, fitted.study_ids)
    if len(patients) != len(carries):
        patients = [f"group {number}" for number in range(len(carries))]
    return patients, list(fitted.features), carries
