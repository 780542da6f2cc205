"""An analysis as the API sends it: summary, ranking, groups, alerts, and the studies of a feature."""

from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, func, inspect, select
from sqlalchemy.orm import Session, selectinload

from backend import models
from backend.errors import Damaged, NotFound
from backend.queries.protocol_words import task_words
from backend.queries.stored_report import (
    alerts,
    n_changed,
    n_readable,
    report_of,
    subgroup_of,
    table_one,
    trust_summary,
)
from backend.science.analysis.report import Report
from backend.science.analysis.subgroup_text import subgroup_sentence
from backend.science.tables import glossary
from backend.science.tables.feature_names import FeatureName
from backend.science.trust.disagreement import Disagreement
from backend.science.trust.disagreement import disagreement as paper_and_trust
from shared import schemas as s


def get_analysis(session: Session, analysis_id: str) -> models.Analysis:
    """The row of an analysis; raises `NotFound`."""
    row = session.get(models.Analysis, analysis_id)
    if row is None:
        raise NotFound("There is no such analysis; the Overview page lists them all.")
    return row


def features(session: Session, analysis: models.Analysis) -> list[models.AnalysisFeature]:
    """Every line of an analysis' ranking, in the order of the paper; raises `Damaged` where one is missing."""
    table = models.AnalysisFeature
    rows = session.scalars(
        select(table).where(table.analysis_id == analysis.id).order_by(table.rank_paper, table.k)
    ).all()
    if len(rows) != report_of(analysis).n_features:
        raise Damaged("An analysis lacks lines of its ranking; restore the database from a backup.")
    return list(rows)


def trust_effect() -> ColumnElement[float | None]:
    """What features are ranked by: the effect read with its group, or the plain one of fewer than 80 patients."""
    return func.coalesce(models.AnalysisFeature.effect_shrunk, models.AnalysisFeature.effect)


def encoder_schema(row: models.Encoder | None) -> s.Encoder:
    """An encoder; raises `Damaged` where the row that another points to is gone."""
    if row is None:
        raise Damaged("A stored analysis points to an encoder that is not there; restore the database from a backup.")
    return s.Encoder.model_validate({name: getattr(row, name) for name in s.Encoder.model_fields})


def summary(row: models.Analysis) -> s.Analysis:
    """An analysis as lists show it."""
    return s.Analysis.model_validate(_summary(row, report_of(row)))


def detail(row: models.Analysis) -> s.AnalysisDetail:
    """An analysis with its answer in words, Table 1, alerts, settings and provenance."""
    report = report_of(row)
    return s.AnalysisDetail.model_validate(
        _summary(row, report)
        | {
            "sentences": [one for one in (subgroup_sentence(report), *row.sentences) if one],
            "alerts": alerts(report),
            "table_one": table_one(report),
            "caption": report.caption,
            "trust": trust_summary(report),
            "fig2_class": report.fig2.feature_class,
            "extraction": None if report.cohort is None else report.cohort.extraction,
            "settings": row.settings,
            "report": row.report,
        }
    )


def _summary(row: models.Analysis, report: Report) -> dict[str, Any]:
    return {
        "id": row.id,
        "cohort_id": row.cohort_id,
        "cohort_name": row.cohort.name,
        "task": row.task,
        "roi": row.roi,
        "modalities": report.modalities,
        "n_studies": report.n_studies,
        "n_patients": report.n_patients,
        "n_features": report.n_features,
        "hidden": report.hidden,
        "seed": report.settings.seed,
        "n_alerts": len(report.alerts),
        "n_readable": n_readable(report),
        "n_changed": n_changed(report),
        "has_images": row.cohort.kind == "images",
        "pre_encoder": encoder_schema(row.pre_encoder),
        "ft_encoder": encoder_schema(row.ft_encoder),
        "created_at": row.created_at,
        "subgroup": subgroup_of(report),
    }


def share_schema(row: models.Share) -> s.Share:
    """A share link as the API sends it, without its token."""
    analysis = row.analysis
    used_up = row.max_views is not None and row.opened >= row.max_views
    over = used_up or row.expires_at <= models.now()
    state = "revoked" if row.revoked_at else "expired" if over else "active"
    computed = {"analysis_title", "state", "has_passphrase"}
    fields = {name: getattr(row, name) for name in s.Share.model_fields if name not in computed}
    fields["has_passphrase"] = row.passphrase_hash is not None
    title = f"{task_words(analysis.cohort, analysis.task)} · {analysis.cohort.name} · {analysis.roi}"
    title += f" · {part.words}" if (part := report_of(analysis).subgroup) else ""
    return s.Share.model_validate(fields | {"analysis_title": title, "state": state})


def disagreement(session: Session, analysis: models.Analysis, row: models.AnalysisFeature) -> list[str]:
    """Why the paper's shift and the trust block say different things about a feature; empty where they agree."""
    return [] if row.flag is None else weighed(session, analysis, row).sentences


def weighed(session: Session, analysis: models.Analysis, row: models.AnalysisFeature) -> Disagreement:
    """Paper and trust on one feature, with what all features did; no common scale where no weight was above 0."""
    table = models.AnalysisFeature
    pairs = session.execute(select(table.i_pre, table.i_ft).where(table.analysis_id == analysis.id))
    scale = median([ft / pre for pre, ft in pairs if pre > 0] or [1.0])
    line = {column.key: getattr(row, column.key) for column in inspect(table).columns}
    report = report_of(analysis)
    control_floor = None if report.trust is None else report.trust.permutation_floor
    return paper_and_trust(line | {"control_floor": control_floor}, scale, report.shared_change)


def groups(session: Session, analysis_id: str) -> list[s.GroupRow]:
    """Every group of an analysis."""
    rows = session.scalars(select(models.AnalysisGroup).where(models.AnalysisGroup.analysis_id == analysis_id)).all()
    source = report_of(get_analysis(session, analysis_id)).cohort
    if source is not None and source.n_groups not in (None, len(rows)):
        raise Damaged("An analysis lacks lines of its groups; restore the database from a backup.")
    fields = s.GroupRow.model_fields
    return [
        s.GroupRow.model_validate(
            {"grouping": row.grouping, "group": row.group}
            | {name: value for name, value in row.values.items() if name in fields}
        )
        for row in rows
    ]


def ranking_row(row: models.AnalysisFeature) -> s.RankingRow:
    """A line of the ranking, with the feature in words."""
    fields = {name: getattr(row, name) for name in s.RankingRow.model_fields if name != "label"}
    return s.RankingRow.model_validate(fields | {"label": label(row)})


def label(row: models.AnalysisFeature) -> str:
    """A feature in words with its class, modality and image type."""
    return glossary.label(_name(row))


def get_feature(session: Session, analysis_id: str, feature: str) -> models.AnalysisFeature:
    """A feature's line of the ranking; raises `NotFound`."""
    table = models.AnalysisFeature
    row = session.scalar(select(table).where(table.analysis_id == analysis_id, table.feature == feature))
    if row is None:
        raise NotFound("This analysis has no such feature; the Shifts page lists them all.")
    return row


def definition(row: models.AnalysisFeature) -> s.FeatureDefinition:
    """A feature in words."""
    words = glossary.words(row.feature_class, row.feature_name)
    return s.FeatureDefinition(
        feature=row.feature,
        label=label(row),
        sentence=words.sentence,
        formula=words.formula,
        ibsi=words.ibsi,
        image_type_words=glossary.image_type_sentence(row.image_type),
    )


def feature_cases(session: Session, analysis: models.Analysis, feature: str) -> list[s.FeatureCase]:
    """True and decoded value of a feature in every study, those whose error changed most first.

    Plain numpy: a server that only shows results should not carry pandas (85 MB).
    """
    fitted = session.get(models.Decoder, analysis.id)
    if fitted is None or feature not in fitted.features:
        raise NotFound("This analysis has no decoder for that feature; choose another one.")
    k = fitted.features.index(feature)
    true = fitted.r_minmax[:, k]
    decoded_pre = fitted.z_pre @ fitted.theta_pre[k] + fitted.intercept_pre[k]
    decoded_ft = fitted.z_ft @ fitted.theta_ft[k] + fitted.intercept_ft[k]
    change = np.abs(decoded_ft - true) - np.abs(decoded_pre - true)
    cases = {case.study_id: case for case in cases_of(session, analysis.cohort_id)}
    return [
        _feature_case(
            cases[fitted.study_ids[n]],
            fitted.splits[n],
            not fitted.solved[n],
            {
                "true": float(true[n]),
                "decoded_pre": float(decoded_pre[n]),
                "decoded_ft": float(decoded_ft[n]),
                "error_change": float(change[n]),
            },
        )
        for n in np.argsort(-np.abs(change), kind="stable")
        if fitted.study_ids[n] in cases
    ]


def _feature_case(case: models.Case, side: str, held_out: bool, values: dict[str, float]) -> s.FeatureCase:
    known = {"case_id": case.id, "study_id": case.study_id, "patient_id": case.patient_id}
    about = {"has_images": bool(case.volumes), "split": side, "held_out": held_out}
    return s.FeatureCase.model_validate(known | about | values)


def cases_of(session: Session, cohort_id: str) -> Sequence[models.Case]:
    """The cases of a cohort; of their volumes only whether there are any."""
    ids_only = selectinload(models.Case.volumes).load_only(models.Volume.id)
    return session.scalars(select(models.Case).where(models.Case.cohort_id == cohort_id).options(ids_only)).all()


def _name(row: models.AnalysisFeature) -> FeatureName:
    return FeatureName(row.modality, row.image_type, row.feature_class, row.feature_name)
