"""`radiomiclens export embeddings COHORT`: the embeddings of a cohort under one encoder as a table."""

from pathlib import Path
from typing import Annotated

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings
from backend.science.tables.embedding_files import EmbeddingForm

FORMS: dict[str, EmbeddingForm] = {".csv": "csv", ".parquet": "parquet", ".npz": "npz"}


def embeddings(
    cohort: Annotated[str, typer.Argument(help="Name of the cohort.")],
    encoder: Annotated[str, typer.Option(help="Id of the encoder.", metavar="ID")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="File to write.")],
    stage: Annotated[str, typer.Option(help="pooled, or the number of a stage.")] = "pooled",
    form: Annotated[
        EmbeddingForm | None,
        typer.Option("--format", help="parquet, csv: a study a row; npz: arrays; as --out ends unless told."),
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="The task whose input the encoder saw; its own task's unless told.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the embeddings of the accepted studies of COHORT: study_id, patient_id, e000 ...

    The file is what `analyze-tables --pre` and `--ft` read.
    """
    from backend.access import audit
    from backend.cli.follow_job import cohort_id
    from backend.queries.embedding_table import embedding_table
    from backend.science.report.result_files import replaced
    from backend.storage.database import open_database

    if not out.absolute().parent.is_dir():
        raise BadSettings(f"There is no folder {out.absolute().parent.name!r} to write {out.name} into; make it first.")
    written = form or _form_of(out)
    settings = settings_of(data_dir)
    known = cohort_id(settings, cohort)
    with open_database(settings) as database, database.write() as session:
        table = embedding_table(session, known, encoder, stage, task)
        audit.record(session, OWNER, "embeddings.export", known, encoder=encoder, layer=table.layer, format=written)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(table.pieces(written))

    replaced(out, write)
    left = f" Accepted studies that are not embedded, and not in it: {table.missing}." if table.missing else ""
    rows, width = table.values.shape
    typer.echo(f"Wrote {out.name}: {rows} studies, {width} dimensions ({table.layer}).{left}")


def _form_of(out: Path) -> EmbeddingForm:
    found: EmbeddingForm | None = FORMS.get(out.suffix.lower())
    if found is None:
        raise BadSettings(f"The name {out.name} says no format; name one with --format csv, parquet or npz.")
    return found
