"""`radiomiclens db upgrade | check | move-files`: the schema of the database, and whether what is stored is whole."""

import typer

from backend.cli.data_dir import DataDir, settings_of

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "The schema of the database, and whether what is stored is whole."


@app.callback()
def db() -> None:
    """The schema of the database, and whether what is stored is whole."""


@app.command()
def upgrade(data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema; every start does this too."""
    from backend.storage.database import upgrade as bring_up

    bring_up(settings_of(data_dir))
    typer.echo("The database has the newest schema.")


@app.command()
def check(data_dir: DataDir = None) -> None:
    """Read every stored row and file once and compare it with its hash."""
    from backend.errors import Damaged
    from backend.storage.database import open_database
    from backend.storage.integrity_check import check_store
    from backend.storage.prepare import require_database
    from backend.storage.shared_files import open_files

    settings = settings_of(data_dir)
    require_database(settings)
    with open_database(settings) as database:
        found = check_store(database, open_files(settings))
    for sentence in found.problems[:20]:
        typer.echo(sentence)
    if found.problems:
        raise Damaged(f"{len(found.problems)} problems in {found.rows} rows and {found.files} files.")
    typer.echo(f"{found.rows} rows and {found.files} files are as they were written.")


@app.command("move-files")
def move(data_dir: DataDir = None) -> None:
    """Move the stored files of this data folder to where RADIOMICLENS_FILES_URL says; stop the server first."""
    from backend.storage.folder_lock import without_workers
    from backend.storage.shared_files import move_files

    settings = settings_of(data_dir)
    with without_workers(settings.data_dir):
        moved = move_files(settings)
    typer.echo(f"{moved} files are in the shared store.")
