"""The segments of a segmentation object as regions, and each as a mask on a grid: frames that are missing are 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.errors import BadFile
from backend.ingest.dicom.region_names import PROSTATE, RegionNames
from backend.ingest.dicom.seg_frames import Frame, SegmentationFile
from backend.ingest.dicom.seg_grid import Drawn, Lattice, Mask, normal_of, own_lattice, voxels_of
from backend.ingest.dicom.seg_indices import slices_missing
from backend.ingest.dicom.seg_references import Instance, Point, source_of
from backend.ingest.dicom.stated import shown, text, whole
from backend.ingest.formats.open_files import FileReader


@dataclass(frozen=True)
class Segment:
    """One segment; `region` is empty where no word or code names one that is used; `label` as far as it is shown."""

    file: SegmentationFile
    number: int
    region: str
    label: str = ""

    @property
    def shown(self) -> str:
        """Its name in sentences: the file and the number, never a text that somebody typed."""
        return f"segment {self.number} of {self.file.name}"

    @property
    def path(self) -> Path:
        """The file that draws it."""
        return self.file.path

    @property
    def frame_of_reference(self) -> str:
        """The UID of the space that its positions are in; empty where none is stated."""
        return self.file.frame_of_reference

    def on(self, grid: Lattice) -> Drawn | str:
        """The mask on a grid; a phrase where it does not lie on its voxels. Raises BadFile."""
        mask = np.zeros(grid.shape, np.bool_)
        seen: set[tuple[int, ...]] = set()
        frames = []
        for frame in self._frames():
            marked = self._marked(frame)
            voxels = voxels_of(frame.place, marked, grid)
            if voxels is None:
                return f"does not lie on the voxels of {grid.name}"
            where = tuple(np.round(grid.index(frame.place.position)[0]).astype(int).tolist())
            if where in seen:
                raise BadFile(f"The {self.shown} has two frames at the same position; keep one.")
            seen.add(where)
            mask[voxels[:, 2], voxels[:, 1], voxels[:, 0]] = True
            frames.append((frame.place, marked))
        if not mask.any():
            return Drawn(mask, (f"{self.shown} marks no voxel",))
        missing = slices_missing(frames)
        return Drawn(mask, (f"{self.shown} lacks {missing} frames between others",) if missing else ())

    def check_sources(self, places: Mapping[Instance, Point], grid: Lattice) -> None:
        """Refuse a frame that lies beside the image of the study that it was drawn on, as it says. Raises BadFile."""
        for frame in self._frames():
            named = source_of(self.file.tags, frame.at)
            if named not in places:
                continue
            apart = abs(float((frame.place.position - places[named]) @ normal_of(frame.place)))
            if apart > grid.spacing[2] / 2:
                raise self.file.fault(
                    f"has a frame, number {frame.at + 1}, that lies {apart:.1f} mm from the image that it names "
                    f"({shown('ReferencedSOPInstanceUID')}); export it again"
                )

    @property
    def sources(self) -> frozenset[str]:
        """The UIDs of the slices that it says it was drawn on."""
        return frozenset(source_of(self.file.tags, frame.at)[0] for frame in self._frames())

    def own_grid(self) -> Lattice | str:
        """The grid that all frames of the file span, or why there is none."""
        places = [frame.place for frame in self.file.frames]
        if not places:
            return "has no frames"
        return own_lattice(places, self.file.name, self.frame_of_reference, self.file.largest)

    def _frames(self) -> Iterable[Frame]:
        return [each for each in self.file.frames if each.segment in (self.number, None)]

    def _marked(self, frame: Frame) -> Mask:
        values = self.file.pixels(frame)
        if self.file.kind == "LABELMAP":
            return np.asarray(values == self.number)
        full = whole(self.file.tags, "MaximumFractionalValue") if self.file.kind == "FRACTIONAL" else 1
        if not full:
            raise self.file.fault(f"does not state its {shown('MaximumFractionalValue')}; save it as BINARY")
        if not ((values == 0) | (values == full)).all():
            raise BadFile(_between(self.shown, values, full, self.file.kind))
        return np.asarray(values > 0)


def _between(name: str, values: npt.NDArray[Any], full: int, kind: str) -> str:
    if kind == "FRACTIONAL":
        return (
            f"The {name} holds fractions ({shown('SegmentationType')} FRACTIONAL, values between 0 and {full}), and "
            "another threshold makes another region; choose one and save it as BINARY."
        )
    return f"The {name} is BINARY and holds the value {values.max()}; export it again."


def read_segments(path: Path, reader: FileReader, names: RegionNames = PROSTATE) -> list[Segment]:
    """The segments of a file, told by `names`. Raises BadFile."""
    file = SegmentationFile(path, reader)
    found: dict[int, Segment] = {}
    for item in file.tags.get("SegmentSequence") or ():
        number = whole(item, "SegmentNumber")
        if number is None or number in found:
            what = "a segment without a number" if number is None else f"two segments of number {number}"
            raise file.fault(f"has {what} ({shown('SegmentNumber')}); export it again")
        region, contradicted = names.of_segment(item)
        if contradicted:
            raise file.fault(f"has a segment, number {number}, that {contradicted}")
        found[number] = Segment(file, number, region, names.shown(text(item, "SegmentLabel")))
    if not found:
        raise file.fault(f"describes no segment ({shown('SegmentSequence')}); export it again")
    _check_described(file, found)
    return [segment for number, segment in found.items() if number]


def _check_described(file: SegmentationFile, found: dict[int, Segment]) -> None:
    """Refuse frames and labels that no segment describes: what they draw is unknown."""
    for frame in file.frames:
        drawn = [frame.segment] if frame.segment is not None else np.unique(file.pixels(frame)).tolist()
        unknown = next((number for number in drawn if number not in found and (number or frame.segment == 0)), None)
        if unknown is not None:
            raise file.fault(
                f"has a frame, number {frame.at + 1}, of segment {unknown}, which {shown('SegmentSequence')} does not "
                "describe; export it again"
            )
