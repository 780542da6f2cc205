"""The table of participants of a BIDS data set: its columns are clinical, and participants.json names their levels.

Source: the Brain Imaging Data Structure specification, participants file and tabular files.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend.errors import BadImage
from backend.ingest.clinical import CLINICAL_COLUMNS
from backend.ingest.layouts.manifest import table_of
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_SIDE_FILE_BYTES
from shared.schemas.protocol import Protocol

NAME, DESCRIBED = "participants.tsv", "participants.json"
ID = "participant_id"


def add_participants(
    cases: Iterable[PlannedCase], root: Path, protocol: Protocol | None
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Gives every session the cells of its participant; the files that were read, and the columns. Raises BadImage."""
    found = beside(root, (NAME,))
    if found is None:
        return (), ()
    table = table_of(found)
    if ID not in table.columns:
        raise BadImage(f"{NAME} has no column {ID}, by which participants are found; add it.")
    described = beside(root, (DESCRIBED,))
    levels = _levels(described) if described else {}
    classes = {(one.column or "").lower(): frozenset(one.classes) for one in protocol.targets} if protocol else {}
    known = frozenset((ID, *CLINICAL_COLUMNS))
    rows: dict[str, dict[str, str]] = {}
    for row in table.rows:
        participant = row[ID].removeprefix("sub-")
        if participant in rows:
            raise BadImage(f"{NAME} lists the participant {participant[:40]} twice; keep one row.")
        rows[participant] = {
            name: _named(cell, levels.get(table.written[name], {}), classes.get(name, frozenset()))
            for name, cell in row.items()
        }
    for case in cases:
        row = rows.get(case.patient_id, {})
        case.clinical |= {name: row[name] for name in CLINICAL_COLUMNS if row.get(name)}
        case.others |= table.others(row, known)
    headings = tuple(table.written[name] for name in table.columns if name and name not in known)
    return (found, *([described] if described else [])), headings


def _named(cell: str, levels: Mapping[str, str], classes: frozenset[str]) -> str:
    """A cell by the name of its level, unless the protocol's target knows it as it is written."""
    return cell if cell in classes else levels.get(cell, cell)


def _levels(path: Path) -> dict[str, dict[str, str]]:
    """Column -> code -> name of the level, as far as the description gives one. Raises BadImage."""
    try:
        described = json.loads(small_text(path, MAX_SIDE_FILE_BYTES))
    except (OSError, ValueError, RecursionError):
        raise BadImage(f"{path.name} is no JSON in UTF-8; correct it, or take it away.") from None
    columns = described.items() if isinstance(described, dict) else ()
    of_columns = {column: about.get("Levels") for column, about in columns if isinstance(about, dict)}
    return {
        column: {str(code): name for code, given in levels.items() if (name := _level_name(given))}
        for column, levels in of_columns.items()
        if isinstance(levels, dict)
    }


def _level_name(given: Any) -> str:
    """The name of a level, which is a text or an object with a description."""
    name = given.get("Description") if isinstance(given, dict) else given
    return name.strip() if isinstance(name, str) else ""
