"""`radiomiclens export croissant COHORT`: a whole cohort as a zip that other programs read."""

from pathlib import Path
from typing import Annotated

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.cli.export_card import check_parent

Cohort = Annotated[str, typer.Argument(help="Name of the cohort.")]
Out = Annotated[Path, typer.Option(dir_okay=False, help="Zip to write.")]


def croissant(
    cohort: Cohort,
    out: Out,
    licence: Annotated[
        str | None, typer.Option(help="Licence of the data, such as cc-by-4.0; unknown unless told.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write COHORT as a data set: Parquet tables described in Croissant, a datasheet, checksums.

    Studies with labels and splits, images and masks by their hashes, features of each region. No image is in it.
    """
    from backend.access import audit
    from backend.cli.follow_job import cohort_id
    from backend.interchange.archive import write_zip
    from backend.interchange.cohort_tables import cohort_tables
    from backend.interchange.dataset_folder import dataset_files
    from backend.science.report.result_files import replaced
    from backend.storage.database import open_database

    check_parent(out)
    settings = settings_of(data_dir)
    known = cohort_id(settings, cohort)
    with open_database(settings) as database, database.write() as session:
        tables = cohort_tables(session, known)
        files = list(dataset_files(tables, licence))
        audit.record(session, OWNER, "cohort.export", known, format="croissant")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            write_zip(file, files)

    replaced(out, write)
    typer.echo(
        f"Wrote {out.name}: {tables.studies.rows} studies, {tables.images.rows} images and masks by their hashes."
    )
