"""`radiomiclens users`: who may sign in, managed by whoever may run commands on the server's machine."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from backend.models import User
    from backend.settings import Settings

app = typer.Typer(no_args_is_help=True, help="People who may sign in: invite them, give roles, lock them out.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the user.")]
Role = Annotated[Literal["viewer", "researcher", "admin"], typer.Option(help="What the user may do on this server.")]
Days = Annotated[int, typer.Option(min=1, max=30, help="Days the invitation lives.")]
BaseUrl = Annotated[str | None, typer.Option(help="Address of the server as its users know it.")]


@app.command("list")
def list_users(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the users: role, password, and when they used the server last."""
    from sqlalchemy import select

    from backend.models import User
    from backend.queries.credentials import user_schemas
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.read() as session:
        found = user_schemas(session, list(session.scalars(select(User).order_by(User.name, User.id))))
    if as_json:
        typer.echo(json.dumps([user.model_dump(mode="json") for user in found]))
        return
    for user in found:
        last = f"{user.last_used_at:%Y-%m-%d %H:%M}" if user.last_used_at else "never"
        state = "disabled" if user.disabled else "password" if user.has_password else "by link"
        typer.echo(f"{user.name:<24} {user.role:<10} {state:<8} last seen {last}")


@app.command()
def add(
    name: Name,
    role: Role = "viewer",
    days: Days = 7,
    base_url: BaseUrl = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add a user and print an invitation: a link that works once and lets them choose a password."""
    from backend.access import users
    from backend.storage.database import open_database

    settings = settings_of(data_dir)
    with open_database(settings) as database, database.write() as session:
        user = users.add(session, name, role, OWNER)
        _print_invitation(session, user, days, base_url, settings, as_json)


@app.command()
def invite(
    name: Name, days: Days = 7, base_url: BaseUrl = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Print a new invitation, also for somebody who forgot the password."""
    from backend.access import users
    from backend.storage.database import open_database

    settings = settings_of(data_dir)
    with open_database(settings) as database, database.write() as session:
        _print_invitation(session, users.find(session, name), days, base_url, settings, as_json)


def _print_invitation(
    session: "Session", user: "User", days: int, base_url: str | None, settings: "Settings", as_json: bool
) -> None:
    from backend.access import invitations
    from backend.web.server_address import local_url

    path, ends = invitations.invite(session, user, days, OWNER)
    url = f"{(base_url or settings.public_url or local_url(settings)).rstrip('/')}{path}"
    made = {"name": user.name, "role": user.role, "url": url, "expires_at": ends.isoformat()}
    typer.echo(json.dumps(made) if as_json else f"{url}\nWorks once, until {made['expires_at'][:10]}.")


@app.command()
def role(
    name: Name,
    role: Annotated[Literal["viewer", "researcher", "admin"], typer.Argument(help="What the user may do from now on.")],
    data_dir: DataDir = None,
) -> None:
    """Give a user another role; it holds from the next request on."""
    from backend.access import users
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        users.set_role(session, users.find(session, name), role, OWNER)
    typer.echo(f"{name} is {role} now.")


@app.command()
def end(name: Name, data_dir: DataDir = None) -> None:
    """Lock a user out at once: sessions, tokens and links end. What they made stays; `users enable` takes it back."""
    from backend.access import users
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        ended = users.disable(session, users.find(session, name), OWNER)
    typer.echo(f"{name} is locked out; {ended} sessions, tokens and links ended.")


@app.command()
def enable(name: Name, data_dir: DataDir = None) -> None:
    """Let a user sign in again; tokens and links that ended stay ended."""
    from backend.access import users
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        users.enable(session, users.find(session, name), OWNER)
    typer.echo(f"{name} may sign in again.")
