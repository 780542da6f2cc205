"""`radiomiclens export`: a stored analysis as a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy.orm import Session

    from backend.models import Analysis

Format = Literal["csv", "parquet", "html", "json"]
Table = Literal["ranking", "groups", "influence"]


def export(
    analysis: Annotated[str, typer.Argument(help="Id of the analysis.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="File to write.")],
    form: Annotated[Format, typer.Option("--format", help="csv, parquet: a table; html, json: the report.")] = "csv",
    table: Annotated[Table, typer.Option(help="For csv and parquet; influence: a patient a row.")] = "ranking",
    data_dir: DataDir = None,
) -> None:
    """Write the ranking, the groups or the influence of patients as a table, or the whole report of an analysis."""
    from backend.access import audit
    from backend.queries import analysis_detail
    from backend.science.report.result_files import replaced
    from backend.storage.database import open_database

    if not out.absolute().parent.is_dir():
        raise BadSettings(f"There is no folder {out.absolute().parent.name!r} to write {out.name} into; make it first.")
    settings = settings_of(data_dir)
    with open_database(settings) as database, database.write() as session:
        row = analysis_detail.get_analysis(session, analysis)
        data = content(session, row, form, table)
        audit.record(session, OWNER, "analysis.export", row.id, format=form)
    replaced(out, lambda path: path.write_bytes(data))
    typer.echo(f"Wrote {out.name}.")


def content(session: "Session", row: "Analysis", form: Format, table: Table) -> bytes:
    """The bytes of an export."""
    from backend.queries.stored_report import report_of
    from backend.science.report.report_html import report_html
    from backend.science.report.result_files import csv_text

    if form == "json":
        return (json.dumps(row.report, indent=2, ensure_ascii=False) + "\n").encode()
    if form == "html":
        return report_html(report_of(row), groups_frame(session, row.id)).encode()
    frames = {"ranking": ranking_frame, "groups": groups_frame, "influence": influence_frame}
    frame = frames[table](session, row.id)
    return csv_text(frame).encode() if form == "csv" else frame.to_parquet(index=False)


def ranking_frame(session: "Session", analysis_id: str) -> "pd.DataFrame":
    """ranking.csv of a stored analysis, as `analyze-tables` writes it."""
    import pandas as pd
    from sqlalchemy import inspect

    from backend.models import AnalysisFeature
    from backend.queries import analysis_detail
    from backend.science.trust.columns import RANKING, ranking_file

    left_out = ("analysis_id", "k", "checksum")
    columns = [column.key for column in inspect(AnalysisFeature).columns if column.key not in left_out]
    rows = analysis_detail.features(session, analysis_detail.get_analysis(session, analysis_id))
    frame = pd.DataFrame([{column: getattr(row, column) for column in columns} for row in rows], columns=columns)
    frame = frame.rename(columns={name: f"paper_{name}" for name in columns if name.startswith("r2_in_sample")})
    extras = [name for name in frame.columns.astype(str) if name not in RANKING and not name.startswith("paper_")]
    never = [name for name in extras if frame[name].isna().all()]
    return ranking_file(frame.drop(columns=never))  # not every analysis has an icc, a trust block, other decoders


def groups_frame(session: "Session", analysis_id: str) -> "pd.DataFrame":
    """groups.csv of a stored analysis, as `analyze-tables` writes it."""
    import pandas as pd
    from sqlalchemy import select

    from backend.models import AnalysisGroup
    from backend.queries import analysis_detail
    from backend.science.lens.scores import grouped
    from backend.science.tables.feature_names import parse
    from backend.science.trust.columns import groups_file

    stored = {
        (row.grouping, row.group): row.values
        for row in session.scalars(select(AnalysisGroup).where(AnalysisGroup.analysis_id == analysis_id))
    }
    features = analysis_detail.features(session, analysis_detail.get_analysis(session, analysis_id))
    order = [(grouping, group) for grouping, group, _ in grouped([parse(row.feature, "ranking") for row in features])]
    rows = [{"grouping": key[0], "group": key[1]} | stored[key] for key in order if key in stored]
    return groups_file(pd.DataFrame(rows))


def influence_frame(session: "Session", analysis_id: str) -> "pd.DataFrame":
    """How much each patient carries each effect: a patient a row, a feature a column."""
    import pandas as pd

    from backend.queries.analysis_detail import get_analysis
    from backend.queries.influence import influence_table

    patients, features, carries = influence_table(session, get_analysis(session, analysis_id))
    frame = pd.DataFrame(carries, columns=features)
    frame.insert(0, "patient_id", patients)
    return frame
