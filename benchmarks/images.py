"""Small random volumes in every format, byte order and naming that import accepts."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pydicom
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

ODD_NAMES = ("plain", "a name with spaces", "ümlaut-é", "many.dots.in.it", "-dash", "x" * 80)
KINDS = ("i2", "u2", "u1", "f4", "i4", "f8")


@dataclass(frozen=True)
class Sample:
    """A volume: voxels (z, y, x), spacing and origin in mm, direction cosines, all in LPS."""

    voxels: npt.NDArray[np.generic]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]

    @property
    def image(self) -> sitk.Image:
        """The same as a SimpleITK image."""
        image = sitk.GetImageFromArray(self.voxels)
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)
        return image

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """(4, 4) from voxel index (x, y, z) to mm in RAS, as NIfTI has it."""
        affine = np.eye(4)
        affine[:3, :3] = np.array(self.direction).reshape(3, 3) * self.spacing
        affine[:3, 3] = self.origin
        return np.diag((-1.0, -1.0, 1.0, 1.0)) @ affine


def sample(rng: np.random.Generator, kind: str = "i2") -> Sample:
    """Positive noise of a random small size, on a random grid: a flip of axes and a tilt."""
    shape = tuple(int(n) for n in rng.integers(6, 14, 3))
    voxels = rng.integers(1, 250, shape).astype(kind)
    if kind.startswith("f"):
        voxels = voxels + rng.random(shape).astype(kind)
    tilt = float(rng.uniform(-0.4, 0.4))
    turned = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    axes = turned @ np.diag(rng.choice([-1.0, 1.0], 3))
    spacing = tuple(float(mm) for mm in np.round(rng.uniform(0.4, 4.0, 3), 3))
    origin = tuple(float(mm) for mm in np.round(rng.uniform(-80, 80, 3), 3))
    return Sample(voxels, spacing, origin, tuple(float(c) for c in axes.ravel()))  # type: ignore[arg-type]  # three each


def write_nifti(path: Path, one: Sample, order: str = "<", version: int = 1) -> None:
    """A .nii, .nii.gz, or .hdr and .img pair, by nibabel."""
    pair = path.name.endswith((".hdr", ".img"))
    kinds = {
        (1, False): nibabel.Nifti1Image,
        (1, True): nibabel.Nifti1Pair,
        (2, False): nibabel.Nifti2Image,
        (2, True): nibabel.Nifti2Pair,
    }
    kind: Any = kinds[version, pair]  # nibabel types no part of it
    header = kind.header_class(endianness=order)
    header.set_data_dtype(one.voxels.dtype)
    nibabel.save(kind(one.voxels.T, one.affine, header), path)


def write_itk(path: Path, one: Sample, packed: bool = False) -> None:
    """MetaImage or NRRD, attached or with a data file beside it, by SimpleITK."""
    sitk.WriteImage(one.image, str(path), useCompression=packed)


def write_series(
    folder: Path, one: Sample, number: int = 4, description: str = "t2_tse_tra", **tags: object
) -> list[Path]:
    """A DICOM series of MR slices, one file a slice; `tags` are set in every slice."""
    folder.mkdir(parents=True, exist_ok=True)
    axes = np.array(one.direction).reshape(3, 3)
    rng = np.random.default_rng(number)
    implicit = bool(rng.integers(2))
    paths = []
    for k, plane in enumerate(one.voxels.astype("<u2")):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        instance = UID(f"1.2.826.{number}.1.{k + 1}")
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, instance
        each = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        each.SOPClassUID, each.SOPInstanceUID = MRImageStorage, instance
        each.PatientName, each.PatientID = "Canary^Name", "CANARY-ID"
        each.StudyInstanceUID, each.SeriesInstanceUID = "1.2.3.4", f"1.2.826.{number}"
        each.Modality, each.SeriesNumber, each.InstanceNumber = "MR", number, k + 1
        each.SeriesDescription, each.ImageType = description, ["ORIGINAL", "PRIMARY", "M"]
        each.ImagePositionPatient = [f"{mm:.6f}" for mm in one.origin + axes[:, 2] * one.spacing[2] * k]
        each.ImageOrientationPatient = [f"{c:.10f}" for c in (*axes[:, 0], *axes[:, 1])]
        each.PixelSpacing, each.SliceThickness = [one.spacing[1], one.spacing[0]], one.spacing[2]
        each.Rows, each.Columns = plane.shape
        each.SamplesPerPixel = 1
        each.PhotometricInterpretation, each.BitsAllocated, each.BitsStored = "MONOCHROME2", 16, 16
        each.HighBit, each.PixelRepresentation = 15, 0
        each.PixelData = plane.tobytes() + b"\0" * (plane.nbytes % 2)
        for key, value in tags.items():
            setattr(each, key, value)
        paths.append(folder / f"1-{k + 1:02d}.dcm")
        each.save_as(paths[-1], enforce_file_format=True)
    return paths


def edit(path: Path, **tags: object) -> None:
    """Change tags of one slice."""
    dataset = pydicom.dcmread(path)
    for key, value in tags.items():
        setattr(dataset, key, value)
    dataset.save_as(path)


def upright(one: Sample) -> Sample:
    """Turn the volume to axes as of a scanner: right-handed, slices in order."""
    axes = np.array(one.direction).reshape(3, 3)
    axes[:, 2] = np.cross(axes[:, 0], axes[:, 1])
    return Sample(one.voxels.astype("u2"), one.spacing, one.origin, tuple(float(c) for c in axes.ravel()))


WRITERS: dict[str, tuple[str, Callable[[Path, Sample], None]]] = {
    "NIfTI-1": (".nii", write_nifti),
    "NIfTI-1 gz": (".nii.gz", write_nifti),
    "NIfTI-1 big-endian": (".nii.gz", lambda path, one: write_nifti(path, one, ">")),
    "NIfTI-2": (".nii", lambda path, one: write_nifti(path, one, "<", 2)),
    "NIfTI-2 big-endian": (".nii.gz", lambda path, one: write_nifti(path, one, ">", 2)),
    "NIfTI-1 pair": (".hdr", write_nifti),
    "NIfTI-2 pair": (".img", lambda path, one: write_nifti(path, one, "<", 2)),
    "MHA": (".mha", write_itk),
    "MHA packed": (".mha", lambda path, one: write_itk(path, one, True)),
    "MHD": (".mhd", write_itk),
    "MHD packed": (".mhd", lambda path, one: write_itk(path, one, True)),
    "NRRD": (".nrrd", write_itk),
    "NRRD packed": (".nrrd", lambda path, one: write_itk(path, one, True)),
    "NHDR": (".nhdr", write_itk),
}


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(os.stat(path).st_size for path in folder.rglob("*") if path.is_file())
