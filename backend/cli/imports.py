"""`radiomiclens import cases | tables | encoder`: what goes into a cohort of the data folder."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.follow_job import InProject, check, run
from backend.cli.import_encoder import encoder
from backend.cli.import_mlflow import mlflow_run
from backend.cli.import_report import quality_of, say_cases, say_quality
from backend.cli.import_tables import tables
from backend.cli.preview_lines import preview_lines
from backend.cli.protocol_option import named_protocol
from backend.cli.series_option import SeriesNamed, named_series
from backend.cli.submit import checked
from backend.ingest.layouts.planned_case import Layout
from backend.settings import Settings
from shared import schemas as s
from shared.protocols.reader import BUILT_IN

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Import studies or tables as a cohort, or encoder weights for one."
CohortName = Annotated[str, typer.Option(help="Name of the new cohort.")]
StudiesPath = Annotated[Path, typer.Argument(help="Folder of studies, or a manifest.", metavar="PATH")]
LayoutName = Annotated[Layout, typer.Option(help="How the folder is laid out.")]
ClinicalTable = Annotated[
    Path | None, typer.Option(help="Clinical table (CSV, TSV, XLSX); one beside the studies unless told.")
]
ProtocolNamed = Annotated[
    str, typer.Option(help="What the cases have: a built-in protocol, or a YAML file.", metavar="NAME|FILE")
]
IdsDecision = Annotated[
    Literal["ask", "keep", "pseudonymise"],
    typer.Option(help="keep or pseudonymise where ids look like names or dates."),
]
ZoneNames = Annotated[str | None, typer.Option(help="Names of the zone codes; 1=PZ,2=TZ unless told.")]
SumsFile = Annotated[Path | None, typer.Option(help="The sender's SHA256SUMS; beside unless told.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the cases as JSON.")]


@app.command("cases")
def cases(
    path: StudiesPath,
    cohort: CohortName,
    layout: LayoutName = "auto",
    protocol: ProtocolNamed = s.PROSTATE,
    clinical: ClinicalTable = None,
    ids: IdsDecision = "ask",
    series: SeriesNamed = None,
    zones: ZoneNames = None,
    checksums: SumsFile = None,
    project: InProject = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import images and masks; prints what was accepted and what was rejected, and why."""
    settings = settings_of(data_dir)
    params = _params(cohort, path, layout, clinical, ids, series, zones, checksums, protocol)
    job = run(settings, params, wait=True, quiet=as_json, project=project)
    report, rows = quality_of(settings, job)
    if as_json:
        quality = report.model_dump(mode="json") if report else None
        told = {"layout": job.result.get("layout"), "cases": rows, "quality": quality}
        typer.echo(json.dumps(told | {"not_used": quality["not_used"] if quality else None}, indent=2))
    elif rows:
        say_cases(job, rows)
        say_quality(report)
        if report and report.not_used.sentence:
            typer.echo(report.not_used.sentence)
    check(job)


@app.command("preview")
def preview(
    path: StudiesPath,
    layout: LayoutName = "auto",
    protocol: ProtocolNamed = s.PROSTATE,
    clinical: ClinicalTable = None,
    ids: IdsDecision = "ask",
    series: SeriesNamed = None,
    zones: ZoneNames = None,
    checksums: SumsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Look at a folder before importing it: layout, studies, DICOM series, and what needs a decision."""
    from backend.jobs.planning.import_preview import preview as look

    params = _params("preview", path, layout, clinical, ids, series, zones, checksums, protocol)
    found = look(Settings(), params, local=True)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for line in preview_lines(found):
        typer.echo(line)


app.command("tables")(tables)
app.command("encoder")(encoder)
app.command("mlflow-run")(mlflow_run)


def _params(
    cohort: str,
    path: Path,
    layout: Layout,
    clinical: Path | None,
    ids: str,
    series: list[str] | None,
    zones: str | None,
    checksums: Path | None,
    protocol: str,
) -> s.ImportCasesParams:
    """The request: a look has every option of an import that changes what is read."""
    fields: dict[str, object] = {"cohort": cohort, "path": str(path.absolute()), "layout": layout}
    fields |= {"clinical": _absolute(clinical), "checksums": _absolute(checksums), "ids": ids, "zones": zones}
    asked = named_protocol(protocol)
    fields["protocol"] = protocol if protocol in BUILT_IN else asked
    return checked(s.ImportCasesParams, fields | {"series": named_series(series or [], path, layout, asked)})


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())
