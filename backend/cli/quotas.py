"""`radiomiclens quotas list | set | end`: what users and projects may take, straight on the data folder."""

import json
from typing import Annotated, Literal

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "See and set what users and projects may take."
Kind = Annotated[Literal["user", "project"], typer.Argument(help="user or project.", metavar="KIND")]
Name = Annotated[str, typer.Argument(help="Name of the user or project.", metavar="NAME")]
UNITS = {"user": "jobs", "project": "MB"}


@app.command("list")
def list_quotas(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, data_dir: DataDir = None
) -> None:
    """List every user's jobs and every project's MB, taken and allowed."""
    from backend.jobs.fairness.quotas import every_quota
    from backend.storage.database import open_database

    settings = settings_of(data_dir)
    with open_database(settings) as database, database.read() as session:
        found = list(every_quota(session, settings))
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        most = "no limit" if one.limit is None else f"of {one.limit}"
        typer.echo(
            f"{one.kind:<8}  {one.name:<24}  {one.taken} {UNITS[one.kind]} {most}{'' if one.own else ' (settings)'}"
        )


@app.command("set")
def allow(
    kind: Kind,
    name: Name,
    jobs: Annotated[int | None, typer.Option(min=0, help="Jobs of a user that may be open at once.")] = None,
    disk_mb: Annotated[int | None, typer.Option(min=0, help="MB of a project's stored files; 0 for no limit.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Allow a user so many jobs at once, or a project so many MB."""
    from backend.access import audit
    from backend.access.tokens import OWNER
    from backend.jobs.fairness import quotas
    from backend.storage.database import open_database

    limit = jobs if kind == "user" else disk_mb
    if limit is None:
        option = "--jobs" if kind == "user" else "--disk-mb"
        raise BadSettings(f"Say with {option} how much the {kind} may take.")
    with open_database(settings_of(data_dir)) as database, database.write() as session:
        quotas.allow(session, kind, name, limit)
        audit.record(session, OWNER, "quota.set", f"{kind} {name}", limit=limit)
    typer.echo(f"The {kind} {name} may take {limit} {UNITS[kind]}.")


@app.command()
def end(kind: Kind, name: Name, data_dir: DataDir = None) -> None:
    """Take a limit back; the settings decide again."""
    from backend.access import audit
    from backend.access.tokens import OWNER
    from backend.jobs.fairness import quotas
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        quotas.end(session, kind, name)
        audit.record(session, OWNER, "quota.end", f"{kind} {name}")
    typer.echo(f"The settings decide again what the {kind} {name} may take.")
