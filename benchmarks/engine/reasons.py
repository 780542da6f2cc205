"""Why a feature differs where both engines are right: PyRadiomics' own rounding decides its value."""

import SimpleITK as sitk

from backend.science.radiomics.parameters.feature_order import image_type_names
from benchmarks.engine.pairs import Difference, Pair, Parameters

NOTHING = 1e-9
"""Of the image's largest value: below that a filtered image is rounding noise everywhere."""
MOST_DIRECTIONS, MOST_SKIPPED = 130, 6
NOISE_IMAGE = "the filtered image is rounding noise everywhere"
SKIPPED = "the value of a direction is the root of 0 but for rounding, and a direction with a negative one is skipped"
PERCENTILE = "a value lies on a percentile, and its last bits after B-spline resampling decide on which side"


def reason(pair: Pair, parameters: Parameters, found: Difference) -> str:
    """The known reason of a difference, checked on its own values; empty where there is none."""
    if found.ours is None or found.theirs is None:
        return ""
    if _is_noise(pair, parameters, found.name.rsplit("_", 2)[0]):
        return NOISE_IMAGE
    if found.name.endswith(("_glcm_MCC", "_glcm_Imc2")) and _skips_directions(found.ours, found.theirs):
        return SKIPPED
    if found.name.endswith("_firstorder_RobustMeanAbsoluteDeviation") and _resamples_fractions(pair, parameters):
        return PERCENTILE
    return ""


def _is_noise(pair: Pair, parameters: Parameters, image: str) -> bool:
    setting = parameters["setting"]
    kinds = {
        kind: own
        for kind, own in parameters["imageType"].items()
        if image in image_type_names(kind, {**setting, **own})
    }
    wanted = {"firstorder": ["Minimum", "Maximum"]}
    values = pair.ours({"imageType": kinds, "featureClass": wanted, "setting": setting}).values
    largest = max(abs(values[f"{image}_firstorder_{name}"]) for name in wanted["firstorder"])
    whole = sitk.GetArrayViewFromImage(pair.image)
    scale = max(abs(float(whole.max())), abs(float(whole.min())), float(setting.get("normalizeScale", 0)))
    return largest <= NOTHING * scale


def _skips_directions(ours: float, theirs: float) -> bool:
    """Whether one mean is the other over fewer directions: a root of 0 adds nothing to the sum."""
    small, large = sorted((ours, theirs))
    share = small / large if large else 0.0
    return any(
        abs(share - (of - skipped) / of) < 1e-6
        for of in range(2, MOST_DIRECTIONS + 1)
        for skipped in range(1, min(of, MOST_SKIPPED + 1))
    )


def _resamples_fractions(pair: Pair, parameters: Parameters) -> bool:
    setting = parameters["setting"]
    fractions = "float" in pair.image.GetPixelIDTypeAsString() or bool(setting.get("normalize"))
    spline = setting.get("interpolator", "sitkBSpline") == "sitkBSpline"
    return "resampledPixelSpacing" in setting and spline and fractions
