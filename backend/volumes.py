"""Volumes of a case: native voxels in the store, the working grid computed from them, and what the viewer is sent.

The store holds every image and mask as it was measured: gzipped voxels in C order (z, y, x), named by sha256, with the
geometry in the `Volume` row. Everything else is derived and may be evicted. Nothing here needs torch.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import BadImage, Damaged, NotFound
from backend.files import Files
from backend.keys import request_key, volume_key
from backend.models import Case, Volume
from backend.science.images import MODALITIES, ROIS, PreparedCase, prepare
from backend.voxels import StoredVolume, packed
from shared.schemas import MaskInfo, VolumeInfo

VIEW_CODE = 3
"""Raised when the same volumes would be shown differently, so that caches and browsers forget what they have."""
UNITS = {"T2": "a.u.", "DWI": "a.u.", "ADC": "10⁻⁶ mm²/s"}
AXIS_LETTERS = {"left": "R", "right": "L", "top": "A", "bottom": "P"}
"""The viewing grid runs to the patient's left, to posterior and to the head, as `images.prepare` lays it out."""
STEPS = 4095
"""Levels between the darkest and the brightest voxel: more than a screen shows, and half the bytes of 65535."""


@dataclass(frozen=True, slots=True)
class View:
    """What the viewer of one case needs to know before it asks for voxels."""

    volumes: list[VolumeInfo]
    masks: list[MaskInfo]
    best_slice: int
    first_voxel_mm: tuple[float, float, float]


def put_volumes(
    files: Files, images: Mapping[str, sitk.Image], masks: Mapping[str, sitk.Image], sources: Mapping[str, str]
) -> list[Volume]:
    """Stores native images and masks and returns their rows, for `Case.volumes`; the voxels are durable by then.

    Images keep their type, masks become uint8. `sources` gives the sha256 of what each was read from.
    """
    rows = [_put(files, kind, image, sources.get(kind, "")) for kind, image in images.items()]
    return rows + [_put(files, kind, _as_labels(mask, kind), sources.get(kind, "")) for kind, mask in masks.items()]


def load_native(files: Files, case: Case) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """Images by modality and masks by ROI, as they were imported; raises `Damaged` where a voxel changed since."""
    found = {volume.kind: stored(volume).image(files) for volume in case.volumes}
    return (
        {kind: found[kind] for kind in MODALITIES if kind in found},
        {kind: found[kind] for kind in ROIS if kind in found},
    )


def load_prepared(files: Files, case: Case) -> PreparedCase:
    """The case on its 0.5 x 0.5 x 1.0 mm grid, computed anew: half a second against 50 MB of cache a case."""
    images, masks = load_native(files, case)
    if not images:
        raise NotFound("This case has no images; it was imported as rows of tables.")
    return prepare(images, masks)


def stored(volume: Volume) -> StoredVolume:
    """A row's voxels as a plain value, for processes without a database."""
    return StoredVolume(
        kind=volume.kind,
        sha256=volume.sha256,
        dtype=volume.dtype,
        size=tuple(volume.size),
        spacing=tuple(volume.spacing),
        origin=tuple(volume.origin),
        direction=tuple(volume.direction),
    )


def view(files: Files, case: Case) -> View:
    """Grids, windows and slices of a case's volumes; prepared on the first call, read from the cache afterwards."""
    stored = files.derived(f"{view_key(case)}.json")
    if stored is None:
        return _make(files, case)
    facts: dict[str, Any] = json.loads(stored)
    return View(
        [VolumeInfo.model_validate(one) for one in facts["volumes"]],
        [MaskInfo.model_validate(one) for one in facts["masks"]],
        facts["best_slice"],
        tuple(facts["first_voxel_mm"]),
    )


def view_bytes(files: Files, case: Case, kind: str) -> bytes:
    """Gzipped voxels on the viewing grid: uint16 for a modality, uint8 for a mask, C order (z, y, x), little-endian."""
    if all(volume.kind != kind for volume in case.volumes):
        raise NotFound(f"This case has no {kind}.")
    name = f"{view_key(case)}.{kind}"
    data = files.derived(name)
    if data is None:
        _make(files, case)
        data = files.derived(name)
    if data is None:
        raise Damaged("The volume could not be prepared for viewing; check that the data folder is writable.")
    return data


def view_array(files: Files, case: Case, kind: str) -> npt.NDArray[np.generic]:
    """The voxels of `view_bytes` as an array (z, y, x)."""
    shown = view(files, case)
    shapes: dict[str, tuple[int, int, int]] = {one.modality: one.shape_zyx for one in shown.volumes}
    shapes |= {one.roi: one.shape_zyx for one in shown.masks}
    data = gzip.decompress(view_bytes(files, case, kind))
    return np.frombuffer(data, dtype="<u2" if kind in MODALITIES else "u1").reshape(shapes[kind])


def geometry(volumes: Iterable[Volume]) -> dict[str, Any]:
    """Native size, spacing (mm) and origin of every volume, for `Case.geometry`."""
    return {
        volume.kind: {
            "size": volume.size,
            "spacing_mm": [round(mm, 4) for mm in volume.spacing],
            "origin_mm": [round(mm, 3) for mm in volume.origin],
        }
        for volume in volumes
    }


def _put(files: Files, kind: str, image: sitk.Image, source: str) -> Volume:
    array = sitk.GetArrayViewFromImage(image)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return Volume(
        kind=kind,
        sha256=files.put(packed(array)),
        source_sha256=source,
        dtype=array.dtype.str,
        size=list(image.GetSize()),
        spacing=list(image.GetSpacing()),
        origin=list(image.GetOrigin()),
        direction=list(image.GetDirection()),
    )


def _as_labels(mask: sitk.Image, kind: str) -> sitk.Image:
    """The mask as uint8; labels that do not fit would change the ROI and are refused."""
    if mask.GetPixelID() == sitk.sitkUInt8:
        return mask
    values = sitk.GetArrayViewFromImage(mask)
    if values.size and not (values.min() >= 0 and values.max() <= 255 and np.array_equal(values, np.rint(values))):
        raise BadImage(f"The {kind} mask holds values that are no labels from 0 to 255; export it as a label map.")
    labels: sitk.Image = sitk.Cast(mask, sitk.sitkUInt8)
    return labels


def view_key(case: Case) -> str:
    """Hash of everything a case's view is made from; the same key means the same pixels."""
    return request_key("view", code=VIEW_CODE, volumes=volume_key(case.volumes, (*MODALITIES, *ROIS)))


def _make(files: Files, case: Case) -> View:
    prepared, key = load_prepared(files, case), view_key(case)
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
    files.keep(f"{key}.json", json.dumps(facts).encode())  # last: where it is, the voxels are
    return made


def _volume(files: Files, prepared: PreparedCase, modality: str, key: str) -> VolumeInfo:
    voxels = prepared.images[modality]
    lowest, highest = float(voxels.min()), float(voxels.max())
    slope = (highest - lowest) / STEPS or 1.0
    stored = np.rint((voxels - lowest) / slope).astype("<u2")
    files.keep(f"{key}.{modality}", packed(stored))
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


def _mask(files: Files, prepared: PreparedCase, roi: str, key: str) -> MaskInfo:
    mask = prepared.masks[roi]
    files.keep(f"{key}.{roi}", packed(mask))
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
