"""Writes and reads the volumes of a case: native voxels in the blob store, and the working grid computed from them.

The store holds every image and mask on its native grid: gzipped voxels in C order (z, y, x), named by sha256, with the
geometry in the `Volume` row. Everything else is derived and can be computed again. Nothing here needs torch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from backend.errors import BadImage, NotFound
from backend.models import Case, Volume
from backend.science.imaging.prepare import Orientation, PreparedCase, prepare
from backend.science.types import Spacing
from backend.storage.blob_store import BlobStore
from backend.storage.volume_reader import StoredVolume, gzip_voxels
from shared.schemas.protocol import Protocol


def put_volumes(
    store: BlobStore, images: Mapping[str, sitk.Image], masks: Mapping[str, sitk.Image], sources: Mapping[str, str]
) -> list[Volume]:
    """Store native images and masks durably and give their rows, for `Case.volumes`.

    Images keep their type, masks become uint8. `sources` gives the sha256 of the file each was read from. Raises
    `BadImage` for a mask whose values are no labels from 0 to 255.
    """
    rows = [_put(store, kind, image, sources.get(kind, "")) for kind, image in images.items()]
    return rows + [_put(store, kind, _as_labels(mask, kind), sources.get(kind, "")) for kind, mask in masks.items()]


def load_native(
    store: BlobStore, case: Case, protocol: Protocol
) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """Images by modality and masks by region on their native grids, in the protocol's order.

    Raises `NotFound` for a kind that the protocol does not name, `NotFound` or `Damaged` for a stored file.
    """
    others = sorted({volume.kind for volume in case.volumes} - {*protocol.modality_names, *protocol.region_names})
    if others:
        raise NotFound(f"This case has images or masks that the protocol {protocol.name} lacks: {', '.join(others)}.")
    found = {volume.kind: stored(volume).image(store) for volume in case.volumes}
    return (
        {kind: found[kind] for kind in protocol.modality_names if kind in found},
        {kind: found[kind] for kind in protocol.region_names if kind in found},
    )


def load_prepared(
    store: BlobStore, case: Case, protocol: Protocol, orientation: Orientation | None = None
) -> PreparedCase:
    """The case on the protocol's grid (prostate: 0.5 x 0.5 x 1.0 mm), in its orientation unless told.

    Computed at every call, half a second instead of 50 MB of cache a case. Raises `NotFound` where the case has no
    images, `Damaged` where a voxel changed since the import.
    """
    return prepared(*images_and_masks(store, case, protocol), protocol, orientation=orientation)


def images_and_masks(
    store: BlobStore, case: Case, protocol: Protocol
) -> tuple[dict[str, sitk.Image], dict[str, sitk.Image]]:
    """The result of `load_native`; raises `NotFound` where the case has no images."""
    images, masks = load_native(store, case, protocol)
    if not images:
        raise NotFound("This case has no images; it was imported as rows of tables.")
    return images, masks


def prepared(
    images: Mapping[str, sitk.Image],
    masks: Mapping[str, sitk.Image],
    protocol: Protocol,
    spacing: Spacing | None = None,
    orientation: Orientation | None = None,
) -> PreparedCase:
    """One study on the grid of its protocol, or at another spacing (x, y, z mm). Raises BadImage."""
    return prepare(
        images,
        masks,
        spacing or protocol.grid.spacing_mm,
        orientation=orientation or protocol.grid.orientation,
        reference=protocol.reference,
        labelled=protocol.labelled,
    )


def stored(volume: Volume) -> StoredVolume:
    """A `Volume` row as a plain value, for processes without a database."""
    return StoredVolume(
        kind=volume.kind,
        sha256=volume.sha256,
        dtype=volume.dtype,
        size=tuple(volume.size),
        spacing=tuple(volume.spacing),
        origin=tuple(volume.origin),
        direction=tuple(volume.direction),
    )


def stored_mask(case: Case, roi: str) -> StoredVolume:
    """A mask of the case as a plain value; raises `NotFound` where it has none of that region."""
    found = next((volume for volume in case.volumes if volume.kind == roi), None)
    if found is None:
        raise NotFound(f"This case has no {roi} mask; choose another region.")
    return stored(found)


def geometry(volumes: Iterable[Volume]) -> dict[str, Any]:
    """Native size (x, y, z), spacing (mm) and origin (mm) by kind, for `Case.geometry`."""
    return {
        volume.kind: {
            "size": volume.size,
            "spacing_mm": [round(mm, 4) for mm in volume.spacing],
            "origin_mm": [round(mm, 3) for mm in volume.origin],
        }
        for volume in volumes
    }


def _put(store: BlobStore, kind: str, image: sitk.Image, source: str) -> Volume:
    array = sitk.GetArrayViewFromImage(image)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    packed = gzip_voxels(array)
    return Volume(
        kind=kind,
        sha256=store.put(packed),
        n_bytes=len(packed),
        source_sha256=source,
        dtype=array.dtype.str,
        size=list(image.GetSize()),
        spacing=list(image.GetSpacing()),
        origin=list(image.GetOrigin()),
        direction=list(image.GetDirection()),
    )


def _as_labels(mask: sitk.Image, kind: str) -> sitk.Image:
    """The mask as uint8; raises `BadImage` for values that a cast would change."""
    if mask.GetPixelID() == sitk.sitkUInt8:
        return mask
    values = sitk.GetArrayViewFromImage(mask)
    if values.size and not (values.min() >= 0 and values.max() <= 255 and np.array_equal(values, np.rint(values))):
        raise BadImage(f"The {kind} mask holds values that are no labels from 0 to 255; export it as a label map.")
    labels: sitk.Image = sitk.Cast(mask, sitk.sitkUInt8)
    return labels
