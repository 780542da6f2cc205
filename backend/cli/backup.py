"""`radiomiclens backup F | restore F`: a data folder to one file and back."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", metavar="F")], data_dir: DataDir = None
) -> None:
    """Write database, volumes and weights into one file; the server may keep running."""
    from backend.storage.backup import write_backup

    stored = write_backup(settings_of(data_dir), file)
    typer.echo(f"{file.name} holds the database and {stored} files.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.", metavar="F")], data_dir: DataDir = None
) -> None:
    """Fill an empty data folder from a backup, checked in full before it appears."""
    from backend.storage.backup import restore_backup

    stored = restore_backup(settings_of(data_dir), file)
    typer.echo(f"The database and {stored} files are back; every file matches its hash.")
