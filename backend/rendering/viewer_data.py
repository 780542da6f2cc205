"""The data of a case for the viewer: voxels on the viewing grid, their scale, windows and masks.

All of it is computed from the native volumes and cached; it is computed again where the cache was emptied.
"""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import Damaged, NotFound
from backend.models import Case
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import IN_PLANE_MM, ROIS, SLICE_MM, PreparedCase, prepare
from backend.science.types import MODALITIES
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key, volume_key
from backend.storage.volume_reader import gzip_voxels
from backend.storage.volumes import images_and_masks
from shared.protocols.reader import prostate
from shared.schemas import MaskInfo, VolumeInfo

VIEW_CODE = 4
"""Raised when the same volumes would be shown differently, so that caches and browsers forget what they have."""
UNITS = {"T2": "a.u.", "DWI": "a.u.", "ADC": "10⁻⁶ mm²/s"}
AXIS_LETTERS = {"left": "R", "right": "L", "top": "A", "bottom": "P"}
"""The viewing grid runs to the patient's left, to posterior and to the head, as `images.prepare` lays it out."""
STEPS = 4095
"""Levels between the darkest and the brightest voxel: more than a screen shows, and half the bytes of 65535."""


@dataclass(frozen=True, slots=True)
class View:
    """The description of a case's volumes and masks, which the viewer reads before the voxels."""

    volumes: list[VolumeInfo]
    masks: list[MaskInfo]
    best_slice: int
    first_voxel_mm: tuple[float, float, float]


def view(files: BlobStore, case: Case) -> View:
    """The view of a case, computed at the first call, then cached; raises `NotFound` or `Damaged` as the store does."""
    stored = files.cached(f"{view_key(case)}.json")
    if stored is None:
        return _make(files, case)
    facts: dict[str, Any] = json.loads(stored)
    return View(
        [VolumeInfo.model_validate(one) for one in facts["volumes"]],
        [MaskInfo.model_validate(one) for one in facts["masks"]],
        facts["best_slice"],
        tuple(facts["first_voxel_mm"]),
    )


def view_bytes(files: BlobStore, case: Case, kind: str) -> bytes:
    """Gzipped voxels on the viewing grid: uint16 for a modality, uint8 for a mask, C order (z, y, x), little-endian."""
    if all(volume.kind != kind for volume in case.volumes):
        raise NotFound(f"This case has no {kind}.")
    name = f"{view_key(case)}.{kind}"
    data = files.cached(name)
    if data is None:
        _make(files, case)
        data = files.cached(name)
    if data is None:
        raise Damaged("The volume could not be prepared for viewing; check that the data folder is writable.")
    return data


def view_array(files: BlobStore, case: Case, kind: str) -> npt.NDArray[np.generic]:
    """The voxels of `view_bytes` as an array (z, y, x)."""
    shown = view(files, case)
    shapes: dict[str, tuple[int, int, int]] = {one.modality: one.shape_zyx for one in shown.volumes}
    shapes |= {one.roi: one.shape_zyx for one in shown.masks}
    data = gzip.decompress(view_bytes(files, case, kind))
    return np.frombuffer(data, dtype="<u2" if kind in MODALITIES else "u1").reshape(shapes[kind])


def view_key(case: Case) -> str:
    """Hash of everything that a case's view is computed from; equal keys mean equal pixels."""
    return request_key("view", code=VIEW_CODE, volumes=volume_key(case.volumes, (*MODALITIES, *ROIS)))


def _make(files: BlobStore, case: Case) -> View:
    prepared, key = load_shown(files, case), view_key(case)
    shown = [modality for modality in MODALITIES if modality in prepared.images]
    with ThreadPoolExecutor(len(MODALITIES)) as pool:  # compressing releases the lock
        volumes = list(pool.map(lambda modality: _volume(files, prepared, modality, key), shown))
    masks = [_mask(files, prepared, roi, key) for roi in ROIS if roi in prepared.masks]
    grid = prepared.grid
    along_xyz = np.array(grid.origin) @ np.array(grid.direction).reshape(3, 3)
    x, y, z = (round(float(mm), 3) for mm in along_xyz)
    made = View(volumes, masks, _best_slice(prepared), (z, y, x))
    facts = {
        "volumes": [one.model_dump(mode="json") for one in volumes],
        "masks": [one.model_dump(mode="json") for one in masks],
        "best_slice": made.best_slice,
        "first_voxel_mm": made.first_voxel_mm,
    }
    files.cache(f"{key}.json", json.dumps(facts).encode())  # last: where it is, the voxels are
    return made


def load_shown(files: BlobStore, case: Case) -> PreparedCase:
    """The case as the viewer shows it: the slices that were acquired, where there are no finer masks to show.

    A T2 of 3 mm slices is a third of the bytes of the working grid, and no slice that nobody measured is scrolled
    through. Masks on another grid keep the working grid: a small one could lie between two slices.
    """
    images, masks = images_and_masks(files, case, prostate())
    t2 = images.get("T2")
    if t2 is None or not all(Grid.of(mask).matches(Grid.of(t2)) for mask in masks.values()):
        return prepare(images, masks)
    acquired = sitk.DICOMOrient(t2, "LPS").GetSpacing()[2]
    return prepare(images, masks, (IN_PLANE_MM, IN_PLANE_MM, max(SLICE_MM, acquired)))


def _volume(files: BlobStore, prepared: PreparedCase, modality: str, key: str) -> VolumeInfo:
    voxels = prepared.images[modality]
    lowest, highest = float(voxels.min()), float(voxels.max())
    slope = (highest - lowest) / STEPS or 1.0
    stored = np.rint((voxels - lowest) / slope).astype("<u2")
    files.cache(f"{key}.{modality}", gzip_voxels(stored))
    inside = voxels[voxels != 0]
    low, high = np.percentile(inside if inside.size else voxels, (1, 99))
    return VolumeInfo.model_validate(
        {
            "modality": modality,
            "shape_zyx": stored.shape,
            "spacing_zyx_mm": prepared.grid.spacing[::-1],
            "slope": slope,
            "intercept": lowest,
            "low": float(low),
            "high": float(high),
            "unit": UNITS[modality],
            "etag": f"{key[:32]}-{modality}",
        }
    )


def _mask(files: BlobStore, prepared: PreparedCase, roi: str, key: str) -> MaskInfo:
    mask = prepared.masks[roi]
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


def _best_slice(prepared: PreparedCase) -> int:
    """The slice with most lesion, else with most gland, else the middle one; of equal slices the middle one."""
    for roi in ("lesion", "gland"):
        if roi in prepared.masks and prepared.masks[roi].any():
            counts = (prepared.masks[roi] > 0).sum(axis=(1, 2))
            largest = np.flatnonzero(counts == counts.max())
            return int(largest[largest.size // 2])
    return prepared.grid.size[2] // 2
