"""The analysis job: runs the lens on a cohort and stores the result, or returns the stored one."""

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from backend.jobs.context import JobContext
from backend.jobs.data.clinical_columns import clinical_of, covariate_columns, label_columns
from backend.jobs.data.cohorts import cohort_of, ensure_split
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.data.lens_tables import LensTables, gather
from backend.jobs.planning.allowed_paths import check_path
from backend.jobs.planning.requirements import encoder_for
from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Cohort, Decoder, DecodingEvidence, Encoder
from backend.storage.cache_keys import LENS_CODE, input_key_of, request_key
from shared.schemas import AnalyseParams

if TYPE_CHECKING:
    import pandas as pd

    from backend.science.analysis.beside import Beside
    from backend.science.analysis.result import Analysis as LensAnswer

WHO_AND_WHAT = {
    *("kind", "cohort_id", "pre_encoder_id", "ft_encoder_id", "icc", "extraction", "label", "covariates", "runs")
}
"""Parameters that name the data; the others are the lens' settings."""

IN_SAMPLE = ("r2_in_sample_pre", "r2_in_sample_ft")
"""Columns that `ranking.csv` calls `paper_r2_in_sample_*`; only the paper's decoders have them."""


def run(context: JobContext, params: AnalyseParams) -> dict[str, Any]:
    """Embed what is missing, gather the tables, run the lens and store its result in one transaction.

    For the same tables, split and settings the stored analysis is returned (`cached`).
    """
    start = monotonic()
    with context.database.write() as session:
        cohort = cohort_of(session, params.cohort_id)
        split = ensure_split(session, cohort.id)
        pre = encoder_for(session, cohort.id, "pre", None, params.pre_encoder_id)
        ft = encoder_for(session, cohort.id, "ft", params.task, params.ft_encoder_id)
    keys = input_key_of(pre, ft, params.task)
    for encoder in (pre, ft):
        embed_missing(context, cohort.id, encoder, params.task)
    with context.database.read() as session:
        found = gather(session, cohort, params.roi, pre, ft, keys, extraction=params.extraction)
        beside = _beside(session, params, cohort, found)
        key = _cache_key(context, params, cohort, found, split, (pre, ft), beside)
        known = session.scalar(select(Analysis.id).where(Analysis.cache_key == key))
    if known is not None:
        context.log("The same analysis was computed before; that one is the answer.")
        return {"analysis_id": known, "cohort_id": cohort.id, "cached": True}
    for reason in sorted(set(found.left_out.values())):
        n = sum(1 for other in found.left_out.values() if other == reason)
        context.log(f"{n} studies are left out: {reason}.")
    answer = _answer(context, params, found, split, beside)
    with context.database.write() as session:
        analysis_id = _store(session, cohort, params, (pre, ft), key, answer, found)
    return {
        "analysis_id": analysis_id,
        "cohort_id": cohort.id,
        "cached": False,
        "units": 1,
        "seconds": monotonic() - start,
    }


def _cache_key(
    context: JobContext,
    params: AnalyseParams,
    cohort: Cohort,
    found: LensTables,
    split: dict[str, str],
    encoders: tuple[Encoder, Encoder],
    beside: "Beside",
) -> str:
    return request_key(
        "analysis",
        code=LENS_CODE,
        cohort=cohort.id,
        encoders=[encoder.id for encoder in encoders],
        tables=[table.content_sha256() for table in found.all],
        beside=[
            len(beside.controls),
            *(
                [[column.name, column.kind, column.value_of] for column in part]
                for part in (beside.label, beside.covariates)
            ),
        ],
        extraction=found.extraction,
        split={study: split[study] for study in found.pre.study_id},
        settings=params.model_dump(mode="json", exclude=WHO_AND_WHAT),
        icc=_icc(context, params),
    )


def _beside(session: Session, params: AnalyseParams, cohort: Cohort, found: LensTables) -> "Beside":
    """Label and covariates of the cohort's studies, as asked or as the cohort knows them."""
    from backend.science.analysis.beside import Beside

    clinical = clinical_of(session, cohort.id, cohort.name)
    covariates = covariate_columns(clinical, params.covariates)
    label = label_columns(clinical, params.task, list(found.pre.study_id), params.label)
    taken = {column.name for column in label}
    return Beside(label=label, covariates=tuple(column for column in covariates if column.name not in taken))


def _answer(
    context: JobContext, params: AnalyseParams, found: LensTables, split: dict[str, str], beside: "Beside"
) -> "LensAnswer":
    from backend.science.analysis import analyse  # pandas and torch: a stored result needs neither

    chosen = params.model_dump(exclude=WHO_AND_WHAT) | {"decoders": tuple(params.decoders)}
    settings = analyse.LensSettings(**chosen, threads=context.settings.threads)
    icc = _icc(context, params)
    return analyse.analyse(found.pre, found.ft, found.radiomics, settings, split, context.progress, icc, beside)


def _icc(context: JobContext, params: AnalyseParams) -> dict[str, float] | None:
    if params.icc is None:
        return None
    from backend.science.trust.icc_table import read_icc

    return read_icc(check_path(context.settings, params.icc, local=context.local, folder=False))


def _store(
    session: Session,
    cohort: Cohort,
    params: AnalyseParams,
    encoders: tuple[Encoder, Encoder],
    key: str,
    answer: "LensAnswer",
    found: LensTables,
) -> str:
    from backend.science.analysis.report import CohortSource
    from backend.science.analysis.report_json import to_json
    from backend.science.report.summary_text import overview

    source = CohortSource(found.left_out, len(answer.groups), found.extraction)
    row = Analysis(
        cohort_id=cohort.id,
        task=params.task,
        roi=params.roi,
        pre_encoder_id=encoders[0].id,
        ft_encoder_id=encoders[1].id,
        settings=params.model_dump(mode="json") | {"extraction": found.extraction},
        report=to_json(replace(answer.report, cohort=source)),
        sentences=overview(answer.report, answer.groups),
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
