"""`radiomiclens features-table`: the radiomics of a table of images and masks, a row a case; resumes."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from backend.cli.table_progress import one_thread_each, progress_line
from backend.errors import BadImage

STATUSES = ("ok", "flagged", "refused", "failed")


def features_table(
    table: Annotated[
        Path, typer.Argument(help="Table with the columns `image` and `mask` (files beside it), and perhaps `label`.")
    ],
    out: Annotated[Path, typer.Option(dir_okay=False, help="CSV to write: a row a case, the table's columns first.")],
    settings: Annotated[str, typer.Option(help="`paper`, or a YAML file in PyRadiomics' parameter format.")] = "paper",
    label: Annotated[
        int | None,
        typer.Option(min=1, help="The region's value in masks, where no column says it; else the settings' own."),
    ] = None,
    engine: Annotated[Literal["fast", "pyradiomics"], typer.Option(help="As in `features`.")] = "fast",
    threads: Annotated[int, typer.Option(min=1, help="Cases measured at a time, each in a process of its own.")] = 1,
    case_memory_mb: Annotated[int, typer.Option(min=256, help="Memory limit of one case, in MiB.")] = 4096,
    case_seconds: Annotated[float, typer.Option(min=1, help="Time limit of one case, in seconds.")] = 900,
) -> None:
    """Radiomics of many cases: `features` for each row of a table. Started again, it measures only what is missing.

    A row that cannot be read or computed gets the status `failed` and the reason, and the others go on. Exit code 1
    where no row has features.
    """
    one_thread_each()
    from radiomiclens.table import features_table as measure

    found = measure(
        table,
        out,
        settings,
        label=label,
        engine=engine,
        threads=threads,
        progress=progress_line(sys.stderr),
        case_memory_mb=case_memory_mb,
        case_seconds=case_seconds,
    )
    counts = Counter(found["status"])
    said = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    rows = "1 row" if len(found) == 1 else f"{len(found)} rows"
    typer.echo(f"{out.name}: {rows}, {said}.", err=True)
    if not counts["ok"] and not counts["flagged"]:
        raise BadImage(f"No row of {table.name} has features; {out.name} says why, row by row.")
