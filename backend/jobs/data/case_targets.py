"""What the cases of a cohort have of a target: its value, and the columns that show it to a lens."""

from backend.jobs.data.region_volumes import region_ml
from backend.models import Case
from backend.science.tables.target_values import NoValue, Value, columns_of, target_value
from backend.storage.case_cells import with_volumes
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolRegion, ProtocolTarget


def label_columns(protocol: Protocol, target: ProtocolTarget) -> tuple[tuple[str, ...], ...]:
    """The clinical columns that hold the label of a target, one tuple a column: the first name that is there counts.

    A mask is its region's volume in mL. So is a number that is the `volume_column` of a region: it is learnt from the
    mask, and read from the column where a cohort has no masks.
    """
    region = region_of(protocol, target)
    if region is not None:
        return ((f"{region.name}_ml", *columns_of(target)),)
    return tuple((column,) for column in columns_of(target))


def region_of(protocol: Protocol, target: ProtocolTarget) -> ProtocolRegion | None:
    """The region whose mask, or whose volume, a target is; None where the target is read from clinical columns."""
    for region in protocol.regions:
        as_number = target.kind == "number" and target.column == region.volume_column
        if region.name == target.region or as_number:
            return region
    return None


def case_value(protocol: Protocol, target: ProtocolTarget, case: Case) -> Value | NoValue:
    """The value that a case has of a target; where that is a mask or its volume, mL as drawn, 0 for an empty mask."""
    region = region_of(protocol, target)
    if region is None:
        return target_value(target, with_volumes(case, protocol.rois))
    drawn_in = region.within or region.name
    known = bool(region_ml(case, drawn_in)) if region.within or target.kind == "number" else has_volume(case, drawn_in)
    return region_ml(case, region.name) if known else NoValue(f"{drawn_in} is not drawn", blank=True)


def has_volume(case: Case, kind: str) -> bool:
    """Whether an image or mask of this name is stored with the case, an empty mask too."""
    return any(volume.kind == kind for volume in case.volumes)
