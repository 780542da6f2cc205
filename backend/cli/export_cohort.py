"""`radiomiclens export croissant | bids COHORT`: a whole cohort as a zip that other programs read."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.cli.export_card import check_parent

if TYPE_CHECKING:
    from backend.interchange.cohort_tables import CohortTables
    from backend.settings import Settings

Cohort = Annotated[str, typer.Argument(help="Name of the cohort.")]
Out = Annotated[Path, typer.Option(dir_okay=False, help="Zip to write.")]
Licence = Annotated[str | None, typer.Option(help="Licence of the data, such as cc-by-4.0; unknown unless told.")]


def croissant(cohort: Cohort, out: Out, licence: Licence = None, data_dir: DataDir = None) -> None:
    """Write COHORT as a data set: Parquet tables described in Croissant, a datasheet, checksums.

    Studies with labels and splits, images and masks by their hashes, features of each region. No image is in it.
    """
    from backend.interchange.dataset_folder import dataset_files

    check_parent(out)
    tables = _tables(settings_of(data_dir), cohort, "croissant")
    _write(out, dataset_files(tables, licence))
    told = f"{tables.studies.rows} studies, {tables.images.rows} images and masks by their hashes"
    typer.echo(f"Wrote {out.name}: {told}.")


def bids(cohort: Cohort, out: Out, licence: Licence = None, data_dir: DataDir = None) -> None:
    """Write the masks and features of COHORT as a derivative data set of BIDS.

    Masks are NIfTI files on their own grid; the images are not part of it.
    """
    from backend.interchange.bids_derivatives import bids_files
    from backend.storage.shared_files import open_files

    check_parent(out)
    settings = settings_of(data_dir)
    tables = _tables(settings, cohort, "bids")
    _write(out, bids_files(tables, open_files(settings), licence))
    regions = ", ".join(one.roi for one in tables.features) or "none"
    typer.echo(f"Wrote {out.name}: {tables.studies.rows} studies; features of: {regions}.")


def _tables(settings: "Settings", cohort: str, form: Literal["croissant", "bids"]) -> "CohortTables":
    """The tables of a cohort by its name, noted as taken away."""
    from backend.access import audit
    from backend.cli.follow_job import cohort_id
    from backend.interchange.cohort_tables import cohort_tables
    from backend.storage.database import open_database

    known = cohort_id(settings, cohort)
    with open_database(settings) as database:
        with database.read() as session:
            tables = cohort_tables(session, known)
        with database.write() as session:
            audit.record(session, OWNER, "cohort.export", known, format=form)
    return tables


def _write(out: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    from backend.interchange.archive import write_zip
    from backend.science.report.result_files import replaced

    def write(path: Path) -> None:
        with path.open("wb") as file:
            write_zip(file, entries)

    replaced(out, write)
