"""Real prostate anatomy: label maps (1 TZ, 2 PZ, 3 lesion, 4 gland without a zone) with gland masks and a marksheet.

The maps are cropped; `place` puts them back on the full T2 grid by the marksheet's crop offset, so origin, spacing and
oblique direction are those of the patient's T2 image. Zones come out as in the cases (1 PZ, 2 TZ); a lesion voxel
overwrote its zone and gets that of its nearest zoned voxel back. Some lesion and zone voxels lie outside the gland.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
from scipy import ndimage

from backend.errors import BadImage, NotFound
from backend.science.synthetic.anatomy import PZ, TZ, Anatomy, Bytes, Finding, Grid, draw_finding, place_finding


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
    crop: tuple[int, int, int]
    full_size: tuple[int, int, int]


def read_library(folder: Path) -> list[RealPatient]:
    """The marksheet's patients, sorted by id."""
    sheet = folder / "marksheet.csv"
    if not sheet.is_file():
        raise NotFound(f"The anatomy folder {folder.name!r} has no marksheet.csv; point to the folder that holds it.")
    table = pd.read_csv(sheet, dtype=str, keep_default_na=False)
    return [_patient(row) for row in table.sort_values("patient_id").to_dict("records")]


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
        full_size=(int(row["full_size_x"]), int(row["full_size_y"]), int(row["full_size_z"])),
    )


def place(folder: Path, patient: RealPatient, size: tuple[int, int, int] | None, rng: np.random.Generator) -> Anatomy:
    """Masks on the patient's full T2 grid, or on a field of `size` voxels of that grid around the gland.

    A patient of PI-RADS 3 or more without a lesion mask gets a benign finding: seen in the images, not drawn.
    """
    stem = f"{patient.patient_id}_{patient.study_id}"
    label_image = _read(folder / "labels" / f"{stem}_label.nii.gz")
    labels = sitk.GetArrayFromImage(label_image)
    gland = sitk.GetArrayFromImage(_read(folder / "gland" / f"{stem}_gland.nii.gz")) > 0
    if gland.shape != labels.shape:
        raise BadImage(f"The label map and the gland mask of {stem} have different sizes; fetch both files again.")
    grid, lead = _field(label_image, patient, gland, size)
    full = [_placed(array, grid.shape, lead) for array in (gland.astype(np.uint8), _zones(labels), labels == 3)]
    lesion = full[2] * np.uint8(max(patient.isup, 1))
    anatomy = Anatomy(grid, full[0] > 0, full[1], lesion, full[2] * np.uint8(patient.pirads))
    if patient.pirads >= 3 and not lesion.any():
        return _with_benign_finding(anatomy, patient.pirads, rng)
    return anatomy


def _read(path: Path) -> sitk.Image:
    try:
        return sitk.ReadImage(str(path), sitk.sitkUInt8)
    except RuntimeError as damage:
        raise BadImage(f"The mask {path.name} is missing or cannot be read; fetch the file again.") from damage


def _field(
    label: sitk.Image, patient: RealPatient, gland: np.ndarray, size: tuple[int, int, int] | None
) -> tuple[Grid, tuple[int, int, int]]:
    """The grid to image on, and the index (x, y, z) of the crop's first voxel in it."""
    lead = patient.crop
    if size is not None:
        middle = [(np.nonzero(gland)[axis].min() + np.nonzero(gland)[axis].max() + 1) // 2 for axis in (2, 1, 0)]
        lead = tuple(int(n // 2 - m) for n, m in zip(size, middle, strict=True))  # type: ignore[assignment]  # 3 values
    crop_grid = Grid(label.GetSize(), label.GetSpacing(), label.GetOrigin(), label.GetDirection())
    start = crop_grid.point((-lead[0], -lead[1], -lead[2]))
    return replace(crop_grid, size=size or patient.full_size, origin=start), lead


def _placed(crop: np.ndarray, shape: tuple[int, int, int], lead: tuple[int, int, int]) -> Bytes:
    """The crop (z, y, x) set into a field of zeros; what falls outside the field is cut."""
    field = np.zeros(shape, np.uint8)
    to, source = [], []
    for n, m, first in zip(shape, crop.shape, lead[::-1], strict=True):
        to.append(slice(max(first, 0), max(min(first + m, n), 0)))
        source.append(slice(max(-first, 0), max(min(n - first, m), 0)))
    field[tuple(to)] = crop[tuple(source)]
    return field


def _zones(labels: np.ndarray) -> Bytes:
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


__all__ = ["Finding", "RealPatient", "place", "read_library"]
