"""`radiomiclens db upgrade`: the schema of the database."""

import typer

from backend.cli.data_dir import DataDir, settings_of

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "The schema of the database."


@app.callback()
def db() -> None:
    """The schema of the database."""


@app.command()
def upgrade(data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema; every start does this too."""
    from backend.database import upgrade as bring_up

    bring_up(settings_of(data_dir))
    typer.echo("The database has the newest schema.")
