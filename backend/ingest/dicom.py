"""A DICOM study: its T2, high-b and ADC series as sound volumes.

Only the tags below are read, none of which identifies a person, and sentences name series by number only.
Readers that assemble series swallow a missing slice, two mixed series or a localizer: here they are refused.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.tag import Tag

from backend.errors import BadFile, BadImage, Refusal
from backend.ingest.series import SeriesFacts, choose_series

SIEMENS_B_VALUE = 0x0019100C
TAGS: list[int] = [
    SIEMENS_B_VALUE,
    *(
        int(Tag(keyword))
        for keyword in (
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
        )
    ),
]
GAP_MM = 0.1  # how far a slice may lie from where even spacing puts it
FEWEST_SLICES = 3
MOST_FILES = 20_000
SIDE_FILES = (".txt", ".csv", ".json", ".xml", ".md", ".pdf", ".nii", ".gz", ".mha")


@dataclass(frozen=True)
class Volume:
    """One series: `voxels` (D, H, W) ordered along the normal; geometry in LPS mm; its files; why it was taken."""

    voxels: npt.NDArray[Any]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]
    files: tuple[Path, ...]
    reason: str


@dataclass(frozen=True)
class Slice:
    """One file's allow-listed tags; its pixels stay on disk until its series is chosen."""

    path: Path
    series: str
    study: str
    facts: SeriesFacts
    position: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    spacing: tuple[float, float]
    shape: tuple[int, int]
    instance: int


def read_study(folder: Path) -> dict[str, Volume | Refusal]:
    """Modality -> volume, or why that series cannot be used; modalities the study lacks are absent.

    Raises BadFile or BadImage where the folder as a whole cannot be one study.
    """
    slices = [each for each in map(read_slice, dicom_files(folder)) if each is not None]
    if not slices:
        raise BadImage("The study folder holds no DICOM slice with a position; check the folder.")
    if len({each.study for each in slices}) > 1:
        raise BadImage("The folder holds slices of more than one study; give each study a folder of its own.")
    groups: dict[tuple[str, float | None], list[Slice]] = {}
    for each in slices:
        groups.setdefault((each.series, each.facts.b_value), []).append(each)
    stacks = list(groups.values())
    volumes: dict[str, Volume | Refusal] = {}
    for modality, choice in choose_series([stack[len(stack) // 2].facts for stack in stacks]).items():
        try:
            volumes[modality] = assemble(stacks[choice.index], choice.reason)
        except Refusal as refusal:
            volumes[modality] = refusal
    return volumes


def dicom_files(folder: Path) -> list[Path]:
    """Files below `folder` that should be DICOM, links not followed, in a fixed order."""
    found = []
    for here, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        found += [Path(here, name) for name in sorted(names) if not _beside_dicom(name)]
        if len(found) > MOST_FILES:
            raise BadImage(f"The study folder holds more than {MOST_FILES} files; import one study a folder.")
    return found


def read_slice(path: Path) -> Slice | None:
    """A slice's tags; None for objects without a place in space (reports, presentation states). Raises BadFile."""
    if path.is_symlink() or not path.is_file():
        raise BadFile(f"{path.name} is no regular file; import the files themselves, not links to them.")
    try:
        tags = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=TAGS)
        placed = "ImagePositionPatient" in tags and "Rows" in tags
        several = int(tags.get("NumberOfFrames") or 1) != 1 or int(tags.get("SamplesPerPixel", 1)) != 1
        each = _slice(path, tags) if placed and not several else None
    except InvalidDicomError:
        raise BadFile(f"{path.name} lies among DICOM files but is none, or is damaged; remove or replace it.") from None
    except Exception:  # what pydicom raises on damaged bytes has no common class
        raise BadFile(f"{path.name} is a DICOM file with a damaged or incomplete header; export it again.") from None
    if several:
        raise BadFile(f"{path.name} holds several frames or colours; export it as single-frame MR slices.")
    return each


def assemble(stack: list[Slice], reason: str) -> Volume:
    """One volume of a series' slices, evenly spaced along their common normal. Raises BadImage or BadFile."""
    first = stack[0]
    number = first.facts.number
    if len(stack) < FEWEST_SLICES:
        raise BadImage(f"Series {number} has {len(stack)} slices; a volume needs at least {FEWEST_SLICES}.")
    if any(not np.allclose(s.axes, first.axes, atol=1e-4) or s.shape != first.shape for s in stack) or any(
        not np.allclose(s.spacing, first.spacing, rtol=1e-4) for s in stack
    ):
        raise BadImage(f"Series {number} mixes slices of different orientation, size or spacing; export it again.")
    normal = np.cross(*first.axes)
    stack = sorted(stack, key=lambda each: float(each.position @ normal))
    gap = _even_gap(stack, normal, number)
    voxels = np.stack([_pixels(each) for each in stack])
    return Volume(
        voxels=voxels,
        spacing=(first.spacing[1], first.spacing[0], gap),
        origin=tuple(float(mm) for mm in stack[0].position),  # type: ignore[arg-type]  # three numbers
        direction=tuple(float(c) for c in np.column_stack([*first.axes, normal]).ravel()),
        files=tuple(each.path for each in stack),
        reason=reason,
    )


def _even_gap(stack: list[Slice], normal: npt.NDArray[np.float64], number: int) -> float:
    """The distance between neighbours in mm; refuses duplicates, holes, shear and missing instance numbers."""
    positions = np.array([each.position for each in stack])
    along = positions @ normal
    gaps = np.diff(along)
    gap = float(np.median(gaps))
    if gaps.min() < GAP_MM:
        at = along[int(gaps.argmin())]
        raise BadImage(f"Series {number} has two slices at the same position ({at:.1f} mm); remove the duplicate.")
    if np.abs(gaps - gap).max() > GAP_MM:
        raise BadImage(
            f"Series {number} has a slice missing or moved: a gap of {gaps[np.abs(gaps - gap).argmax()]:.1f} mm where "
            f"others are {gap:.1f} mm; export it again."
        )
    steps = positions - positions[0] - np.outer(along - along[0], normal)
    if np.abs(steps).max() > GAP_MM:
        raise BadImage(f"Series {number} has slices shifted sideways against each other; it is no straight stack.")
    instances = sorted(each.instance for each in stack)
    if instances[0] == 1 and len(set(instances)) == len(instances) and instances[-1] != len(instances):
        # Whole scanner series count from 1; numbers of a shared count (several b-values) start higher or have steps.
        missing = sorted(set(range(1, instances[-1] + 1)) - set(instances))
        if len(missing) <= 2:
            raise BadImage(f"Series {number} lacks slice {', '.join(map(str, missing))}; export it again.")
    return gap


def _pixels(each: Slice) -> npt.NDArray[Any]:
    """One slice (H, W), rescaled where the file says so; as many bytes as declared or BadFile."""
    try:
        dataset = pydicom.dcmread(each.path)
        pixels = dataset.pixel_array
        slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    except Exception:  # what pydicom raises on damaged bytes has no common class
        name = each.path.name
        raise BadFile(f"{name} is cut short or packed in a way that cannot be read; export it again.") from None
    if pixels.shape != each.shape or not np.isfinite([slope, intercept]).all():
        raise BadFile(f"{each.path.name} does not hold the slice its header declares; export it again.")
    if (slope, intercept) == (1.0, 0.0):
        return np.asarray(pixels)
    return np.asarray(pixels * slope + intercept, dtype=np.float32)


def _slice(path: Path, tags: pydicom.Dataset) -> Slice:
    position = np.array([float(mm) for mm in tags.ImagePositionPatient])
    axes = np.array([float(c) for c in tags.ImageOrientationPatient]).reshape(2, 3)
    spacing = (float(tags.PixelSpacing[0]), float(tags.PixelSpacing[1]))
    square = np.allclose(axes @ axes.T, np.eye(2), atol=1e-3)
    if not (np.isfinite(position).all() and position.shape == (3,) and square and min(spacing) > 0):
        raise ValueError("impossible position, orientation or spacing")
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
        ),
        position=position,
        axes=axes,
        spacing=spacing,
        shape=(int(tags.Rows), int(tags.Columns)),
        instance=int(tags.get("InstanceNumber") or 0),
    )


def b_value(tags: pydicom.Dataset) -> float | None:
    """The b-value in s/mm2 of the standard tag, else of Siemens' private tag (0019,100C), which may be bytes."""
    value: Any = tags.get("DiffusionBValue")
    if value is None and SIEMENS_B_VALUE in tags:
        value = tags[SIEMENS_B_VALUE].value
    if isinstance(value, bytes):
        value = value.decode("ascii", errors="replace").strip(" \0")
    return None if value in (None, "") else float(value)


def has_dicom_name(name: str) -> bool:
    """Whether a file of this name is taken for a DICOM slice: .dcm, .ima, or the bare numbers and UIDs of exports."""
    lowered = name.lower()
    return lowered.endswith((".dcm", ".ima")) or re.fullmatch(r"(i|im|image)?[\d._-]+", lowered) is not None


def _beside_dicom(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith((".", "license", "dicomdir")) or lowered.endswith(SIDE_FILES)
