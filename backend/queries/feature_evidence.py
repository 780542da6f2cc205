"""The evidence of one feature's trust numbers: influence, held-out values, reasons, quality of the regions."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend import models
from backend.errors import NotFound
from backend.queries import analysis_detail
from backend.queries.extractions import extraction_read
from backend.queries.influence import analysed_patients
from backend.queries.region_quality import kinds, region_quality
from backend.queries.stored_report import report_of, trust_of
from backend.science.trust.thresholds import MARGIN, REPEATABLE, Z95
from shared import schemas as s


def feature_evidence(session: Session, analysis: models.Analysis, feature: str) -> s.FeatureEvidence:
    """The evidence of one feature; raises `NotFound` where none is stored.

    Plain numpy, as in `analysis_detail.feature_cases`: a server that only shows results should not carry pandas.
    """
    row = analysis_detail.get_feature(session, analysis.id, feature)
    evidence = session.get(models.DecodingEvidence, (analysis.id, row.k))
    fitted = session.get(models.Decoder, analysis.id)
    decoded = _decoded(session, analysis.id, row.k) if evidence is None else evidence.decoded
    if decoded is None or fitted is None:
        raise NotFound("This analysis was made without the trust block, or before evidence was kept; run it again.")
    report, trust = report_of(analysis), trust_of(analysis)
    low, high = _interval(trust.shared_change, trust.shared_change_se)
    found = analysis_detail.weighed(session, analysis, row)
    return s.FeatureEvidence(
        analysis_id=analysis.id,
        task=analysis.task,
        roi=analysis.roi,
        definition=analysis_detail.definition(row),
        row=analysis_detail.ranking_row(row),
        n_studies=report.n_studies,
        n_patients=report.n_patients,
        shared_change=trust.shared_change,
        shared_change_low=low,
        shared_change_high=high,
        control_floor=trust.permutation_floor,
        margin=MARGIN,
        version=1 if evidence is None else 2,
        by_run=[] if evidence is None else evidence.effect_by_run.tolist(),
        influence=[] if evidence is None else _influence(session, analysis, fitted, evidence),
        points=_points(session, analysis, fitted, row.k, decoded),
        repeatable=None if row.icc is None else row.icc >= REPEATABLE,
        disagreement=s.Disagreement(
            disagrees=found.disagrees,
            headline=found.headline,
            reasons=[s.Reason.model_validate(one, from_attributes=True) for one in found.reasons],
        ),
        quality=_quality(session, analysis, fitted.study_ids),
    )


def _interval(value: float | None, se: float | None) -> tuple[float | None, float | None]:
    """Ends of the 95 % interval of a number with a standard error; None where one is undefined."""
    return (None, None) if value is None or se is None else (value - Z95 * se, value + Z95 * se)


def normal_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) values by their mid-rank as normal scores: what the decoders of the trust block aim at."""
    ordered = np.sort(values)
    rank = 0.5 * (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right"))
    scores: NDArray[np.float64] = ndtri(rank / len(values))
    return scores


def _decoded(session: Session, analysis_id: str, k: int) -> NDArray[np.float32] | None:
    """Held-out values of an analysis of version 1; None where it kept none."""
    old = session.get(models.AnalysisEvidence, (analysis_id, k))
    return None if old is None else old.decoded


def _influence(
    session: Session, analysis: models.Analysis, fitted: models.Decoder, evidence: models.DecodingEvidence
) -> list[s.PatientInfluence]:
    """How much each patient carries the effect, those that carry most first."""
    patients = analysed_patients(session, analysis, fitted.study_ids)
    carries = -evidence.influence.astype(float)
    if len(patients) != len(carries):
        return []
    return [
        s.PatientInfluence(patient_id=patients[p], carries=float(carries[p]))
        for p in np.argsort(-np.abs(carries), kind="stable").tolist()
    ]


def _points(
    session: Session, analysis: models.Analysis, fitted: models.Decoder, k: int, decoded: NDArray[np.float32]
) -> list[s.EvidencePoint]:
    """The studies of an analysis, those that carry most of the change first."""
    true = normal_scores(fitted.r_minmax[:, k])
    before, after = decoded.astype(float)
    gain = (np.square(true - before) - np.square(true - after)) / np.square(true - true.mean()).sum()
    cases = {case.study_id: case for case in analysis_detail.cases_of(session, analysis.cohort_id)}
    return [
        s.EvidencePoint(
            case_id=case.id,
            study_id=case.study_id,
            patient_id=case.patient_id,
            split=fitted.splits[n],
            has_images=bool(case.volumes),
            true=float(true[n]),
            decoded_pre=float(before[n]),
            decoded_ft=float(after[n]),
            gain=float(gain[n]),
        )
        for n in np.argsort(-np.abs(gain), kind="stable").tolist()
        if (case := cases.get(fitted.study_ids[n])) is not None
    ]


def _quality(session: Session, analysis: models.Analysis, studies: list[str]) -> s.RoiEvidence:
    """What the extraction that was read noted about the analysed regions; nothing is known of imported tables."""
    table, read = models.Radiomics, extraction_read(session, analysis)
    rows = session.execute(
        select(models.Case.study_id, table.quality)
        .join(models.Case)
        .where(models.Case.cohort_id == analysis.cohort_id, table.roi == analysis.roi, table.values.is_not(None))
        .where(table.settings_hash == (read.settings_hash if read else ""))
    )
    analysed = set(studies)
    notes: dict[str, set[str]] = {}
    for study, quality in rows:
        if study in analysed:
            for note in {words for image in region_quality(quality).values() for words in kinds(image)}:
                notes.setdefault(note, set()).add(study)
    return s.RoiEvidence(
        n_studies=len(studies),
        n_flagged=len(set().union(*notes.values())),
        sentences=[f"{len(found)} of {len(studies)} studies: {note}." for note, found in sorted(notes.items())],
    )
