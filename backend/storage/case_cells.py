"""The clinical cells of a case by column: those with a field, those of its table, volumes as drawn."""

from collections.abc import Iterable
from typing import Any

from backend.models import Case
from backend.storage.region_volumes import volumes_ml
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

FIELDS = ("pirads", "volume_ml", "psa", "isup", "age", "center", "split", "scanner", "field_t")
"""Columns that have a field in the row, in the order in which they are shown."""
COMPUTED = ("lesion_grades",)
"""What lies among the clinical cells and was measured here."""


def clinical_cells(case: Case) -> dict[str, Any]:
    """Column -> cell, as far as it is known, of what its table said."""
    own = {name: value for name in FIELDS if (value := getattr(case, name)) is not None}
    others = (case.clinical or {}).items()  # of a row that is not stored yet there are none
    return own | {name: cell for name, cell in others if cell is not None and name not in {*COMPUTED, *own}}


def with_volumes(case: Case, regions: Iterable[str]) -> dict[str, Any]:
    """The same, and the volume of each region as drawn: the column `REGION_ml`."""
    return clinical_cells(case) | {f"{region}_ml": ml for region, ml in volumes_ml(case, regions).items()}


def strata_target(protocol: Protocol) -> ProtocolTarget | None:
    """The target by whose classes patients are split evenly: the first of classes or grades."""
    return next((one for one in protocol.targets if one.kind in ("class", "ordinal")), None)


def stratum(protocol: Protocol, case: Case) -> str:
    """What a case has in the column of that target; empty where that is not known."""
    target = strata_target(protocol)
    column = "" if target is None or target.column is None else target.column.casefold()
    found = [cell for name, cell in clinical_cells(case).items() if name.casefold() == column]
    return str(found[0]).strip() if found else ""
