"""`radiomiclens export card ENCODER`: the model card of a fine-tuned encoder."""

from pathlib import Path
from typing import Annotated

import typer

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings


def card(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help="Id of the fine-tuned encoder.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="File to write, such as README.md beside the weights.")],
    licence: Annotated[
        str | None, typer.Option(help="Licence of the weights, such as cc-by-nc-4.0; unknown unless told.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the model card of ENCODER: Markdown with the YAML head that Hugging Face reads.

    Everything in it is read from the database; what is not there is called unknown.
    """
    from backend.access import audit
    from backend.interchange.model_card import model_card
    from backend.science.report.result_files import replaced
    from backend.storage.database import open_database

    check_parent(out)
    with open_database(settings_of(data_dir)) as database, database.write() as session:
        text = model_card(session, encoder, licence)
        audit.record(session, OWNER, "card.export", encoder)
    replaced(out, lambda path: path.write_text(text, "utf-8"))
    typer.echo(f"Wrote {out.name}.")


def check_parent(out: Path) -> None:
    """Raises BadSettings where there is no folder to write into."""
    if not out.absolute().parent.is_dir():
        raise BadSettings(f"There is no folder {out.absolute().parent.name!r} to write {out.name} into; make it first.")
