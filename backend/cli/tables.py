"""`radiomiclens tables check`: what tables are, what they share, and what is missing to analyse them."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.table_options import (
    IdFile,
    LesionRule,
    ModalityFrom,
    ModalityName,
    PatientColumn,
    StudyColumn,
    radiomics_files,
    table_options,
)

if TYPE_CHECKING:
    from backend.science.tables.check import TableCheck, TableFacts

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Look at tables before they are analysed or imported."


@app.callback()
def tables() -> None:
    """Look at tables before they are analysed or imported."""


@app.command("check")
def check(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Tables: embeddings, radiomics, clinical; NAME=FILE for the radiomics of one modality.",
            metavar="FILE...",
        ),
    ],
    modality: ModalityName = None,
    modality_from: ModalityFrom = None,
    study_id_column: StudyColumn = None,
    patient_id_column: PatientColumn = None,
    lesions: LesionRule = None,
    id_file: IdFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what each table is, which studies they share, which columns are used, and what is missing to analyse them."""
    from backend.science.tables.check import check_tables
    from backend.science.tables.check_words import as_record

    options = table_options(modality, modality_from, study_id_column, patient_id_column, lesions, id_file)
    found = check_tables(radiomics_files(files), options)
    typer.echo(json.dumps(as_record(found), indent=2, ensure_ascii=False) if as_json else _said(found))
    if any(one.problem for one in found.files):
        raise typer.Exit(1)


def _said(found: "TableCheck") -> str:
    lines = [line for one in found.files for line in _about(one)]
    for pair in found.shared:
        apart = "" if pair.first_missing is None else f"; not in both: {pair.only_first} and {pair.only_second}"
        first = "" if pair.first_missing is None else f" (first {pair.first_missing!r})"
        lines.append(f"share     {pair.first} and {pair.second}: {pair.n_shared} studies{apart}{first}")
    lines += [f"missing   {sentence}" for sentence in found.missing]
    return "\n".join([*lines, *([f"next      {found.command}"] if found.command else [])])


def _about(one: "TableFacts") -> list[str]:
    from backend.science.tables.check_words import not_used, what_it_is

    if one.problem:
        return [f"refused   {one.problem}"]
    return [
        f"read      {what_it_is(one)}",
        *(f"          {note}" for note in one.notes),
        *(f"not used  {line}" for line in not_used(one)),
    ]
