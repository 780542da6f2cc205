"""Drawn DICOM studies of other organs: a brain with four sequences and more, a chest CT with contours."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import CTImageStorage

from tests.ingest.dicom.seg_files import SPACE, write_rtstruct
from tests.ingest.files import write_series

ORIGINAL = ["ORIGINAL", "PRIMARY", "AXIAL"]
MR = ["ORIGINAL", "PRIMARY", "M", "ND"]


def write_ct(folder: Path, number: int, name: str, *, step: float = 3.0, slices: int = 9, **changes) -> list[Path]:
    """An axial CT, stored with an offset of 1024, its slices head first."""
    tags = {
        "Modality": "CT",
        "SOPClassUID": CTImageStorage,
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "RescaleType": "HU",
        "FrameOfReferenceUID": SPACE,
        **changes,
    }
    kind = tags.pop("ImageType", ORIGINAL)
    files = write_series(folder / f"ct{number}", number, name, kind, slices=slices, **tags)
    if step != 3.0:
        for k, file in enumerate(files):
            one = pydicom.dcmread(file)
            one.ImagePositionPatient = [-10.0, -12.0, 4.0 + step * (slices - 1 - k)]
            one.SliceThickness = step
            one.save_as(file)
    return files


def square(low: float, high: float, z: float) -> np.ndarray:
    """A closed square contour on a slice, mm."""
    return np.array([[low, low, z], [high, low, z], [high, high, z], [low, high, z]])


def write_chest(folder: Path, rois: tuple[str, ...] = ("GTV-1", "GTV-2", "Lung-Left", "Lung-Right", "Heart")) -> None:
    """A CT of 3 mm with contours of five structures, a thicker one, a localizer and a dose report."""
    write_ct(folder, 3, "Thorax 3.0 B30f", ConvolutionKernel="B30f")
    write_ct(folder, 2, "Topogram", slices=3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    write_ct(folder, 4, "Thorax 5.0 B30f", slices=5, step=5.0, ConvolutionKernel="B30f")
    z = [4.0 + 3.0 * k for k in range(2, 6)]
    places = {name: (-8.0 + 3 * n, -4.0 + 3 * n) for n, name in enumerate(rois)}
    write_rtstruct(
        folder / "rs" / "rs.dcm",
        {name: [square(low, high, each) for each in z] for name, (low, high) in places.items()},
    )


def write_head(folder: Path) -> None:
    """T1 before and after contrast, T2, FLAIR, diffusion, a localizer and a subtraction."""
    space = {"FrameOfReferenceUID": SPACE}
    write_series(folder / "2", 2, "localizer", MR, slices=3, **space)
    write_series(folder / "3", 3, "t1_mprage_sag", MR, EchoTime=3, **space)
    write_series(folder / "4", 4, "t2_tse_tra", MR, EchoTime=100, **space)
    write_series(folder / "5", 5, "t2_tirm_tra_dark-fluid", MR, EchoTime=90, InversionTime=2500, **space)
    write_series(folder / "6", 6, "ep2d_diff_b1000", MR, 1000, EchoTime=80, **space)
    write_series(folder / "7", 7, "t1_mprage_sag", MR, EchoTime=3, ContrastBolusAgent="Gadovist", **space)
    write_series(folder / "8", 8, "t1 SUB", ["DERIVED", "SECONDARY", "M"], ContrastBolusAgent="Gadovist", **space)
