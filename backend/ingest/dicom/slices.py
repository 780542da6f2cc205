"""Reads one DICOM slice: allow-listed tags, none of which identifies a person, and pixels."""

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.tag import Tag

from backend.errors import BadFile
from backend.ingest.dicom.series import SeriesFacts
from backend.ingest.formats.dicom_bytes import check_whole
from backend.ingest.formats.open_files import FileReader

SIEMENS_B, GE_B, PHILIPS_B, UIH_B = 0x0019100C, 0x00431039, 0x20011003, 0x00651009
KEYWORDS = (
    "SOPClassUID",
    "ImageType",
    "SeriesDescription",
    "SeriesNumber",
    "InstanceNumber",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "DiffusionBValue",
    "ScanningSequence",
    "EchoTime",
    "Manufacturer",
    "ManufacturerModelName",
    "MagneticFieldStrength",
)
TAGS: list[int] = [SIEMENS_B, GE_B, PHILIPS_B, UIH_B, *(int(Tag(keyword)) for keyword in KEYWORDS)]
GE_OFFSET = 100_000  # GE adds multiples of it (usually 10^9) to b-values
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-_")


@dataclass(frozen=True)
class Slice:
    """One file's tags; its pixels stay on disk until its series is chosen."""

    path: Path
    series: str
    study: str
    facts: SeriesFacts
    position: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    spacing: tuple[float, float]
    shape: tuple[int, int]
    instance: int
    digest: bytes
    scanner: str
    field_t: float | None


def read_slice(path: Path, reader: FileReader) -> Slice | None:
    """A slice's tags; None for objects without a place in space (reports, presentation states). Raises BadFile."""
    if path.is_symlink() or not path.is_file():
        raise BadFile(f"{path.name} is no regular file; import the files themselves, not links to them.")
    content = reader.read(path)
    check_whole(content, path.name)
    try:
        tags = pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True, specific_tags=TAGS)
        problem = _problem(tags)
        placed = "ImagePositionPatient" in tags and "Rows" in tags
        if not placed and "frames" not in problem:
            return None
        return _slice(path, tags, reader.digests[str(path)], problem)
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"{path.name} is a DICOM file with a damaged or incomplete header; export it again.") from None


def pixels(each: Slice, reader: FileReader) -> npt.NDArray[Any]:
    """One slice (H, W), rescaled where the file says so; as many bytes as declared or BadFile."""
    content = reader.read(each.path)
    if reader.digests[str(each.path)] != each.digest:
        raise BadFile(f"{each.path.name} changed while it was read; import it again.")
    try:
        dataset = pydicom.dcmread(io.BytesIO(content))
        array = dataset.pixel_array
        slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    except Exception:  # what pydicom raises on damaged bytes has no common class
        name = each.path.name
        raise BadFile(f"{name} is cut short or packed in a way that cannot be read; export it again.") from None
    if array.shape != each.shape or not np.isfinite([slope, intercept]).all() or slope == 0:
        raise BadFile(f"{each.path.name} does not hold the slice its header declares; export it again.")
    if (slope, intercept) == (1.0, 0.0):
        return np.asarray(array)
    return np.asarray(array * slope + intercept, dtype=np.float32)


def _problem(tags: pydicom.Dataset) -> str:
    """Why this is no plain slice, or nothing."""
    if int(tags.get("NumberOfFrames") or 1) != 1:
        return "holds several frames in one file; export it as single-frame MR slices"
    if int(tags.get("SamplesPerPixel", 1)) != 1:
        return "is a colour picture, no MR image"
    if "MOSAIC" in (tags.get("ImageType") or ()):
        return "is a mosaic, many slices tiled into one; export it as single slices"
    return ""


def _slice(path: Path, tags: pydicom.Dataset, digest: bytes, problem: str) -> Slice:
    # An enhanced object keeps its positions per frame; it is listed so that people see what was not read.
    here = [float(mm) for mm in tags.get("ImagePositionPatient") or (0, 0, 0)]
    axes = np.array([float(c) for c in tags.get("ImageOrientationPatient") or (1, 0, 0, 0, 1, 0)]).reshape(2, 3)
    position, given = np.array(here), tags.get("PixelSpacing") or (1, 1)
    spacing = (float(given[0]), float(given[1]))
    square = np.allclose(axes @ axes.T, np.eye(2), atol=1e-3)
    if not (np.isfinite(position).all() and position.shape == (3,) and square and min(spacing) > 0):
        raise ValueError("impossible position, orientation or spacing")
    echo, field = tags.get("EchoTime"), tags.get("MagneticFieldStrength")
    return Slice(
        path=path,
        series=str(tags.SeriesInstanceUID),
        study=str(tags.StudyInstanceUID),
        facts=SeriesFacts(
            number=int(tags.get("SeriesNumber") or 0),
            image_type=tuple(str(word).upper() for word in tags.get("ImageType") or ()),
            description=str(tags.get("SeriesDescription", "")).lower(),
            b_value=b_value(tags),
            axial=bool(np.abs(np.cross(*axes)).argmax() == 2),
            spin_echo_ms=float(echo) if echo and "SE" in str(tags.get("ScanningSequence", "")) else None,
            problem=problem,
        ),
        position=position,
        axes=axes,
        spacing=spacing,
        shape=(int(tags.Rows), int(tags.Columns)),
        instance=int(tags.get("InstanceNumber") or 0),
        digest=digest,
        scanner=_scanner(tags),
        field_t=None if field is None else field_tesla(float(field)),
    )


def b_value(tags: pydicom.Dataset) -> float | None:
    """The b-value in s/mm2: the standard tag, else Siemens (0019,100C), Philips (2001,1003), GE (0043,1039), UIH.

    Private values arrive as numbers, text or bytes. Source: the vendors' conformance statements.
    """
    standard = tags.get("DiffusionBValue")
    if standard is not None:
        return float(standard)
    for tag, form in ((SIEMENS_B, ""), (PHILIPS_B, "<f"), (GE_B, ""), (UIH_B, "<d")):
        if tag in tags and tags[tag].value not in (None, "", b""):
            number = _number(tags[tag].value, form)
            return number % GE_OFFSET if tag == GE_B else number
    return None


def _number(value: Any, form: str) -> float:
    if isinstance(value, bytes):
        if form and len(value) == struct.calcsize(form):
            return float(struct.unpack(form, value)[0])
        value = value.decode("ascii", errors="replace").strip(" \0").split("\\")[0]
    if not isinstance(value, str | float | int):
        value = value[0]  # several values: the b-value comes first
    return float(value)


def field_tesla(field: float) -> float | None:
    """Field strength in tesla; old scanners state gauss."""
    tesla = field / 10_000 if field > 100 else field
    return round(tesla, 2) if 0 < tesla < 25 else None


def _scanner(tags: pydicom.Dataset) -> str:
    """Maker and model, of plain letters only and not endless."""
    text = f"{tags.get('Manufacturer', '')} {tags.get('ManufacturerModelName', '')}"
    return " ".join("".join(c for c in text if c in LETTERS).split())[:60]
