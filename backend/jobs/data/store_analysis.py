"""Writes the rows of an analysis: report, ranking, groups, decoders, evidence."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from backend.jobs.data.lens_tables import LensTables
from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Cohort, Decoder, DecodingEvidence, Encoder
from backend.queries.protocol_words import report_words

if TYPE_CHECKING:
    import pandas as pd

    from backend.science.analysis.report import Subgroup
    from backend.science.analysis.result import Analysis as LensAnswer

IN_SAMPLE = ("r2_in_sample_pre", "r2_in_sample_ft")
"""Columns that `ranking.csv` calls `paper_r2_in_sample_*`; only the paper's decoders have them."""


def store_analysis(
    session: Session,
    encoders: tuple[Encoder, Encoder],
    settings: Mapping[str, Any],
    key: str,
    answer: "LensAnswer",
    found: LensTables,
    part: "Subgroup | None" = None,
) -> str:
    """Add every row of an analysis of the encoders before and after; return its id.

    `settings` are those of the request, with what it left open filled in; `part` is the subgroup, where it is of one.
    """
    from backend.science.analysis.report import CohortSource
    from backend.science.analysis.report_json import to_json
    from backend.science.report.summary_text import overview

    words = report_words(session.get_one(Cohort, settings["cohort_id"]), settings["task"], answer.report.modalities)
    source = CohortSource(found.left_out, len(answer.groups), found.extraction, words, part)
    report = replace(answer.report, cohort=source)
    row = Analysis(
        cohort_id=settings["cohort_id"],
        task=settings["task"],
        roi=settings["roi"],
        pre_encoder_id=encoders[0].id,
        ft_encoder_id=encoders[1].id,
        settings=dict(settings),
        report=to_json(report),
        sentences=overview(report, answer.groups),
        cache_key=key,
    )
    session.add(row)
    session.flush()
    session.add_all(_features(row.id, answer))
    session.add_all(_groups(row.id, answer.groups))
    session.add(_decoder(row.id, answer))
    session.add_all(_evidence(row.id, answer))
    return row.id


def _features(analysis_id: str, answer: "LensAnswer") -> list[AnalysisFeature]:
    """The lines of the ranking; `k` is the feature's row of theta."""
    from backend.science.analysis.json_ready import json_ready

    columns = [column.key for column in inspect(AnalysisFeature).columns if column.key not in ("analysis_id", "k")]
    place = {feature: k for k, feature in enumerate(answer.decoders.feature)}
    names = {column: f"paper_{column}" if column in IN_SAMPLE else column for column in columns}
    source = {column: name for column, name in names.items() if name in answer.ranking}
    lines = answer.ranking[list(source.values())].to_dict("records")
    return [
        AnalysisFeature(
            analysis_id=analysis_id,
            k=place[line["feature"]],
            **{column: json_ready(line[name]) for column, name in source.items()},
        )
        for line in lines
    ]


def _evidence(analysis_id: str, answer: "LensAnswer") -> list[DecodingEvidence]:
    """Influence and held-out values of every feature; float32 suffices for plots and comparisons."""
    from backend.science.trust.change_evidence import ChangeEvidence

    if answer.trust is None:
        return []
    evidence, decoded = ChangeEvidence.of(answer.trust.change), answer.trust.change.decoded
    return [
        DecodingEvidence(
            analysis_id=analysis_id,
            k=k,
            influence=evidence.influence[:, k].astype(np.float32),
            effect_by_run=evidence.effect_by_run[:, k].copy(),
            permuted=np.ascontiguousarray(evidence.permuted[:, :, k]),
            decoded=np.ascontiguousarray(decoded[:, :, k]),
        )
        for k in range(len(answer.decoders.feature))
    ]


def _groups(analysis_id: str, groups: "pd.DataFrame") -> list[AnalysisGroup]:
    from backend.science.analysis.json_ready import json_ready

    return [
        AnalysisGroup(
            analysis_id=analysis_id,
            grouping=line["grouping"],
            group=line["group"],
            values={str(name): json_ready(value) for name, value in line.items() if name not in ("grouping", "group")},
        )
        for line in groups.to_dict("records")
    ]


def _decoder(analysis_id: str, answer: "LensAnswer") -> Decoder:
    fitted, studies = answer.decoders, answer.studies
    solved_on = set(fitted.study_id)
    return Decoder(
        analysis_id=analysis_id,
        features=list(fitted.feature),
        study_ids=list(studies.study_id),
        splits=list(studies.split),
        solved=np.array([study in solved_on for study in studies.study_id]),
        weight=fitted.projection.weight,
        bias=fitted.projection.bias,
        x_mean=fitted.projection.x_mean,
        x_sd=fitted.projection.x_sd,
        z_pre=studies.z_pre,
        z_ft=studies.z_ft,
        r_minmax=studies.r_minmax,
        theta_pre=fitted.theta_pre,
        theta_ft=fitted.theta_ft,
        intercept_pre=fitted.pre.intercept,
        intercept_ft=fitted.ft.intercept,
    )
