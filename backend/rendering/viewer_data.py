"""The data of a case for the viewer: voxels on the viewing grid, their scale, windows and masks.

All of it is computed from the native volumes and cached; it is computed again where the cache was emptied.
"""

import gzip
import json
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import Damaged, NotFound
from backend.models import Case
from backend.rendering.display import opening_order
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import PreparedCase
from backend.science.types import Float32Array
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key, volume_key
from backend.storage.volume_reader import gzip_voxels
from backend.storage.volumes import images_and_masks, prepared
from shared.schemas import MaskInfo, VolumeInfo
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolModality

VIEW_CODE = 4
"""Raised when the same volumes would be shown differently, so that caches and browsers forget what they have."""
AXIS_LETTERS = {"left": "R", "right": "L", "top": "A", "bottom": "P"}
"""The viewing grid runs to the patient's left, to posterior and to the head, as `images.prepare` lays it out."""
STEPS = 4095
"""Levels between the darkest and the brightest voxel: more than a screen shows, and half the bytes of 65535."""
WHOLE_NUMBERS = "HU"
"""A unit whose values are whole numbers by its definition: they are stored as they are, a level each."""
FEWEST_LEVELS, MOST_LEVELS = 100, 65535
COMPRESSED_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class View:
    """The description of a case's volumes and masks, which the viewer reads before the voxels."""

    volumes: list[VolumeInfo]
    masks: list[MaskInfo]
    best_slice: int
    first_voxel_mm: tuple[float, float, float]


def view(files: BlobStore, case: Case, protocol: Protocol) -> View:
    """The view of a case, computed at the first call, then cached; raises `NotFound` or `Damaged` as the store does."""
    stored = files.cached(f"{view_key(case, protocol)}.json")
    if stored is None:
        return _make(files, case, protocol)
    facts: dict[str, Any] = json.loads(stored)
    return View(
        [VolumeInfo.model_validate(one) for one in facts["volumes"]],
        [MaskInfo.model_validate(one) for one in facts["masks"]],
        facts["best_slice"],
        tuple(facts["first_voxel_mm"]),
    )


def view_bytes(files: BlobStore, case: Case, protocol: Protocol, kind: str) -> bytes:
    """Gzipped voxels on the viewing grid: uint16 for a modality, uint8 for a mask, C order (z, y, x), little-endian."""
    check_has(case, kind)
    name = f"{view_key(case, protocol)}.{kind}"
    data = files.cached(name)
    if data is None:
        _make(files, case, protocol)
        data = files.cached(name)
    if data is None:
        raise Damaged("The volume could not be prepared for viewing; check that the data folder is writable.")
    return data


def check_has(case: Case, kind: str) -> None:
    """Raises NotFound for an image or mask that the case lacks; says what there is."""
    there = [volume.kind for volume in case.volumes]
    if kind not in there:
        raise NotFound(f"This case has no {kind}; there is {', '.join(there) or 'none'}.")


def view_array(files: BlobStore, case: Case, protocol: Protocol, kind: str) -> npt.NDArray[np.integer]:
    """The voxels of `view_bytes` as an array (z, y, x)."""
    shown = view(files, case, protocol)
    shapes: dict[str, tuple[int, int, int]] = {one.modality: one.shape_zyx for one in shown.volumes}
    shapes |= {one.roi: one.shape_zyx for one in shown.masks}
    data = gzip.decompress(view_bytes(files, case, protocol, kind))
    return np.frombuffer(data, dtype="<u2" if kind in protocol.modality_names else "u1").reshape(shapes[kind])


def view_key(case: Case, protocol: Protocol) -> str:
    """Hash of everything that a case's view is computed from; equal keys mean equal pixels."""
    kinds = (*protocol.modality_names, *protocol.region_names)
    own = {} if protocol.is_prostate else {"protocol": protocol.model_dump(mode="json")}
    return request_key("view", code=VIEW_CODE, volumes=volume_key(case.volumes, kinds), **own)


def _make(files: BlobStore, case: Case, protocol: Protocol) -> View:
    shown, key = load_shown(files, case, protocol), view_key(case, protocol)
    wanted = [modality for modality in protocol.modalities if modality.name in shown.images]
    with ThreadPoolExecutor(COMPRESSED_AT_ONCE) as pool:  # compressing releases the lock
        volumes = list(pool.map(lambda modality: _volume(files, shown, modality, key), wanted))
    masks = [_mask(files, shown, roi, key) for roi in protocol.region_names if roi in shown.masks]
    grid = shown.grid
    along_xyz = np.array(grid.origin) @ np.array(grid.direction).reshape(3, 3)
    x, y, z = (round(float(mm), 3) for mm in along_xyz)
    made = View(volumes, masks, _best_slice(shown, opening_order(protocol)), (z, y, x))
    facts = {
        "volumes": [one.model_dump(mode="json") for one in volumes],
        "masks": [one.model_dump(mode="json") for one in masks],
        "best_slice": made.best_slice,
        "first_voxel_mm": made.first_voxel_mm,
    }
    files.cache(f"{key}.json", json.dumps(facts).encode())  # last: where it is, the voxels are
    return made


def load_shown(files: BlobStore, case: Case, protocol: Protocol) -> PreparedCase:
    """The case as the viewer shows it: the slices that were acquired, where there are no finer masks to show.

    A T2 of 3 mm slices is a third of the bytes of the working grid, and no slice that nobody measured is scrolled
    through. Masks on another grid keep the working grid: a small one could lie between two slices. Pictures lie as
    radiologists look at them, whatever orientation an encoder sees.
    """
    images, masks = images_and_masks(files, case, protocol)
    reference = images.get(protocol.reference)
    if reference is None or not all(Grid.of(mask).matches(Grid.of(reference)) for mask in masks.values()):
        return prepared(images, masks, protocol, orientation="LPS")
    x, y, z = protocol.grid.spacing_mm
    acquired = sitk.DICOMOrient(reference, "LPS").GetSpacing()[2]
    return prepared(images, masks, protocol, (x, y, max(z, acquired)), orientation="LPS")


def _volume(files: BlobStore, shown: PreparedCase, modality: ProtocolModality, key: str) -> VolumeInfo:
    voxels = shown.images[modality.name]
    slope, intercept = _scale(float(voxels.min()), float(voxels.max()), modality.unit)
    stored = np.rint((voxels - intercept) / slope).astype("<u2")
    files.cache(f"{key}.{modality.name}", gzip_voxels(stored))
    low, high = _percentiles(voxels) if modality.window == "auto" else modality.window
    return VolumeInfo.model_validate(
        {
            "modality": modality.name,
            "shape_zyx": stored.shape,
            "spacing_zyx_mm": shown.grid.spacing[::-1],
            "slope": slope,
            "intercept": intercept,
            "low": low,
            "high": high,
            "unit": modality.unit,
            "etag": f"{key[:32]}-{modality.name}",
        }
    )


def _scale(lowest: float, highest: float, unit: str) -> tuple[float, float]:
    """Slope and intercept of what is stored."""
    first = math.floor(lowest)
    if unit == WHOLE_NUMBERS and FEWEST_LEVELS <= highest - first <= MOST_LEVELS:
        return 1.0, float(first)
    return (highest - lowest) / STEPS or 1.0, lowest


def _percentiles(voxels: Float32Array) -> tuple[float, float]:
    """The 1st and 99th percentile; 0 is what lies outside the field."""
    inside = voxels[voxels != 0]
    low, high = np.percentile(inside if inside.size else voxels, (1, 99))
    return float(low), float(high)


def _mask(files: BlobStore, shown: PreparedCase, roi: str, key: str) -> MaskInfo:
    mask = shown.masks[roi]
    files.cache(f"{key}.{roi}", gzip_voxels(mask))
    return MaskInfo.model_validate(
        {
            "roi": roi,
            "shape_zyx": mask.shape,
            "slices": np.flatnonzero(mask.any(axis=(1, 2))).tolist(),
            "voxels": int(np.count_nonzero(mask)),
            "etag": f"{key[:32]}-{roi}",
        }
    )


def _best_slice(shown: PreparedCase, regions: Sequence[str]) -> int:
    """The slice with most of the first region that has voxels, else the middle one; of equal slices the middle one."""
    for roi in regions:
        if roi in shown.masks and shown.masks[roi].any():
            counts = (shown.masks[roi] > 0).sum(axis=(1, 2))
            largest = np.flatnonzero(counts == counts.max())
            return int(largest[largest.size // 2])
    return shown.grid.size[2] // 2
