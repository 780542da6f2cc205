"""`radiomiclens projects list | add | end | members`: who sees which cohorts, said by whoever runs commands here."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Projects: each holds cohorts, and is seen by its members alone."
ProjectName = Annotated[str, typer.Argument(help="Name of the project.", metavar="PROJECT")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BY = "command line"


@app.command("list")
def list_projects(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the projects that have not ended, with their members."""
    from sqlalchemy import select

    from backend.access import projects
    from backend.models import Project

    with _writing(data_dir) as session:
        rows = session.scalars(select(Project).where(Project.ended_at.is_(None)).order_by(Project.name)).all()
        found: list[dict[str, Any]] = [
            {
                "id": row.id,
                "name": row.name,
                "members": {member.user.name: member.role for member in projects.members(session, row.id)},
            }
            for row in rows
        ]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        named = ", ".join(f"{name} ({role})" for name, role in one["members"].items())
        typer.echo(f"{one['name']}: {named or 'no member'}")


@app.command()
def add(project: ProjectName, data_dir: DataDir = None) -> None:
    """Add a project without members, or open one of that name again that had ended."""
    from backend.access import projects

    with _writing(data_dir) as session:
        row = projects.add(session, project, BY)
        typer.echo(f"{row.name} is there; `radiomiclens projects members {row.id} --add USER` adds members.")


@app.command()
def end(project: ProjectName, data_dir: DataDir = None) -> None:
    """End a project: nobody sees it, and its links open nothing. What it holds stays; `add` opens it again."""
    from backend.access import projects

    with _writing(data_dir) as session:
        row = projects.end(session, projects.named(session, project).id, BY)
        typer.echo(f"{row.name} has ended; `radiomiclens projects add` opens it again.")


@app.command()
def members(
    project: ProjectName,
    user: Annotated[str | None, typer.Option("--add", metavar="USER", help="Make a user a member.")] = None,
    role: Annotated[
        Literal["viewer", "researcher", "owner"], typer.Option(help="What the user may do there from now on.")
    ] = "viewer",
    remove: Annotated[str | None, typer.Option(metavar="USER", help="End a membership at once.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List the members of a project, after adding or ending one."""
    from backend.access import projects

    if user is not None and remove is not None:
        raise BadSettings("--add and --remove are two changes; make one after the other.")
    with _writing(data_dir) as session:
        known = projects.named(session, project).id
        if user is not None:
            projects.set_member(session, known, user, role, BY)
        if remove is not None:
            projects.end_member(session, known, remove, BY)
        found = {row.user.name: row.role for row in projects.members(session, known)}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for name, theirs in found.items():
        typer.echo(f"{name:<24}  {theirs}")
    if not found:
        typer.echo("It has no member yet.")


@contextmanager
def _writing(data_dir: "Path | None") -> "Iterator[Session]":
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        yield session
