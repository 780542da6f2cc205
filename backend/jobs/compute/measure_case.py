"""All regions of one case, measured in whatever process: a child of the job, or of a node that has no database.

Reads the case's stored voxels (every hash checked again), prepares it once and measures each region asked for.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backend.errors import RadiomicLensError
from backend.science.radiomics.parameters.settings import RadiomicsSettings
from backend.storage.volume_reader import BlobSource, StoredVolume


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in one region: status ok, flagged or refused; `seconds` is its share of the case's time.

    `fallback` says why the fast engine left it to PyRadiomics, empty where it did not.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    status: str
    reason: str
    quality: dict[str, Any]
    seconds: float
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredSpace:
    """Modalities in the order of their features, the one whose grid counts, and that grid's spacing (x, y, z in mm)."""

    modalities: tuple[str, ...]
    reference: str
    spacing: tuple[float, float, float]
    orientation: Literal["LPS", "as_stored"]


@dataclass(frozen=True, slots=True)
class Order:
    """One case to measure: where its voxels lie, which regions, and under which settings.

    `settings_hash` is what the job expects these settings to hash to, engine versions included. `space` is of another
    protocol than the prostate's.
    """

    volumes: tuple[StoredVolume, ...]
    rois: tuple[str, ...]
    settings: RadiomicsSettings
    settings_hash: str
    space: "MeasuredSpace | None" = None


def measure(source: BlobSource, order: Order) -> dict[str, Measured]:
    """Region -> features. Raises RadiomicLensError where the case cannot be read or this machine computes otherwise."""
    from backend.science.imaging.prepare import WORKING_SPACING, prepare
    from backend.science.radiomics.extraction import extract_rois
    from backend.science.types import MODALITIES

    if order.settings.settings_hash != order.settings_hash:
        raise RadiomicLensError("The node has another version of RadiomicLens or its engines; install the same one.")
    start = perf_counter()
    space = order.space or MeasuredSpace(MODALITIES, "T2", WORKING_SPACING, "LPS")
    modalities = space.modalities
    found = {volume.kind: volume.image(source) for volume in _needed(order, modalities)}
    images = {kind: image for kind, image in found.items() if kind in modalities}
    masks = {kind: image for kind, image in found.items() if kind not in modalities}
    prepared = prepare(images, masks, space.spacing, orientation=space.orientation, reference=space.reference)
    measured = {}
    for roi, features in extract_rois(prepared, order.rois, order.settings, modalities=modalities).items():
        few = _few(features.status, prepared.native_voxels.get(roi))
        measured[roi] = Measured(
            names=features.names,
            values=features.values,
            status="flagged" if few and features.status == "ok" else features.status,
            reason="; ".join(part for part in (few, features.reason) if part),
            quality={modality: asdict(facts) for modality, facts in features.quality.items()},
            seconds=(perf_counter() - start) / len(order.rois),
            fallback=features.fallback,
        )
    return measured


def _few(status: str, native_voxels: int | None) -> str:
    """What to say of a region that was measured on hardly any voxels as drawn."""
    from backend.science.imaging.prepare import FEWEST_VOXELS

    if status == "refused" or native_voxels is None or native_voxels >= FEWEST_VOXELS:
        return ""
    return f"only {native_voxels} voxels as drawn: texture of fewer than {FEWEST_VOXELS} is noise"


def _needed(order: Order, modalities: Sequence[str]) -> list[StoredVolume]:
    """The images and the masks of the regions asked for; nothing else is read."""
    return [volume for volume in order.volumes if volume.kind in (*modalities, *order.rois)]
