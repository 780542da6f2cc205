"""`radiomiclens audit list | export | verify`: who did what, and whether the log is as it was written."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings, Damaged

if TYPE_CHECKING:
    from backend.queries.audit_log import AuditFilter
    from shared import schemas as s

app = typer.Typer(no_args_is_help=True, help="The audit log: who did what, and whether it is as it was written.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Actor = Annotated[str | None, typer.Option(help="Only what this user did.")]
Action = Annotated[str | None, typer.Option(help="Only actions that begin so, as `session.`")]
Since = Annotated[datetime | None, typer.Option(help="Not before this time, in UTC.")]
Until = Annotated[datetime | None, typer.Option(help="Before this time, in UTC.")]


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Rows, the newest.")] = 50,
    actor: Actor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the newest rows, the newest first."""
    from backend.queries.audit_log import AuditFilter, read_entries
    from backend.storage.database import open_database

    with open_database(settings_of(data_dir)) as database, database.read() as session:
        wanted = AuditFilter(actor, action, None, since, until)
        found = read_entries(session, wanted, limit, 0)
    if as_json:
        typer.echo(json.dumps([entry.model_dump(mode="json") for entry in found.items]))
        return
    for entry in found.items:
        details = " ".join(f"{name}={value}" for name, value in entry.detail.items())
        words = f"{entry.actor:<16} {entry.action:<18} {entry.target} {details}"
        typer.echo(f"{entry.id:>7}  {entry.at:%Y-%m-%d %H:%M:%S}  {words}".rstrip())
    for row in found.unreadable:
        typer.echo(f"{row.id:>7}  {row.sentence}")


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write; .csv or .jsonl.")],
    actor: Actor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    data_dir: DataDir = None,
) -> None:
    """Write the log with its hashes into a file, oldest first; the export itself is the newest row of the log then."""
    from backend.access import audit
    from backend.access.tokens import OWNER
    from backend.queries.audit_log import AuditFilter
    from backend.storage.database import open_database

    if out.suffix not in (".csv", ".jsonl"):
        raise BadSettings(f"{out.name} is of no known kind; name a file that ends in .csv or .jsonl.")
    with open_database(settings_of(data_dir)) as database:
        with database.write() as session:
            audit.record(session, OWNER, "audit.export", format=out.suffix[1:])
        entries = _in_order(database, AuditFilter(actor, action, None, since, until))
        rows, unreadable = (_write_csv if out.suffix == ".csv" else _write_lines)(out, entries)
    typer.echo(f"{out.name} holds {rows} rows of the audit log.")
    if unreadable:
        raise Damaged(f"{unreadable} rows cannot be read and are missing in it; `radiomiclens audit verify` says more.")


def _in_order(database: Any, wanted: "AuditFilter") -> "Iterator[s.AuditEntry | s.UnreadableRow]":
    """The rows in parts, each in a transaction of its own, so that a server beside it goes on writing."""
    from backend.queries.audit_log import entries_in_order

    after = -1
    while True:
        with database.read() as session:
            part = entries_in_order(session, wanted, after)
        if not part:
            return
        yield from part
        after = int(part[-1].id)


def _write_csv(out: Path, entries: "Iterator[s.AuditEntry | s.UnreadableRow]") -> tuple[int, int]:
    from backend.web.pagination import csv_cell
    from shared import schemas as s

    columns = s.AuditEntry.csv_columns()
    counted = {True: 0, False: 0}
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for entry in entries:
            readable = isinstance(entry, s.AuditEntry)
            counted[readable] += 1
            if readable:
                writer.writerow(csv_cell(getattr(entry, column)) for column in columns)
    return counted[True], counted[False]


def _write_lines(out: Path, entries: "Iterator[s.AuditEntry | s.UnreadableRow]") -> tuple[int, int]:
    from shared import schemas as s

    counted = {True: 0, False: 0}
    with out.open("w", encoding="utf-8") as file:
        for entry in entries:
            readable = isinstance(entry, s.AuditEntry)
            counted[readable] += 1
            if readable:
                file.write(entry.model_dump_json() + "\n")
    return counted[True], counted[False]


@app.command()
def verify(
    anchor: Annotated[list[str] | None, typer.Option(help="An anchor kept elsewhere; may be repeated.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Read the whole log and compare every hash; prints the anchor to keep elsewhere."""
    from backend.storage.audit_check import Anchor, verify_log
    from backend.storage.database import open_database
    from backend.storage.prepare import require_database

    given, settings = [Anchor.parse(each) for each in anchor or []], settings_of(data_dir)
    require_database(settings)
    with open_database(settings) as database:
        found = verify_log(database, given)
    if as_json:
        shown = {"rows": found.rows, "anchor": str(found.head), "problems": found.problems}
        typer.echo(json.dumps(shown))
    else:
        for sentence in found.problems:
            typer.echo(sentence)
    if found.problems:
        raise Damaged("The audit log is not as it was written; compare it with an export kept elsewhere.")
    if not as_json:
        typer.echo(f"{found.rows} rows of the audit log follow from one another.")
        typer.echo(f"Keep this anchor elsewhere: {found.head}")
