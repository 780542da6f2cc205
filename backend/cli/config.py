"""`radiomiclens config show`: every setting, its value and where it can be changed."""

import json
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of

app = typer.Typer(no_args_is_help=True, help="The settings in force.")


@app.callback()
def config() -> None:
    """The settings in force."""


@app.command()
def show(
    data_dir: DataDir = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Print every setting, its value and its environment variable; passwords and secrets are left out."""
    from sqlalchemy import make_url

    settings = settings_of(data_dir)
    values = settings.model_dump(mode="json")
    if settings.database_url:
        values["database_url"] = make_url(settings.database_url).render_as_string(hide_password=True)
    values |= {
        name: "set" if values[name] else "" for name, field in type(settings).model_fields.items() if not field.repr
    }
    if as_json:
        typer.echo(json.dumps(values))
        return
    for name, field in type(settings).model_fields.items():
        typer.echo(f"{name} = {json.dumps(values[name])}\n    RADIOMICLENS_{name.upper()}: {field.description}")
