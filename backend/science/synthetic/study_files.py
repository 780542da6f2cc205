"""Files of synthetic cohorts of other organs: BIDS with four sequences, or a manifest with a column an image or mask.

BIDS has `participants.tsv`, a manifest has `clinical.csv` beside it. Images are 16-bit integers, uncompressed, because
noise does not compress.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import SimpleITK as sitk

from backend.errors import Conflict
from backend.science.synthetic.acquisition import as_image
from backend.science.synthetic.anatomy import Field
from backend.science.types import Float32Array

Row = dict[str, str | int | float | None]
DESCRIPTION = {"Name": "Synthetic gliomas", "BIDSVersion": "1.9.0", "DatasetType": "raw"}


def new_folder(directory: Path) -> None:
    """Make the folder of a cohort. Raises Conflict where it holds files already."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Conflict(f"{directory.name!r} exists and is not empty; name a new folder for the synthetic cohort.")
    directory.mkdir(parents=True, exist_ok=True)


def patient_id(number: int) -> str:
    """`001` and so on: digits alone, as BIDS wants labels."""
    return f"{number + 1:03d}"


def write_bids(
    root: Path,
    number: int,
    grid: Field,
    images: Mapping[str, Float32Array],
    masks: Mapping[str, npt.NDArray[np.generic]],
) -> None:
    """Write one subject; images by the end of their file's name (`ce-gd_T1w`), masks by their label."""
    subject = f"sub-{patient_id(number)}"
    folder = root / subject / "anat"
    folder.mkdir(parents=True)
    for ending, image in images.items():
        _write(image.astype(np.int16), grid, folder / f"{subject}_{ending}.nii")
    for label, mask in masks.items():
        _write(mask.astype(np.uint8), grid, folder / f"{subject}_label-{label}_mask.nii.gz")
    described = root / "dataset_description.json"
    if not described.exists():
        described.write_text(json.dumps(DESCRIPTION, indent=1) + "\n", "utf-8")


def write_listed(
    root: Path,
    number: int,
    grid: Field,
    images: Mapping[str, Float32Array],
    masks: Mapping[str, npt.NDArray[np.generic]],
) -> Row:
    """Write one study's files; gives its row of the manifest."""
    study = patient_id(number)
    folder = root / study
    folder.mkdir()
    row: Row = {"study_id": study, "patient_id": study}
    for name, image in images.items():
        row[name] = f"{study}/{name}.mha"
        _write(image.astype(np.int16), grid, folder / f"{name}.mha")
    for name, mask in masks.items():
        row[name] = f"{study}/{name}.nii.gz"
        _write(mask.astype(np.uint8), grid, folder / f"{name}.nii.gz")
    return row


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write a table of a cohort."""
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


def write_participants(root: Path, rows: Sequence[Row]) -> None:
    """Write the participants of a BIDS data set: one row a subject, with every clinical column."""
    named: list[Row] = [{"participant_id": f"sub-{row['patient_id']}", **row} for row in rows]
    table = pd.DataFrame(named).drop(columns=["study_id", "patient_id"])
    table.to_csv(root / "participants.tsv", sep="\t", index=False, na_rep="n/a", lineterminator="\n")


def _write(array: npt.NDArray[np.generic], grid: Field, path: Path) -> None:
    sitk.WriteImage(as_image(array, grid), str(path), useCompression=path.name.endswith(".gz"))
