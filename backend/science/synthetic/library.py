"""Real prostate anatomy: label maps (1 TZ, 2 PZ, 3 lesion, 4 gland without a zone) with gland masks and a marksheet.

The maps are cropped; `place` puts them back on the full T2 grid by the marksheet's crop offset, so origin, spacing and
oblique direction are those of the patient's T2 image. Zones are numbered as in the cases (1 PZ, 2 TZ). A lesion voxel
has overwritten its zone and gets that of the nearest voxel with a zone. Some lesion and zone voxels are outside the
gland.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
from scipy import ndimage

from backend.errors import BadImage, BadSettings, NotFound
from backend.science.synthetic.acquisition import as_image
from backend.science.synthetic.anatomy import (
    PZ,
    TZ,
    Anatomy,
    Bytes,
    Field,
    Size,
    Triple,
    draw_finding,
    place_finding,
)


@dataclass(frozen=True)
class RealPatient:
    """One row of the marksheet; blank numbers are None."""

    patient_id: str
    study_id: str
    pirads: int
    isup: int
    center: str
    age: int
    psa: float | None
    crop: Size
    crop_size: Size
    spacing: Triple
    full_size: Size


def read_library(folder: Path) -> list[RealPatient]:
    """Read the marksheet's patients, sorted by id."""
    sheet = folder / "marksheet.csv"
    if not sheet.is_file():
        raise NotFound(f"The anatomy folder {folder.name!r} has no marksheet.csv; point to the folder that holds it.")
    table = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    rows = table.sort_values("patient_id").to_dict("records")
    return [_patient({str(column): str(value) for column, value in row.items()}) for row in rows]


def _patient(row: dict[str, str]) -> RealPatient:
    return RealPatient(
        patient_id=row["patient_id"],
        study_id=row["study_id"],
        pirads=int(row["max_lesion_PIRADS"]),
        isup=int(row["case_ISUP"]),
        center=row["center"],
        age=int(row["patient_age"]),
        psa=float(row["psa"]) if row["psa"] else None,
        crop=(int(row["crop_x0"]), int(row["crop_y0"]), int(row["crop_z0"])),
        crop_size=(int(row["crop_size_x"]), int(row["crop_size_y"]), int(row["crop_size_z"])),
        spacing=(float(row["spacing_x"]), float(row["spacing_y"]), float(row["spacing_z"])),
        full_size=(int(row["full_size_x"]), int(row["full_size_y"]), int(row["full_size_z"])),
    )


def check_room(patients: list[RealPatient], spacing: Triple | None, size: Size) -> None:
    """Raise BadSettings for a field that would cut a gland.

    A crop is the labels plus 12 mm in plane and up to 2 slices at each end.
    """
    for patient in patients:
        step = spacing or patient.spacing
        needed = [
            n * mm - spare for n, mm, spare in zip(patient.crop_size, patient.spacing, (20.0, 20.0, 0.0), strict=True)
        ]
        needed[2] -= 4 * patient.spacing[2]
        short = [n * mm < want for n, mm, want in zip(size, step, needed, strict=True)]
        if any(short):
            voxels = ",".join(str(int(np.ceil(want / mm))) for want, mm in zip(needed, step, strict=True))
            raise BadSettings(
                f"--size is too small for the gland of patient {patient.patient_id}; it needs at least {voxels} voxels."
            )


def place(
    folder: Path, patient: RealPatient, spacing: Triple | None, size: Size | None, rng: np.random.Generator
) -> Anatomy:
    """Masks on the patient's full T2 grid, or `size` voxels of it about the gland; `spacing` by nearest neighbour.

    A patient of PI-RADS 3 or more without a lesion mask gets a benign finding: seen in the images, not drawn.
    """
    stem = f"{patient.patient_id}_{patient.study_id}"
    crop = _read(folder / "labels" / f"{stem}_label.nii.gz")
    labels = sitk.GetArrayFromImage(crop)
    gland = sitk.GetArrayFromImage(_read(folder / "gland" / f"{stem}_gland.nii.gz"))
    if gland.shape != labels.shape:
        raise BadImage(f"The label map and the gland mask of {stem} have different sizes; fetch both files again.")
    grid = Field(crop.GetSize(), crop.GetSpacing(), crop.GetOrigin(), crop.GetDirection())
    start = grid.place((-patient.crop[0], -patient.crop[1], -patient.crop[2]))
    full = replace(grid, size=patient.full_size, origin=start)
    target = _field(full, _middle(gland, patient.crop), spacing, size)
    masks = [_on_field(mask.astype(np.uint8), grid, target) for mask in (gland > 0, _zones(labels), labels == 3)]
    lesion = masks[2] * np.uint8(max(patient.isup, 1))
    anatomy = Anatomy(target, masks[0] > 0, masks[1], lesion, masks[2] * np.uint8(patient.pirads))
    if patient.pirads >= 3 and not lesion.any():
        return _with_benign_finding(anatomy, patient.pirads, rng)
    return anatomy


def _middle(gland: Bytes, crop: Size) -> Triple:
    """Index (x, y, z) on the full grid of the middle of the gland's bounding box."""
    x, y, z = ((int(found.min()) + int(found.max())) // 2 for found in np.nonzero(gland)[::-1])
    return float(x + crop[0]), float(y + crop[1]), float(z + crop[2])


def _field(full: Field, middle: Triple, spacing: Triple | None, size: Size | None) -> Field:
    """The grid of the images: the full one, or `size` voxels of `spacing` mm about the gland, on the same axes."""
    if size is None and spacing is None:
        return full
    step = spacing or full.spacing
    if size is None:
        nx, ny, nz = (max(1, round(n * old / new)) for n, old, new in zip(full.size, full.spacing, step, strict=True))
        return replace(full, size=(nx, ny, nz), spacing=step)
    ratio = [new / old for new, old in zip(step, full.spacing, strict=True)]
    x, y, z = (m - (n // 2) * r for m, n, r in zip(middle, size, ratio, strict=True))
    return replace(full, size=size, spacing=step, origin=full.place((x, y, z)))


def _on_field(mask: Bytes, crop: Field, field: Field) -> Bytes:
    """A cropped mask (z, y, x) on the field; exact where the grids share their voxels, nearest neighbour elsewhere."""
    reference = sitk.Image(*field.size, sitk.sitkUInt8)
    reference.CopyInformation(as_image(np.zeros(field.shape, np.uint8), field))
    placed: Bytes = sitk.GetArrayFromImage(
        sitk.Resample(as_image(mask, crop), reference, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    )
    return placed


def _read(path: Path) -> sitk.Image:
    try:
        return sitk.ReadImage(str(path), sitk.sitkUInt8)
    except RuntimeError as damage:
        raise BadImage(f"The mask {path.name} is missing or cannot be read; fetch the file again.") from damage


def _zones(labels: Bytes) -> Bytes:
    zones = np.zeros(labels.shape, np.uint8)
    zones[labels == 1], zones[labels == 2] = TZ, PZ
    if (labels == 3).any():
        nearest = ndimage.distance_transform_edt(zones == 0, return_distances=False, return_indices=True)
        zones[labels == 3] = zones[tuple(nearest)][labels == 3]
    return zones


def _with_benign_finding(anatomy: Anatomy, pirads: int, rng: np.random.Generator) -> Anatomy:
    drawn = draw_finding(rng, min(pirads, 4), anatomy.gland_ml)
    finding = replace(drawn, isup=0, zone=PZ if (anatomy.zones == PZ).any() else TZ, pirads=pirads)
    spans = [(int(i.min()), int(i.max())) for i in np.nonzero(anatomy.gland)[::-1]]
    axes, half = [], []
    for (low, high), spacing, n in zip(spans, anatomy.grid.spacing, anatomy.grid.size, strict=True):
        reach = max((high - low + 1) * spacing / 2, spacing)
        axes.append(((np.arange(n) - (low + high) / 2) * spacing / reach).astype(np.float32))
        half.append(float(reach))
    u, v, w = axes[0][None, None, :], axes[1][None, :, None], axes[2][:, None, None]
    return place_finding(anatomy, finding, u, v, w, half)
