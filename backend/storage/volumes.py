"""Volumes of a case: native voxels in the store, and the working grid computed from them.

The store holds every image and mask as it was measured: gzipped voxels in C order (z, y, x), named by sha256, with the
geometry in the `Volume` row. Everything else is derived and may be evicted. Nothing here needs torch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage, NotFound
from backend.models import Case, Volume
from backend.science.imaging.prepare import ROIS, PreparedCase, prepare
from backend.science.types import MODALITIES
from backend.storage.blob_store import BlobStore
from backend.storage.volume_reader import StoredVolume, packed


def put_volumes(
    files: BlobStore, images: Mapping[str, sitk.Image], masks: Mapping[str, sitk.Image], sources: Mapping[str, str]
) -> list[Volume]:
    """Stores native images and masks and returns their rows, for `Case.volumes`; the voxels are durable by then.

    Images keep their type, masks become uint8. `sources` gives the sha256 of what each was read from.
    """
    rows = [_put(files, kind, image, sources.get(kind, "")) for kind, image in images.items()]
    return rows + [_put(files, kind, _as_labels(mask, kind), sources.get(kind, "")) for kind, mask in masks.items()]


def load_native(files: BlobStore, case: Case) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """Images by modality and masks by ROI, as they were imported; raises `Damaged` where a voxel changed since."""
    found = {volume.kind: stored(volume).image(files) for volume in case.volumes}
    return (
        {kind: found[kind] for kind in MODALITIES if kind in found},
        {kind: found[kind] for kind in ROIS if kind in found},
    )


def load_prepared(files: BlobStore, case: Case) -> PreparedCase:
    """The case on its 0.5 x 0.5 x 1.0 mm grid, computed anew: half a second against 50 MB of cache a case."""
    return prepare(*images_and_masks(files, case))


def images_and_masks(files: BlobStore, case: Case) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """As `load_native`; raises `NotFound` where the case has none."""
    images, masks = load_native(files, case)
    if not images:
        raise NotFound("This case has no images; it was imported as rows of tables.")
    return images, masks


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


def _put(files: BlobStore, kind: str, image: sitk.Image, source: str) -> Volume:
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
