"""The two cohorts that docs/results.md trains and tests on, drawn from a seed and prepared once."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from backend.science.imaging.encoder_input import encoder_input, encoder_mask
from backend.science.imaging.prepare import prepare
from backend.science.synthetic.cohort import write_cohort
from backend.science.tables.split import TEST, TRAIN, VAL

ANATOMY = Path(__file__).parents[2] / "shared" / "data" / "anatomy"
FIELD = (240, 240, 28)
SPACING = (0.5, 0.5, 3.0)
"""Voxels (x, y, z) and mm: every gland of the anatomy library lies whole in 120 x 120 x 84 mm."""
SIZE_ZYX, SPACING_ZYX = (16, 64, 64), (4.0, 1.5, 1.5)
"""Encoder input, z y x: 64 x 96 x 96 mm, which contains every gland."""


@dataclass(frozen=True)
class Cohort:
    """`inputs` (N, 3, D, H, W) float32, `lesions` (N, D, H, W) uint8, and per study PI-RADS class, mL and split."""

    name: str
    seed: int
    inputs: NDArray[np.float32]
    lesions: NDArray[np.uint8]
    pirads: NDArray[np.int64]
    gland_ml: NDArray[np.float64]
    lesion_ml: NDArray[np.float64]
    patients: NDArray[np.str_]
    sides: NDArray[np.str_]

    def rows(self, side: str) -> NDArray[np.int64]:
        """Positions of the studies of one side of the split."""
        return np.flatnonzero(self.sides == side)

    def counts(self) -> str:
        """`120 studies of 120 patients, 84 / 12 / 24 to train, choose and test`."""
        parts = " / ".join(str(len(self.rows(side))) for side in (TRAIN, VAL, TEST))
        people = len(set(self.patients.tolist()))
        return f"{len(self.patients)} studies of {people} patients, {parts} to train, choose and test"


def drawn(work: Path, name: str, cases: int, seed: int, say: Callable[[str], None]) -> Cohort:
    """Draw the cohort, or load it from `work`; `anatomy` uses the real label maps."""
    stored = work / f"{name}-{cases}-{seed}.npz"
    if not stored.is_file():
        folder = work / f"{name}-{cases}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        library = ANATOMY if name == "anatomy" else None
        rows = write_cohort(
            folder, cases, seed, library, SPACING if library else None, FIELD if library else None,
            lambda done, total, _: say(f"{name}: drawn {done} of {total}") if done % 20 == 0 else None,
        )  # fmt: skip
        arrays = columns([study(folder, row) for row in rows])
        temporary = stored.with_suffix(".tmp.npz")
        np.savez(temporary, **arrays)  # type: ignore[arg-type] # its stub takes the arrays for allow_pickle
        temporary.rename(stored)
        shutil.rmtree(folder)
    with np.load(stored, allow_pickle=False) as found:
        return Cohort(name, seed, **{key: found[key] for key in found.files})


def study(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """One study as the encoder and its tasks see it."""
    patient, name = str(row["patient_id"]), f"{row['patient_id']}_{row['study_id']}"
    images = {m: sitk.ReadImage(str(folder / patient / f"{name}_{f}.mha")) for m, f in FILES.items()}
    masks = {roi: sitk.ReadImage(str(folder / patient / f"{name}_{roi}.nii.gz")) for roi in ("gland", "lesion")}
    case = prepare(images, masks)
    lesion = encoder_mask(case, "lesion", SIZE_ZYX, SPACING_ZYX)
    return {
        "inputs": encoder_input(case, SIZE_ZYX, SPACING_ZYX),
        "lesions": lesion,
        "pirads": max(int(row["pirads"]) - 2, 0),
        "gland_ml": np.count_nonzero(case.masks["gland"]) * case.grid.voxel_ml,
        "lesion_ml": np.count_nonzero(case.masks["lesion"]) * case.grid.voxel_ml,
        "patients": patient,
        "sides": str(row["split"]),
    }


FILES = {"T2": "t2w", "DWI": "hbv", "ADC": "adc"}


def columns(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """One array a column."""
    return {key: np.stack([np.asarray(row[key]) for row in rows]) for key in rows[0]}
