"""`radiomiclens tokens`: API tokens for scripts, and sessions of browsers, ended one by one."""

import json
from typing import Annotated, Literal

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of

app = typer.Typer(no_args_is_help=True, help="API tokens of users, with a scope and an end; and their sessions.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
User = Annotated[str | None, typer.Option("--user", help="Of whom; everybody unless told.")]


@app.command("list")
def list_tokens(
    user: User = None,
    sessions: Annotated[bool, typer.Option("--sessions", help="Sessions of browsers and open links, too.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List API tokens: name, scope, last use and end; never their secrets."""
    from backend.access import users
    from backend.queries.credentials import credentials
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.read() as session:
        row = None if user is None else users.find(session, user)
        found = credentials(session, row, kinds=() if sessions else ("api",))
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json", exclude={"current"}) for one in found]))
        return
    for one in found:
        last = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never"
        end = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "until ended"
        state = "expired" if one.state == "expired" else end
        typer.echo(f"{one.id}  {one.kind:<10} {one.user:<20} {one.scope:<5} {state:<16} last used {last}  {one.name}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is for, for the list.")],
    user: Annotated[str, typer.Option("--user", help="Whose it is; it does no more than that user may.")] = OWNER,
    scope: Annotated[
        Literal["read", "write", "admin"], typer.Option(help="read, also write, or all that the user may.")
    ] = "read",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days it lives; until it is ended.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an API token of a user and print it; it is shown this once."""
    from datetime import timedelta

    from backend.access import tokens, users
    from backend.storage.database import open_database

    life = None if days is None else timedelta(days=days)
    with open_database(settings_of(data_dir)) as database, database.write() as session:
        owner = tokens.get_or_add_user(session, OWNER, "admin") if user == OWNER else users.find(session, user)
        row, secret = tokens.make_api_token(session, owner, tokens.Terms(life, name, scope), OWNER)
        made = {"id": row.id, "token": secret, "user": user, "scope": scope}
    typer.echo(json.dumps(made) if as_json else secret)


@app.command()
def end(
    token: Annotated[str, typer.Argument(help="Id of the token or session, from `tokens list`.")],
    data_dir: DataDir = None,
) -> None:
    """End a token or session at once."""
    from backend.access import tokens
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        tokens.end_token(session, token, OWNER)
    typer.echo(f"{token} opens nothing any more.")
