"""The tables of a stored analysis as `analyze-tables` writes them: ranking, groups, influence."""

import pandas as pd
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from backend.models import AnalysisFeature, AnalysisGroup
from backend.queries import analysis_detail
from backend.queries.influence import influence_table
from backend.science.analysis.report import Report
from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import parse
from backend.science.trust.columns import RANKING, groups_file, ranking_file


def ranking_frame(session: Session, analysis_id: str) -> pd.DataFrame:
    """ranking.csv of a stored analysis, as `analyze-tables` writes it."""
    left_out = ("analysis_id", "k", "checksum")
    columns = [column.key for column in inspect(AnalysisFeature).columns if column.key not in left_out]
    rows = analysis_detail.features(session, analysis_detail.get_analysis(session, analysis_id))
    frame = pd.DataFrame([{column: getattr(row, column) for column in columns} for row in rows], columns=columns)
    frame = frame.rename(columns={name: f"paper_{name}" for name in columns if name.startswith("r2_in_sample")})
    extras = [name for name in frame.columns.astype(str) if name not in RANKING and not name.startswith("paper_")]
    never = [name for name in extras if frame[name].isna().all()]
    return ranking_file(frame.drop(columns=never))  # not every analysis has an icc, a trust block, other decoders


def groups_frame(session: Session, analysis_id: str) -> pd.DataFrame:
    """groups.csv of a stored analysis, as `analyze-tables` writes it."""
    stored = {
        (row.grouping, row.group): row.values
        for row in session.scalars(select(AnalysisGroup).where(AnalysisGroup.analysis_id == analysis_id))
    }
    lines = analysis_detail.features(session, analysis_detail.get_analysis(session, analysis_id))
    features = sorted(lines, key=lambda row: row.k)  # as they were analysed: modalities in the protocol's order
    order = [(grouping, group) for grouping, group, _ in grouped([parse(row.feature, "ranking") for row in features])]
    rows = [{"grouping": key[0], "group": key[1]} | stored[key] for key in order if key in stored]
    return groups_file(pd.DataFrame(rows))


def of_subgroup(frame: pd.DataFrame, report: Report) -> pd.DataFrame:
    """A table of an analysis, with a column that names the part of the cohort that was analysed, where it was one."""
    return frame if report.subgroup is None else frame.assign(subgroup=report.subgroup.where)


def influence_frame(session: Session, analysis_id: str) -> pd.DataFrame:
    """How much each patient carries each effect: a patient a row, a feature a column."""
    patients, features, carries = influence_table(session, analysis_detail.get_analysis(session, analysis_id))
    frame = pd.DataFrame(carries, columns=features)
    frame.insert(0, "patient_id", patients)
    return frame
