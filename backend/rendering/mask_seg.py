"""Writes a stored mask as a DICOM segmentation (BINARY), a segment for each of its values.

Source: DICOM PS3.3, section A.51 and C.8.20. The same mask gives the same bytes. No name of a person is in the file.
"""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from backend.rendering.seg_codes import SegmentWords, segment_words
from backend.rendering.seg_source import SourceSeries, SourceSlice
from backend.version import VERSION
from shared.schemas.protocol import Protocol

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
NO_SOURCE = (
    "The UIDs of the source images are not known here: the UIDs of study, series and frame of reference are new. "
    "Positions are those of the source images in the patient."
)
SEGMENT_AT, POSITION_AT = (0x0062000B, 0x0062000A), (0x00200032, 0x00209113)


def mask_seg(
    mask: sitk.Image,
    roi: str,
    *,
    protocol: Protocol,
    case: str,
    patient: str,
    made: datetime,
    source: SourceSeries | None = None,
) -> bytes:
    """The file of a mask of `roi` on its own grid; `source` is the series that it lies on, where its UIDs are known.

    Raises BadImage where it does not lie on that series.
    """
    image, under = source.under(mask) if source else (mask, [])
    voxels = sitk.GetArrayFromImage(image)
    values = [int(value) for value in np.unique(voxels) if value] or [1]
    slices = [np.flatnonzero((voxels == value).any((1, 2))).tolist() for value in values]
    frames = [(n, int(k)) for n, marked in enumerate(slices, start=1) for k in marked] or [(1, 0)]
    content = Dataset()
    _add_identity(content, roi, case, patient, made, source)
    _add_segments(content, [(value, segment_words(protocol, roi, value, len(values) > 1)) for value in values])
    _add_geometry(content, image, frames, under, source.sop_class if source else "")
    if source:
        content.ReferencedSeriesSequence = Items([_referenced(source)])
    _add_pixels(content, np.stack([voxels[k] == values[n - 1] for n, k in frames]))
    content.SOPInstanceUID = _uid("instance", case, roi, content.PixelData.hex(), source.series if source else "")
    return _written(content)


def _add_identity(
    content: Dataset, roi: str, case: str, patient: str, made: datetime, source: SourceSeries | None
) -> None:
    content.SOPClassUID, content.Modality = SEGMENTATION, "SEG"
    content.ImageType = ["DERIVED", "PRIMARY"]
    content.PatientID, content.PatientName, content.PatientBirthDate, content.PatientSex = patient, "", "", ""
    content.StudyInstanceUID = source.study if source else _uid("study", case)
    content.FrameOfReferenceUID = source.space if source else _uid("space", case)
    content.SeriesInstanceUID = _uid("series", case, roi)
    content.StudyID, content.StudyDate, content.StudyTime = "", "", ""
    content.AccessionNumber, content.ReferringPhysicianName, content.PositionReferenceIndicator = "", "", ""
    content.SeriesNumber, content.InstanceNumber, content.SeriesDescription = 1, 1, f"RadiomicLens {roi} mask"
    content.ContentDate, content.ContentTime = made.strftime("%Y%m%d"), made.strftime("%H%M%S")
    content.SeriesDate, content.SeriesTime = content.ContentDate, content.ContentTime
    content.Manufacturer, content.ManufacturerModelName = "RadiomicLens", "RadiomicLens"
    content.DeviceSerialNumber, content.SoftwareVersions = "none", VERSION
    content.ContentLabel, content.ContentDescription, content.ContentCreatorName = _label(roi), f"{roi} mask", ""
    if not source:
        content.ImageComments = NO_SOURCE


def _label(roi: str) -> str:
    """A region's name as a coded string may be written: capital letters, digits and underscores, 16 at most."""
    return re.sub("[^A-Z0-9_]", "_", roi.upper())[:16]


def _add_segments(content: Dataset, segments: Sequence[tuple[int, SegmentWords]]) -> None:
    items = []
    for number, (value, words) in enumerate(segments, start=1):
        item = Dataset()
        item.SegmentNumber = number
        item.SegmentLabel = words.label
        item.SegmentDescription = f"value {value} of the mask"
        item.SegmentAlgorithmType, item.SegmentAlgorithmName = "SEMIAUTOMATIC", "not known: an imported mask"
        item.SegmentedPropertyCategoryCodeSequence = Items([_code(*words.category)])
        item.SegmentedPropertyTypeCodeSequence = Items([_code(*words.type)])
        if words.organ:
            item.AnatomicRegionSequence = Items([_code(*words.organ)])
        items.append(item)
    content.SegmentSequence = Items(items)
    content.SegmentationType, content.SegmentsOverlap = "BINARY", "NO"


def _add_geometry(
    content: Dataset, image: sitk.Image, frames: Sequence[tuple[int, int]], under: Sequence[SourceSlice], sop_class: str
) -> None:
    x, y, gap = image.GetSpacing()
    axes = np.array(image.GetDirection()).reshape(3, 3).T[:2]
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness, measures.SpacingBetweenSlices = _ds([y, x]), *_ds([gap, gap])
    orientation.ImageOrientationPatient = _ds(axes.ravel().tolist())
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Items([measures]), Items([orientation])
    content.SharedFunctionalGroupsSequence = Items([shared])
    organisation = Dataset()
    organisation.DimensionOrganizationUID = _uid("dimensions", content.SeriesInstanceUID)
    content.DimensionOrganizationSequence = Items([organisation])
    content.DimensionIndexSequence = Items(
        [_index(organisation.DimensionOrganizationUID, *pointer) for pointer in (SEGMENT_AT, POSITION_AT)]
    )
    order = {k: n for n, k in enumerate(sorted({k for _, k in frames}), start=1)}
    groups = [_frame(image, n, k, order[k], under[k] if under else None, sop_class) for n, k in frames]
    content.PerFrameFunctionalGroupsSequence, content.NumberOfFrames = Items(groups), len(groups)
    content.Columns, content.Rows = image.GetSize()[:2]


def _frame(image: sitk.Image, segment: int, k: int, order: int, source: SourceSlice | None, sop_class: str) -> Dataset:
    group, where, named, at = Dataset(), Dataset(), Dataset(), Dataset()
    where.DimensionIndexValues = [segment, order]
    named.ReferencedSegmentNumber = segment
    at.ImagePositionPatient = _ds(image.TransformIndexToPhysicalPoint((0, 0, k)))
    group.FrameContentSequence, group.SegmentIdentificationSequence = Items([where]), Items([named])
    group.PlanePositionSequence = Items([at])
    if source:
        derived, instance = Dataset(), _instance(sop_class, source)
        derived.DerivationCodeSequence = Items([_code("113076", "DCM", "Segmentation")])
        purpose = _code("121322", "DCM", "Source Image for Image Processing Operation")
        instance.PurposeOfReferenceCodeSequence = Items([purpose])
        derived.SourceImageSequence = Items([instance])
        group.DerivationImageSequence = Items([derived])
    return group


def _referenced(source: SourceSeries) -> Dataset:
    item = Dataset()
    item.SeriesInstanceUID = source.series
    each = {of_file.uid: SourceSlice(of_file.uid, None, of_file.position) for of_file in source.slices}
    item.ReferencedInstanceSequence = Items([_instance(source.sop_class, one) for one in each.values()])
    return item


def _instance(sop_class: str, source: SourceSlice) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, source.uid
    if source.frame is not None:
        item.ReferencedFrameNumber = source.frame
    return item


def _add_pixels(content: Dataset, frames: npt.NDArray[np.bool_]) -> None:
    content.SamplesPerPixel, content.PhotometricInterpretation = 1, "MONOCHROME2"
    content.BitsAllocated, content.BitsStored, content.HighBit, content.PixelRepresentation = 1, 1, 0, 0
    content.LossyImageCompression = "00"
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    content.PixelData = packed + b"\0" * (len(packed) % 2)


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _index(organisation: str, pointer: int, group: int) -> Dataset:
    item = Dataset()
    item.DimensionOrganizationUID, item.DimensionIndexPointer = organisation, pointer
    item.FunctionalGroupPointer = group
    return item


def _ds(numbers: Sequence[float]) -> list[DSfloat]:
    """Decimal strings as exact as their 16 characters allow."""
    return [DSfloat(float(number), auto_format=True) for number in numbers]


def _uid(*words: str) -> str:
    """A UID of the same words, always the same: a UUID under 2.25, as PS3.5, section B.2, has it."""
    return f"2.25.{uuid5(NAMESPACE_OID, chr(0).join(('RadiomicLens', *words))).int}"


def _written(content: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(SEGMENTATION), content.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    file = FileDataset(out, content, file_meta=meta, preamble=b"\0" * 128)
    file.save_as(out, enforce_file_format=True)
    return out.getvalue()
