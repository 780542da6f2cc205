"""Everything PyRadiomics does before the filters: normalise, resample or crop, check the region, resegment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from backend.science.imaging.grid import Grid
from backend.science.radiomics.plan import Plan
from backend.science.radiomics.preparation.normalisation import Normalisation
from backend.science.radiomics.preparation.resampling import cropped, resampled
from backend.science.radiomics.preparation.resegmentation import refuse_small, resegmented
from backend.science.radiomics.preparation.source import Source
from backend.science.radiomics.region.counts import refuse_lonely
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.types import MaskArray


@dataclass
class Prepared:
    """An image with the regions that are measured on it, and its grid.

    `masks`: index of each region, resegmented where asked; `outlines`: regions (D, H, W) whose shape is measured;
    `refused`: why a region cannot be measured.
    """

    source: Source
    grid: Grid
    masks: dict[str, MaskIndex] = field(default_factory=dict)
    outlines: dict[str, MaskArray] = field(default_factory=dict)
    refused: dict[str, ValueError] = field(default_factory=dict)

    def take(self, name: str, roi: MaskArray, plan: Plan, index: MaskIndex | None = None) -> None:
        """Check one region, resegment it where asked, and index it where it has no `index`."""
        try:
            if not roi.any():
                raise ValueError("no voxel of the region is left after resampling")
            index = index or MaskIndex.of(roi)
            refuse_small(roi, index.size, plan.preparation)
            refuse_lonely(index.size, plan)
            outline = roi
            if plan.preparation.resegment:
                kept = resegmented(self.source.whole, roi, plan.preparation)
                index = MaskIndex.of(kept)
                refuse_small(kept, index.size, plan.preparation)
                refuse_lonely(index.size, plan)
                outline = kept if plan.preparation.resegment_shape else roi
        except ValueError as error:
            self.refused[name] = error
            return
        self.masks[name], self.outlines[name] = index, outline


def prepare(
    image: npt.NDArray[Any],
    rois: Mapping[str, MaskArray],
    indices: Mapping[str, MaskIndex],
    grid: Grid,
    plan: Plan,
    doubles: bool = False,
) -> list[Prepared]:
    """Prepare regions of one image (D, H, W): together on the image, or each on its own part of it.

    `indices`: of the regions on the image, needed where it is neither resampled nor cropped. `doubles`: see Source.
    """
    source = Source(image, grid.spacing, Normalisation.of(image, plan.preparation), doubles)
    if not plan.preparation.own_image:
        together = Prepared(source, grid)
        for name, roi in rois.items():
            together.take(name, roi, plan, indices[name])
        return [together]
    found = []
    for name, roi in rois.items():
        if plan.preparation.resamples:
            part, region, own = resampled(source, roi, grid, plan.preparation)
        else:
            part, region, own = cropped(source, roi, grid, plan.preparation.pad)
        alone = Prepared(Source(part, own.spacing), own)
        alone.take(name, region, plan)
        found.append(alone)
    return found
