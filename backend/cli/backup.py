"""`radiomiclens backup F | restore F`: a data folder to one file and back."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of

PROBLEMS_SHOWN = 20


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", metavar="F")],
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Save what is there, though files are missing or values damaged.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Write database, volumes and weights into one file; the server may keep running."""
    from backend.access import audit
    from backend.access.tokens import OWNER
    from backend.storage.backup import write_backup
    from backend.storage.database import open_database

    settings = settings_of(data_dir)
    written = write_backup(settings, file, incomplete=incomplete)
    with open_database(settings) as database, database.write() as session:
        audit.record(session, OWNER, "backup.write", files=written.files)
    _warn(written.problems)
    typer.echo(f"{file.name} holds the database and {written.files} files.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.", metavar="F")],
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Take a backup in which files are missing or values damaged.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Fill an empty data folder from a backup, checked in full before it appears."""
    from backend.storage.restore import restore_backup

    settings = settings_of(data_dir)
    found = restore_backup(settings, file, incomplete=incomplete)
    _warn(found.problems)
    if found.manifest is None:
        typer.echo(
            "This backup is of an older version and has no hash of its database: rows without a checksum of their own "
            "(cohorts, jobs, users) could not be compared.",
            err=True,
        )
    typer.echo(
        f"The database and {found.files} files are back; "
        + ("the problems above came with them." if found.problems else "every file and checksum matches.")
    )


def _warn(problems: list[str]) -> None:
    for sentence in problems[:PROBLEMS_SHOWN]:
        typer.echo(sentence, err=True)
    if len(problems) > PROBLEMS_SHOWN:
        typer.echo(f"{len(problems) - PROBLEMS_SHOWN} more problems.", err=True)
