"""Maps of a feature on the grid that the viewer shows: computed when asked for, then cached."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from backend.errors import Cancelled, NotFound
from backend.models import Case
from backend.rendering import viewer_data
from backend.science.radiomics import RadiomicsSettings, load_settings
from backend.science.radiomics.maps.classes import CLASSES
from backend.science.tables import glossary
from backend.science.types import FloatArray
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from backend.storage.volume_reader import gzip_voxels
from shared import schemas as s
from shared.schemas.protocol import Protocol

MAP_CODE = 1
"""Raised when the same volumes would give another map, so that caches and browsers forget what they have."""
LEVELS = 65534
"""Stored levels above 1; 0 is no value."""
DEPRECATED = ("StandardDeviation",)
BITS = "bits"
OF_THE_IMAGE = "hundredths of the image's SD"
"""The settings named paper turn intensities into z-scores times 100."""
IN_UNITS_OF_THE_IMAGE = frozenset(
    {
        *("10Percentile", "90Percentile", "InterquartileRange", "Maximum", "MeanAbsoluteDeviation", "Mean", "Median"),
        *("Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared"),
    }
)


@dataclass(frozen=True)
class Wanted:
    """One map of a case: image, region, and PyRadiomics' name of a feature of the original image."""

    modality: s.Modality
    roi: s.Roi
    feature: str


@cache
def settings() -> RadiomicsSettings:
    """The radiomics settings of every map in the viewer."""
    return load_settings("paper")


def maps_of(case: Case, protocol: Protocol) -> s.CaseMaps:
    """What there are maps of in a case."""
    kinds = {volume.kind for volume in case.volumes}
    return s.CaseMaps.model_validate(
        {
            "modalities": [modality for modality in protocol.modality_names if modality in kinds],
            "rois": [roi for roi in protocol.rois if roi in kinds],
            "features": _features(),
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
    voxel = settings().voxel
    how = [voxel.radius, voxel.masked, settings().settings_hash]
    asked = [wanted.modality, wanted.roi, wanted.feature]
    return request_key("map", code=MAP_CODE, view=viewer_data.view_key(case, protocol), how=how, asked=asked)


@cache
def _features() -> list[s.MappedFeature]:
    return [
        s.MappedFeature(
            feature=f"original_{name}_{feature}",
            group=glossary.CLASS_LABELS[name],
            label=glossary.words(name, feature).label,
            sentence=glossary.words(name, feature).sentence,
        )
        for name, (_, features) in CLASSES.items()
        for feature in features
        if feature not in DEPRECATED
    ]


def _make(
    files: BlobStore, case: Case, protocol: Protocol, wanted: Wanted, cancelled: Callable[[], bool] | None
) -> tuple[s.FeatureMap, bytes]:
    """Compute a map on the slices that the viewer shows, and cache it."""
    from backend.science.radiomics.maps import feature_map as computed  # the filters, which no other route needs

    known = next((one for one in _features() if one.feature == wanted.feature), None)
    if known is None:
        raise NotFound(f"There is no map of {wanted.feature[:60]!r}; /cases/{{id}}/maps lists what there is.")
    for kind in (wanted.modality, wanted.roi):
        viewer_data.check_has(case, kind)
    if cancelled is not None and cancelled():
        raise Cancelled("The map is no longer wanted.")
    shown, key = viewer_data.load_shown(files, case, protocol), _key(case, protocol, wanted)
    image, mask = shown.images[wanted.modality].astype(np.float64), shown.masks[wanted.roi] > 0
    found = computed(image, mask, shown.grid, wanted.feature, settings(), cancelled=cancelled)
    stored, scale = _stored(found.values, found.region)
    facts = s.FeatureMap.model_validate(
        {
            **{"modality": wanted.modality, "roi": wanted.roi, "feature": wanted.feature},
            **{"label": known.label, "sentence": known.sentence, "unit": _unit(wanted.feature)},
            **{"shape_zyx": stored.shape, "settings_hash": settings().settings_hash},
            **{"radius": settings().voxel.radius, "etag": etag_of(case, protocol, wanted)},
            **scale,
        }
    )
    voxels = gzip_voxels(stored)
    files.cache(f"{key}.map", voxels)
    files.cache(f"{key}.json", json.dumps(facts.model_dump(mode="json")).encode())
    return facts, voxels


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


def _unit(name: str) -> str:
    """Entropies are in bits, intensities in those of the normalised image; other features have no unit."""
    _, feature_class, feature = name.split("_")
    if feature_class == "firstorder" and feature in IN_UNITS_OF_THE_IMAGE:
        return OF_THE_IMAGE
    return BITS if feature.endswith("Entropy") else ""
