"""The plan of the fast engine for some settings, or the reason why it does not cover them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from backend.science.radiomics.kernel import KernelMissing, library
from backend.science.radiomics.parameters.feature_order import FEATURES
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.science.radiomics.region.neighbourhood import Neighbourhood


@dataclass(frozen=True)
class ImagePlan:
    """One image type: `kind` Original or Wavelet, how its grey levels are made, and their neighbours.

    `shift` is voxelArrayShift of the first-order energies.
    """

    kind: str
    wavelet: str
    bin_count: int | None
    bin_width: float
    neighbourhood: Neighbourhood = field(default_factory=Neighbourhood)
    shift: float = 0.0


@dataclass(frozen=True)
class Plan:
    """Checked settings of the fast engine. `classes`: texture and first-order classes with the features wanted."""

    images: tuple[ImagePlan, ...]
    classes: Mapping[str, tuple[str, ...]]
    shape: bool
    normalize: bool = False
    normalize_scale: float = 1
    outliers: float | None = None
    minimum_dimensions: int = 2
    minimum_size: float | None = None
    resegment: tuple[float, ...] | None = None
    resegment_mode: str = "absolute"
    resegment_shape: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)


class NotCovered(Exception):
    """Raised for settings the fast engine does not cover; the message is the reason, without a full stop."""


@lru_cache(maxsize=16)
def plan_of(settings: RadiomicsSettings) -> Plan:
    """Make the plan for these settings. Raises NotCovered."""
    parameters = settings.parameters
    given = parameters["setting"]
    reason = _not_covered(parameters)
    if reason:
        raise NotCovered(reason)
    try:
        library()
    except KernelMissing as missing:
        raise NotCovered(str(missing)) from None
    classes = {
        name: tuple(wanted) or FEATURES[name] for name, wanted in parameters["featureClass"].items() if name != "shape"
    }
    return Plan(
        images=tuple(_image(kind, {**given, **options}) for kind, options in parameters["imageType"].items()),
        classes=classes,
        shape="shape" in parameters["featureClass"],
        normalize=bool(given.get("normalize", False)),
        normalize_scale=given.get("normalizeScale", 1),
        outliers=given.get("removeOutliers"),
        minimum_dimensions=given.get("minimumROIDimensions", 2),
        minimum_size=given.get("minimumROISize"),
        resegment=tuple(given["resegmentRange"]) if given.get("resegmentRange") else None,
        resegment_mode=given.get("resegmentMode", "absolute"),
        resegment_shape=bool(given.get("resegmentShape", False)),
        given=given,
    )


def _image(kind: str, options: Mapping[str, Any]) -> ImagePlan:
    return ImagePlan(
        *(kind, options.get("wavelet", "coif1"), options.get("binCount"), options.get("binWidth", 25)),
        *(Neighbourhood.of(options), float(options.get("voxelArrayShift", 0))),
    )


def _not_covered(parameters: Mapping[str, Mapping[str, Any]]) -> str | None:
    given = parameters["setting"]
    for kind in parameters["imageType"]:
        if kind not in ("Original", "Wavelet"):
            return f"the image type {kind} is not covered by the fast engine"
    for name, wanted in parameters["featureClass"].items():
        for feature in wanted:
            if feature not in FEATURES[name]:
                return f"the deprecated feature {name} {feature} is not covered by the fast engine"
    if given.get("force2D") and "Wavelet" in parameters["imageType"]:
        return "wavelets in one plane (force2D) are not covered by the fast engine"
    if given.get("resampledPixelSpacing"):
        return "resampledPixelSpacing is not covered by the fast engine"
    if list(given.get("distances", [1])) != [1]:
        return "distances other than 1 are not covered by the fast engine"
    if given.get("weightingNorm") is not None:
        return "weightingNorm is not covered by the fast engine"
    if not given.get("symmetricalGLCM", True):
        return "an asymmetric GLCM is not covered by the fast engine"
    if int(given.get("gldm_a", 0)) != given.get("gldm_a", 0) or given.get("gldm_a", 0) < 0:
        return "a gldm_a that is no whole number is not covered by the fast engine"
    return None
