"""A synthetic mpMRI cohort on disk, in PI-CAI's layout, identical byte for byte for the same seed.

`{patient}/{patient}_{study}_{t2w,hbv,adc}.mha`, `_{gland,zones,lesion}.nii.gz` and `clinical.csv`. Zones: 1 PZ, 2 TZ;
lesion: the ISUP grade (empty where biopsy found none, even if a finding is seen). Procedural cohorts cover PI-RADS
1/2, 3, 4, 5 as 25, 20, 30, 25 %, and about 15 % of patients have a second study: same gland, new position, noise and a
drift of texture. With an anatomy library there is one study per patient, as in the library.

The default field is 224 x 224 x 24 voxels of 0.5 x 0.5 x 3.0 mm (112 x 112 x 72 mm): the smallest that holds a 120 mL
gland, 70 mm wide, with 15 mm in plane and a slice on each end; a clinical field (192 mm) costs 3 x.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import SimpleITK as sitk

from backend.errors import BadSettings, Conflict
from backend.science.synthetic.acquisition import acquire_diffusion, acquire_t2, as_image, diffusion_grid, draw_scanner
from backend.science.synthetic.anatomy import (
    IDENTITY,
    Anatomy,
    Field,
    Pose,
    Size,
    Triple,
    build,
    draw_prostate,
    largest_gland,
)
from backend.science.synthetic.library import check_room, place
from backend.science.synthetic.plan import Patient, plan_drawn, plan_real
from backend.science.synthetic.tissue import draw_texture, drift, render

SPACING = (0.5, 0.5, 3.0)
FIELD_MM = (112.0, 112.0, 72.0)
SMALLEST_ML = 20.0
CANVAS_MM = 0.55  # finest in-plane spacing at which tissue is drawn; finer T2 grids are interpolated
Row = dict[str, str | int | float | None]
Progress = Callable[[int, int, str], None]


def write_cohort(
    directory: Path,
    cases: int,
    seed: int,
    anatomy: Path | None = None,
    spacing: Triple | None = None,
    size: Size | None = None,
    progress: Progress | None = None,
    enlarged: float = 1.0,
) -> list[Row]:
    """Write `cases` studies and clinical.csv; return clinical.csv's rows. `progress` gets done, total, case.

    `spacing` (mm) and `size` (voxels), x y z, are those of the T2 image; without them a procedural cohort has the field
    above and an anatomy cohort each patient's full T2 grid. A gland too large for a small field is drawn smaller.
    `enlarged`: how many times as large as in life drawn findings are; real label maps keep theirs.
    Raises Conflict where `directory` holds files already, BadSettings for impossible numbers.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Conflict(f"{directory.name!r} exists and is not empty; name a new folder for the synthetic cohort.")
    _check(spacing, size)
    if anatomy and enlarged != 1:
        raise BadSettings("Findings of real label maps keep their size; leave the enlargement of findings out.")
    if anatomy:
        patients, grid = plan_real(cases, seed, anatomy), None
        if size:
            check_room([patient.real for patient in patients if patient.real], spacing, size)
    else:
        patients, grid = plan_drawn(cases, seed), drawn_grid(spacing or SPACING, size)
    directory.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for patient in patients:
        for visit, study_id in enumerate(patient.studies):
            rng = np.random.default_rng([seed, 1, patient.number, visit])
            own = np.random.default_rng([seed, 2, patient.number])
            masks = (
                _real_masks(patient, anatomy, spacing, size, own)
                if anatomy
                else _drawn_masks(patient, grid, own, rng, enlarged)
            )
            _write_study(directory / patient.patient_id, patient, study_id, masks, own, rng, visit)
            rows.append(_row(patient, study_id, masks, np.random.default_rng([seed, 3, patient.number])))
            if progress:
                progress(len(rows), cases, f"{patient.patient_id}_{study_id}")
    pd.DataFrame(rows).to_csv(directory / "clinical.csv", index=False, lineterminator="\n")
    return rows


def drawn_grid(spacing: Triple = SPACING, size: Size | None = None) -> Field:
    """T2 grid of procedural studies. Raises BadSettings for a field too small for a 20 mL gland."""
    extent = FIELD_MM if size is None else tuple(n * mm for n, mm in zip(size, spacing, strict=True))
    x, y, z = size or (round(mm / step) for mm, step in zip(FIELD_MM, spacing, strict=True))
    grid = Field((x, y, z), spacing, (0.0, 0.0, 0.0), IDENTITY)
    if largest_gland(grid) < SMALLEST_ML:
        field = " x ".join(f"{mm:g}" for mm in extent)
        raise BadSettings(f"A field of {field} mm cannot hold a {SMALLEST_ML:g} mL gland; use 60 x 48 x 48 mm or more.")
    return grid


def _check(spacing: Triple | None, size: Size | None) -> None:
    if spacing is not None and not all(0.1 <= mm <= 10.0 for mm in spacing):
        raise BadSettings("Spacing must lie between 0.1 and 10 mm along each axis.")
    if size is not None and not all(8 <= n <= 1024 for n in size):
        raise BadSettings("Size must lie between 8 and 1024 voxels along each axis.")


def _drawn_masks(
    patient: Patient, grid: Field | None, own: np.random.Generator, rng: np.random.Generator, enlarged: float
) -> Anatomy:
    assert grid is not None
    prostate = draw_prostate(own, patient.pirads, largest_gland(grid), enlarged)
    shift = rng.normal(0.0, (1.2, 1.2, 0.6))
    pose = Pose((float(shift[0]), float(shift[1]), float(shift[2])), float(rng.normal(0.0, 0.03)))
    return build(prostate, _laid_out(grid, rng), pose)


def _laid_out(grid: Field, rng: np.random.Generator) -> Field:
    """The grid in the scanner's space: slices tilted about the left-right axis in 60 % of the studies."""
    tilt = np.radians(rng.uniform(3.0, 25.0)) if rng.random() < 0.6 else 0.0
    cos, sin = float(np.cos(tilt)), float(np.sin(tilt))
    turned = replace(grid, direction=(1.0, 0.0, 0.0, 0.0, cos, sin, 0.0, -sin, cos))
    middle = turned.place(((grid.size[0] - 1) / 2, (grid.size[1] - 1) / 2, (grid.size[2] - 1) / 2))
    place_mm = rng.normal(0.0, (4.0, 12.0, 15.0))
    origin = [round(float(at - half), 3) for at, half in zip(place_mm, middle, strict=True)]
    return replace(turned, origin=(origin[0], origin[1], origin[2]))


def _real_masks(
    patient: Patient, anatomy: Path, spacing: Triple | None, size: Size | None, own: np.random.Generator
) -> Anatomy:
    assert patient.real is not None
    return place(anatomy, patient.real, spacing, size, own)


def _write_study(
    folder: Path,
    patient: Patient,
    study_id: str,
    masks: Anatomy,
    own: np.random.Generator,
    rng: np.random.Generator,
    visit: int,
) -> None:
    texture = draw_texture(own)
    canvas = masks.thinned(max(1, round(CANVAS_MM / masks.grid.spacing[0])))
    tissue = render(canvas, drift(texture, rng) if visit else texture, own, rng)
    scanner = draw_scanner(rng, patient.center)
    coarse = diffusion_grid(masks.grid, scanner)
    hbv, adc = acquire_diffusion(tissue, coarse, scanner, rng)
    stem = folder / f"{patient.patient_id}_{study_id}"
    folder.mkdir(exist_ok=True)
    _write(acquire_t2(tissue, masks.grid, scanner, rng), masks.grid, f"{stem}_t2w.mha")
    _write(hbv, coarse, f"{stem}_hbv.mha")
    _write(adc, coarse, f"{stem}_adc.mha")
    for name, mask in (("gland", masks.gland.astype(np.uint8)), ("zones", masks.zones), ("lesion", masks.lesion)):
        _write(mask, masks.grid, f"{stem}_{name}.nii.gz")


def _write(array: npt.NDArray[np.generic], grid: Field, path: str) -> None:
    """Write the files of a study; images are uncompressed, because noise does not compress and reading is faster."""
    sitk.WriteImage(as_image(array, grid), path, useCompression=path.endswith(".gz"))


def _row(patient: Patient, study_id: str, masks: Anatomy, rng: np.random.Generator) -> Row:
    isup = patient.real.isup if patient.real else int(masks.lesion.max())
    drawn_psa = (2.0 + 0.07 * masks.gland_ml + 1.6 * isup) * float(np.exp(0.4 * rng.standard_normal()))
    return {
        "study_id": study_id,
        "patient_id": patient.patient_id,
        "pirads": patient.pirads,
        "volume_ml": round(masks.gland_ml, 2),
        "psa": patient.real.psa if patient.real else round(drawn_psa, 1),
        "isup": isup,
        "center": patient.center,
        "age": patient.age,
        "lesion_ml": round(masks.lesion_ml, 3),
        "split": patient.split,
    }
