"""From stored to real values: the one linear scale of a slice, refused where its tags contradict each other.

RescaleSlope and RescaleIntercept, RealWorldValueMappingSequence, and Philips' own scale slopes are known. Sources:
DICOM PS3.3, C.11.1 and C.7.6.16.2.11; Chenevert et al. 2014 (doi 10.1593/tlo.13811) for Philips.
"""

import struct
from dataclasses import dataclass, replace
from math import isclose, isfinite
from typing import Any

from pydicom import Dataset

from backend.ingest.dicom.stated import Unstated, is_empty, number, shown, text, whole

PHILIPS_GROUP, PHILIPS_CREATOR = 0x2005, "Philips MR Imaging DD 001"
PHILIPS_INTERCEPT, PHILIPS_SLOPE = 0x0D, 0x0E
SAME = 1e-5  # relative; slopes are stored as text of 16 letters or as float32
UNIT_FACTORS = (1.0, 1e-3, 1e-6)  # one diffusivity in 1e-6, 1e-3 and 1 mm2/s
BLOCKS = range(0x10, 0x40)  # where a maker's private tags may stand; few stand beyond the first
PHILIPS_TAGS = [
    PHILIPS_GROUP << 16 | element
    for block in BLOCKS
    for element in (block, block << 8 | PHILIPS_INTERCEPT, block << 8 | PHILIPS_SLOPE)
]
ONLY_IN_SEQUENCES = ("RealWorldValueSlope", "RealWorldValueIntercept", "PixelValueTransformationSequence")
PHILIPS_NAMES = "(2005,100E)"


@dataclass(frozen=True)
class Scale:
    """real = stored * `slope` + `intercept`, for stored values in `range`; `unit` as stated.

    `philips`: how often the slope is Philips' own, for comparison between slices; 1 elsewhere. `by`: the tag that
    states it, or nothing.
    """

    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""
    range: tuple[float, float] | None = None
    philips: float = 1.0
    by: str = ""

    @property
    def is_identity(self) -> bool:
        """Whether stored values are the real ones."""
        return (self.slope, self.intercept) == (1.0, 0.0)

    def equals(self, other: "Scale") -> bool:
        """Whether both give the same values."""
        same = isclose(self.slope, other.slope, rel_tol=SAME)
        return same and isclose(self.intercept, other.intercept, rel_tol=SAME, abs_tol=SAME * abs(self.slope))


def scale_of(tags: Dataset) -> Scale:
    """The scale of a slice. Raises Unstated with a phrase that names the tag."""
    misplaced = [word for word in ONLY_IN_SEQUENCES if word in tags]
    if misplaced:
        raise Unstated(
            f"has a {shown(misplaced[0])} outside the sequence that it belongs to, so what it scales is unclear"
        )
    if not is_empty(tags, "ModalityLUTSequence"):
        raise Unstated(f"maps its values by a table ({shown('ModalityLUTSequence')}), which is not linear")
    stated = not is_empty(tags, "RescaleSlope") or not is_empty(tags, "RescaleIntercept")
    rescale = Scale(number(tags, "RescaleSlope", 1.0), number(tags, "RescaleIntercept", 0.0), text(tags, "RescaleType"))
    if rescale.slope == 0:
        raise Unstated(f"has a {shown('RescaleSlope')} of 0")
    real = _real_world(tags)
    if real is not None:
        return replace(_agreed(rescale, real), by=shown("RealWorldValueMappingSequence"))
    rescale = replace(rescale, by=shown("RescaleSlope") if stated else "")
    philips = _philips(tags)
    if philips is None or (philips.equals(rescale) and stated):
        return rescale
    if not stated:
        return replace(philips, by=PHILIPS_NAMES)
    if rescale.is_identity or not isclose(
        philips.intercept / philips.slope, rescale.intercept / rescale.slope, rel_tol=1e-3, abs_tol=1e-3
    ):
        raise Unstated(
            f"states two scales that contradict each other, {shown('RescaleSlope')} and Philips' {PHILIPS_NAMES}"
        )
    return replace(rescale, philips=philips.slope / rescale.slope)


def _agreed(rescale: Scale, real: Scale) -> Scale:
    """The real-world scale, where the rescale is none or says the same in any unit."""
    if rescale.is_identity:
        return real
    for factor in UNIT_FACTORS if real.unit else (1.0,):
        if real.equals(Scale(rescale.slope * factor, rescale.intercept * factor)):
            return real
    raise Unstated(
        f"states two scales that contradict each other, {shown('RescaleSlope')} and "
        f"{shown('RealWorldValueMappingSequence')}"
    )


def _real_world(tags: Dataset) -> Scale | None:
    """The one meaning that all items of the mapping share; None where there is no mapping."""
    items = [] if is_empty(tags, "RealWorldValueMappingSequence") else list(tags["RealWorldValueMappingSequence"].value)
    signed = whole(tags, "PixelRepresentation") == 1
    scales = [_mapped(item, signed) for item in items]
    if not scales:
        return None
    if any(not each.equals(scales[0]) or each.unit != scales[0].unit for each in scales[1:]):
        raise Unstated(
            f"maps its values in {len(scales)} ways that differ ({shown('RealWorldValueMappingSequence')}), and which "
            "is meant is not stated"
        )
    spans = [each.range for each in scales if each.range]
    span = (min(low for low, _ in spans), max(high for _, high in spans)) if len(spans) == len(scales) else None
    return Scale(scales[0].slope, scales[0].intercept, scales[0].unit, span)


def _mapped(item: Dataset, signed: bool) -> Scale:
    if "RealWorldValueLUTData" in item:
        raise Unstated(f"maps its values by a table ({shown('RealWorldValueLUTData')}), which is not linear")
    if is_empty(item, "RealWorldValueSlope"):
        raise Unstated(f"has a {shown('RealWorldValueMappingSequence')} without {shown('RealWorldValueSlope')}")
    slope, intercept = number(item, "RealWorldValueSlope", 0.0), number(item, "RealWorldValueIntercept", 0.0)
    if slope == 0:
        raise Unstated(f"has a {shown('RealWorldValueSlope')} of 0")
    ends = []
    for end in ("First", "Last"):
        names = [f"{kind}RealWorldValue{end}ValueMapped" for kind in ("", "DoubleFloat")]
        known = [_end(item, name, signed) for name in names if not is_empty(item, name)]
        ends += known[:1]
    units = [] if is_empty(item, "MeasurementUnitsCodeSequence") else list(item.MeasurementUnitsCodeSequence)
    unit = text(units[0], "CodeValue") if units else ""
    return Scale(slope, intercept, unit, (ends[0], ends[1]) if len(ends) == 2 else None)


def _end(item: Dataset, keyword: str, signed: bool) -> float:
    """An end of the mapped range; implicit files do not say whether it is signed, and its value comes as bytes."""
    raw = item[keyword].value
    if isinstance(raw, bytes):
        return float(int.from_bytes(raw, "little", signed=signed))
    value = number(item, keyword, 0.0)
    return value - 0x10000 if signed and 0x8000 <= value <= 0xFFFF and keyword.startswith("Real") else value


def _philips(tags: Dataset) -> Scale | None:
    """Philips' scale to the values of the reconstruction: (stored - intercept) / slope."""
    block = _philips_block(tags)
    if block is None:
        return None
    slope = _private(tags, block, PHILIPS_SLOPE)
    intercept = _private(tags, block, PHILIPS_INTERCEPT) or 0.0
    if slope is None:
        return None
    if slope == 0 or not isfinite(slope) or not isfinite(intercept):
        raise Unstated(f"has a Philips scale slope {PHILIPS_NAMES} that is 0 or not finite")
    return Scale(1 / slope, -intercept / slope)


def _philips_block(tags: Dataset) -> int | None:
    """The hundred of elements that Philips reserved; the usual one where the name of its owner was taken out."""
    present = [at for at in BLOCKS if (PHILIPS_GROUP, at) in tags]
    owners = {at: str(tags[PHILIPS_GROUP, at].value).strip() for at in present}
    found = [at for at, owner in owners.items() if owner == PHILIPS_CREATOR]
    if found:
        return found[0]
    maker = "philips" in text(tags, "Manufacturer").lower()
    return 0x10 if maker and not owners else None


def _private(tags: Dataset, block: int, element: int) -> float | None:
    tag = (PHILIPS_GROUP, block << 8 | element)
    if tag not in tags:
        return None
    value: Any = tags[tag].value
    if value is None or value in ("", b""):
        return None
    try:
        return float(struct.unpack("<f", value)[0]) if isinstance(value, bytes) else float(value)
    except (TypeError, ValueError, struct.error):
        raise Unstated(f"has a Philips scale slope {PHILIPS_NAMES} that is no number") from None
