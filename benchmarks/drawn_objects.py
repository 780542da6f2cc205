"""Phantoms of masks in DICOM, drawn without the reader's code: segmentations by highdicom, contours by hand.

A region is a span of columns in each row of some slices. So its pixels and its outline, which runs along the edges of
pixels, are both known without any filling.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import UID, ExplicitVRLittleEndian

from benchmarks.bad_images import Rng
from benchmarks.images import Sample, write_series

SPACE = "1.2.826.77"
RTSTRUCT = UID("1.2.840.10008.5.1.4.1.1.481.3")
TAGS: dict[str, Any] = dict.fromkeys(
    ("PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate", "StudyTime"), ""
)
SIZE = (9, 30, 34)
Spans = dict[int, npt.NDArray[np.int64]]
"""Slice -> rows of (row, first column, last column), rows without a gap."""


@dataclass(frozen=True)
class Phantom:
    """A T2 series on disk, its slices from the foot up, and regions on its voxels by name."""

    folder: Path
    truth: Sample
    files: list[Path]
    regions: dict[str, Spans]

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """The pixels (D, H, W) of a region."""
        made = np.zeros(SIZE, np.bool_)
        for k, rows in self.regions[name].items():
            for row, first, last in rows.tolist():
                made[k, row, first : last + 1] = True
        return made

    def outline(self, name: str, k: int) -> npt.NDArray[np.float64]:
        """The closed contour of a region on a slice, points in mm."""
        rows = self.regions[name][k]
        left = [(first - 0.5, row + edge) for row, first, _ in rows.tolist() for edge in (-0.5, 0.5)]
        right = [(last + 0.5, row + edge) for row, _, last in rows.tolist() for edge in (-0.5, 0.5)]
        return self.points(np.array(left + right[::-1]), k)

    def points(self, flat: npt.NDArray[np.float64], k: float) -> npt.NDArray[np.float64]:
        """Places (column, row) of a slice in mm."""
        index = np.column_stack([flat, np.full(len(flat), float(k))])
        axes = np.array(self.truth.direction).reshape(3, 3)
        return np.asarray(self.truth.origin + (index * self.truth.spacing) @ axes.T, np.float64)


def phantom(folder: Path, rng: Rng) -> Phantom:
    """A tilted T2 with PZ, TZ and lesion beside each other, and a gland around all."""
    tilt = float(rng.uniform(-0.3, 0.3))
    axes = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    pixel = round(float(rng.uniform(0.5, 1.0)), 3)
    x, y, z = np.round(rng.uniform(-40, 40, 3), 3).tolist()
    voxels = rng.integers(1, 900, SIZE).astype("u2")
    one = Sample(voxels, (pixel, pixel, 3.0), (x, y, z), tuple(axes.ravel().tolist()))
    files = write_series(folder / "t2", one, FrameOfReferenceUID=SPACE, ReferringPhysicianName="", **TAGS)
    boxes = {"Prostate": (2, 26, 3, 31, 2, 7), "PZ": (16, 24, 5, 29, 2, 7), "TZ": (4, 15, 6, 27, 2, 7)}
    regions = {name: _spans(rng, *box) for name, box in boxes.items()} | {"Lesion": _spans(rng, 17, 22, 8, 15, 3, 6)}
    return Phantom(folder, one, files, regions)


def _spans(rng: Rng, top: int, bottom: int, left: int, right: int, low: int, high: int) -> Spans:
    rows = np.arange(top, bottom)
    third = (right - left) // 3
    return {
        k: np.column_stack(
            [rows, rng.integers(left, left + third, len(rows)), rng.integers(right - third, right, len(rows))]
        )
        for k in range(low, high)
    }


def segmentation(one: Phantom, names: list[str], kind: str = "BINARY", empty: bool = False) -> Dataset:
    """The regions as segments of an object that highdicom makes; `empty`: with the frames that hold no mark."""
    manual = highdicom.seg.SegmentAlgorithmTypeValues.MANUAL
    organ = codes.SCT.Organ
    described = [
        highdicom.seg.SegmentDescription(n, name, organ, organ, manual) for n, name in enumerate(names, start=1)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return highdicom.seg.Segmentation(
            [pydicom.dcmread(path) for path in one.files],
            np.stack([one.mask(name) for name in names], -1).astype(np.uint8),
            highdicom.seg.SegmentationTypeValues[kind],
            described,
            series_instance_uid=UID("1.2.826.99"),
            series_number=99,
            sop_instance_uid=UID("1.2.826.99.1"),
            instance_number=1,
            manufacturer="m",
            manufacturer_model_name="m",
            software_versions="1",
            device_serial_number="1",
            omit_empty_frames=not empty,
        )


def structure_set(one: Phantom, names: list[str]) -> FileDataset:
    """The regions as closed contours, each naming the slice that it was drawn on."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RTSTRUCT, UID("1.2.826.98.1")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("rs.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = RTSTRUCT, meta.MediaStorageSOPInstanceUID
    made.Modality, made.SeriesInstanceUID, made.StudyInstanceUID = "RTSTRUCT", "1.2.826.98", "1.2.3.4"
    made.StructureSetROISequence, made.ROIContourSequence = Sequence(), Sequence()
    instances = [pydicom.dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID for path in one.files]
    for number, name in enumerate(names, start=1):
        named, drawn = Dataset(), Dataset()
        named.ROINumber, named.ROIName, named.ReferencedFrameOfReferenceUID = number, name, SPACE
        drawn.ReferencedROINumber = number
        drawn.ContourSequence = Sequence(
            [contour(one.outline(name, k), instances[k]) for k in sorted(one.regions[name])]
        )
        made.StructureSetROISequence.append(named)
        made.ROIContourSequence.append(drawn)
    return made


def contour(points: npt.NDArray[np.float64], instance: str, kind: str = "CLOSED_PLANAR") -> Dataset:
    """One contour through points in mm."""
    item, image = Dataset(), Dataset()
    item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
    item.ContourData = [f"{mm:.5f}" for mm in np.ravel(points)]
    image.ReferencedSOPInstanceUID = instance
    item.ContourImageSequence = Sequence([image])
    return item
