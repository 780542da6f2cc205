"""Small studies on disk, written the way others write them."""

import zlib
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

SHARED = Path(__file__).resolve().parents[3] / "shared"
CASES = SHARED / "data" / "cases"
SIZE = (24, 22, 9)


def volume(kind=np.int16, size=SIZE, spacing=(1.0, 1.0, 3.0), origin=(-10.0, -12.0, 4.0), seed=0):
    """A SimpleITK image of positive noise."""
    array = np.random.default_rng(seed).integers(1, 900, size[::-1]).astype(kind)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def box(low, high, like=None, value=1):
    """A mask with a box of `value` between the corners (x, y, z), upper ones excluded."""
    like = like if like is not None else volume()
    array = np.zeros(like.GetSize()[::-1], dtype=np.uint8)
    array[low[2] : high[2], low[1] : high[1], low[0] : high[0]] = value
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(like)
    return mask


def write_study(folder, patient="100", study="7", without=(), **masks):
    """A study in the PI-CAI naming; `masks` replace the default gland and lesion."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{patient}_{study}"
    for seed, kind in enumerate(("t2w", "hbv", "adc")):
        if kind not in without:
            sitk.WriteImage(volume(seed=seed), f"{stem}_{kind}.mha", useCompression=True)
    masks = {"gland": box((4, 4, 1), (20, 18, 8)), "lesion": box((6, 6, 3), (10, 11, 5), value=3), **masks}
    for roi, mask in masks.items():
        if roi not in without:
            sitk.WriteImage(mask, f"{stem}_{roi}.nii.gz")


def write_series(folder, number, description, image_type, b_value=None, slices=9, uid=None, **changes):
    """A series folder of single-frame MR slices, head first as scanners number them; returns its file names."""
    folder.mkdir(parents=True)
    uid = uid or f"1.2.826.{number}.{zlib.crc32(description.encode())}"
    rng = np.random.default_rng(number)
    names = []
    for k in range(slices):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = f"{uid}.{k + 1}"
        name = folder / f"1-{k + 1:02d}.dcm"
        slice_ = FileDataset(str(name), {}, file_meta=meta, preamble=b"\0" * 128)
        slice_.SOPClassUID, slice_.SOPInstanceUID = MRImageStorage, f"{uid}.{k + 1}"
        slice_.PatientName, slice_.PatientID = "Canary^Name", "CANARY-ID"
        slice_.StudyInstanceUID, slice_.SeriesInstanceUID = "1.2.3.4", uid
        slice_.Modality, slice_.SeriesNumber, slice_.InstanceNumber = "MR", number, k + 1
        slice_.SeriesDescription, slice_.ImageType = description, image_type
        slice_.ImagePositionPatient = [-10.0, -12.0, 4.0 + 3.0 * (slices - 1 - k)]
        slice_.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        slice_.PixelSpacing, slice_.SliceThickness = [1.0, 1.0], 3.0
        slice_.Rows, slice_.Columns, slice_.SamplesPerPixel = 22, 24, 1
        slice_.PhotometricInterpretation, slice_.BitsAllocated, slice_.BitsStored = "MONOCHROME2", 16, 12
        slice_.HighBit, slice_.PixelRepresentation = 11, 0
        slice_.PixelData = rng.integers(1, 900, (22, 24)).astype("<u2").tobytes()
        if b_value is not None:
            slice_.add_new((0x0019, 0x0010), "LO", "SIEMENS MR HEADER")
            slice_.add_new((0x0019, 0x100C), "OB", str(b_value).encode().ljust(4))
        for key, value in changes.items():
            setattr(slice_, key, value)
        slice_.save_as(name, enforce_file_format=True)
        names.append(name)
    return names


def write_dicom_study(folder, patient="200", study="9"):
    """A study as DICOM series folders below a folder with its masks."""
    write_series(folder / "dicom" / "4-t2", 4, "t2_tse_tra", ["ORIGINAL", "PRIMARY", "M"])
    write_series(folder / "dicom" / "7-adc", 7, "ep2d_diff_ADC", ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"], 800)
    write_series(
        folder / "dicom" / "8-calc", 8, "ep2d_diff_CALC_BVAL", ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"], 1400
    )
    sitk.WriteImage(box((4, 4, 1), (20, 18, 8)), str(folder / f"{patient}_{study}_gland.nii.gz"))
