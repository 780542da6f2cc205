"""Assembles the slices of a series to a volume: evenly spaced along one line, none missing, none twice.

Libraries assemble a series with a missing slice, two mixed series or a localizer without an error; this refuses them.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import isclose, prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.ingest.dicom.pixels import PixelReader, Values
from backend.ingest.dicom.slices import Slice
from backend.ingest.dicom.stated import Unstated, shown
from backend.ingest.formats.right_angles import UNSEEN
from backend.ingest.rejection import Rejection

GAP_MM = 0.1  # how far a slice may lie from where even spacing puts it
MIN_SLICES = 3
LARGEST_VOXEL = 8  # bytes
SAME_SCALE = 1e-4  # relative
SAME_ECHO = 0.02  # relative


@dataclass(frozen=True)
class Volume:
    """One series, named `key`: `voxels` (D, H, W) along the stack; geometry in LPS mm; its files; why it was taken.

    `frames` are the numbers of its frames where files hold several. `unit` is that of its values, as stated. `notes`:
    code of a finding -> sentence.
    """

    voxels: npt.NDArray[Any]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    files: tuple[Path, ...]
    reason: str
    key: str = ""
    frames: tuple[int, ...] = ()
    unit: str = ""
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """The slices of one volume in their order, and its geometry as `Volume` has it, before pixels are read."""

    stack: list[Slice]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    notes: dict[str, str]


def placed_stack(stack: list[Slice], key: str, largest: int) -> Placed:
    """Where the volume of a series lies. Raises Rejection."""
    _check_alike(stack, key)
    first = stack[0]
    if len(stack) * prod(first.place.shape) * LARGEST_VOXEL > largest:
        raise _unsound(f"Series {key} declares more voxels than one image may hold here; split it.")
    normal = np.cross(*first.axes)
    normal = normal / np.linalg.norm(normal)
    stack = sorted(stack, key=lambda each: float(each.position @ normal))
    gap, along = _even_gap(stack, normal, key)
    spacing = first.place.spacing
    return Placed(
        stack,
        (spacing[1], spacing[0], gap),
        tuple(float(mm) for mm in stack[0].position),  # type: ignore[arg-type]  # three numbers
        tuple(float(c) for c in np.column_stack([*first.axes, along]).ravel()),
        _stated_gap(stack, gap, key),
    )


def assemble(stack: list[Slice], key: str, reason: str, pixels: PixelReader) -> Volume:
    """One volume of a series' slices. Raises Rejection, or BadFile from `pixels`."""
    where = placed_stack(stack, key, pixels.largest)
    try:
        values = [pixels.values(each) for each in where.stack]
        _check_scales(values)
    except Unstated as unstated:
        raise _unsound(f"Series {key} {unstated.phrase}; export it again.") from None
    return Volume(
        voxels=np.stack([each.voxels for each in values]),
        spacing=where.spacing,
        origin=where.origin,
        direction=where.direction,
        files=tuple(dict.fromkeys(each.path for each in where.stack)),
        reason=reason,
        key=key,
        frames=tuple(each.frame for each in where.stack if each.frame is not None),
        unit=values[0].scale.unit,
        notes=where.notes | _notes(values, key),
    )


def _check_alike(stack: list[Slice], key: str) -> None:
    """Refuse slices with a tag that cannot be used, too few of them, and those of different orientation or size."""
    problem = next((each.facts.problem for each in stack if each.facts.problem), "")
    if problem:
        having = sum(each.facts.problem == problem for each in stack)
        where = f" (so {having} of its {len(stack)} slices)" if having < len(stack) else ""
        raise _unsound(f"Series {key} {problem}{where}.")
    if len(stack) < MIN_SLICES:
        raise _unsound(f"Series {key} has {len(stack)} slices; a volume needs at least {MIN_SLICES}.")
    first = stack[0].place
    mixed = [
        word
        for word, differs in (
            (f"orientation, {shown('ImageOrientationPatient')}", [not _near(s.axes, first.axes, 1e-4) for s in stack]),
            ("size, Rows and Columns", [s.place.shape != first.shape for s in stack]),
            (f"echo time, {shown('EchoTime')}", [_other_echo(s, stack[0]) for s in stack]),
            (f"space, {shown('FrameOfReferenceUID')}", _other_spaces(stack)),
            (f"spacing, {shown('PixelSpacing')}", [not _near(s.place.spacing, first.spacing, 1e-4) for s in stack]),
        )
        if any(differs)
    ]
    if mixed:
        raise _unsound(f"Series {key} mixes slices of different {' and '.join(mixed)}; export it again.")


def _near(one: npt.ArrayLike, other: npt.ArrayLike, most: float) -> bool:
    return np.allclose(one, other, rtol=most, atol=most)


def _other_echo(one: Slice, first: Slice) -> bool:
    """Whether both are spin echoes of stated times that differ."""
    time, other = one.facts.spin_echo_ms, first.facts.spin_echo_ms
    return time is not None and other is not None and not isclose(time, other, rel_tol=SAME_ECHO)


def _other_spaces(stack: list[Slice]) -> list[bool]:
    """Which slices are in another space than the first; one that is new in every slice tells nothing."""
    spaces = [each.frame_of_reference for each in stack]
    return [len(set(spaces)) < len(spaces) and bool(space) and space != spaces[0] for space in spaces]


def _even_gap(stack: list[Slice], normal: npt.NDArray[np.float64], key: str) -> tuple[float, npt.NDArray[np.float64]]:
    """The distance between neighbours in mm and their direction; refuses duplicates, holes and missing numbers."""
    positions = np.array([each.position for each in stack])
    along = positions @ normal
    gaps = np.diff(along)
    gap = float(np.median(gaps))
    if gaps.min() < GAP_MM:
        raise _unsound(_doubled(stack, along, gaps, key))
    if np.abs(gaps - gap).max() > GAP_MM:
        raise _unsound(
            f"Series {key} has a slice missing or moved: a gap of {gaps[np.abs(gaps - gap).argmax()]:.1f} mm where "
            f"others are {gap:.1f} mm; export it again."
        )
    step = (positions[-1] - positions[0]) / (len(stack) - 1)
    apart = positions - positions[0] - np.arange(len(stack))[:, None] * step
    if np.abs(apart @ normal).max() > GAP_MM:
        raise _unsound(f"Series {key} has slices that are not evenly spaced; export it again.")
    if np.linalg.norm(apart, axis=1).max() > GAP_MM:
        raise _unsound(f"Series {key} has slices shifted sideways against each other; it is no straight stack.")
    _check_numbers(stack, key)
    length = float(np.linalg.norm(step))
    drift = float(np.linalg.norm(step - normal * (step @ normal))) * (len(stack) - 1)
    if drift < UNSEEN * min(stack[0].place.spacing):
        return gap, normal
    return length, step / length


def _check_numbers(stack: list[Slice], key: str) -> None:
    """Refuse a series of files whose numbers show that a slice is missing."""
    if stack[0].frame is not None:
        return
    instances = sorted(each.instance for each in stack)
    if instances[0] in (2, 3) and instances == list(range(instances[0], instances[0] + len(instances))):
        raise _unsound(f"Series {key} is numbered from {instances[0]}, so its first slice is missing; export it again.")
    if instances[0] == 1 and len(set(instances)) == len(instances) and instances[-1] != len(instances):
        # Whole scanner series count from 1; numbers of a shared count (several b-values) start higher or have steps.
        missing = sorted(set(range(1, instances[-1] + 1)) - set(instances))
        if len(missing) <= 2:
            raise _unsound(f"Series {key} lacks slice {', '.join(map(str, missing))}; export it again.")


def _stated_gap(stack: list[Slice], gap: float, key: str) -> dict[str, str]:
    """A finding where SpacingBetweenSlices is another distance and SliceThickness that of the positions.

    It is stated from centre to centre or, by some vendors, from edge to edge; some programs write 1. Raises Rejection
    where both tags contradict the positions.
    """
    for each in stack:
        between, thickness = each.place.between, each.place.thickness
        if between is None:
            continue
        readings = [abs(between)] + ([abs(between) + thickness] if thickness else [])
        if min(abs(mm - gap) for mm in readings) <= GAP_MM:
            continue
        says = (
            f"Series {key} states a {shown('SpacingBetweenSlices')} of {between:g} mm, but its slices "
            f"(ImagePositionPatient) lie {gap:.2f} mm apart"
        )
        if thickness is None or abs(thickness - gap) > GAP_MM:
            raise _unsound(f"{says}; export it again.")
        return {"gap_contradicted": f"{says}, as far as they are thick; the positions were believed."}
    return {}


def _check_scales(values: list[Values]) -> None:
    """Refuse slices of one series in different units, or that state their scale in different ways or not at all."""
    ways = Counter(each.scale.by for each in values)
    if len(ways) > 1 and any(not each.scale.is_identity for each in values):
        told = " and ".join(
            f"{count} by {way}" if way else f"{count} not at all" for way, count in sorted(ways.items())
        )
        raise Unstated(f"states the scale of its values in different ways, of {len(values)} slices {told}")
    if len({each.scale.unit for each in values}) > 1:
        raise Unstated("states different units in its slices (RescaleType or MeasurementUnitsCodeSequence)")
    philips = [each.scale.philips for each in values]
    if max(philips) - min(philips) > SAME_SCALE * abs(max(philips, key=abs)):
        raise Unstated("has slices whose RescaleSlope and Philips' scale slope (2005,100E) change against each other")


def _notes(values: list[Values], key: str) -> dict[str, str]:
    notes = {}
    padded = sum(each.padded for each in values)
    if padded:
        notes["padding"] = (
            f"Series {key} marks {padded} voxels as padding ({shown('PixelPaddingValue')}); they count as "
            f"{next(each.pad for each in values if each.padded)}."
        )
    if any(each.lossy for each in values):
        notes["lossy"] = (
            f"Series {key} was packed with loss before, so its values are not exactly those of the scanner."
        )
    return notes


def _doubled(stack: list[Slice], along: npt.NDArray[np.float64], gaps: npt.NDArray[np.float64], key: str) -> str:
    at = int(gaps.argmin())
    if stack[at].digest == stack[at + 1].digest and stack[at].frame == stack[at + 1].frame:
        return f"Series {key} holds the same file twice ({stack[at].path.name}, {stack[at + 1].path.name}); remove one."
    if len(stack) > 1 and along[-1] - along[0] < GAP_MM:
        return (
            f"Series {key} states one {shown('ImagePositionPatient')} for all of its {len(stack)} slices, so where "
            "they lie is unknown; export it again."
        )
    copies = set(Counter(np.round(along / GAP_MM).astype(int).tolist()).values())
    if len(copies) == 1 and (times := copies.pop()) > 1:
        return (
            f"Series {key} holds {times} images at each position (several time points, echoes, directions or b-values "
            "that no tag tells apart); export one volume a series."
        )
    return f"Series {key} has two slices at the same position ({along[at]:.1f} mm); remove the duplicate."


def _unsound(sentence: str) -> Rejection:
    return Rejection(sentence, "dicom_series")
