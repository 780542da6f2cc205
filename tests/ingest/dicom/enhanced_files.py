"""Enhanced multi-frame MR objects, written frame by frame."""

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"


def item(**tags):
    made = Dataset()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    return Sequence([made])


def frame(values, z, b=None, way="", kind=("ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"), slope=None, **groups):
    """One frame: its values, and its functional groups."""
    group = Dataset()
    group.PlanePositionSequence = item(ImagePositionPatient=[-10.0, -12.0, float(z)])
    group.MRImageFrameTypeSequence = item(FrameType=list(kind))
    if b is not None:
        group.MRDiffusionSequence = item(DiffusionBValue=float(b), DiffusionDirectionality=way or "NONE")
    if slope is not None:
        group.PixelValueTransformationSequence = item(RescaleSlope=slope, RescaleIntercept=0.0, RescaleType="US")
    for keyword, value in groups.items():
        setattr(group, keyword, value)
    return values, group


def shared(**groups):
    group = Dataset()
    group.PixelMeasuresSequence = item(PixelSpacing=[1.5, 1.5], SliceThickness=3.0, SpacingBetweenSlices=3.0)
    group.PlaneOrientationSequence = item(ImageOrientationPatient=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    for keyword, value in groups.items():
        setattr(group, keyword, value)
    return group


def write_enhanced(path, number, description, frames, common=None, **tags):
    """One file of all frames, in the order given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    uid = f"1.2.826.7.{number}"
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = (
        *(ExplicitVRLittleEndian, ENHANCED),
        f"{uid}.1",
    )
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = ENHANCED, f"{uid}.1"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.4", uid
    made.Modality, made.SeriesNumber, made.InstanceNumber = "MR", number, 1
    made.SeriesDescription, made.ImageType = description, ["ORIGINAL", "PRIMARY", "MIXED", "NONE"]
    values = np.stack([each for each, _ in frames])
    made.NumberOfFrames, made.Rows, made.Columns = values.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.SharedFunctionalGroupsSequence = Sequence([common or shared()])
    made.PerFrameFunctionalGroupsSequence = Sequence([group for _, group in frames])
    made.PixelData = values.astype("<u2").tobytes()
    for keyword, value in tags.items():
        setattr(made, keyword, value)
    made.save_as(path, enforce_file_format=True)
    return path
