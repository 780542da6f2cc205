"""`radiomiclens import cases | tables | encoder`: what goes into a cohort of the data folder."""

import csv
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from sqlalchemy import select

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.follow_job import check, cohort_id, run
from backend.cli.submit import checked
from backend.errors import BadTable
from backend.models import Case, Cohort
from backend.queries import quality_report
from backend.settings import Settings
from backend.storage.database import open_database
from shared import schemas as s

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Import studies or tables as a cohort, or encoder weights for one."
CohortName = Annotated[str, typer.Option(help="Name of the new cohort.")]
StudiesPath = Annotated[Path, typer.Argument(help="Folder of studies, or a manifest.", metavar="PATH")]
LayoutName = Annotated[
    Literal["auto", "picai", "dicom", "msd", "nnunet", "bids", "manifest"],
    typer.Option(help="How the folder is laid out."),
]
SeriesTable = Annotated[
    Path | None, typer.Option(help="CSV of DICOM series to take: study_id, then T2, DWI, ADC; blank is automatic.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the cases as JSON.")]


@app.command("cases")
def cases(
    path: StudiesPath,
    cohort: CohortName,
    layout: LayoutName = "auto",
    clinical: Annotated[Path | None, typer.Option(help="Clinical table (CSV); beside the studies unless told.")] = None,
    ids: Annotated[str, typer.Option(help="keep or pseudonymise where ids look like names or dates.")] = "ask",
    series: SeriesTable = None,
    zones: Annotated[str | None, typer.Option(help="Names of the zone codes; 1=PZ,2=TZ unless told.")] = None,
    checksums: Annotated[Path | None, typer.Option(help="The sender's SHA256SUMS; beside unless told.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import images and masks; prints what was accepted and what was rejected, and why."""
    settings = settings_of(data_dir)
    fields: dict[str, object] = {"cohort": cohort, "path": str(path.absolute()), "layout": layout}
    fields["clinical"] = _absolute(clinical)
    fields |= {
        "ids": ids,
        "series": named_series(series),
        "zones": zones,
        "checksums": _absolute(checksums),
    }
    job = run(settings, checked(s.ImportCasesParams, fields), wait=True, quiet=as_json)
    report, rows = _quality(settings, job)
    if as_json:
        quality = report.model_dump(mode="json") if report else None
        typer.echo(json.dumps({"layout": job.result.get("layout"), "cases": rows, "quality": quality}, indent=2))
    elif rows:
        _report(job, rows)
        _say_quality(report)
        _say_dropped(_dropped(settings, job))
    check(job)


@app.command("preview")
def preview(
    path: StudiesPath,
    layout: LayoutName = "auto",
    clinical: Annotated[Path | None, typer.Option(help="Clinical table (CSV); beside the studies unless told.")] = None,
    series: SeriesTable = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Look at a folder before importing it: layout, studies, DICOM series, and what needs a decision."""
    from backend.jobs.planning.import_preview import preview as look

    fields = {"cohort": "preview", "path": str(path.absolute()), "layout": layout, "clinical": _absolute(clinical)}
    params = checked(s.ImportCasesParams, fields | {"series": named_series(series)})
    found = look(Settings(), params, local=True)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    typer.echo(f"Read as {found.why}")
    for sentence in found.identifiers:
        typer.echo(f"decide    {sentence}")
    for study in found.shown:
        typer.echo(f"study     {study.study_id}{': ' + study.problem if study.problem else ''}")
        for choice in study.series:
            typer.echo(f"          {choice.modality}: {choice.reason}")
            taken = {each.series: each for each in choice.candidates}
            others = ", ".join(f"{key} ({each.why})" for key, each in taken.items() if key != choice.series)
            typer.echo(f"            instead of {others or 'nothing else'}")


@app.command("tables")
def tables(
    cohort: CohortName,
    pre: Annotated[Path, typer.Option(help="Embeddings before fine-tuning.")],
    ft: Annotated[list[Path], typer.Option(help="Embeddings after fine-tuning. Repeat for more runs of one recipe.")],
    radiomics: Annotated[Path, typer.Option(help="Radiomics.")],
    clinical: Annotated[Path | None, typer.Option(help="Clinical table.")] = None,
    control: Annotated[
        list[Path] | None, typer.Option(help="Embeddings of a run on shuffled labels. Repeat for more.")
    ] = None,
    task: Annotated[str, typer.Option(help="What the encoder was fine-tuned for.")] = "pirads",
    roi: Annotated[s.Roi, typer.Option(help="Region the radiomics come from.")] = "gland",
    intersect: Annotated[bool, typer.Option("--intersect", help="Keep the studies all tables have.")] = False,
    ids: Annotated[str, typer.Option(help="keep or pseudonymise where ids look like names or dates.")] = "ask",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import embeddings and radiomics that exist already (CSV, Parquet, NPZ, HDF5)."""
    settings = settings_of(data_dir)
    first, *further = [_absolute(file) for file in ft]
    files: dict[str, object] = {"pre": _absolute(pre), "ft": first, "radiomics": _absolute(radiomics)}
    files |= {"further_ft": further, "controls": [_absolute(file) for file in control or []]}
    what = {
        "cohort": cohort,
        "clinical": _absolute(clinical),
        "task": task,
        "roi": roi,
        "intersect": intersect,
        "ids": ids,
    }
    job = run(settings, checked(s.ImportTablesParams, files | what), wait=True, quiet=as_json)
    if as_json:
        told = {"cases": _cases(settings, job), "result": job.result, "dropped_columns": _dropped(settings, job)}
        typer.echo(json.dumps(told, indent=2))
    else:
        for table in job.result.get("tables", []):
            typer.echo("read      {table}: {what}, {studies} studies, {columns} columns".format(**table))
        _report(job, _cases(settings, job))
        _say_dropped(_dropped(settings, job))
    check(job)


@app.command("encoder")
def encoder(
    path: Annotated[Path, typer.Argument(help="Weights: .pth.tar, .pt or .safetensors.", metavar="FILE")],
    cohort: Annotated[str, typer.Option(help="Name of the cohort it will embed.")],
    arch: Annotated[str, typer.Option(help="convnextv2-tiny (ProFound), another size, or a registered name.")] = (
        "convnextv2-tiny"
    ),
    name: Annotated[str, typer.Option(help="What to call it; the file's name unless told.")] = "",
    size: Annotated[str, typer.Option(help="Voxels the encoder sees, Z,Y,X; multiples of 16.")] = "64,224,224",
    spacing: Annotated[str, typer.Option(help="Their spacing in mm, Z,Y,X.")] = "1,0.5,0.5",
    task: Annotated[
        str | None, typer.Option(help="pirads, lesion_seg or volume: the file is a fine-tuned encoder.")
    ] = None,
    parent: Annotated[str | None, typer.Option(help="Id of the encoder it was fine-tuned from.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Take over encoder weights (ProFound's, ours, or of a registered encoder) and embed COHORT with them."""
    settings = settings_of(data_dir)
    seen = {"size_zyx": size.split(","), "spacing_zyx_mm": spacing.split(",")}
    fields: dict[str, object] = {"cohort_id": cohort_id(settings, cohort), "path": str(path.absolute()), "arch": arch}
    rest = {"name": name, "input": seen, "task": task, "parent_id": parent}
    job = run(settings, checked(s.ImportEncoderParams, fields | rest), wait=True, quiet=as_json)
    check(job)
    typer.echo(json.dumps(job.result, indent=2) if as_json else f"Encoder {job.result['encoder_id']}")


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def named_series(path: Path | None) -> dict[str, dict[str, str]]:
    """Study id to modality to series, from a CSV. Raises BadTable."""
    if path is None:
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadTable(f"The table of series {path.name} cannot be read as CSV (UTF-8); check it.") from None
    if any(set(row) - {"study_id", *s.MODALITIES} or not row.get("study_id") for row in rows):
        raise BadTable(f"The table of series {path.name} needs the columns study_id, T2, DWI, ADC and no others.")
    return {
        row["study_id"]: {modality: row[modality] for modality in s.MODALITIES if row.get(modality)} for row in rows
    }


def _quality(settings: Settings, job: s.Job) -> tuple[s.QualityReport | None, list[dict[str, Any]]]:
    """The quality report of the cohort a job filled, and its cases."""
    with open_database(settings) as database, database.read() as session:
        cohort = session.get(Cohort, job.result.get("cohort_id"))
        report = quality_report.report(session, cohort) if cohort else None
    return report, _cases(settings, job)


def _say_quality(report: s.QualityReport | None) -> None:
    """Counts by finding, the split and what concerns the whole cohort."""
    if report is None or not report.accepted:
        return
    typer.echo(f"Split {report.split}: " + ", ".join(f"{n} {side}" for side, n in report.sides.items()) + ".")
    for alert in report.alerts:
        typer.echo(f"Note: {alert.sentence} {alert.why}")
    for code in report.codes:
        typer.echo(f"{code.n:6d}  {code.level:8s}  {code.title}. {code.remedy}")


def _dropped(settings: Settings, job: s.Job) -> list[str]:
    """The columns of the clinical table that a finished import did not keep."""
    with open_database(settings) as database, database.read() as session:
        cohort = session.get(Cohort, job.result.get("cohort_id"))
        return list(cohort.settings.get("dropped_columns", [])) if cohort and job.state == "done" else []


def _say_dropped(columns: list[str]) -> None:
    if columns:
        typer.echo(f"Columns not read: {', '.join(columns)}.")


def _cases(settings: Settings, job: s.Job) -> list[dict[str, Any]]:
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
        return [{name: getattr(case, name) for name in fields} for case in session.scalars(chosen)]


def _report(job: s.Job, rows: list[dict[str, Any]]) -> None:
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
        gland = "" if row["gland_ml"] is None else f", gland {row['gland_ml']:.1f} mL"
        typer.echo(f"accepted  {row['study_id']}{gland}")
        for warning in row["warnings"]:
            typer.echo(f"          {warning}")
