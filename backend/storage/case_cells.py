"""The clinical cells of a case by column: those with a column of their own in the database, and all others."""

from collections.abc import Iterable
from typing import Any

from backend.models import Case
from backend.storage.region_volumes import volumes_ml
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

TYPED = ("pirads", "volume_ml", "psa", "isup", "age", "center", "scanner", "field_t", "gland_ml", "lesion_ml")
"""Clinical columns that a case has a field for, in the order in which they are shown."""


def cells_of(case: Case, regions: Iterable[str] = ()) -> dict[str, Any]:
    """The cells of a case; the volume of a region as drawn is the column `REGION_ml`."""
    own = {name: value for name in TYPED if (value := getattr(case, name)) is not None}
    return {**case.clinical, **{f"{region}_ml": ml for region, ml in volumes_ml(case, regions).items()}, **own}


def strata_target(protocol: Protocol) -> ProtocolTarget | None:
    """The target by whose classes patients are split evenly: the first of classes or grades."""
    return next((one for one in protocol.targets if one.kind in ("class", "ordinal")), None)


def stratum(protocol: Protocol, case: Case) -> str:
    """What a case has in the column of that target; empty where that is not known."""
    target = strata_target(protocol)
    column = "" if target is None or target.column is None else target.column.casefold()
    found = [value for name, value in cells_of(case).items() if name.casefold() == column]
    return str(found[0]).strip() if found and found[0] is not None else ""
