"""`radiomiclens import tables`: embeddings and radiomics that exist already, as a cohort."""

import json
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.cli.follow_job import InProject, check, run
from backend.cli.import_report import cases_of, dropped_columns, say_cases, say_dropped
from backend.cli.submit import checked
from backend.cli.table_options import (
    IdFile,
    LesionRule,
    ModalityFrom,
    ModalityName,
    PatientColumn,
    RadiomicsFiles,
    StudyColumn,
    radiomics_files,
)
from backend.errors import BadSettings
from shared import schemas as s

AsJson = Annotated[bool, typer.Option("--json", help="Print the cases as JSON.")]


def tables(
    cohort: Annotated[str, typer.Option(help="Name of the new cohort.")],
    pre: Annotated[Path, typer.Option(help="Embeddings before fine-tuning.")],
    ft: Annotated[list[Path], typer.Option(help="Embeddings after fine-tuning. Repeat for more runs of one recipe.")],
    radiomics: RadiomicsFiles,
    clinical: Annotated[Path | None, typer.Option(help="Clinical table.")] = None,
    control: Annotated[
        list[Path] | None, typer.Option(help="Embeddings of a run on shuffled labels. Repeat for more.")
    ] = None,
    task: Annotated[str, typer.Option(help="What the encoder was fine-tuned for.")] = "pirads",
    roi: Annotated[str, typer.Option(help="Region the radiomics come from.")] = "gland",
    intersect: Annotated[bool, typer.Option("--intersect", help="Keep the studies all tables have.")] = False,
    modality: ModalityName = None,
    modality_from: ModalityFrom = None,
    study_id_column: StudyColumn = None,
    patient_id_column: PatientColumn = None,
    lesions: LesionRule = None,
    id_file: IdFile = None,
    ids: Annotated[str, typer.Option(help="keep or pseudonymise where ids look like names or dates.")] = "ask",
    project: InProject = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import embeddings and radiomics that exist already (text, Excel, Parquet, NPZ, NPY, PyTorch, HDF5)."""
    settings = settings_of(data_dir)
    first, *further = [_absolute(file) for file in ft]
    files: dict[str, object] = {"pre": _absolute(pre), "ft": first, **_radiomics(radiomics)}
    files |= {"further_ft": further, "controls": [_absolute(file) for file in control or []]}
    read = {
        "modality": modality,
        "modality_from": modality_from,
        "study_id_column": study_id_column,
        "patient_id_column": patient_id_column,
        "lesions": lesions,
        "id_file": _absolute(id_file),
    }
    what = {
        "cohort": cohort,
        "clinical": _absolute(clinical),
        "task": task,
        "roi": roi,
        "intersect": intersect,
        "ids": ids,
    }
    job = run(settings, checked(s.ImportTablesParams, files | what | read), wait=True, quiet=as_json, project=project)
    if as_json:
        told = {
            "cases": cases_of(settings, job),
            "result": job.result,
            "dropped_columns": dropped_columns(settings, job),
        }
        typer.echo(json.dumps(told, indent=2))
    else:
        for table in job.result.get("tables", []):
            typer.echo("read      {table}: {what}, {studies} studies, {columns} columns".format(**table))
            for note in table["notes"]:
                typer.echo(f"          {note}")
            if table["n_unused"]:
                typer.echo(f"not used  {table['n_unused']} columns: {', '.join(table['unused'])}")
        say_cases(job, cases_of(settings, job))
        say_dropped(dropped_columns(settings, job))
    check(job)


def _radiomics(values: list[str]) -> dict[str, object]:
    """One file, or a file a modality. Refuses (BadSettings) several files of which one names no modality."""
    files = radiomics_files(values)
    if len(files) == 1 and None in files.values():
        return {"radiomics": _absolute(next(iter(files)))}
    if None in files.values():
        raise BadSettings(
            "Several files of radiomics need a modality each: --radiomics T2=t2.csv --radiomics ADC=adc.csv."
        )
    if len(set(files.values())) < len(files):
        raise BadSettings("Two files of radiomics name the same modality; put their columns into one file.")
    return {"radiomics_of": {name: _absolute(path) for path, name in files.items()}}


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())
