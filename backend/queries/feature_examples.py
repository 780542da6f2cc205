"""Chooses the patients that show a feature: one in whom it is low, one in the middle and one in whom it is high.

The choice looks at nothing but the feature's value: neither at its decoding nor at who was held out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.queries.extractions import extraction_read
from backend.queries.percentiles import percentiles
from shared.schemas.examples import Place


@dataclass(frozen=True, slots=True)
class Measured:
    """A feature's value in one study of an analysis; `shown` where it has the image and the region to show it in."""

    case_id: str
    study_id: str
    patient_id: str
    value: float
    shown: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A study that was chosen."""

    place: Place
    study: Measured
    percentile: float


def examples(session: Session, analysis: models.Analysis, row: models.AnalysisFeature) -> list[Example]:
    """The examples of one feature, low first; fewer than three where fewer patients have images."""
    measured = _measured(session, analysis, row)
    values = np.array([one.value for one in measured], dtype=np.float64)[:, None]
    return [
        Example(place, study, float(percentiles(np.array([study.value]), values)[0]))
        for place, study in chosen(measured)
    ]


def chosen(measured: Sequence[Measured]) -> list[tuple[Place, Measured]]:
    """The lowest, the one nearest the median of all, and the highest, of three patients; ties by study id.

    Of two patients with images the lowest and the highest, of one the middle alone.
    """
    shown = [one for one in measured if one.shown]
    patients = {one.patient_id for one in shown}
    if not patients:
        return []
    median = float(np.median([one.value for one in measured]))
    if len(patients) == 1:
        return [("middle", _first(shown, lambda one: abs(one.value - median)))]
    low = _first(shown, lambda one: one.value)
    others = [one for one in shown if one.patient_id != low.patient_id]
    high = _first(others, lambda one: -one.value)
    between = [one for one in others if one.patient_id != high.patient_id]
    found: list[tuple[Place, Measured]] = [("low", low)]
    if between:
        found.append(("middle", _first(between, lambda one: abs(one.value - median))))
    return [*found, ("high", high)]


def _first(studies: Sequence[Measured], by: Callable[[Measured], float]) -> Measured:
    return min(studies, key=lambda one: (by(one), one.study_id))


def _measured(session: Session, analysis: models.Analysis, row: models.AnalysisFeature) -> list[Measured]:
    """The studies of the analysis that have a value, by study id."""
    read = extraction_read(session, analysis)
    ids = session.scalar(select(models.Decoder.study_ids).where(models.Decoder.analysis_id == analysis.id))
    listed = session.get(models.FeatureList, read.feature_list_id) if read else None
    if read is None or ids is None or listed is None or row.feature not in listed.names:
        return []
    k, table, analysed = listed.names.index(row.feature), models.Radiomics, set(ids)
    found = session.execute(
        select(models.Case, table.values)
        .join(table, table.case_id == models.Case.id)
        .where(models.Case.cohort_id == analysis.cohort_id, models.Case.status == "accepted")
        .where(table.roi == analysis.roi, table.settings_hash == read.settings_hash)
        .where(table.feature_list_id == read.feature_list_id, table.values.is_not(None))
        .order_by(models.Case.study_id)
    )
    has = _with_images(session, analysis.cohort_id, {row.modality, analysis.roi})
    return [
        Measured(case.id, case.study_id, case.patient_id, float(values[k]), case.id in has)
        for case, values in found
        if case.study_id in analysed and values is not None and np.isfinite(values[k])
    ]


def _with_images(session: Session, cohort_id: str, kinds: set[str]) -> set[str]:
    """Ids of the cases that have all these images and masks."""
    table = models.Volume
    rows = session.execute(
        select(table.case_id, table.kind)
        .join(models.Case)
        .where(models.Case.cohort_id == cohort_id, table.kind.in_(kinds))
    )
    found: dict[str, set[str]] = {}
    for case_id, kind in rows:
        found.setdefault(case_id, set()).add(kind)
    return {case_id for case_id, own in found.items() if own == kinds}
