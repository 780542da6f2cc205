"""The lens' three tables in the database: embeddings before and after, and radiomics, by study id."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadTable
from backend.jobs.data.table_identifiers import GivenTables
from backend.models import Case, Cohort, Embedding, Encoder, FeatureList, Radiomics
from backend.queries.extractions import Extraction, extraction_of
from backend.queries.stored_embeddings import Layer, embeddings_of
from backend.science.tables import types
from backend.science.tables.feature_names import parse
from backend.storage.cache_keys import IMPORTED, request_key
from backend.storage.cohort_protocol import protocol_of
from shared.protocol_words import shown_modalities
from shared.schemas import SHUFFLED_LABELS


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

    Raises BadTable where no study has everything, BadSettings where there is no such extraction.
    """
    cases = {
        case.id: case
        for case in session.scalars(select(Case).where(Case.cohort_id == cohort.id, Case.status == "accepted"))
        if only is None or case.study_id in only
    }
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


def store(session: Session, cohort: Cohort, given: GivenTables, *, task: str, roi: str) -> list[Encoder]:
    """Write the rows of all studies that have a case; return the encoders: before, the runs after, the controls.

    Several runs, or a run and its controls, become one recipe.
    """
    rows = session.execute(select(Case.study_id, Case.id).where(Case.cohort_id == cohort.id))
    case_of = dict(rows.all())
    pre = _encoder(session, cohort, given.pre, "pre", None)
    runs = [_encoder(session, cohort, table, "ft", task) for table in (given.ft, *given.further)]
    controls = [_encoder(session, cohort, table, "ft", task, SHUFFLED_LABELS) for table in given.controls]
    for encoder, table in zip((pre, *runs, *controls), given.embeddings.values(), strict=True):
        for study, row in zip(table.study_id, table.values, strict=True):
            if study in case_of:
                session.add(Embedding(case_id=case_of[study], encoder_id=encoder.id, input_key=IMPORTED, values=row))
    for alike in (runs, controls):
        for number, encoder in enumerate(alike):
            encoder.parent_id = pre.id
            if len(runs) + len(controls) > 1:
                encoder.recipe_id, encoder.run_number = runs[0].id, number
    listed = feature_list(session, given.radiomics.columns)
    for study, row in zip(given.radiomics.study_id, given.radiomics.values, strict=True):
        if study in case_of:
            session.add(_imported_features(case_of[study], roi, listed, row))
    return [pre, *runs, *controls]


def feature_list(session: Session, names: Sequence[str]) -> str:
    """Return the id of a list of feature names, which is stored once."""
    listed = request_key("features", names=list(names))
    if session.get(FeatureList, listed) is None:
        session.add(FeatureList(id=listed, names=list(names)))
        session.flush()
    return listed


def _imported_features(case_id: str, roi: str, listed: str, row: NDArray[np.float64]) -> Radiomics:
    key = request_key("imported radiomics", case=case_id, roi=roi)
    return Radiomics(
        case_id=case_id,
        roi=roi,
        settings_hash=IMPORTED,
        cache_key=key,
        feature_list_id=listed,
        status="ok",
        values=np.ascontiguousarray(row),
    )


def _encoder(
    session: Session, cohort: Cohort, table: types.Embeddings, stage: str, task: str | None, control: str | None = None
) -> Encoder:
    sha256 = table.content_sha256()
    encoder = Encoder(
        cohort_id=cohort.id,
        name=table.name,
        arch=IMPORTED,
        sha256=sha256,
        stage=stage,
        task=task,
        control=control,
        settings={"dimensions": len(table.dimensions)},
        cache_key=request_key(IMPORTED, cohort=cohort.id, sha256=sha256, stage=stage, task=task),
    )
    session.add(encoder)
    session.flush()
    return encoder


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
