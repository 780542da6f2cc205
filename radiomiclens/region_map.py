"""A map of one feature inside a region: for each of its voxels, the feature of the voxels around it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import SimpleITK as sitk

from backend.errors import BadImage
from backend.science.imaging.grid import Grid
from backend.science.radiomics import maps
from backend.science.types import FloatArray, MaskArray, Progress, Spacing
from radiomiclens.pair import Given, pair_of
from radiomiclens.region import Settings, checked, finite_image, other_labels


@dataclass(frozen=True)
class FeatureMap:
    """`values` (D, H, W) float64 on `grid`, the settings' initial value outside `region` (D, H, W).

    The grid is the image's, or that of the image resampled or cropped where the settings ask for it.
    """

    name: str
    values: FloatArray
    region: MaskArray
    grid: Grid

    def image(self) -> sitk.Image:
        """The map as an image of SimpleITK, in its place; `SimpleITK.WriteImage` writes it."""
        image = sitk.GetImageFromArray(self.values)
        image.SetSpacing(self.grid.spacing)
        image.SetOrigin(self.grid.origin)
        image.SetDirection(self.grid.direction)
        return image


def feature_map(
    image: Given,
    mask: Given,
    feature: str,
    settings: Settings = "paper",
    *,
    label: int | None = None,
    radius: int | None = None,
    spacing: Spacing | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FeatureMap:
    """Map `feature`, named as in `features` (`original_glcm_Contrast`), inside the voxels that equal `label`.

    `radius` of the neighbourhood in voxels, else that of the settings (`kernelRadius`, 1). Image, mask, label and
    spacing are as in `features`. `cancelled` is asked now and then; where it says so, Cancelled is raised.
    Raises BadSettings for a feature without a map, BadImage for a region that cannot be measured, and other Refusals.
    """
    chosen = checked(settings, label)
    pair = pair_of(image, mask, spacing, chosen.mask.channel)
    region, _, _ = pair.region(chosen.mask)
    if said := other_labels(pair, chosen.mask.label):
        raise BadImage(f"{said[0].upper()}{said[1:]}.")
    voxel = chosen.voxel if radius is None else replace(chosen.voxel, radius=radius)
    volume = finite_image(pair, chosen)
    found = maps.feature_map(
        *(sitk.GetArrayFromImage(volume), region, Grid.of(volume), feature, chosen, voxel),
        progress=progress,
        cancelled=cancelled,
    )
    return FeatureMap(found.name, found.values, found.region, found.grid)
