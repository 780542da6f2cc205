"""The frames of a segmentation object: where each lies, which segment it draws, and its pixels.

Source: DICOM PS3.3, sections A.51 and C.8.20 (segmentation), with supplement 243 (label maps).
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import Dataset

from backend.errors import BadFile
from backend.ingest.dicom.codecs import NATIVE, NEAR_LOSSLESS, codec_problem
from backend.ingest.dicom.frames import MAX_FRAMES, PER_FRAME, SHARED, frame_count, frames
from backend.ingest.dicom.geometry import Place, place
from backend.ingest.dicom.packed_frames import Unpackable, unpacked
from backend.ingest.dicom.seg_grid import straight_problem
from backend.ingest.dicom.seg_indices import indices_problem
from backend.ingest.dicom.stated import shown, text, whole
from backend.ingest.formats.dicom_encoding import encoded
from backend.ingest.formats.open_files import FileReader

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
LOSSY = "was packed with loss, so its labels may have changed; export it again"


@dataclass(frozen=True)
class Frame:
    """A frame: its number in the file, its place, and the segment that it draws (none in a label map)."""

    at: int
    place: Place
    segment: int | None


class SegmentationFile:
    """A segmentation object with its frames; `name` is the file's. Raises BadFile where it is no sound one."""

    def __init__(self, path: Path, reader: FileReader) -> None:
        self.path, self.name, self.largest = path, path.name, reader.largest
        file = encoded(reader.read(path), path.name, reader.largest)
        self._syntax = file.syntax
        try:
            self.tags = pydicom.dcmread(io.BytesIO(file.content))
        except Exception:  # what pydicom raises on damaged bytes has no common class
            raise self.fault("has a header that cannot be read; export it again") from None
        self.kind = text(self.tags, "SegmentationType").strip().upper()
        self.frame_of_reference = text(self.tags, "FrameOfReferenceUID").strip(" \0")
        unreadable = codec_problem(self._syntax)
        if self._syntax == NEAR_LOSSLESS or text(self.tags, "LossyImageCompression").strip() == "01":
            unreadable = LOSSY
        if unreadable:
            raise self.fault(unreadable)
        self._check()
        self.frames = self._frames()
        problem = straight_problem([frame.place for frame in self.frames]) if self.frames else ""
        problem = problem or indices_problem(self.tags, [(each.segment, each.place) for each in self.frames])
        if problem:
            raise self.fault(f"{problem}; export it again")

    def fault(self, phrase: str) -> BadFile:
        """The refusal of this file."""
        return BadFile(f"The segmentation {self.name} {phrase}.")

    def _check(self) -> None:
        if self.kind not in KINDS:
            raise self.fault(f"has a {shown('SegmentationType')} other than {', '.join(KINDS)}; export it as BINARY")
        bits = whole(self.tags, "BitsAllocated")
        allowed = {"BINARY": (1, 8), "FRACTIONAL": (8,), "LABELMAP": (8, 16)}[self.kind]
        if bits not in allowed or (whole(self.tags, "SamplesPerPixel") or 1) != 1:
            raise self.fault(f"stores {bits} bits a pixel ({shown('BitsAllocated')}), which a {self.kind} one cannot")
        if "PixelData" not in self.tags and self.tags.get(PER_FRAME):
            raise self.fault("holds no pixels; export it again")
        if "PixelData" in self.tags and not self.tags.get(PER_FRAME):
            raise self.fault(f"does not say where its frames lie ({shown(PER_FRAME)}); export it again")

    def _frames(self) -> list[Frame]:
        groups = self.tags.get(PER_FRAME) or ()
        count = frame_count(self.tags) if groups else 0
        if count != len(groups) or count > MAX_FRAMES:
            raise self.fault(
                f"states {count} frames ({shown('NumberOfFrames')}) and places {len(groups)} "
                f"({shown(PER_FRAME)}); export it again"
            )
        shared = next(iter(self.tags.get(SHARED) or ()), Dataset())
        found = []
        for at, merged in enumerate(frames(self.tags) if count else ()):
            where, problem = place(merged)
            if problem:
                raise self.fault(f"has a frame, number {at + 1}, that {problem}")
            found.append(Frame(at, where, None if self.kind == "LABELMAP" else self._segment(at, groups[at], shared)))
        return found

    def _segment(self, at: int, group: Dataset, shared: Dataset) -> int:
        for named in (group, shared):
            items = list(named.get("SegmentIdentificationSequence") or [])
            number = whole(items[0], "ReferencedSegmentNumber") if len(items) == 1 else None
            if number is not None:
                return number
        raise self.fault(f"does not say which segment frame {at + 1} draws ({shown('ReferencedSegmentNumber')})")

    def pixels(self, frame: Frame) -> npt.NDArray[Any]:
        """The stored values (H, W) of a frame."""
        rows, columns = frame.place.shape
        bits = whole(self.tags, "BitsAllocated") or 0
        if self._syntax not in NATIVE:
            return self._unpacked(frame)
        content, count = self.tags.PixelData, rows * columns
        if bits == 1:
            start, end = frame.at * count, (frame.at + 1) * count
            some = np.frombuffer(content, np.uint8)[start // 8 : (end + 7) // 8]
            values = np.unpackbits(some, bitorder="little")[start % 8 : start % 8 + count]
        else:
            order = ">" if self._syntax.endswith("1.2.2") else "<"
            kind = np.dtype(f"{order}u{bits // 8}")
            values = np.frombuffer(content, kind)[frame.at * count : (frame.at + 1) * count]
        if values.size != count:
            raise self.fault("holds fewer pixels than its header declares; export it again")
        return values.reshape(rows, columns)

    def _unpacked(self, frame: Frame) -> npt.NDArray[Any]:
        try:
            found = unpacked(self.tags, self._syntax, frame.at, frame.place.shape)
        except Unpackable as unpackable:
            raise self.fault(f"has a frame, number {frame.at + 1}, that {unpackable.phrase}; export it again") from None
        if found.lossy:
            raise self.fault(LOSSY)
        return found.values
