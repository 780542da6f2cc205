"""Maps of a feature on the grid that the viewer shows: computed when asked for, then cached.

A feature of the image itself is computed on the slices shown. One of a filtered image is computed where radiomics are
measured, on the protocol's grid, because a wavelet of other slices is another image. The slices shown are taken of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import Cancelled
from backend.models import Case
from backend.rendering import viewer_data
from backend.rendering.map_settings import settings
from backend.rendering.mapped_features import described, features_of_the_image, images_of
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import PreparedCase
from backend.science.radiomics import RadiomicsSettings
from backend.science.types import FloatArray, MaskArray
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from backend.storage.volume_reader import gzip_voxels
from backend.storage.volumes import load_prepared
from shared import schemas as s
from shared.schemas.protocol import Protocol

MAP_CODE = 1
"""Raised when the same volumes would give another map, so that caches and browsers forget what they have."""
LEVELS = 65534
"""Stored levels above 1; 0 is no value."""


@dataclass(frozen=True)
class Wanted:
    """One map of a case: image, region, and PyRadiomics' name of a feature under some settings."""

    modality: s.Modality
    roi: s.Roi
    feature: str
    how: RadiomicsSettings = field(default_factory=settings)


class Mapped(NamedTuple):
    """Values on the viewing grid, NaN without one, and the region there."""

    values: FloatArray
    region: MaskArray


def maps_of(case: Case, protocol: Protocol) -> s.CaseMaps:
    """What there are maps of in a case."""
    kinds = {volume.kind for volume in case.volumes}
    return s.CaseMaps.model_validate(
        {
            "modalities": [modality for modality in protocol.modality_names if modality in kinds],
            "rois": [roi for roi in protocol.rois if roi in kinds],
            "features": features_of_the_image(),
            "images": images_of(settings()),
            "settings": settings().name,
            "settings_hash": settings().settings_hash,
            "radius": settings().voxel.radius,
        }
    )


def feature_map(
    files: BlobStore,
    case: Case,
    protocol: Protocol,
    wanted: Wanted,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[s.FeatureMap, bytes]:
    """A map and its gzipped voxels. Raises NotFound, a refusal of the region, or Cancelled."""
    key = _key(case, protocol, wanted)
    facts, voxels = files.cached(f"{key}.json"), files.cached(f"{key}.map")
    if facts is None or voxels is None:
        return _make(files, case, protocol, wanted, cancelled)
    return s.FeatureMap.model_validate_json(facts), voxels


def etag_of(case: Case, protocol: Protocol, wanted: Wanted) -> str:
    """Names the content of a map, before it is computed."""
    return f"{_key(case, protocol, wanted)[:32]}-map"


def _key(case: Case, protocol: Protocol, wanted: Wanted) -> str:
    """Hash of everything a map is computed from: what is shown, region, settings, kind of neighbourhood, feature."""
    voxel = wanted.how.voxel
    how = [voxel.radius, voxel.masked, wanted.how.settings_hash]
    asked = [wanted.modality, wanted.roi, wanted.feature]
    return request_key("map", code=MAP_CODE, view=viewer_data.view_key(case, protocol), how=how, asked=asked)


def _make(
    files: BlobStore, case: Case, protocol: Protocol, wanted: Wanted, cancelled: Callable[[], bool] | None
) -> tuple[s.FeatureMap, bytes]:
    """Compute a map on the slices that the viewer shows, and cache it."""
    known = described(wanted.feature, wanted.how)
    for kind in (wanted.modality, wanted.roi):
        viewer_data.check_has(case, kind)
    if cancelled is not None and cancelled():
        raise Cancelled("The map is no longer wanted.")
    shown = viewer_data.load_shown(files, case, protocol)
    measured = load_prepared(files, case, protocol) if known.filtered else shown
    found = _computed(measured, shown, wanted, cancelled)
    stored, scale = _stored(*found)
    facts = s.FeatureMap.model_validate(
        {
            **{"modality": wanted.modality, "roi": wanted.roi, "feature": wanted.feature},
            **{"label": known.label, "sentence": known.sentence, "unit": known.unit},
            **{"shape_zyx": stored.shape, "settings_hash": wanted.how.settings_hash},
            **{"radius": wanted.how.voxel.radius, "etag": etag_of(case, protocol, wanted)},
            **scale,
        }
    )
    key, voxels = _key(case, protocol, wanted), gzip_voxels(stored)
    files.cache(f"{key}.map", voxels)
    files.cache(f"{key}.json", json.dumps(facts.model_dump(mode="json")).encode())
    return facts, voxels


def _computed(
    measured: PreparedCase, shown: PreparedCase, wanted: Wanted, cancelled: Callable[[], bool] | None
) -> Mapped:
    """The map made on the grid of `measured`, as values on the grid that is shown."""
    from backend.science.radiomics.maps import feature_map as computed  # the filters, which no other route needs

    image, mask = measured.images[wanted.modality].astype(np.float64), measured.masks[wanted.roi] > 0
    found = computed(image, mask, measured.grid, wanted.feature, wanted.how, cancelled=cancelled)
    if found.grid.size == shown.grid.size and found.grid.matches(shown.grid):
        return Mapped(found.values, found.region)
    held = np.where(found.region, found.values, np.nan)
    return Mapped(_placed(held, found.grid, shown.grid), shown.masks[wanted.roi] > 0)


def _placed(values: FloatArray, source: Grid, target: Grid) -> FloatArray:
    """Values on the nearest voxels of another grid, NaN outside the field."""
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(source.spacing)
    image.SetOrigin(source.origin)
    image.SetDirection(source.direction)
    moved = sitk.Resample(
        *(image, target.size, sitk.Transform(), sitk.sitkNearestNeighbor),
        *(target.origin, target.spacing, target.direction, float("nan"), sitk.sitkFloat64),
    )
    return np.asarray(sitk.GetArrayFromImage(moved), dtype=np.float64)


def _stored(values: FloatArray, region: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.uint16], dict[str, float]]:
    """The map as uint16 levels, and the scale that gives the values back."""
    held = region & np.isfinite(values)
    inside = values[held] if held.any() else np.zeros(1)
    lowest, highest = float(inside.min()), float(inside.max())
    slope = (highest - lowest) / LEVELS or 1.0
    stored = np.zeros(values.shape, dtype="<u2")
    stored[held] = np.rint((values[held] - lowest) / slope) + 1
    low, high = np.percentile(inside, (1, 99))
    n = int(np.count_nonzero(held))
    return stored, {
        **{"slope": slope, "intercept": lowest - slope, "lowest": lowest, "highest": highest},
        **{"low": float(low), "high": float(high), "voxels": n, "undefined": int(np.count_nonzero(region)) - n},
    }
