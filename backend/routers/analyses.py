"""Analyses: list, answer, ranking, groups, and the studies behind a feature."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend import models
from backend.queries import analysis_detail, stored_report
from backend.science.analysis.report import Report
from backend.web.authorization import VIEWER
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.pagination import CsvResponse, Listing, OptionalPage, add_list, csv_response
from backend.web.settled_route import SettledRoute
from shared import schemas as s

router = APIRouter(tags=["analyses"], route_class=SettledRoute)
Filter = Annotated[str | None, Query(max_length=100)]
Feature = Annotated[str, Path(max_length=200)]
Sort = Literal[
    "trust", "effect", "effect_shrunk", "shrunk_low", "shrunk_high", "effect_given_label", "given_label_low",
    "given_label_high", "label_borne", "label_borne_q", "n_runs", "n_runs_agree", "used", "used_low", "used_high",
    "use", "selective_delta", "delta_r2", "delta_r2_low", "delta_r2_high", "se", "ci_low", "ci_high", "p", "q",
    "flag", "r2_pre", "r2_ft", "chance_r2_pre", "chance_r2_ft", "explained_sd_pre", "explained_sd_ft", "control_floor",
    "icc", "r2_pre_kernel", "r2_ft_kernel", "r2_pre_elastic_net", "r2_ft_elastic_net",
    "rank_paper", "delta_i", "i_pre", "i_ft", "swap_delta_i", "paper_r2_pre", "paper_r2_ft", "paper_mse_pre",
    "paper_mse_ft", "r2_in_sample_pre", "r2_in_sample_ft",
    "feature", "modality", "image_type", "feature_class", "feature_name",
]  # fmt: skip


def analyses(cohort_id: Filter = None) -> Listing[s.Analysis]:
    """Analyses, newest first."""
    statement = select(models.Analysis).order_by(models.Analysis.created_at.desc(), models.Analysis.id)
    if cohort_id is not None:
        statement = statement.where(models.Analysis.cohort_id == cohort_id)
    return Listing.of_each(statement, lambda _session, rows: [analysis_detail.summary(row) for row in rows])


def ranking(
    session: ReadSessionDep,
    analysis_id: str,
    modality: Filter = None,
    feature_class: Filter = None,
    image_type: Filter = None,
    flag: s.Flag | None = None,
    text: Filter = None,
    sort: Sort = "trust",
    order: Literal["asc", "desc"] = "desc",
) -> Listing[s.RankingRow]:
    """The features of an analysis, filtered and sorted; `text` looks in names and in words.

    `trust` sorts by the effect read with its group, or by the plain effect where there are fewer than 80 patients.
    Ties, and what has no such number (an analysis without trust block has no effect), stand in the paper's order.
    """
    row = models.AnalysisFeature
    statement = select(row).where(row.analysis_id == analysis_detail.get_analysis(session, analysis_id).id)
    for column, value in (
        (row.modality, modality),
        (row.feature_class, feature_class),
        (row.image_type, image_type),
        (row.flag, flag),
    ):
        if value is not None:
            statement = statement.where(column == value)
    by = analysis_detail.trust_effect() if sort == "trust" else getattr(row, sort)
    statement = statement.order_by((by.desc() if order == "desc" else by.asc()).nulls_last(), row.rank_paper, row.k)
    if text is None:
        return Listing.of(statement, lambda _session, rows: [analysis_detail.ranking_row(row) for row in rows])
    return Listing.computed(lambda session: _matching(session, statement, text.casefold().split()))


def _matching(session: Session, statement: Select[models.AnalysisFeature], words: Sequence[str]) -> list[s.RankingRow]:
    """Rows with every word in the feature's name or label; labels are no column, so SQL cannot search them."""
    rows = [analysis_detail.ranking_row(row) for row in session.scalars(statement)]
    return [row for row in rows if all(word in f"{row.feature} {row.label}".casefold() for word in words)]


def groups(session: ReadSessionDep, analysis_id: str) -> Listing[s.GroupRow]:
    """The groups of an analysis: classes, image types, modalities, modality by class, overall."""
    known = analysis_detail.get_analysis(session, analysis_id).id
    return Listing.computed(lambda session: analysis_detail.groups(session, known))


def representation(session: ReadSessionDep, analysis_id: str) -> Listing[s.RepresentationRow]:
    """How far the embedding as a whole moved, one measure a row; empty where there is no trust block."""
    trust = stored_report.trust_summary(_report(session, analysis_id))
    found = {} if trust is None else trust.representation
    rows = [s.RepresentationRow(measure=measure, value=value) for measure, value in found.items()]
    return Listing.computed(lambda _session: rows)


def _report(session: Session, analysis_id: str) -> Report:
    return stored_report.report_of(analysis_detail.get_analysis(session, analysis_id))


add_list(router, "/analyses", s.Analysis, analyses, VIEWER)
add_list(router, "/analyses/{analysis_id}/ranking", s.RankingRow, ranking, VIEWER)
add_list(router, "/analyses/{analysis_id}/groups", s.GroupRow, groups, VIEWER)
add_list(router, "/analyses/{analysis_id}/representation", s.RepresentationRow, representation, VIEWER)


@router.get("/analyses/{analysis_id}.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse)
def table_one_csv(analysis_id: str, session: ReadSessionDep) -> CsvResponse:
    """Table 1 of an analysis."""
    return csv_response(s.TableOneCell, stored_report.table_one(_report(session, analysis_id)))


@router.get("/analyses/{analysis_id}", dependencies=[VIEWER])
def analysis(analysis_id: str, session: ReadSessionDep) -> s.AnalysisDetail:
    """One analysis: what changed in words, Table 1, alerts, settings and provenance."""
    return analysis_detail.detail(analysis_detail.get_analysis(session, analysis_id))


@router.get(
    "/analyses/{analysis_id}/cases-for-feature/{feature}.csv", dependencies=[VIEWER, EXPORT], response_class=CsvResponse
)
def cases_for_feature_csv(analysis_id: str, feature: Feature, session: ReadSessionDep) -> CsvResponse:
    """True and decoded value of a feature, one row a study."""
    analysis = analysis_detail.get_analysis(session, analysis_id)
    return csv_response(s.FeatureCase, analysis_detail.feature_cases(session, analysis, feature))


@router.get("/analyses/{analysis_id}/cases-for-feature/{feature}", dependencies=[VIEWER])
def cases_for_feature(
    analysis_id: str, feature: Feature, session: ReadSessionDep, part: OptionalPage
) -> s.FeatureCases:
    """A feature in words, its line of the ranking, and the studies that carry its change, most changed first."""
    analysis = analysis_detail.get_analysis(session, analysis_id)
    row = analysis_detail.get_feature(session, analysis_id, feature)
    cases = analysis_detail.feature_cases(session, analysis, feature)
    shown = part.of(cases)
    return s.FeatureCases(
        analysis_id=analysis_id,
        definition=analysis_detail.definition(row),
        row=analysis_detail.ranking_row(row),
        disagreement=analysis_detail.disagreement(session, analysis, row),
        cases=shown,
        total=len(cases),
        next_cursor=part.next_cursor(len(shown), len(cases)),
    )
