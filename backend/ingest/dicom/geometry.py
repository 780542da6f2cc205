"""Where a slice lies: position, axes, spacing and size exactly as stated, or why they are unknown."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from backend.ingest.dicom.stated import Unstated, is_empty, number, numbers, shown, whole

UNIT = 1e-3  # how far the length of a direction may be from 1
SAME = 0.01  # relative; an aspect ratio is of whole numbers
OTHER_SPACINGS = {
    "ImagerPixelSpacing": "the size on a detector, not in the patient",
    "NominalScannedPixelSpacing": "the size on a scanned film, not in the patient",
}
NOWHERE = np.full(3, np.nan)


@dataclass(frozen=True)
class Place:
    """A slice in space, LPS mm: `spacing` between rows and between columns, `axes` along a row and along a column.

    `between` and `thickness` are what the header says of neighbouring slices, where it does.
    """

    position: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    spacing: tuple[float, float]
    shape: tuple[int, int]
    between: float | None = None
    thickness: float | None = None

    @property
    def axial(self) -> bool:
        """Whether the slice lies closer to the axial plane than to others; of unknown axes it is not denied."""
        return not np.isfinite(self.axes).all() or bool(np.abs(np.cross(*self.axes)).argmax() == 2)


def place(tags: Dataset) -> tuple[Place, str]:
    """The place of a slice, and a phrase where a tag that it needs cannot be used (its numbers are then NaN)."""
    problems = []
    shape = (whole(tags, "Rows") or 0, whole(tags, "Columns") or 0)
    for keyword, pixels in zip(("Rows", "Columns"), shape, strict=True):
        if pixels < 1:
            problems.append(f"has no {shown(keyword)} that can be used, so its size is unknown")
    position, axes, spacing = NOWHERE, np.full((2, 3), np.nan), (float("inf"), float("inf"))
    try:
        position = np.array(numbers(tags, "ImagePositionPatient", 3))
    except Unstated as unstated:
        problems.append(f"{unstated.phrase}, so where its slices lie is unknown")
    try:
        axes = _axes(tags)
    except Unstated as unstated:
        problems.append(f"{unstated.phrase}, so how its slices are turned is unknown")
    try:
        spacing = _spacing(tags)
    except Unstated as unstated:
        problems.append(f"{unstated.phrase}, so its pixel size is unknown{_other_spacing(tags)}")
    between, thickness = (_stated(tags, name) for name in ("SpacingBetweenSlices", "SliceThickness"))
    phrase = f"{problems[0]}; export it again" if problems else ""
    if problems and spacing[0] != float("inf"):
        spacing = (float("inf"), float("inf"))  # never the finest of several
    return Place(position, axes, spacing, shape, between, thickness), phrase


def _axes(tags: Dataset) -> npt.NDArray[np.float64]:
    axes = np.array(numbers(tags, "ImageOrientationPatient", 6)).reshape(2, 3)
    lengths = np.linalg.norm(axes, axis=1)
    if np.abs(lengths - 1).max() > UNIT or np.linalg.norm(np.cross(*axes)) < 0.5:
        raise Unstated(f"has an {shown('ImageOrientationPatient')} that is no pair of directions")
    return axes


def _spacing(tags: Dataset) -> tuple[float, float]:
    rows, columns = numbers(tags, "PixelSpacing", 2)
    if min(rows, columns) <= 0:
        raise Unstated(f"has a {shown('PixelSpacing')} of {rows:g} and {columns:g} mm")
    if not is_empty(tags, "PixelAspectRatio"):
        high, wide = numbers(tags, "PixelAspectRatio", 2)
        if abs(high * columns - wide * rows) > SAME * abs(wide * rows):
            raise Unstated(
                f"states two shapes of a pixel: {rows:g} x {columns:g} mm ({shown('PixelSpacing')}) and "
                f"{high:g}:{wide:g} ({shown('PixelAspectRatio')})"
            )
    return rows, columns


def _other_spacing(tags: Dataset) -> str:
    return "".join(f" ({keyword} is {what})" for keyword, what in OTHER_SPACINGS.items() if keyword in tags)


def _stated(tags: Dataset, keyword: str) -> float | None:
    """A number beside the geometry; None where it is absent or no number."""
    try:
        return number(tags, keyword, 0.0) or None
    except Unstated:
        return None
