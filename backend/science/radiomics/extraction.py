"""PyRadiomics on arrays: fixed feature order, float64, one thread, nothing printed, nothing wrong in silence.

Voxels become float64 before anything else: PyRadiomics would run the wavelet in the image's own type, and on float32
images a fifth of the features differ by more than 1e-6. The image is cropped around the ROI only where that changes no
value.
"""

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from radiomics import imageoperations

from backend.science.images import MODALITIES, PreparedCase
from backend.science.radiomics.quality import RoiQuality, grey_levels, roi_problem, roi_quality
from backend.science.radiomics.settings import RadiomicsSettings, feature_names, wavelet_reach

Status = Literal["ok", "flagged", "refused"]


@dataclass(frozen=True)
class Extraction:
    """Features of one ROI on one image: PyRadiomics' name -> value, always all names in fixed order.

    `refused`: nothing could be computed, all values are NaN. `flagged`: computed, but `reason` says what to distrust.
    """

    values: dict[str, float]
    status: Status
    reason: str
    quality: RoiQuality


@dataclass(frozen=True)
class CaseFeatures:
    """Features of one ROI of a study: `values` (n_modalities * n_features,) float64 in the order of `names`.

    The status is the worst of the modalities'; a missing modality is NaN and flags the study.
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    status: Status
    reason: str
    quality: dict[str, RoiQuality] = field(default_factory=dict)


def extract(
    image: npt.ArrayLike,
    mask: npt.ArrayLike,
    spacing: tuple[float, float, float],
    settings: RadiomicsSettings,
    modality: str = "",
    native_voxels: int | None = None,
) -> Extraction:
    """Features of the voxels above 0 of `mask` (D, H, W) in `image` (D, H, W); `spacing` is x, y, z in mm."""
    voxels = np.asarray(image, dtype=np.float64)
    roi = np.asarray(mask) > 0
    quality = roi_quality(roi, native_voxels)
    where = f"{modality}: " if modality else ""
    problem = roi_problem(roi, settings.parameters["setting"].get("minimumROIDimensions", 2))
    if problem is None and not np.isfinite(voxels).all():
        problem = "the image holds values that are not finite"
    if problem is None:
        try:
            computed, levels = _pyradiomics(voxels, roi, spacing, settings)
        except ValueError as error:
            problem = f"PyRadiomics refuses the region ({str(error).splitlines()[0][:200]})"
        else:
            quality = quality.with_levels(levels)
            values = {name: computed.get(name, math.nan) for name in feature_names(settings)}
            reason = _doubts(values, quality)
            return Extraction(values, "flagged" if reason else "ok", f"{where}{reason}" if reason else "", quality)
    nothing = dict.fromkeys(feature_names(settings), math.nan)
    return Extraction(nothing, "refused", f"{where}{problem}", quality)


def case_feature_names(settings: RadiomicsSettings) -> tuple[str, ...]:
    """`<MODALITY>_<image type>_<class>_<Feature>` for T2, DWI, ADC: 2511 names under `paper`."""
    return tuple(f"{modality}_{name}" for modality in MODALITIES for name in feature_names(settings))


def extract_case(case: PreparedCase, roi: str, settings: RadiomicsSettings) -> CaseFeatures:
    """Features of one ROI (`gland` or `lesion`) on T2, DWI and ADC of a prepared case."""
    names = case_feature_names(settings)
    if roi not in case.masks:
        return CaseFeatures(names, np.full(len(names), math.nan), "refused", f"there is no {roi} mask")
    if not case.masks[roi].any():
        return CaseFeatures(names, np.full(len(names), math.nan), "refused", f"the {roi} mask is empty")
    parts: dict[str, Extraction] = {}
    for modality in MODALITIES:
        if modality in case.images:
            parts[modality] = extract(
                case.images[modality],
                case.masks[roi],
                case.grid.spacing,
                settings,
                modality,
                case.native_voxels.get(roi),
            )
    missing = [modality for modality in MODALITIES if modality not in parts]
    reasons = [part.reason for part in parts.values() if part.reason] + [f"{m}: there is no image" for m in missing]
    nothing = [math.nan] * len(feature_names(settings))
    values = [list(parts[m].values.values()) if m in parts else nothing for m in MODALITIES]
    return CaseFeatures(
        names=names,
        values=np.array(values, dtype=np.float64).ravel(),
        status=_worst([part.status for part in parts.values()], bool(missing)),
        reason="; ".join(reasons),
        quality={modality: part.quality for modality, part in parts.items()},
    )


def _worst(statuses: list[Status], incomplete: bool) -> Status:
    if not statuses or all(status == "refused" for status in statuses):
        return "refused"
    return "flagged" if incomplete or any(status != "ok" for status in statuses) else "ok"


def _doubts(values: Mapping[str, float], quality: RoiQuality) -> str:
    doubts = []
    if quality.one_grey_level:
        doubts.append(f"one grey level in {', '.join(quality.one_grey_level)}: texture is undefined there")
    undefined = sum(not math.isfinite(value) for value in values.values())
    if undefined:
        doubts.append(f"{undefined} of {len(values)} features are undefined on this region")
    if quality.touches_border:
        doubts.append("the region touches the image border, where wavelets wrap around")
    return "; ".join(doubts)


def _pyradiomics(
    voxels: npt.NDArray[np.float64],
    roi: npt.NDArray[np.bool_],
    spacing: tuple[float, float, float],
    settings: RadiomicsSettings,
) -> tuple[dict[str, float], dict[str, int]]:
    """Feature values and occupied grey levels by image type: PyRadiomics' own `execute`, step by step, cropped."""
    extractor = settings.extractor()
    options = extractor.settings
    values: dict[str, float] = {}
    levels: dict[str, int] = {}
    with _one_quiet_thread():
        image, mask = extractor.loadImage(_volume(voxels, spacing), _volume(roi, spacing), None, **options)
        if not options.get("resampledPixelSpacing"):
            image, mask = _cropped(image, mask, roi, wavelet_reach(settings))
        shape_mask = mask
        if options.get("resegmentRange"):
            mask = imageoperations.resegmentMask(image, mask, **options)
            shape_mask = mask if options.get("resegmentShape") else shape_mask
        box, _ = imageoperations.checkMask(image, mask, **options)
        shape_box, _ = imageoperations.checkMask(image, shape_mask, **options)
        values.update(extractor.computeShape(image, shape_mask, shape_box, **options))
        for kind, own in extractor.enabledImagetypes.items():
            filtered_images = getattr(imageoperations, f"get{kind}Image")(image, mask, **{**options, **own})
            for filtered, image_type, used in filtered_images:
                inside, inside_mask = imageoperations.cropToTumorMask(filtered, mask, box)
                values.update(extractor.computeFeatures(inside, inside_mask, image_type, **used))
                chosen = sitk.GetArrayViewFromImage(inside)[sitk.GetArrayViewFromImage(inside_mask) == 1]
                levels[image_type] = grey_levels(chosen, used)
    return {name: float(value) for name, value in values.items()}, levels


def _volume(array: npt.NDArray[Any], spacing: tuple[float, float, float]) -> sitk.Image:
    image = sitk.GetImageFromArray(array if array.dtype != np.bool_ else array.astype(np.uint8))
    image.SetSpacing(spacing)
    return image


def _cropped(
    image: sitk.Image, mask: sitk.Image, roi: npt.NDArray[np.bool_], reach: int | None
) -> tuple[sitk.Image, sitk.Image]:
    """Image and mask around the ROI; an axis along which the filter's reach leaves the image stays whole.

    The stationary wavelet is periodic: an axis without room must keep its full length, or other voxels wrap in.
    """
    if reach is None:
        return image, mask
    first, last = [], []
    for where, n in zip(reversed(np.nonzero(roi)), image.GetSize(), strict=True):
        low, high = int(where.min()) - reach, int(where.max()) + reach + 1
        whole = low < 0 or high > n
        first.append(0 if whole else low)
        last.append(n if whole else high)
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    return image[box], mask[box]


@contextmanager
def _one_quiet_thread() -> Iterator[None]:
    """One SimpleITK thread: its normalisation is not bit-reproducible with more. NaN is answered by a flag instead of
    numpy's warnings."""
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
