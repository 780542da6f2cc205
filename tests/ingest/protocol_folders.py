"""Small cohorts of other organs on disk: a brain in BIDS, a CT listed in a manifest, a brain in nnU-Net's layout."""

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from tests.ingest.files import box, volume

SPACING = (1.0, 1.0, 1.0)


def image(seed: int) -> sitk.Image:
    return volume(spacing=SPACING, seed=seed)


def mask(value: int = 1) -> sitk.Image:
    return box((4, 4, 2), (14, 14, 7), like=image(0), value=value)


def write_brain(root: Path, studies: int = 2) -> None:
    """Four sequences a subject, a tumour drawn with code 4, and a mask of the brain, which is no region."""
    for n in range(1, studies + 1):
        folder = root / f"sub-{n:02d}" / "anat"
        folder.mkdir(parents=True)
        for k, name in enumerate(("ce-gd_T1w", "FLAIR", "T1w", "T2w")):
            sitk.WriteImage(image(n * 10 + k), str(folder / f"sub-{n:02d}_{name}.nii.gz"))
        sitk.WriteImage(mask(4), str(folder / f"sub-{n:02d}_label-tumor_mask.nii.gz"))
        sitk.WriteImage(mask(), str(folder / f"sub-{n:02d}_label-brain_mask.nii.gz"))


def write_ct(root: Path, studies: int = 2) -> Path:
    """CT with values around 0 HU, a nodule called gtv, and columns that are read and not read."""
    root.mkdir(parents=True)
    rows = ["study_id,patient_id,Chest_CT,GTV,age,stage"]
    for n in range(studies):
        sitk.WriteImage(sitk.Cast(image(n), sitk.sitkInt16) - 400, str(root / f"c{n}.nrrd"))
        sitk.WriteImage(mask(), str(root / f"m{n}.nrrd"))
        rows.append(f"s{n},p{n},c{n}.nrrd,m{n}.nrrd,{50 + n},II")
    table = root / "manifest.csv"
    table.write_text("\n".join(rows) + "\n", "utf-8")
    return table


def write_nnunet(root: Path) -> None:
    """One brain whose label map has overlapping regions, as nnU-Net lists them."""
    described = {
        "channel_names": {"0": "T1Gd", "1": "FLAIR", "2": "ASL"},
        "labels": {"background": 0, "whole tumor": [1, 2], "necrosis": [2]},
        "file_ending": ".nii.gz",
    }
    for name in ("imagesTr", "labelsTr"):
        (root / name).mkdir(parents=True)
    (root / "dataset.json").write_text(json.dumps(described), "utf-8")
    for channel in range(3):
        sitk.WriteImage(image(channel), str(root / "imagesTr" / f"g1_{channel:04d}.nii.gz"))
    labels = sitk.GetArrayFromImage(mask())
    labels[3:5] *= 2
    drawn = sitk.GetImageFromArray(labels)
    drawn.CopyInformation(mask())
    sitk.WriteImage(drawn, str(root / "labelsTr" / "g1.nii.gz"))


def inside(seed: int) -> np.ndarray:
    """The voxels of an image that the mask covers, cut out by the corners it was drawn with."""
    return sitk.GetArrayFromImage(image(seed))[2:7, 4:14, 4:14].astype(float)
