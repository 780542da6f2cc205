"""A map of one feature inside a region: for each of its voxels, the feature of the voxels around it.

What PyRadiomics makes with `voxelBased=True`: the same grey levels, neighbourhoods and formulas, to 1e-6. It differs
where PyRadiomics makes no number: the maximal correlation coefficient (GLCM MCC) has a value here although some voxel
has no pair along some direction, for which PyRadiomics leaves the whole map at its initial value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadImage, BadSettings
from backend.science.imaging.grid import Grid
from backend.science.radiomics.filters.derived_images import derived_images
from backend.science.radiomics.maps.crop import Crop, reach_of
from backend.science.radiomics.maps.kernel_box import KernelBox
from backend.science.radiomics.maps.map_feature import MapFeature
from backend.science.radiomics.maps.voxels import values_of
from backend.science.radiomics.parameters.feature_order import image_type_names
from backend.science.radiomics.parameters.settings import RadiomicsSettings, VoxelSettings
from backend.science.radiomics.plan import ImagePlan, NotCovered, Plan, plan_of
from backend.science.radiomics.preparation.prepare import Prepared, prepare
from backend.science.radiomics.region.discretisation import NoBins, TooManyLevels
from backend.science.radiomics.region.mask_index import MaskIndex
from backend.science.radiomics.region.scratch import Scratch
from backend.science.types import Box, FloatArray, MaskArray, Progress

MOST_RADIUS = 10
REFUSED = "PyRadiomics refuses the region ({})."


@dataclass(frozen=True)
class FeatureMap:
    """A map (D, H, W) float64 on `grid`, the initial value outside `region` (D, H, W).

    `grid` is the image's, or that of the image resampled or cropped where the settings ask for it.
    """

    name: str
    values: FloatArray
    region: MaskArray
    grid: Grid


def feature_map(
    image: npt.NDArray[Any],
    region: npt.NDArray[Any],
    grid: Grid,
    feature: str,
    settings: RadiomicsSettings,
    voxel: VoxelSettings | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FeatureMap:
    """Map one feature (`original_glcm_Contrast`) of the image (D, H, W) inside the voxels above 0 of `region`.

    `voxel`: radius and kind of neighbourhood, else those of the settings. Raises BadSettings for a feature without a
    map, BadImage for a region PyRadiomics refuses, Cancelled where `cancelled` says so.
    """
    wanted, how = MapFeature.of(feature), voxel or settings.voxel
    if how.radius > MOST_RADIUS:
        raise BadSettings(f"kernelRadius is {how.radius} here and {MOST_RADIUS} at most; lower it.")
    if image.ndim != 3 or image.shape != region.shape:
        raise BadImage("A map needs an image and a mask in three dimensions, of the same size.")
    if not np.isfinite(image).all():
        raise BadImage("The image holds values that are not finite; repair it before a map is made.")
    try:
        plan = plan_of(settings)
        kind = _kind_of(wanted.image_type, plan, settings.name, masked=how.masked)
        prepared, inside = _prepared(image, region, grid, plan)
        crop, box = _crop(prepared, inside, kind, wanted.image_type, how)
        values = values_of(crop, wanted.feature_class, wanted.feature, progress, cancelled)
    except ValueError as error:
        raise BadImage(REFUSED.format(str(error).rstrip("."))) from None
    except (NotCovered, TooManyLevels, NoBins) as reason:
        raise BadSettings(f"There is no map of {wanted.name}: {reason}; choose another feature or setting.") from None
    # zeros cost nothing until they are read, and an image is many times its region
    whole = np.zeros(inside.shape) if how.init_value == 0 else np.full(inside.shape, how.init_value)
    whole[box][crop.region] = values
    return FeatureMap(wanted.name, whole, inside, prepared.grid)


def _kind_of(image_type: str, plan: Plan, name: str, *, masked: bool) -> ImagePlan:
    """The plan of the image type that makes this derived image."""
    made = {one: kind for kind in plan.images for one in image_type_names(kind.kind, kind.options)}
    if image_type.startswith("lbp-3D") and image_type in made and not masked:
        raise BadSettings(
            f"{image_type} has no values outside the region, so no map with maskedKernel: false; set it to true."
        )
    if image_type in made:
        return made[image_type]
    raise BadSettings(f"The radiomics settings {name} make no image {image_type[:40]!r}; they make {', '.join(made)}.")


def _prepared(image: npt.NDArray[Any], region: npt.NDArray[Any], grid: Grid, plan: Plan) -> tuple[Prepared, MaskArray]:
    """The image as the filters see it, and the region on it. Raises BadImage."""
    roi = np.ascontiguousarray(region if region.dtype == np.bool_ else region > 0)
    if not roi.any():
        raise BadImage("The mask is empty; a map needs a region.")
    alone = replace(plan, classes={}, of_the_region={})  # a neighbourhood may reach where the region alone has no pairs
    (prepared,) = prepare(image, {"": roi}, {"": MaskIndex.of(roi)}, grid, alone)
    if prepared.refused:
        raise BadImage(REFUSED.format(str(prepared.refused[""]).splitlines()[0][:200]))
    index = prepared.masks[""]
    inside = np.zeros(prepared.source.image.shape, dtype=np.bool_)
    padded = np.zeros(index.shape, dtype=np.bool_)
    padded.ravel()[index.at] = True
    inside[index.box] = padded[1:-1, 1:-1, 1:-1]
    return prepared, inside


def _crop(
    prepared: Prepared, inside: MaskArray, kind: ImagePlan, image_type: str, how: VoxelSettings
) -> tuple[Crop, Box]:
    """The derived image where it takes part, and the box it lies in."""
    box = reach_of(inside, how.radius)
    seen = inside
    if not how.masked:
        seen = np.zeros_like(inside)
        seen[box] = True
    masks = {"": prepared.masks[""] if how.masked else MaskIndex.of(seen)}
    for derived in derived_images(prepared.source, masks, kind, Scratch()):
        if derived.name == image_type:
            voxels = np.zeros(inside[box].shape, dtype=derived.dtype)
            voxels[seen[box]] = derived.values[""]
            around = KernelBox(how.radius, kind.neighbourhood.flat)
            return Crop(voxels, inside[box], seen[box], around, prepared.source.spacing, kind.options), box
    raise BadImage(f"The image is too small for {image_type}; choose another image type.")
