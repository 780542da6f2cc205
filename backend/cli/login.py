"""`radiomiclens login`: a fresh one-time sign-in link, for whoever may run commands on the server's machine."""

import json
from typing import Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of


def login(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the running server; 8501.")] = None,
    token: Annotated[
        bool, typer.Option("--token", help="Print an API token for scripts instead; it stays valid until revoked.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a link that signs a browser in once, within the next 10 minutes."""
    from backend.auth import mint_owner
    from backend.database import Database, upgrade
    from backend.origin import own_address

    settings = settings_of(data_dir, port=port)
    upgrade(settings)
    database = Database(settings)
    try:
        with database.write() as session:
            secret = mint_owner(session, "api" if token else "login")
    finally:
        database.close()
    shown = {"token": secret} if token else {"url": f"{own_address(settings)}/login#{secret}"}
    typer.echo(json.dumps(shown) if as_json else next(iter(shown.values())))
