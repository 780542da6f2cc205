"""Stored analyses, loaded for comparisons."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import BadSettings, NotFound
from backend.jobs.data.class_cells import with_classes
from backend.jobs.data.clinical_columns import asked_column, clinical_of, label_column
from backend.jobs.data.lens_tables import gather
from backend.jobs.data.subgroup_studies import studies_analysed
from backend.models import Analysis, AnalysisEvidence, AnalysisFeature, Case, Decoder, DecodingEvidence, Encoder
from backend.queries.stored_report import report_of, trust_of
from backend.science.tables import types
from backend.science.tables.feature_names import parse
from backend.science.trust.jackknife.standard_error import DEGENERATE_RATIO
from backend.storage.cache_keys import encoder_input_key, input_key_of
from backend.storage.cohort_protocol import protocol_of
from backend.storage.database import Database
from shared.protocol_words import target_words

if TYPE_CHECKING:
    from backend.science.trust.change_evidence import ChangeEvidence
    from backend.science.trust.comparison.align import StoredAnalysis, StudyTables


Joined = TypeVar("Joined", bound=types.Embeddings | types.Radiomics)


def analyses_to_compare(session: Session, analysis_ids: list[str]) -> list[Analysis]:
    """Load the requested analyses. Raises a Refusal where they cannot be compared."""
    found = [session.get(Analysis, analysis_id) for analysis_id in analysis_ids]
    rows = [row for row in found if row is not None]
    if len(rows) < len(found):
        raise NotFound("One of these analyses does not exist; the Overview page lists them all.")
    if len(set(analysis_ids)) < len(analysis_ids):
        raise BadSettings("The same analysis was named twice; a comparison needs different ones.")
    if len({row.cohort_id for row in rows}) > 1:
        raise BadSettings("These analyses are of different cohorts; a comparison needs the same patients.")
    for row in rows:
        if session.get(AnalysisEvidence, (row.id, 0)) is not None:
            raise BadSettings(
                f"The analysis {label_of(row)} was made by version 1 of the trust block, whose errors cannot be "
                "compared; analyse again."
            )
        if session.get(DecodingEvidence, (row.id, 0)) is None:
            raise BadSettings(
                f"The analysis {label_of(row)} was made without the trust block, or before its evidence was kept; run "
                "it again."
            )
    return rows


def label_of(row: Analysis) -> str:
    """Label of an analysis, such as `PI-RADS · gland`; of a subgroup `PI-RADS · gland · PSA above 10`."""
    label, part = f"{target_words(protocol_of(row.cohort), row.task)} · {row.roi}", report_of(row).subgroup
    return label if part is None else f"{label} · {part.words}"


def studies_of(session: Session, analysis_id: str) -> list[str]:
    """Ids of the studies that an analysis decoded, sorted."""
    return list(session.scalars(select(Decoder.study_ids).where(Decoder.analysis_id == analysis_id)).one())


def check_accepted(session: Session, cohort_id: str, studies: Collection[str]) -> None:
    """Raise BadSettings where studies to decode again have been excluded since."""
    accepted = select(Case.study_id).where(Case.cohort_id == cohort_id, Case.status == "accepted")
    if gone := len(set(studies).difference(session.scalars(accepted))):
        raise BadSettings(
            f"{gone} of the studies these analyses share were excluded since, and cannot be decoded again; run the "
            "analyses again, or reopen the studies in Data."
        )


def read_stored_analysis(database: Database, analysis_id: str) -> "StoredAnalysis":
    """Read an analysis with its influence, and a function that gathers the tables of its studies."""
    from backend.science.trust.comparison.align import StoredAnalysis

    with database.read() as session:
        row = session.get_one(Analysis, analysis_id)
        fitted = session.get_one(Decoder, analysis_id)
        patient_of = _patients(session, row)
        patients = tuple(patient_of[study] for study in fitted.study_ids)
        evidence = change_evidence(session, row, patients)
    return StoredAnalysis(
        label=label_of(row),
        study_id=tuple(fitted.study_ids),
        patient_id=patients,
        features=tuple(parse(name) for name in fitted.features),
        seed=int(row.settings["seed"]),
        evidence=evidence,
        load_tables=lambda studies: _tables(database, row, fitted.features, studies),
    )


def change_evidence(session: Session, row: Analysis, patients: Sequence[str]) -> "ChangeEvidence":
    """R2, effects, influence and permuted R2 of an analysis with a trust block. Raises Damaged without one."""
    from backend.science.trust.change_evidence import ChangeEvidence, Verdict

    trust = trust_of(row)
    kept = session.scalars(
        select(DecodingEvidence).where(DecodingEvidence.analysis_id == row.id).order_by(DecodingEvidence.k)
    ).all()
    lines = session.scalars(
        select(AnalysisFeature).where(AnalysisFeature.analysis_id == row.id).order_by(AnalysisFeature.k)
    ).all()
    columns = {
        name: np.array([getattr(line, name) for line in lines], dtype=float)
        for name in ("effect", "se", "p", "q", "r2_pre", "r2_ft")
    }
    return ChangeEvidence(
        patients=tuple(sorted(set(patients))),
        r2=np.stack([columns["r2_pre"], columns["r2_ft"]]),
        features=Verdict.stored(columns, [str(line.flag) for line in lines]),
        effect_by_run=np.stack([one.effect_by_run for one in kept], axis=-1),
        influence=np.stack([one.influence for one in kept], axis=-1).astype(np.float64),
        permuted=np.stack([one.permuted for one in kept], axis=-1),
        ratio=trust.variance_ratio or DEGENERATE_RATIO,
        group_ratio=trust.group_variance_ratio or DEGENERATE_RATIO,
    )


def _patients(session: Session, row: Analysis) -> dict[str, str]:
    rows = session.execute(select(Case.study_id, Case.patient_id).where(Case.cohort_id == row.cohort_id))
    return dict(rows.all())


def only(table: Joined, studies: Sequence[str]) -> Joined:
    """Select the rows of some studies, in their order."""
    at = table.rows(studies)
    return replace(
        table, study_id=tuple(studies), patient_id=tuple(table.patient_id[n] for n in at), values=table.values[at]
    )


def with_features(table: types.Radiomics, wanted: Collection[str]) -> types.Radiomics:
    """Select the columns of some features, so that gaps of a dropped feature do not exclude studies."""
    columns = [k for k, feature in enumerate(table.features) if feature.column in wanted]
    return replace(table, values=table.values[:, columns], features=tuple(table.features[k] for k in columns))


def _tables(database: Database, row: Analysis, features: list[str], studies: tuple[str, ...]) -> "StudyTables":
    """The tables that an analysis read, of some of its studies: the same runs and the same covariates."""
    from backend.science.tables.join import join
    from backend.science.trust.comparison.align import StudyTables
    from backend.science.trust.study_context import covariate_of

    with database.read() as session:
        check_accepted(session, row.cohort_id, studies)
        runs = [session.get_one(Encoder, encoder_id) for encoder_id in row.settings.get("further_runs", [])]
        found = gather(
            session, row.cohort, row.roi, row.pre_encoder, row.ft_encoder,
            input_key_of(row.pre_encoder, row.ft_encoder, row.task), extraction=row.settings.get("extraction"),
            further=[(encoder, encoder_input_key(encoder, row.task)) for encoder in runs],
            only=studies_analysed(session, row),
        )  # fmt: skip
        protocol = protocol_of(row.cohort)
        clinical = with_classes(clinical_of(session, row.cohort, studies_analysed(session, row)), protocol, row.task)
        given = [asked_column(clinical, name) for name in row.settings.get("covariates") or []]
        learned = [label_column(clinical, protocol, row.task, name) for name in row.settings.get("label") or []]
    for column in (*given, *learned):
        if (column.kind == "number" or column in learned) and column.lacking(studies):
            raise BadSettings(f"Studies lack {column.name} now, which {label_of(row)} was given; fill it in.")
    radiomics = with_features(only(found.radiomics, studies), set(features))
    others = [only(table, studies) for table in found.further]
    cohort = join(only(found.pre, studies), only(found.ft, studies), radiomics, others=others)
    covariates = tuple(covariate_of(column, cohort.study_id) for column in given)
    label = tuple(covariate_of(column, cohort.study_id) for column in learned)
    return StudyTables(cohort.x_pre, (cohort.x_ft, *cohort.x_others), cohort.r, cohort.features, covariates, label)
