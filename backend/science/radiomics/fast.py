"""The fast engine: PyRadiomics' features from one pass per image over index arrays made once per region.

First order, GLCM, GLRLM, GLSZM, NGTDM and GLDM on the original image and its wavelet subbands, in 3-D, at distance 1.
Every value agrees with PyRadiomics to 1e-6 relative (docs/performance.md says where PyRadiomics itself is rounding
noise). Whatever it does not cover raises NotCovered, and the caller asks PyRadiomics.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.discretisation import GreyLevels, TooManyLevels, bin_edges
from backend.science.radiomics.first_order import first_order
from backend.science.radiomics.glcm import glcm
from backend.science.radiomics.gldm import gldm
from backend.science.radiomics.glrlm import glrlm
from backend.science.radiomics.glszm import glszm
from backend.science.radiomics.kernel import call
from backend.science.radiomics.mask_index import Box, MaskIndex
from backend.science.radiomics.ngtdm import ngtdm
from backend.science.radiomics.plan import ImagePlan, NotCovered, Plan
from backend.science.radiomics.subbands import subbands

Volume = npt.NDArray[np.float64]


@dataclass
class Measured:
    """Features of one region in one image, by PyRadiomics' names, and the occupied grey levels by image type."""

    values: dict[str, float] = field(default_factory=dict)
    grey_levels: dict[str, int] = field(default_factory=dict)


def measure(
    image: npt.NDArray[Any], masks: Mapping[str, MaskIndex], spacing: tuple[float, float, float], plan: Plan
) -> dict[str, Measured]:
    """Features of several regions of one (normalised) image (D, H, W); each filtered image is made once.

    Raises NotCovered where the values allow no table (too many grey levels, values that are not finite).
    """
    box = _around([mask.box for mask in masks.values()])
    where = {name: _inside(mask, box) for name, mask in masks.items()}
    measured = {name: Measured() for name in masks}
    for kind in plan.images:
        for image_type, voxels in _images(image, box, kind):
            for name, mask in masks.items():
                values, levels = _one_image(voxels, where[name], mask, spacing, kind, plan)
                measured[name].grey_levels[image_type] = levels
                measured[name].values.update({f"{image_type}_{key}": value for key, value in values.items()})
    return measured


def _images(image: npt.NDArray[Any], box: Box, plan: ImagePlan) -> Iterator[tuple[str, Volume]]:
    if plan.kind == "Original":
        yield "original", np.ascontiguousarray(image[box], dtype=np.float64)
        return
    for band, voxels in subbands(image, box, plan.wavelet):
        yield f"wavelet-{band}", voxels


def _around(boxes: list[Box]) -> Box:
    z, y, x = (slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3))
    return z, y, x


def _inside(mask: MaskIndex, box: Box) -> npt.NDArray[np.int32]:
    """(n,) positions of the mask's voxels in `box`, which holds the mask's own."""
    if box == mask.box:
        return mask.where
    place = np.unravel_index(mask.where, mask.size)
    moved = [p + own.start - b.start for p, own, b in zip(place, mask.box, box, strict=True)]
    positions: npt.NDArray[np.int32] = np.ravel_multi_index(moved, [b.stop - b.start for b in box]).astype(np.int32)
    return positions


def _one_image(
    voxels: Volume,
    where: npt.NDArray[np.int32],
    mask: MaskIndex,
    spacing: tuple[float, float, float],
    kind: ImagePlan,
    plan: Plan,
) -> tuple[dict[str, float], int]:
    values, limits = np.empty(mask.voxels), np.empty(2)
    call("rl_gather", voxels, where, mask.voxels, values, limits)
    if not np.isfinite(limits).all():
        raise NotCovered("the image holds values that are not finite after normalisation")
    try:
        edges = bin_edges(limits[0], limits[1], kind.bin_count, kind.bin_width)
    except TooManyLevels as error:
        raise NotCovered(str(error)) from None
    levels = GreyLevels(values, edges, mask)
    found: dict[str, float] = {}
    neighbours = _Neighbours(levels, plan.alpha) if set(plan.classes) & {"glrlm", "glszm", "gldm", "ngtdm"} else None
    for name, wanted in plan.classes.items():
        features = _features(name, wanted, values, levels, neighbours, spacing, plan)
        found.update({f"{name}_{feature}": features[feature] for feature in wanted})
    return found, levels.present.size


def _features(
    name: str,
    wanted: tuple[str, ...],
    values: Volume,
    levels: GreyLevels,
    neighbours: "_Neighbours | None",
    spacing: tuple[float, float, float],
    plan: Plan,
) -> dict[str, float]:
    if name == "firstorder":
        return first_order(values, levels, float(np.prod(spacing)), plan.shift)
    if name == "glcm":
        return glcm(levels, mcc="MCC" in wanted)
    assert neighbours is not None
    if name == "glrlm":
        return glrlm(levels, neighbours.bits)
    if name == "glszm":
        return glszm(levels, neighbours.bits)
    if name == "gldm":
        return gldm(levels, neighbours.alike)
    return ngtdm(levels, neighbours.differences)


class _Neighbours:
    """One pass: equality bits (padded box,), tables (ng + 1, 27) of GLDM and NGTDM."""

    def __init__(self, levels: GreyLevels, alpha: int) -> None:
        mask, longest = levels.mask, int(levels.mask.rows[:, 1].max())
        self.bits: npt.NDArray[Any] = np.zeros(levels.volume.size, dtype=np.uint16)
        self.alike = np.zeros((levels.ng + 1, 27), dtype=np.uint32)
        self.differences = np.zeros((levels.ng + 1, 27), dtype=np.int64)
        row = np.empty(longest, dtype=np.uint16), np.empty(longest, dtype=np.uint32)
        call(
            *("rl_neighbours", levels.volume, mask.rows, len(mask.rows), mask.offset, mask.around, alpha),
            *(self.bits, self.alike, self.differences, *row),
        )
