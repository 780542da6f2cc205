"""The fast engine: PyRadiomics' features from one pass per image over index arrays made once per region.

First order, GLCM, GLRLM, GLSZM, NGTDM and GLDM on the original image and its wavelet subbands, in 3-D, at distance 1.
Every value agrees with PyRadiomics to 1e-6 relative (docs/performance.md lists where PyRadiomics itself is rounding
noise). Settings it does not cover raise NotCovered, and the caller uses PyRadiomics.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.filters.wavelet import subbands
from backend.science.radiomics.kernel import call
from backend.science.radiomics.plan import ImagePlan, Plan
from backend.science.radiomics.preparation.normalisation import Normalisation
from backend.science.radiomics.region.counts import RegionCounts
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box

Volume = npt.NDArray[np.float64]


@dataclass
class Measured:
    """Features of one region in one image, by PyRadiomics' names, and the occupied grey levels by image type."""

    values: dict[str, float] = field(default_factory=dict)
    grey_levels: dict[str, int] = field(default_factory=dict)


def measure(
    image: npt.NDArray[Any],
    masks: Mapping[str, MaskIndex],
    spacing: tuple[float, float, float],
    plan: Plan,
    normalisation: Normalisation,
    scratch: Scratch,
) -> dict[str, Measured]:
    """Measure several regions of one image (D, H, W); it is normalised here and each filtered image is made once.

    `scratch` may be shared by the images of a case. Raises NotCovered where the values allow no table (too many grey
    levels, values that are not finite).
    """
    box = _around([mask.box for mask in masks.values()])
    counts = {name: RegionCounts(mask, spacing, plan) for name, mask in masks.items()}
    for kind in plan.images:
        for image_type, values in _images(image, box, masks, kind, normalisation, scratch):
            for name in masks:
                counts[name].add(image_type, values[name], kind)
    return {name: Measured(counted.features(), counted.grey_levels) for name, counted in counts.items()}


def _images(
    image: npt.NDArray[Any],
    box: Box,
    masks: Mapping[str, MaskIndex],
    plan: ImagePlan,
    normalise: Normalisation,
    scratch: Scratch,
) -> Iterator[tuple[str, dict[str, Volume]]]:
    """(PyRadiomics' name, values (n,) of each region's voxels) of the images of one type."""
    if plan.kind == "Wavelet":
        for band, values in subbands(image, box, masks, plan.wavelet, normalise, scratch):
            yield f"wavelet-{band}", values
        return
    voxels = normalise(image[box])
    found = {}
    for name, mask in masks.items():
        found[name] = mask.scratch.empty("values L", mask.voxels, np.float64)
        call("rl_gather", voxels, mask.starts_in(box), mask.spans, len(mask.spans), found[name])
    yield "original", found


def _around(boxes: list[Box]) -> Box:
    z, y, x = (slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3))
    return z, y, x
