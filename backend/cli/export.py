"""`radiomiclens export`: a stored analysis, a mask, embeddings, a model card or a cohort, as a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from backend.access.tokens import OWNER
from backend.cli.data_dir import DataDir, settings_of
from backend.cli.export_card import card
from backend.cli.export_cohort import bids, croissant
from backend.cli.export_embeddings import embeddings
from backend.errors import BadSettings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from backend.models import Analysis
    from backend.settings import Settings

Format = Literal["csv", "parquet", "html", "json", "bundle", "dicom-seg"]
Table = Literal["ranking", "groups", "influence"]


ANALYSIS = "analysis"


class AnalysisUnlessNamed(TyperGroup):
    """`export ID` is `export analysis ID`."""

    usual = ANALYSIS

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the usual command in front where none of them is named."""
        named = not args or args[0] in (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if named else [self.usual, *args])


app = typer.Typer(cls=AnalysisUnlessNamed, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Write what is stored as files for other tools. `export ID` is `export analysis ID`."


@app.command(ANALYSIS)
def export(
    what: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the analysis; for dicom-seg, of the case or its study.")
    ],
    out: Annotated[Path, typer.Option(dir_okay=False, help="File to write.")],
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="csv, parquet: a table; html, json: the report; bundle: all of it, zipped; dicom-seg: a mask.",
        ),
    ] = "csv",
    table: Annotated[
        Table | None, typer.Option(help="For csv and parquet, ranking unless told; influence: a patient a row.")
    ] = None,
    roi: Annotated[
        str | None, typer.Option(help="For dicom-seg: which mask of the protocol, the first unless told.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(help="For dicom-seg: folder of the DICOM study, so that the file refers to its images."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the ranking, groups or influence of patients as a table, the report of an analysis, or a mask of a case.

    A mask becomes a DICOM segmentation on its own grid. Without `--source` its UIDs are new, and it says so.
    """
    from backend.science.report.result_files import replaced

    _check_options(form, table, roi, source)
    if not out.absolute().parent.is_dir():
        raise BadSettings(f"There is no folder {out.absolute().parent.name!r} to write {out.name} into; make it first.")
    settings = settings_of(data_dir)
    if form == "dicom-seg":
        from backend.cli.export_mask import exported_mask

        data, said = exported_mask(settings, what, roi, source)
    else:
        data, said = _exported(settings, what, form, table or "ranking"), ""
    replaced(out, lambda path: path.write_bytes(data))
    typer.echo(f"Wrote {out.name}.{said}")


app.command("embeddings")(embeddings)
app.command("card")(card)
app.command("croissant")(croissant)
app.command("bids")(bids)


def _check_options(form: Format, table: Table | None, roi: str | None, source: Path | None) -> None:
    """Refuse options that would do nothing."""
    if form == "dicom-seg" and table:
        raise BadSettings("--table is for csv and parquet; leave it out for dicom-seg.")
    if form == "bundle" and table:
        raise BadSettings("--table is for csv and parquet; a bundle holds all of them.")
    if form != "dicom-seg" and (roi or source):
        raise BadSettings("--roi and --source are for a mask; add --format dicom-seg, or leave them out.")


def _exported(settings: "Settings", analysis: str, form: Format, table: Table) -> bytes:
    from backend.access import audit
    from backend.queries import analysis_detail
    from backend.storage.database import open_database

    with open_database(settings) as database:
        with database.read() as session:
            row = analysis_detail.get_analysis(session, analysis)
            data = _bundle(session, settings, row) if form == "bundle" else content(session, row, form, table)
        with database.write() as session:
            audit.record(session, OWNER, "analysis.export", row.id, format=form)
    return data


def _bundle(session: "Session", settings: "Settings", row: "Analysis") -> bytes:
    from backend.jobs.data.result_folder import result_files, stored_result, zipped
    from backend.storage.shared_files import open_files

    return zipped(result_files(stored_result(session, open_files(settings), row)))


def content(session: "Session", row: "Analysis", form: Format, table: Table) -> bytes:
    """The bytes of an export."""
    from backend.jobs.data.result_frames import groups_frame, influence_frame, of_subgroup, ranking_frame
    from backend.queries.stored_report import report_of
    from backend.science.lens.other_widths import marked
    from backend.science.report.report_html import report_html
    from backend.science.report.result_files import csv_text

    if form == "json":
        return (json.dumps(row.report, indent=2, ensure_ascii=False) + "\n").encode()
    if form == "html":
        return report_html(report_of(row), groups_frame(session, row.id)).encode()
    frames = {"ranking": ranking_frame, "groups": groups_frame, "influence": influence_frame}
    frame = frames[table](session, row.id)
    if table != "influence":
        frame = of_subgroup(marked(frame, report_of(row).alerts), report_of(row))
    return csv_text(frame).encode() if form == "csv" else frame.to_parquet(index=False)
