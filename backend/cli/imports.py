"""`radiomiclens import cases | tables | encoder`: what goes into a cohort of the data folder."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.following import check, cohort_id, run
from backend.cli.submit import checked
from backend.database import Database
from backend.models import Case
from backend.settings import Settings
from shared import schemas as s

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Import studies or tables as a cohort, or encoder weights for one."
CohortName = Annotated[str, typer.Option(help="Name of the new cohort.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the cases as JSON.")]


@app.command("cases")
def cases(
    path: Annotated[Path, typer.Argument(help="Folder of studies.", metavar="PATH")],
    cohort: CohortName,
    layout: Annotated[str, typer.Option(help="auto, picai or dicom.")] = "auto",
    clinical: Annotated[Path | None, typer.Option(help="Clinical table (CSV); beside the studies unless told.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import images and masks; prints what was accepted and what was rejected, and why."""
    settings = settings_of(data_dir)
    fields = {"cohort": cohort, "path": str(path.absolute()), "layout": layout, "clinical": _absolute(clinical)}
    job = run(settings, checked(s.ImportCasesParams, fields), wait=True, quiet=as_json)
    rows = _cases(settings, job)
    if as_json:
        typer.echo(json.dumps({"layout": job.result.get("layout"), "cases": rows}, indent=2))
    else:
        _report(job, rows)
    check(job)


@app.command("tables")
def tables(
    cohort: CohortName,
    pre: Annotated[Path, typer.Option(help="Embeddings before fine-tuning.")],
    ft: Annotated[Path, typer.Option(help="Embeddings after fine-tuning.")],
    radiomics: Annotated[Path, typer.Option(help="Radiomics.")],
    clinical: Annotated[Path | None, typer.Option(help="Clinical table.")] = None,
    task: Annotated[str, typer.Option(help="What the encoder was fine-tuned for.")] = "pirads",
    roi: Annotated[str, typer.Option(help="gland or lesion.")] = "gland",
    intersect: Annotated[bool, typer.Option("--intersect", help="Keep the studies all tables have.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import embeddings and radiomics that exist already (CSV, Parquet, NPZ, HDF5)."""
    settings = settings_of(data_dir)
    files: dict[str, object] = {"pre": _absolute(pre), "ft": _absolute(ft), "radiomics": _absolute(radiomics)}
    what = {"cohort": cohort, "clinical": _absolute(clinical), "task": task, "roi": roi, "intersect": intersect}
    job = run(settings, checked(s.ImportTablesParams, files | what), wait=True, quiet=as_json)
    if as_json:
        typer.echo(json.dumps({"cases": _cases(settings, job), "result": job.result}, indent=2))
    else:
        _report(job, _cases(settings, job))
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


def _cases(settings: Settings, job: s.Job) -> list[dict[str, Any]]:
    database = Database(settings)
    try:
        with database.read() as session:
            chosen = select(Case).where(Case.cohort_id == job.result["cohort_id"]).order_by(Case.study_id)
            fields = ("study_id", "patient_id", "status", "reason", "warnings", "gland_ml", "lesion_ml", "pirads")
            return [{name: getattr(case, name) for name in fields} for case in session.scalars(chosen)]
    finally:
        database.close()


def _report(job: s.Job, rows: list[dict[str, Any]]) -> None:
    """Counts first, then every rejected study with its reason and every accepted one with its warnings."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    if "layout" in job.result:
        typer.echo(f"Read as {job.result['layout']}")
    typer.echo(f"{len(accepted)} accepted, {len(rows) - len(accepted)} rejected.")
    for row in rows:
        if row["status"] == "rejected":
            typer.echo(f"rejected  {row['study_id']}: {row['reason']}")
    for row in accepted if job.kind == "import_cases" else ():
        gland = "" if row["gland_ml"] is None else f", gland {row['gland_ml']:.1f} mL"
        typer.echo(f"accepted  {row['study_id']}{gland}")
        for warning in row["warnings"]:
            typer.echo(f"          {warning}")
