"""The DICOM series that a mask lies on, as a segmentation refers to it: UIDs, and where each of its slices lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from backend.errors import BadImage

CLOSE = 0.1  # voxels by which a mask's slice may lie beside one of the series


@dataclass(frozen=True)
class SourceSlice:
    """One slice: its UID, its number in a file of several frames, and the place of its first pixel in LPS mm."""

    uid: str
    frame: int | None
    position: tuple[float, float, float]


@dataclass(frozen=True)
class SourceSeries:
    """A series: `axes` are the directions along a row and along a column, `size` columns and rows."""

    study: str
    series: str
    space: str
    sop_class: str
    axes: tuple[float, ...]
    size: tuple[int, int]
    slices: tuple[SourceSlice, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "SourceSeries":
        """A series as the sandbox tells it."""
        slices = tuple(SourceSlice(uid, frame, tuple(position)) for uid, frame, position in told["slices"])
        names = {name: str(told[name]) for name in ("study", "series", "space", "sop_class")}
        columns, rows = told["size"]
        return cls(**names, axes=tuple(told["axes"]), size=(columns, rows), slices=slices)

    def under(self, mask: sitk.Image) -> tuple[sitk.Image, list[SourceSlice]]:
        """The mask with rows and columns in the series' order, and the slice under each of its slices.

        Raises BadImage where it does not lie on the series.
        """
        if not all((self.study, self.series, self.space, self.sop_class, *(each.uid for each in self.slices))):
            raise BadImage("That DICOM study lacks UIDs that a segmentation must name; export without --source.")
        turned = _along(mask, np.array(self.axes).reshape(2, 3))
        if turned is None or turned.GetSize()[:2] != self.size:
            raise _elsewhere()
        at = np.array([each.position for each in self.slices])
        found = []
        for k in range(turned.GetSize()[2]):
            apart = np.linalg.norm(at - np.array(turned.TransformIndexToPhysicalPoint((0, 0, k))), axis=1)
            nearest = int(apart.argmin())
            if not apart[nearest] <= CLOSE * min(turned.GetSpacing()):  # nor where a place is unknown
                raise _elsewhere()
            found.append(self.slices[nearest])
        return turned, found


def _along(mask: sitk.Image, axes: npt.NDArray[np.float64]) -> sitk.Image | None:
    """The mask with its x and y axes flipped to run as `axes` do; None where they run another way."""
    own = np.array(mask.GetDirection()).reshape(3, 3).T[:2]
    along = (own * axes).sum(axis=1)
    if np.abs(np.abs(along) - 1).max() > 1e-4:
        return None
    flipped = [bool(each < 0) for each in along]
    return sitk.Flip(mask, [*flipped, False], False) if any(flipped) else mask


def series_under(mask: sitk.Image, told: Sequence[SourceSeries]) -> SourceSeries:
    """The first series that the mask lies on. Raises BadImage where it lies on none."""
    refusal = _elsewhere()
    for each in told:
        try:
            each.under(mask)
        except BadImage as why:
            refusal = why
        else:
            return each
    raise refusal


def _elsewhere() -> BadImage:
    return BadImage(
        "The mask does not lie on the slices of any series of that DICOM study; give the one it was made on."
    )
