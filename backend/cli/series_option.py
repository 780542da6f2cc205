"""`--series`: which series to take instead of the automatic choice, by a table, or by pairs for a single study."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from backend.errors import BadSettings, BadTable
from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.planned_case import Layout, counted
from shared import schemas as s

SeriesNamed = Annotated[
    list[str] | None,
    typer.Option(
        "--series",
        metavar="TABLE|MODALITY=SERIES",
        help="Series to take: a CSV of study_id and the modalities (blank is automatic), or for a folder of one study "
        "T2=SERIES, repeated. SERIES: its number in the preview, its UID, or a part of its description.",
    ),
]


def named_series(given: list[str], path: Path, layout: Layout, protocol: s.Protocol) -> dict[str, dict[str, str]]:
    """Study id to modality to series. Raises BadTable, or BadSettings where pairs do not say which study."""
    pairs = [each.partition("=")[::2] for each in given if "=" in each and not Path(each).is_file()]
    if not pairs and len(given) <= 1:
        return _of_table(Path(given[0]), protocol) if given else {}
    if len(pairs) < len(given):
        raise BadSettings("--series takes one table, or pairs such as T2=4, and not both; write all into one table.")
    series: dict[str, str] = {}
    for word, name in ((modality.strip(), name.strip()) for modality, name in pairs):
        modality = _modality(word, protocol)
        if not modality or not name or modality in series:
            raise BadSettings(
                f"--series {word[:20]}={name[:40]} is no pair of its own; write each of "
                f"{', '.join(protocol.modality_names)} once at most, as in {protocol.reference}=4."
            )
        series[modality] = name
    cases = plan(path.absolute(), layout, None if protocol.is_prostate else protocol).cases
    if len(cases) != 1:
        raise BadSettings(
            f"--series {next(iter(series))}=... names a series of one study, and {path.name} holds {counted(cases)}; "
            f"give a table of {_columns(protocol)}."
        )
    return {cases[0].study_id: series}


def _modality(word: str, protocol: s.Protocol) -> str:
    """The modality of a name, capital and small letters being the same."""
    return next((name for name in protocol.modality_names if name.lower() == word.lower()), "")


def _columns(protocol: s.Protocol) -> str:
    return ", ".join(("study_id", *protocol.modality_names))


def _of_table(path: Path, protocol: s.Protocol) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadTable(
            f"The table of series {path.name} cannot be read as CSV (UTF-8); check it, or write "
            f"{protocol.reference}=SERIES."
        ) from None
    if any(set(row) - {"study_id", *protocol.modality_names} or not row.get("study_id") for row in rows):
        raise BadTable(f"The table of series {path.name} needs the columns {_columns(protocol)} and no others.")
    return {row["study_id"]: {name: row[name] for name in protocol.modality_names if row.get(name)} for row in rows}
