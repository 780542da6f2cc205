"""Radiomic features of regions: fixed names and order, float64, and a status for every problem.

An image is measured in its own type, as PyRadiomics does. The images of a prepared case are float32 only to save room,
and become float64 first: in float32 the wavelet alone moves a fifth of the features by more than 1e-6.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from backend.errors import BadSettings
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import PreparedCase
from backend.science.radiomics.engines import Engine, Outcome, Regions, compute
from backend.science.radiomics.parameters.settings import RadiomicsSettings, feature_names
from backend.science.radiomics.region.quality import RoiQuality
from backend.science.types import MODALITIES, Spacing

Status = Literal["ok", "flagged", "refused"]


@dataclass(frozen=True)
class Extraction:
    """Features of one ROI on one image: PyRadiomics' name -> value, always all names in fixed order.

    `refused`: nothing could be computed, all values are NaN. `flagged`: computed, but `reason` names a problem.
    `engine`: the engine that computed it; `fallback`: why it is not the requested one, else empty.
    """

    values: dict[str, float]
    status: Status
    reason: str
    quality: RoiQuality
    engine: Engine = "fast"
    fallback: str = ""


@dataclass(frozen=True)
class CaseFeatures:
    """Features of one ROI of a study: `values` (n_modalities * n_features,) float64 in the order of `names`.

    The status is the worst of the modalities'; a missing modality is NaN and flags the study. `engine` is PyRadiomics
    where it computed any modality; `fallback` says why where that was not requested.
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    status: Status
    reason: str
    quality: dict[str, RoiQuality] = field(default_factory=dict)
    engine: Engine = "fast"
    fallback: str = ""


def extract(
    image: npt.ArrayLike,
    mask: npt.ArrayLike,
    space: Spacing | Grid,
    settings: RadiomicsSettings,
    modality: str = "",
    native_voxels: int | None = None,
    engine: Engine = "fast",
) -> Extraction:
    """Compute the features of the voxels above 0 of `mask` in `image`, both (D, H, W), or (H, W) of one picture.

    `space`: the grid of both, or only its spacing (x, y, z in mm), which is enough unless the settings resample.
    Raises BadSettings for settings that do not fit a picture.
    """
    voxels, region = np.asarray(image), np.asarray(mask)
    if voxels.ndim == 2:
        settings, voxels, region = settings.in_plane(), voxels[None], region[None]
    elif len(settings.parameters["setting"].get("resampledPixelSpacing", (0, 0, 0))) != voxels.ndim:
        raise BadSettings(
            f"The radiomics settings {settings.name} hold resampledPixelSpacing with two numbers, and the image has "
            "three dimensions; give three, 0 where the spacing stays."
        )
    grid = space if isinstance(space, Grid) else Grid.at_origin(voxels.shape, space)
    regions = Regions({"": region}, {"": native_voxels}, settings)
    return _extraction(compute(voxels, regions, grid, settings, engine)[""], settings, modality)


def case_feature_names(settings: RadiomicsSettings, modalities: Sequence[str] = MODALITIES) -> tuple[str, ...]:
    """`<MODALITY>_<image type>_<class>_<Feature>` for T2, DWI, ADC: 2511 names under `paper`."""
    return tuple(f"{modality}_{name}" for modality in modalities for name in feature_names(settings))


def extract_rois(
    case: PreparedCase,
    rois: Sequence[str],
    settings: RadiomicsSettings,
    engine: Engine = "fast",
    modalities: Sequence[str] = MODALITIES,
) -> dict[str, CaseFeatures]:
    """Compute the features of several regions (`gland`, `lesion`) on T2, DWI and ADC of a prepared case.

    One call for all regions: each image is normalised and filtered once, each region indexed once. `modalities` are
    those of another protocol.
    """
    found = {roi: case.masks[roi] for roi in rois if roi in case.masks and case.masks[roi].any()}
    regions = Regions(found, case.native_voxels, settings)
    parts: dict[str, dict[str, Extraction]] = {roi: {} for roi in found}
    for modality in modalities:
        if modality in case.images and found:
            outcomes = compute(case.images[modality], regions, case.grid, settings, engine, doubles=True)
            for roi, outcome in outcomes.items():
                parts[roi][modality] = _extraction(outcome, settings, modality)
    names = case_feature_names(settings, modalities)
    return {
        roi: _joined(parts[roi], settings, modalities) if roi in parts else _absent(case, roi, names) for roi in rois
    }


def extract_case(case: PreparedCase, roi: str, settings: RadiomicsSettings, engine: Engine = "fast") -> CaseFeatures:
    """Compute the features of one region on T2, DWI and ADC of a prepared case."""
    return extract_rois(case, [roi], settings, engine)[roi]


def _extraction(outcome: Outcome, settings: RadiomicsSettings, modality: str) -> Extraction:
    where = f"{modality}: " if modality else ""
    names = feature_names(settings)
    facts = {"quality": outcome.quality, "engine": outcome.engine, "fallback": outcome.fallback}
    if outcome.problem is not None:
        nothing = dict.fromkeys(names, math.nan)
        return Extraction(nothing, "refused", f"{where}{outcome.problem}", **facts)  # type: ignore[arg-type]
    values = {name: outcome.values.get(name, math.nan) for name in names}
    reason = _doubts(values, outcome, settings)
    status: Status = "flagged" if reason else "ok"
    return Extraction(values, status, f"{where}{reason}" if reason else "", **facts)  # type: ignore[arg-type]


def _absent(case: PreparedCase, roi: str, names: tuple[str, ...]) -> CaseFeatures:
    reason = f"the {roi} mask is empty" if roi in case.masks else f"there is no {roi} mask"
    return CaseFeatures(names, np.full(len(names), math.nan), "refused", reason)


def _joined(parts: Mapping[str, Extraction], settings: RadiomicsSettings, modalities: Sequence[str]) -> CaseFeatures:
    missing = [modality for modality in modalities if modality not in parts]
    reasons = [part.reason for part in parts.values() if part.reason] + [f"{m}: there is no image" for m in missing]
    nothing = [math.nan] * len(feature_names(settings))
    values = [list(parts[m].values.values()) if m in parts else nothing for m in modalities]
    fallbacks = dict.fromkeys(part.fallback for part in parts.values() if part.fallback)
    return CaseFeatures(
        names=case_feature_names(settings, modalities),
        values=np.array(values, dtype=np.float64).ravel(),
        status=_worst([part.status for part in parts.values()], bool(missing)),
        reason="; ".join(reasons),
        quality={modality: part.quality for modality, part in parts.items()},
        engine="pyradiomics" if any(part.engine == "pyradiomics" for part in parts.values()) else "fast",
        fallback="; ".join(fallbacks),
    )


def _worst(statuses: list[Status], incomplete: bool) -> Status:
    if not statuses or all(status == "refused" for status in statuses):
        return "refused"
    return "flagged" if incomplete or any(status != "ok" for status in statuses) else "ok"


def _doubts(values: Mapping[str, float], outcome: Outcome, settings: RadiomicsSettings) -> str:
    quality = outcome.quality
    doubts = [f"{', '.join(items)} left out: {why}" for why, items in _by_reason(outcome.left_out).items()]
    if quality.one_grey_level:
        doubts.append(f"one grey level in {', '.join(quality.one_grey_level)}: texture is undefined there")
    undefined = sum(not math.isfinite(value) for value in values.values())
    if undefined:
        doubts.append(f"{undefined} of {len(values)} features are undefined on this region")
    if quality.touches_border and "Wavelet" in settings.parameters["imageType"]:
        doubts.append("the region touches the image border, where wavelets wrap around")
    return "; ".join(doubts)


def _by_reason(left_out: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item, why in left_out.items():
        found.setdefault(why, []).append(item)
    return found
