"""What an import prints: counts, rejected and accepted studies, quality, columns that were not read."""

from typing import Any

import typer
from sqlalchemy import select

from backend.models import Case, Cohort
from backend.queries import quality_report
from backend.queries.case_index import CaseIndex
from backend.settings import Settings
from backend.storage.cohort_protocol import protocol_of
from backend.storage.database import open_database
from backend.storage.region_volumes import volumes_ml
from shared import schemas as s


def quality_of(settings: Settings, job: s.Job) -> tuple[s.QualityReport | None, list[dict[str, Any]]]:
    """The quality report of the cohort a job filled, and its cases."""
    with open_database(settings) as database, database.read() as session:
        cohort = session.get(Cohort, job.result.get("cohort_id"))
        report = quality_report.report(cohort, CaseIndex().read(session, cohort)) if cohort else None
    return report, cases_of(settings, job)


def say_quality(report: s.QualityReport | None) -> None:
    """Counts by finding, the split and what concerns the whole cohort."""
    if report is None or not report.accepted:
        return
    typer.echo(f"Split {report.split}: " + ", ".join(f"{n} {side}" for side, n in report.sides.items()) + ".")
    for alert in report.alerts:
        typer.echo(f"Note: {alert.sentence} {alert.why}")
    for code in report.codes:
        typer.echo(f"{code.n:6d}  {code.level:8s}  {code.title}. {code.remedy}")


def dropped_columns(settings: Settings, job: s.Job) -> list[str]:
    """The columns of the clinical table that a finished import did not keep."""
    with open_database(settings) as database, database.read() as session:
        cohort = session.get(Cohort, job.result.get("cohort_id"))
        return list(cohort.settings.get("dropped_columns", [])) if cohort and job.state == "done" else []


def say_dropped(columns: list[str]) -> None:
    """Columns of the clinical table that were not kept."""
    if columns:
        typer.echo(f"Columns not read: {', '.join(columns)}.")


def cases_of(settings: Settings, job: s.Job) -> list[dict[str, Any]]:
    """The cases of the cohort a job filled, the fields that are printed."""
    with open_database(settings) as database, database.read() as session:
        chosen = select(Case).where(Case.cohort_id == job.result.get("cohort_id")).order_by(Case.study_id)
        fields = (
            "study_id",
            "patient_id",
            "status",
            "code",
            "reason",
            "remedy",
            "warnings",
            "findings",
            "split",
            "gland_ml",
            "lesion_ml",
            "pirads",
        )
        cohort = session.get(Cohort, job.result.get("cohort_id"))
        regions = protocol_of(cohort).region_names if cohort else ()
        return [
            {name: getattr(case, name) for name in fields} | {"volumes_ml": volumes_ml(case, regions)}
            for case in session.scalars(chosen)
        ]


def say_cases(job: s.Job, rows: list[dict[str, Any]]) -> None:
    """Counts first, then every rejected study with its reason and every accepted one with its warnings."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    if "layout" in job.result:
        typer.echo(f"Read as {job.result['layout']}")
    typer.echo(f"{len(accepted)} accepted, {len(rows) - len(accepted)} rejected.")
    for row in rows:
        if row["status"] == "rejected":
            typer.echo(f"rejected  {row['study_id']}: {row['reason']}")
            if row["remedy"]:
                typer.echo(f"          {row['remedy']}")
    for row in accepted if job.kind == "import_cases" else ():
        volumes = "".join(f", {roi} {ml:.1f} mL" for roi, ml in [*row["volumes_ml"].items()][:1])
        typer.echo(f"accepted  {row['study_id']}{volumes}")
        for warning in row["warnings"]:
            typer.echo(f"          {warning}")
