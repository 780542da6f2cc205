"""`radiomiclens login`: sign-in links and tokens, given and withdrawn by whoever may run commands on the server."""

import json
from typing import Annotated, Literal

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings


def login(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the running server; 8501.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of the server as its users know it.")] = None,
    user: Annotated[str | None, typer.Option(help="For whom; the owner, an admin, unless told.")] = None,
    role: Annotated[
        Literal["viewer", "researcher", "admin"] | None,
        typer.Option(help="What the user may do from now on: read, also write, or as the owner."),
    ] = None,
    token: Annotated[
        bool, typer.Option("--token", help="Print an API token for scripts instead; it stays valid until revoked.")
    ] = False,
    revoke: Annotated[
        str | None, typer.Option(metavar="USER", help="End every link, session and token of a user instead.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a link that signs a browser in once, within the next 10 minutes."""
    from backend.access import tokens
    from backend.storage.database import open_database
    from backend.web.server_address import local_url

    if revoke is not None and (user is not None or role is not None or token):
        raise BadSettings("--revoke ends what a user has; give it alone, then --user for something new.")
    if role is not None and user is None:
        raise BadSettings("--role is for a user; name one with --user.")
    settings = settings_of(data_dir, port=port)
    kind: tokens.TokenKind = "api" if token else "login"
    shown: dict[str, str | int]
    with open_database(settings) as database, database.write() as session:
        if revoke is not None:
            shown = {"revoked": tokens.revoke_all(session, revoke)}
        else:
            secret = tokens.create_user_token(session, user or tokens.OWNER, role if user else "admin", kind)
            address = (base_url or local_url(settings)).rstrip("/")
            shown = {"token": secret} if token else {"url": f"{address}/login#{secret}"}
    text = next(iter(shown.values())) if revoke is None else f"{revoke} is signed out; {shown['revoked']} tokens ended."
    typer.echo(json.dumps(shown) if as_json else text)
