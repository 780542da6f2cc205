"""The lens' three tables in the database: embeddings before and after, and radiomics, by study id."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.jobs.data.unfinished_tables import check_finished
from backend.models import Case, Cohort, Encoder, FeatureList, Radiomics
from backend.queries.extractions import Extraction, extraction_of
from backend.queries.stored_embeddings import Layer, embeddings_of
from backend.science.tables import types
from backend.science.tables.feature_names import parse
from backend.storage.cohort_protocol import protocol_of
from shared.protocol_words import shown_modalities


@dataclass(frozen=True, slots=True)
class LensTables:
    """Tables of the lens, restricted to studies in all of them; `left_out` gives the reason for the others.

    `extraction` is the hash of the settings of the radiomics; `further` are embeddings of further runs and controls.
    """

    pre: types.Embeddings
    ft: types.Embeddings
    radiomics: types.Radiomics
    left_out: dict[str, str]
    extraction: str
    further: tuple[types.Embeddings, ...] = ()

    @property
    def all(self) -> list[types.Embeddings | types.Radiomics]:
        """Every table, in a fixed order."""
        return [self.pre, self.ft, *self.further, self.radiomics]


def gather(
    session: Session,
    cohort: Cohort,
    roi: str,
    pre: Encoder,
    ft: Encoder,
    input_keys: tuple[str, str],
    layer: Layer = "pooled",
    extraction: str | None = None,
    further: Sequence[tuple[Encoder, str]] = (),
    only: Collection[str] | None = None,
) -> LensTables:
    """Read the tables of the accepted cases, radiomics of one extraction (None = the newest).

    `further`: encoders of other runs and controls, each with its input key. `only`: studies of a subgroup.

    Raises BadTable where no study has everything, BadSettings where there is no such extraction, Conflict where the
    cohort's own tables are not all stored.
    """
    check_finished(cohort)
    accepted = select(Case).where(Case.cohort_id == cohort.id, Case.status == "accepted").order_by(Case.study_id)
    cases = {case.id: case for case in session.scalars(accepted) if only is None or case.study_id in only}
    encoders = [*zip((pre, ft), input_keys, strict=True), *further]
    embedded = [_embeddings(session, cases, encoder, key, layer) for encoder, key in encoders]
    read = extraction_of(session, cohort.id, roi, extraction)
    measured, names = _radiomics(session, cases, cohort, roi, read)
    left_out = {
        case.study_id: no_radiomics(roi) if case.id not in measured else "not embedded"
        for case in cases.values()
        if not (case.id in measured and all(case.id in found for found in embedded))
    }
    kept = [case for case in cases.values() if case.study_id not in left_out]
    if not kept or read is None:
        raise BadTable(f"No study of {cohort.name!r} has both embeddings and {roi} radiomics; extract and embed first.")
    studies, patients = tuple(case.study_id for case in kept), tuple(case.patient_id for case in kept)
    stages = [
        types.Embeddings(
            study_id=studies,
            patient_id=patients,
            values=np.stack([found[case.id] for case in kept]).astype(np.float64),
            name=f"{encoder.name} embeddings",
            dimensions=tuple(range(len(found[kept[0].id]))),
        )
        for (encoder, _), found in zip(encoders, embedded, strict=True)
    ]
    radiomics = types.Radiomics(
        study_id=studies,
        patient_id=patients,
        values=np.stack([measured[case.id] for case in kept]),
        name=f"{roi} radiomics",
        features=tuple(parse(name) for name in names),
        modalities=shown_modalities(protocol_of(cohort)),
    )
    return LensTables(stages[0], stages[1], radiomics, left_out, read.settings_hash, tuple(stages[2:]))


def no_radiomics(roi: str) -> str:
    """Why a study without features of the region is left out."""
    return f"no {roi} radiomics"


def _embeddings(
    session: Session, cases: Mapping[str, Case], encoder: Encoder, input_key: str, layer: Layer
) -> dict[str, NDArray[np.generic]]:
    found = embeddings_of(session, encoder.id, input_key, layer)
    return {case_id: values for case_id, values in found.items() if case_id in cases}


def _radiomics(
    session: Session, cases: Mapping[str, Case], cohort: Cohort, roi: str, extraction: Extraction | None
) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """Features by case and their names, all of one extraction."""
    if extraction is None:
        return {}, []
    rows = (
        select(Radiomics)
        .join(Case)
        .where(Case.cohort_id == cohort.id, Radiomics.roi == roi, Radiomics.values.is_not(None))
        .where(Radiomics.settings_hash == extraction.settings_hash)
        .where(Radiomics.feature_list_id == extraction.feature_list_id)
    )
    found = {row.case_id: row.values for row in session.scalars(rows) if row.case_id in cases}
    names = session.get_one(FeatureList, extraction.feature_list_id).names
    return {case_id: values for case_id, values in found.items() if values is not None}, names
