"""Assembles the slices of a series to a volume: evenly spaced along their normal, none missing, none twice.

Libraries assemble a series with a missing slice, two mixed series or a localizer without an error; this refuses them.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.ingest.dicom.slices import Slice
from backend.ingest.rejection import Rejection

GAP_MM = 0.1  # how far a slice may lie from where even spacing puts it
MIN_SLICES = 3
LARGEST_VOXEL = 8  # bytes


@dataclass(frozen=True)
class Volume:
    """One series: `voxels` (D, H, W) ordered along the normal; geometry in LPS mm; its files; why it was taken."""

    voxels: npt.NDArray[Any]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    files: tuple[Path, ...]
    reason: str


def assemble(
    stack: list[Slice], key: str, reason: str, pixels: Callable[[Slice], npt.NDArray[Any]], largest: int
) -> Volume:
    """One volume of a series' slices. Raises Rejection, or BadFile from `pixels`."""
    first = stack[0]
    problem = next((each.facts.problem for each in stack if each.facts.problem), "")
    if problem:
        raise _unsound(f"Series {key} {problem}.")
    if len(stack) < MIN_SLICES:
        raise _unsound(f"Series {key} has {len(stack)} slices; a volume needs at least {MIN_SLICES}.")
    if any(not np.allclose(s.axes, first.axes, atol=1e-4) or s.shape != first.shape for s in stack) or any(
        not np.allclose(s.spacing, first.spacing, rtol=1e-4) for s in stack
    ):
        raise _unsound(f"Series {key} mixes slices of different orientation, size or spacing; export it again.")
    if len(stack) * prod(first.shape) * LARGEST_VOXEL > largest:
        raise _unsound(f"Series {key} declares more voxels than one image may hold here.")
    normal = np.cross(*first.axes)
    stack = sorted(stack, key=lambda each: float(each.position @ normal))
    gap = _even_gap(stack, normal, key)
    voxels = np.stack([pixels(each) for each in stack])
    return Volume(
        voxels=voxels,
        spacing=(first.spacing[1], first.spacing[0], gap),
        origin=tuple(float(mm) for mm in stack[0].position),  # type: ignore[arg-type]  # three numbers
        direction=tuple(float(c) for c in np.column_stack([*first.axes, normal]).ravel()),
        files=tuple(each.path for each in stack),
        reason=reason,
    )


def _even_gap(stack: list[Slice], normal: npt.NDArray[np.float64], key: str) -> float:
    """The distance between neighbours in mm; refuses duplicates, holes, shear and missing instance numbers."""
    positions = np.array([each.position for each in stack])
    along = positions @ normal
    gaps = np.diff(along)
    gap = float(np.median(gaps))
    if gaps.min() < GAP_MM:
        raise _unsound(_doubled(along, gaps, key))
    if np.abs(gaps - gap).max() > GAP_MM:
        raise _unsound(
            f"Series {key} has a slice missing or moved: a gap of {gaps[np.abs(gaps - gap).argmax()]:.1f} mm where "
            f"others are {gap:.1f} mm; export it again."
        )
    steps = positions - positions[0] - np.outer(along - along[0], normal)
    if np.abs(steps).max() > GAP_MM:
        raise _unsound(f"Series {key} has slices shifted sideways against each other; it is no straight stack.")
    instances = sorted(each.instance for each in stack)
    if instances[0] in (2, 3) and instances == list(range(instances[0], instances[0] + len(instances))):
        raise _unsound(f"Series {key} is numbered from {instances[0]}, so its first slice is missing; export it again.")
    if instances[0] == 1 and len(set(instances)) == len(instances) and instances[-1] != len(instances):
        # Whole scanner series count from 1; numbers of a shared count (several b-values) start higher or have steps.
        missing = sorted(set(range(1, instances[-1] + 1)) - set(instances))
        if len(missing) <= 2:
            raise _unsound(f"Series {key} lacks slice {', '.join(map(str, missing))}; export it again.")
    return gap


def _doubled(along: npt.NDArray[np.float64], gaps: npt.NDArray[np.float64], key: str) -> str:
    copies = set(Counter(np.round(along / GAP_MM).astype(int).tolist()).values())
    if len(copies) == 1 and (times := copies.pop()) > 1:
        return (
            f"Series {key} holds {times} images at each position (several time points, echoes or b-values that no tag "
            "tells apart); export one volume a series."
        )
    return (
        f"Series {key} has two slices at the same position ({along[int(gaps.argmin())]:.1f} mm); remove the duplicate."
    )


def _unsound(sentence: str) -> Rejection:
    return Rejection(sentence, "dicom_series")
