"""Reads the slices of one DICOM file: allow-listed tags, none of which identifies a person.

No geometry is assumed: a tag that places a slice and is absent, empty or no number makes the slice unusable by name.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import Dataset
from pydicom.tag import Tag

from backend.errors import BadFile
from backend.ingest.dicom.b_value import KEYWORDS as OF_DIFFUSION
from backend.ingest.dicom.b_value import PRIVATE, b_value, directionality
from backend.ingest.dicom.codecs import codec_problem
from backend.ingest.dicom.frames import MAX_FRAMES, PER_FRAME, SHARED, frame_count, frames, is_enhanced
from backend.ingest.dicom.geometry import Place, place
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.stated import Unstated, number, shown, text, whole
from backend.ingest.formats.dicom_bytes import whole_dicom
from backend.ingest.formats.open_files import FileReader

KEYWORDS = (
    "SOPClassUID",
    "Modality",
    "SegmentSequence",
    "SOPInstanceUID",
    "ImageType",
    "SeriesDescription",
    "ProtocolName",
    "SeriesNumber",
    "InstanceNumber",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "PixelAspectRatio",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "ScanningSequence",
    "EchoPulseSequence",
    "EchoTime",
    "InversionTime",
    "ContrastBolusAgent",
    "ConvolutionKernel",
    "Manufacturer",
    "ManufacturerModelName",
    "MagneticFieldStrength",
    SHARED,
    PER_FRAME,
)
TAGS: list[int] = [*PRIVATE, *(int(Tag(keyword)) for keyword in (*KEYWORDS, *OF_DIFFUSION))]
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-_")
STORAGE = "1.2.840.10008.5.1.4.1.1."
MR_IMAGES = frozenset(f"{STORAGE}{ending}" for ending in ("4", "4.1", "4.4"))
CAPTURE = f"{STORAGE}7"  # and its multi-frame kinds, which begin with it
NO_IMAGES = frozenset(
    f"{STORAGE}{ending}" for ending in ("66.4", "66.5", "66.7", "66.8", "481.2", "11.1", "11.2", "4.2")
)
"""Segmentations, doses, presentation states and spectra: they have rows or frames, but are no acquired image."""
MASKS = ("SEG", "RTSTRUCT")
PLACED = MR_IMAGES | {f"{STORAGE}{ending}" for ending in ("2", "2.1", "2.2", "128", "130")}
"""Images of MR, CT and PET, which are no captures even where they do not state their place."""
NO_AGENT = frozenset(("", "NONE", "NO", "N", "NIL", "WITHOUT"))


@dataclass(frozen=True)
class Slice:
    """The tags of one slice: a file, or one frame of a file. Its pixels stay on disk until its series is chosen.

    `series` and `study` are empty where the file names none. `secondary`: a screen capture or the like without a place.
    """

    path: Path
    series: str
    study: str
    facts: SeriesFacts
    place: Place
    instance: int
    digest: bytes
    scanner: str
    field_t: float | None
    frame: int | None = None
    stack: str = ""
    frame_of_reference: str = ""
    secondary: bool = False
    sop_class: str = ""
    instance_uid: str = ""

    @property
    def position(self) -> npt.NDArray[np.float64]:
        """The first pixel's place in mm."""
        return self.place.position

    @property
    def axes(self) -> npt.NDArray[np.float64]:
        """The directions along a row and along a column."""
        return self.place.axes


def read_slices(path: Path, reader: FileReader) -> list[Slice]:
    """The slices of a file; none for objects that are no image (reports, presentation states). Raises BadFile."""
    if path.is_symlink() or not path.is_file():
        raise BadFile(f"{path.name} is no regular file; import the files themselves, not links to them.")
    file = whole_dicom(reader.read(path), path.name, reader.largest)
    digest = reader.digests[str(path)]
    try:
        tags = pydicom.dcmread(io.BytesIO(file.content), stop_before_pixels=True, specific_tags=TAGS)
        kind = text(tags, "SOPClassUID")
        masks = text(tags, "Modality").strip() in MASKS or "SegmentSequence" in tags  # whatever the class
        if kind in NO_IMAGES or masks or not ("Rows" in tags or kind in MR_IMAGES):
            return []
        problem = _problem(tags) or codec_problem(file.syntax)
        if problem or not is_enhanced(tags):
            return [_slice(path, tags, digest, problem)]
        return [_slice(path, each, digest, "", at) for at, each in enumerate(frames(tags))]
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"{path.name} is a DICOM file with a header that cannot be read; export it again.") from None


def _problem(tags: Dataset) -> str:
    """Why this object can be no MR volume, or nothing."""
    try:
        count = frame_count(tags)
    except (TypeError, ValueError):
        return f"has a {shown('NumberOfFrames')} that is no number; export it again"
    if count != 1 and not is_enhanced(tags):
        return (
            "holds several frames in one file and no functional groups (5200,9229) that place them; export it as "
            "single-frame MR slices"
        )
    if is_enhanced(tags) and not 1 <= count == len(tags.get(PER_FRAME) or ()) <= MAX_FRAMES:
        return f"states {count} frames and has {len(tags.get(PER_FRAME) or ())} groups (5200,9230); export it again"
    if (whole(tags, "SamplesPerPixel") or 1) != 1:
        return "is a colour picture, no MR image; choose another series"
    photometric = text(tags, "PhotometricInterpretation").strip().upper()
    if photometric == "MONOCHROME1":
        return (
            "is shown inverted (PhotometricInterpretation MONOCHROME1), so whether its stored values were inverted, "
            "too, is unknown; export it as MONOCHROME2"
        )
    if photometric not in ("MONOCHROME2", ""):
        letters = "".join(c for c in photometric if c in LETTERS)[:20]
        return f"is a colour picture ({letters}), no MR image; choose another series"
    if "MOSAIC" in text(tags, "ImageType").upper():
        return "is a mosaic, many slices tiled into one; export it as single slices"
    return ""


def _slice(path: Path, tags: Dataset, digest: bytes, problem: str, frame: int | None = None) -> Slice:
    kind = text(tags, "SOPClassUID")
    where, unplaced = place(tags)
    b, unreadable = _b_value(tags)
    direction = directionality(tags)
    field = _number(tags, "MagneticFieldStrength")
    return Slice(
        path=path,
        series=text(tags, "SeriesInstanceUID").strip(" \0"),
        study=text(tags, "StudyInstanceUID").strip(" \0"),
        facts=SeriesFacts(
            number=whole(tags, "SeriesNumber") or 0,
            image_type=tuple(word.strip().upper() for word in text(tags, "ImageType").split("\\") if word.strip()),
            description=text(tags, "SeriesDescription").lower(),
            b_value=b,
            axial=where.axial,
            spin_echo_ms=_spin_echo(tags),
            problem=problem or unplaced or unreadable,
            directional=direction == "DIRECTIONAL",
            protocol=text(tags, "ProtocolName").lower(),
            isotropic=direction == "ISOTROPIC",
            echo=_echo(tags),
            uid=text(tags, "SeriesInstanceUID").strip(" \0"),
            kind=text(tags, "Modality").strip(" \0").upper(),
            echo_ms=_positive(tags, "EchoTime"),
            inversion_ms=_positive(tags, "InversionTime"),
            agent=text(tags, "ContrastBolusAgent").strip(" \0").upper() not in NO_AGENT,
            kernel=_kernel(tags),
            capture=not unplaced and (kind == CAPTURE or kind.startswith(f"{CAPTURE}.")),
        ),
        place=where,
        instance=whole(tags, "InstanceNumber") or 0,
        digest=digest,
        scanner=_scanner(tags),
        field_t=None if field is None else field_tesla(field),
        frame=frame,
        stack=text(tags, "StackID").strip(" \0"),
        frame_of_reference=text(tags, "FrameOfReferenceUID").strip(" \0"),
        secondary=bool(unplaced) and kind not in PLACED,
        sop_class=kind.strip(" \0"),
        instance_uid=text(tags, "SOPInstanceUID").strip(" \0"),
    )


def _b_value(tags: Dataset) -> tuple[float | None, str]:
    """The b-value, and why it cannot be read."""
    try:
        b = b_value(tags)
    except Exception:  # private values come in every form
        return None, "states a b-value that is no number; export it again"
    if b is not None and not 0 <= b < 1e5:
        return None, "states a b-value that cannot be one; export it again"
    return b, ""


def _number(tags: Dataset, keyword: str) -> float | None:
    """A number that only describes: None where it cannot be read."""
    try:
        return number(tags, keyword, float("nan")) if keyword in tags else None
    except Unstated:
        return None


def _positive(tags: Dataset, keyword: str) -> float | None:
    found = _number(tags, keyword)
    return found if found and found == found and found > 0 else None


def _kernel(tags: Dataset) -> str:
    """The kernel of a reconstruction, of plain letters only and not endless."""
    return "".join(c for c in text(tags, "ConvolutionKernel").split("\\")[0] if c in LETTERS).strip()[:16]


def _spin_echo(tags: Dataset) -> float | None:
    echo = _number(tags, "EchoTime")
    return echo if echo and echo == echo and _echo(tags) == "spin" else None


def _echo(tags: Dataset) -> str:
    """The kind of echo: spin, gradient or planar, where a tag says so."""
    kinds, pulse = text(tags, "ScanningSequence").split("\\"), text(tags, "EchoPulseSequence")
    if "EP" in kinds:
        return "planar"
    if "SE" in kinds or "SPIN" in pulse:
        return "spin"
    return "gradient" if "GR" in kinds or "GRADIENT" in pulse else ""


def field_tesla(field: float) -> float | None:
    """Field strength in tesla; old scanners state gauss."""
    tesla = field / 10_000 if field > 100 else field
    return round(tesla, 2) if 0 < tesla < 25 else None


def _scanner(tags: Dataset) -> str:
    """Maker and model, of plain letters only and not endless."""
    words = f"{text(tags, 'Manufacturer')} {text(tags, 'ManufacturerModelName')}"
    return " ".join("".join(c for c in words if c in LETTERS).split())[:60]
