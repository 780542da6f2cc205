"""A study as acquired: its images and masks on their own grids."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from backend.science.imaging.grid import Grid


@dataclass(frozen=True)
class Native:
    """A study as acquired, before resampling: images by modality, masks by roi."""

    images: Mapping[str, sitk.Image]
    masks: Mapping[str, sitk.Image]

    def volume_ml(self, roi: str) -> float:
        """Volume of the mask as drawn."""
        mask = self.masks[roi]
        return int(np.count_nonzero(sitk.GetArrayViewFromImage(mask))) * Grid.of(mask).voxel_ml

    def labels(self, roi: str) -> tuple[int, ...]:
        """Values above 0 that the mask holds."""
        voxels = sitk.GetArrayViewFromImage(self.masks[roi])
        return tuple(int(value) for value in np.unique(voxels[np.nonzero(voxels)]))


def size_of(image: sitk.Image) -> str:
    """Its size in words: `384x384x19` voxels (x, y, z)."""
    return "x".join(str(n) for n in image.GetSize())
