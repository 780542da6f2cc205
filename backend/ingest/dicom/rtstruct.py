"""Reads the closed contours of an RT structure set as masks on the slices of an image.

Source: DICOM PS3.3, sections A.19 and C.8.8.6 (ROI contour).
"""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import Dataset

from backend.errors import BadFile
from backend.ingest.dicom.region_names import PROSTATE, RegionNames
from backend.ingest.dicom.rtstruct_fill import Mask, combined, crosses_itself, filled
from backend.ingest.dicom.seg_grid import CLOSE, Drawn, Lattice
from backend.ingest.dicom.seg_references import Instance, Point, named_instance
from backend.ingest.dicom.stated import Unstated, is_empty, numbers, shown, text, whole
from backend.ingest.formats.dicom_encoding import encoded
from backend.ingest.formats.open_files import FileReader

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
TYPES = ("POINT", "OPEN_PLANAR", "OPEN_NONPLANAR")
EDGE = 0.5  # voxels from the centre of the outermost pixel to the border of the image


@dataclass(frozen=True)
class Roi:
    """One region of interest with its contours, points (n, 3) in LPS mm each; `region` is empty where none is named.

    `label` is its name as far as it is shown.
    """

    path: Path
    number: int
    region: str
    frame_of_reference: str
    item: Dataset | None
    label: str = ""

    @property
    def shown(self) -> str:
        """Its name in sentences: the file and the number, never a text that somebody typed."""
        return f"ROI {self.number} of {self.path.name}"

    def on(self, grid: Lattice) -> Drawn | str:
        """The mask on a grid; a phrase where its contours do not lie on the slices. Raises BadFile."""
        slices: dict[int, list[npt.NDArray[np.float64]]] = defaultdict(list)
        for contour in self._contours():
            index = grid.index(contour)
            k = round(float(index[:, 2].mean()))
            off = float(np.abs(index[:, 2] - k).max())
            if off > CLOSE:
                return f"has a contour {off * grid.spacing[2]:.2f} mm off the slices of {grid.name}"
            high = np.array(grid.shape[::-1]) - 1
            if (index < -EDGE - CLOSE).any() or (index > high + EDGE + CLOSE).any():
                return f"reaches beyond {grid.name}"
            slices[k].append(index[:, :2])
        mask = np.zeros(grid.shape, np.bool_)
        empty = crossed = 0
        for k, contours in slices.items():
            each = [filled(points, grid.shape[1:]) for points in contours]
            empty += sum(not one.any() for one in each)
            crossed += sum(crosses_itself(points) for points in contours)
            whole_slice = combined(each)
            if isinstance(whole_slice, str):
                raise BadFile(
                    f"The {self.shown} {whole_slice} on one slice, so what it encloses is unclear; redraw it."
                )
            mask[k] = whole_slice
        self._check_gaps(mask, sorted(slices))
        counts = {"enclose the centre of no pixel": empty, "cross themselves": crossed}
        of = sum(map(len, slices.values()))
        return Drawn(mask, tuple(f"{n} of {of} contours of {self.shown} {what}" for what, n in counts.items() if n))

    def check_sources(self, places: Mapping[Instance, Point], grid: Lattice) -> None:
        """Refuse a contour that lies beside the image of the study that it was drawn on, as it says. Raises BadFile."""
        normal = np.array(grid.direction).reshape(3, 3)[:, 2]
        for contour in self._items():
            named = {named_instance(item) for item in contour.get("ContourImageSequence") or ()}
            if len(named) != 1 or (instance := named.pop()) not in places:
                continue
            apart = abs(float((self._points(contour).mean(axis=0) - places[instance]) @ normal))
            if apart > grid.spacing[2] / 2:
                raise BadFile(
                    f"The {self.shown} has a contour that lies {apart:.1f} mm from the image that it names "
                    f"({shown('ReferencedSOPInstanceUID')}); export it again."
                )

    @property
    def sources(self) -> frozenset[str]:
        """The UIDs of the slices that it says it was drawn on."""
        items = [item for contour in self._items() for item in contour.get("ContourImageSequence") or ()]
        return frozenset(named_instance(item)[0] for item in items)

    def own_grid(self) -> Lattice | str:
        """Contours have no grid of their own."""
        return "needs the image that it was drawn on"

    def _contours(self) -> list[npt.NDArray[np.float64]]:
        found = []
        for contour in self._items():
            kind = text(contour, "ContourGeometricType").strip().upper()
            if kind not in CLOSED:
                known = kind if kind in TYPES else "another type"
                raise BadFile(
                    f"The {self.shown} has a contour of {known} ({shown('ContourGeometricType')}), which encloses "
                    "nothing; remove it, or draw closed contours."
                )
            found.append(self._points(contour))
        if not found:
            raise BadFile(f"The {self.shown} has no contours ({shown('ContourSequence')}); export it with them.")
        return found

    def _items(self) -> Sequence[Dataset]:
        return (self.item.get("ContourSequence") if self.item is not None else None) or ()

    def _points(self, contour: Dataset) -> npt.NDArray[np.float64]:
        values = contour.get("ContourData")
        count = len(values) if values is not None and not isinstance(values, str) and hasattr(values, "__len__") else 0
        stated = whole(contour, "NumberOfContourPoints")
        try:
            points = np.array(numbers(contour, "ContourData", count)).reshape(-1, 3)
        except (Unstated, ValueError):
            raise BadFile(
                f"The {self.shown} has a {shown('ContourData')} that is no list of points; export it again."
            ) from None
        if not is_empty(contour, "ContourOffsetVector") and any(numbers(contour, "ContourOffsetVector", 3)):
            raise BadFile(
                f"The {self.shown} has a contour to be shifted ({shown('ContourOffsetVector')}), which programs do or "
                "do not do; export it in its place."
            )
        if len(points) < 3 or (stated is not None and stated != len(points)):
            raise BadFile(
                f"The {self.shown} has a closed contour of {len(points)} points where "
                f"{shown('NumberOfContourPoints')} states {stated}; it needs three or more, so export it again."
            )
        return points

    def _check_gaps(self, mask: Mask, drawn: list[int]) -> None:
        """Refuse slices left out between contours that lie above each other: what is between them is not drawn."""
        for below, above in pairwise(drawn):
            if above - below > 1 and (mask[below] & mask[above]).any():
                raise BadFile(
                    f"The {self.shown} has no contour on {above - below - 1} slices between two that have one; "
                    "interpolate it where it was drawn, so that every slice has its contour."
                )


def read_rois(path: Path, reader: FileReader, names: RegionNames = PROSTATE) -> list[Roi]:
    """The regions of interest of a structure set, told by `names`. Raises BadFile."""
    file = encoded(reader.read(path), path.name, reader.largest)
    try:
        tags = pydicom.dcmread(io.BytesIO(file.content))
        drawn = [(whole(item, "ReferencedROINumber"), item) for item in tags.get("ROIContourSequence") or ()]
        items = list(tags.get("StructureSetROISequence") or ())
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"The structure set {path.name} has a header that cannot be read; export it again.") from None
    contours = dict(drawn)
    if len(contours) < len(drawn):
        raise BadFile(
            f"The structure set {path.name} draws one ROI in several items ({shown('ReferencedROINumber')}), and which "
            "counts is not stated; export it again."
        )
    found: dict[int, Roi] = {}
    for item in items:
        number = whole(item, "ROINumber")
        if number is None or number in found:
            what = "an ROI without a number" if number is None else f"two ROIs of number {number}"
            raise BadFile(f"The structure set {path.name} has {what} ({shown('ROINumber')}); export it again.")
        space = text(item, "ReferencedFrameOfReferenceUID").strip(" \0")
        name = text(item, "ROIName")
        found[number] = Roi(path, number, names.by_words(name), space, contours.get(number), names.shown(name))
    if not found:
        raise BadFile(f"The structure set {path.name} names no ROI ({shown('StructureSetROISequence')}).")
    unknown = [number for number, item in drawn if number not in found and item.get("ContourSequence")]
    if unknown:
        raise BadFile(
            f"The structure set {path.name} draws ROI {unknown[0]}, which {shown('StructureSetROISequence')} does not "
            "name; export it again."
        )
    return list(found.values())
