"""`radiomiclens share`: links to frozen results, made, listed and withdrawn on the server's machine."""

import json
import sys
from getpass import getpass
from typing import Annotated

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of

app = typer.Typer(no_args_is_help=True, help="Links that open one frozen result without an account.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    analysis: Annotated[str, typer.Argument(help="Id of the analysis.")],
    label: Annotated[str, typer.Option(help="For whom or what, for your own list.")] = "",
    days: Annotated[int | None, typer.Option(min=1, max=90, help="Days until it ends; 14.")] = None,
    with_pictures: Annotated[
        bool, typer.Option("--with-pictures", help="Add pictures; only after checking that no text is burned in.")
    ] = False,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase; one line of standard input without terminal.")
    ] = False,
    max_views: Annotated[int | None, typer.Option(min=1, help="How often the link can be opened; any.")] = None,
    sender: Annotated[str, typer.Option("--from", help="Who sent it, as the page says.")] = "",
    title: Annotated[str, typer.Option(help="Stands above the verdict on the page.")] = "",
    message: Annotated[str, typer.Option(help="Why it is sent; the reader sees it.")] = "",
    base_url: Annotated[str | None, typer.Option(help="Address of the server as its readers know it.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a result and print a link to it; the link is shown this once."""
    from backend.access import share_links
    from backend.cli.submit import checked
    from backend.queries import analysis_detail
    from backend.queries.share_snapshot import freeze
    from backend.queries.shared_page.page import Texts
    from backend.storage.database import open_database
    from backend.storage.shared_files import open_files
    from backend.web.server_address import local_url
    from shared.schemas import ShareCreate

    settings = settings_of(data_dir)
    words = {"sender": sender, "title": title, "message": message}
    fields: dict[str, object] = {"label": label, "days": days or settings.share_days, "with_pictures": with_pictures}
    guards: dict[str, object] = {"passphrase": _passphrase() if passphrase else None, "max_views": max_views}
    asked = checked(ShareCreate, {"analysis_id": analysis} | words | fields | guards)
    files = open_files(settings)
    with open_database(settings) as database:
        with database.read() as session:
            row = analysis_detail.get_analysis(session, analysis)
            texts = Texts(asked.sender or OWNER, asked.title, asked.message)
            view, pictures = freeze(session, files, row, asked.days, texts, with_pictures=with_pictures)
        with database.write() as session:
            row = analysis_detail.get_analysis(session, analysis)
            share, token = share_links.create(session, row, view, pictures, asked, user=OWNER)
            made = {"id": share.id, "expires_at": share.expires_at.isoformat()}
    made["url"] = f"{(base_url or local_url(settings)).rstrip('/')}/s#{token}"
    typer.echo(
        json.dumps(made) if as_json else f"{made['url']}\nOpens until {made['expires_at'][:10]}; id {made['id']}."
    )


def _passphrase() -> str:
    if sys.stdin.isatty():
        return getpass("Passphrase: ")
    return sys.stdin.readline().rstrip("\n")


@app.command("list")
def list_shares(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the links: state, how often and when they were opened."""
    from sqlalchemy import select

    from backend.models import Share
    from backend.queries.readable_share import readable_share
    from backend.storage.database import open_database
    from backend.storage.readable_rows import row_ids

    with open_database(settings_of(data_dir)) as database, database.read() as session:
        ids = row_ids(session, select(Share).order_by(Share.created_at.desc()), Share)
        found = [readable_share(session, share_id) for share_id in ids]
    if as_json:
        typer.echo(json.dumps([share.model_dump(mode="json") for share in found]))
        return
    for share in found:
        last = f"{share.last_opened_at:%Y-%m-%d %H:%M}" if share.last_opened_at else "never"
        opened = f"{share.opened} of {share.max_views}" if share.max_views else f"{share.opened}"
        typer.echo(
            f"{share.id}  {share.state:<8} until {share.expires_at:%Y-%m-%d}  opened {opened}x, last {last}  "
            f"{share.analysis_title}  {share.label}"
        )


@app.command()
def revoke(
    share: Annotated[str, typer.Argument(help="Id of the link, from `share list`.")], data_dir: DataDir = None
) -> None:
    """Withdraw a link at once."""
    from backend.access import share_links
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.write() as session:
        share_links.revoke(session, share, OWNER)
    typer.echo(f"The link {share} opens nothing any more.")
