"""Why a feature differs where both engines are right: PyRadiomics' own rounding decides its value."""

import SimpleITK as sitk

from backend.science.radiomics.parameters.feature_order import image_type_names
from backend.science.radiomics.pyradiomics import pyradiomics
from backend.science.radiomics.reference import one_quiet_thread
from benchmarks.engine.pairs import CLOSE, Difference, Pair, Parameters

NOTHING = 1e-9
"""Of the image's largest value: below that a filtered image is rounding noise everywhere."""
MOST_DIRECTIONS, MOST_SKIPPED = 130, 6
NOISE_IMAGE = "the filtered image is rounding noise everywhere"
SKIPPED = "the value of a direction is the root of 0 but for rounding, and a direction with a negative one is skipped"
LAST_BITS = "a value lies on an edge, and its last bits after B-spline resampling decide; from ITK's bits ours is equal"
FLAT = "in a direction one of the two voxels has one level: 0 / 0, which is 1 unless PyRadiomics' rounding makes it 0"
BEFORE_FILTERS = ("normalize", "normalizeScale", "removeOutliers", "resampledPixelSpacing", "preCrop", "padDistance")


def reason(pair: Pair, parameters: Parameters, found: Difference) -> str:
    """The known reason of a difference, checked on its own values; empty where there is none."""
    if found.ours is None or found.theirs is None:
        return ""
    if _is_noise(pair, parameters, found.name.rsplit("_", 2)[0]):
        return NOISE_IMAGE
    if found.name.endswith(("_glcm_MCC", "_glcm_Imc2")) and _skips_directions(found.ours, found.theirs):
        return SKIPPED
    if found.name.endswith("_glcm_Correlation") and _is_share(found.ours - found.theirs):
        return FLAT
    return LAST_BITS if _equal_from_itk(pair, parameters, found) else ""


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
    return large > 0 and _is_share(1 - small / large)


def _is_share(value: float) -> bool:
    """Whether a number is a share of a few directions, or 1."""
    shares = (some / of for of in range(2, MOST_DIRECTIONS + 1) for some in range(1, min(of, MOST_SKIPPED + 1)))
    return any(abs(value - share) < 1e-6 * share for share in (1, *shares))


def _equal_from_itk(pair: Pair, parameters: Parameters, found: Difference) -> bool:
    """Whether ours is equal on the image that PyRadiomics itself has normalised and resampled."""
    setting = parameters["setting"]
    if "resampledPixelSpacing" not in setting or setting.get("interpolator", "sitkBSpline") != "sitkBSpline":
        return False
    with one_quiet_thread():
        extractor = pyradiomics().featureextractor.RadiomicsFeatureExtractor(dict(parameters))
        image, mask = extractor.loadImage(pair.image, pair.mask, None, **extractor.settings)
    rest = {key: value for key, value in setting.items() if key not in BEFORE_FILTERS}
    again = Pair(pair.name, image, mask, pair.label).ours({**parameters, "setting": rest}).values[found.name]
    return found.theirs is not None and abs(again - found.theirs) <= CLOSE * abs(found.theirs)
