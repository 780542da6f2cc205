"""The plan of the fast engine for some settings: what is done before the filters, which images, which classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from backend.science.radiomics.kernel import KernelMissing, library
from backend.science.radiomics.parameters.feature_order import OF_THE_REGION, features_of
from backend.science.radiomics.parameters.rules import INTERPOLATORS
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.science.radiomics.region.neighbourhood import Neighbourhood


@dataclass(frozen=True)
class ImagePlan:
    """One image type of PyRadiomics with its `options`: its own settings over those of all images.

    `neighbourhood`: of its grey levels; `shift`: voxelArrayShift of the first-order energies; `plane`: whether the
    image has two dimensions, and not three of which one is 1.
    """

    kind: str
    bin_count: int | None
    bin_width: float
    options: Mapping[str, Any] = field(default_factory=dict)
    neighbourhood: Neighbourhood = field(default_factory=Neighbourhood)
    shift: float = 0.0
    plane: bool = False


@dataclass(frozen=True)
class Preparation:
    """What happens to the image and the region before any filter, in this order.

    `spacing` (x, y, z) mm to resample to, 0 keeps the mask's; `pad` voxels around the region's box; `crop` without
    resampling.
    """

    normalize: bool = False
    normalize_scale: float = 1
    outliers: float | None = None
    spacing: tuple[float, ...] | None = None
    interpolator: str = "sitkBSpline"
    pad: int = 5
    crop: bool = False
    minimum_dimensions: int = 2
    minimum_size: float | None = None
    resegment: tuple[float, ...] | None = None
    resegment_mode: str = "absolute"
    resegment_shape: bool = False

    @property
    def own_image(self) -> bool:
        """Whether each region gets an image of its own, resampled or cropped around it."""
        return self.crop or self.resamples

    @property
    def resamples(self) -> bool:
        """Whether image and region are put on a new grid."""
        return self.spacing is not None


@dataclass(frozen=True)
class Plan:
    """Checked settings of the fast engine.

    `classes`: texture and first-order classes with the features wanted; `of_the_region`: shape and shape2D, likewise.
    """

    preparation: Preparation
    images: tuple[ImagePlan, ...]
    classes: Mapping[str, tuple[str, ...]]
    of_the_region: Mapping[str, tuple[str, ...]]
    given: Mapping[str, Any] = field(default_factory=dict)


class NotCovered(Exception):
    """Raised for an item that has no defined values; the message is the reason, without a full stop."""


@lru_cache(maxsize=16)
def plan_of(settings: RadiomicsSettings) -> Plan:
    """Make the plan for these settings. Raises NotCovered where the kernel is missing."""
    try:
        library()
    except KernelMissing as missing:
        raise NotCovered(str(missing)) from None
    parameters = settings.parameters
    given = parameters["setting"]
    classes = {name: features_of(name, wanted) for name, wanted in parameters["featureClass"].items()}
    images = parameters["imageType"].items()
    return Plan(
        preparation=_preparation(given),
        images=tuple(_image(kind, {**given, **own}, settings.two_dimensional) for kind, own in images),
        classes={name: wanted for name, wanted in classes.items() if name not in OF_THE_REGION},
        of_the_region={name: wanted for name, wanted in classes.items() if name in OF_THE_REGION},
        given=given,
    )


def _preparation(given: Mapping[str, Any]) -> Preparation:
    chosen = given.get("interpolator", "sitkBSpline")  # a number is that of SimpleITK 1, which PyRadiomics was made for
    return Preparation(
        normalize=given.get("normalize", False),
        normalize_scale=given.get("normalizeScale", 1),
        outliers=given.get("removeOutliers"),
        spacing=tuple(given["resampledPixelSpacing"]) if "resampledPixelSpacing" in given else None,
        interpolator=INTERPOLATORS[chosen - 1] if isinstance(chosen, int) else chosen,
        pad=given.get("padDistance", 5),
        crop=given.get("preCrop", False),
        minimum_dimensions=given.get("minimumROIDimensions", 2),
        minimum_size=given.get("minimumROISize"),
        resegment=tuple(given["resegmentRange"]) if "resegmentRange" in given else None,
        resegment_mode=given.get("resegmentMode", "absolute"),
        resegment_shape=given.get("resegmentShape", False),
    )


def _image(kind: str, options: Mapping[str, Any], plane: bool) -> ImagePlan:
    return ImagePlan(
        kind=kind,
        bin_count=options.get("binCount"),
        bin_width=options.get("binWidth", 25),
        options=options,
        neighbourhood=Neighbourhood.of(options),
        shift=float(options.get("voxelArrayShift", 0)),
        plane=plane,
    )
