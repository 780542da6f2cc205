"""Seeded damage of a DICOM series, as scanners, exports and copying produce it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from benchmarks.bad_images import Rng
from benchmarks.images import Sample, edit, write_series


def _remove(at: int) -> Callable[[list[Path], Sample, Rng], None]:
    return lambda files, _one, _rng: files[at].unlink()


def _moved(at: int, **shift: float) -> Callable[[list[Path], Sample, Rng], None]:
    def damage(files: list[Path], _one: Sample, _rng: Rng) -> None:
        dataset = pydicom.dcmread(files[at])
        place = np.array([float(mm) for mm in dataset.ImagePositionPatient])
        axes = np.array([float(c) for c in dataset.ImageOrientationPatient]).reshape(2, 3)
        move = shift.get("along", 0.0) * np.cross(*axes) + shift.get("across", 0.0) * axes[0]
        edit(files[at], ImagePositionPatient=[f"{mm:.6f}" for mm in place + move])

    return damage


def _tags(at: int | None, **tags: object) -> Callable[[list[Path], Sample, Rng], None]:
    def damage(files: list[Path], _one: Sample, _rng: Rng) -> None:
        for path in files if at is None else files[at : at + 1 or None]:
            edit(path, **tags)

    return damage


def _duplicate(files: list[Path], _one: Sample, _rng: Rng) -> None:
    edit(files[2], ImagePositionPatient=pydicom.dcmread(files[3]).ImagePositionPatient)


def _cut_slice(files: list[Path], _one: Sample, rng: Rng) -> None:
    at = int(rng.integers(len(files)))
    content = files[at].read_bytes()
    files[at].write_bytes(content[: int(rng.integers(1, len(content)))])


def _short_pixels(files: list[Path], _one: Sample, _rng: Rng) -> None:
    dataset = pydicom.dcmread(files[1])
    dataset.PixelData = dataset.PixelData[:-20]
    dataset.save_as(files[1])


def _text_among(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[0].with_name("1-99.dcm").write_text("not DICOM at all")


def _fifo_slice(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[1].unlink()
    os.mkfifo(files[1])


def _linked(files: list[Path], _one: Sample, _rng: Rng) -> None:
    files[1].unlink()
    files[1].symlink_to("/etc/passwd")


def _several_times(files: list[Path], one: Sample, _rng: Rng) -> None:
    write_series(files[0].parent / "second", one)


def _two_studies(files: list[Path], one: Sample, _rng: Rng) -> None:
    write_series(files[0].parent / "second", one, 5, StudyInstanceUID="1.2.9.9")


def _without(*keywords: str, at: int | None = None) -> Callable[[list[Path], Sample, Rng], None]:
    def damage(files: list[Path], _one: Sample, _rng: Rng) -> None:
        for path in files if at is None else files[at : at + 1]:
            dataset = pydicom.dcmread(path)
            for keyword in keywords:
                delattr(dataset, keyword)
            dataset.save_as(path)

    return damage


def _imager_spacing(files: list[Path], one: Sample, rng: Rng) -> None:
    _tags(None, ImagerPixelSpacing=[one.spacing[1], one.spacing[0]])(files, one, rng)
    _without("PixelSpacing")(files, one, rng)


def _other_distance(files: list[Path], one: Sample, rng: Rng) -> None:
    _tags(None, SpacingBetweenSlices=one.spacing[2] * 2, SliceThickness=one.spacing[2] * 0.7)(files, one, rng)


def _real_world(*slopes: float, **tags: object) -> Callable[[list[Path], Sample, Rng], None]:
    items = []
    for slope in slopes:
        item = Dataset()
        item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, 0.0
        items.append(item)
    return _tags(None, RealWorldValueMappingSequence=Sequence(items), **tags)


def _philips(files: list[Path], _one: Sample, _rng: Rng) -> None:
    for k, path in enumerate(files):
        dataset = pydicom.dcmread(path)
        block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        block.add_new(0x0E, "FL", 0.5 + 0.1 * k)
        dataset.RescaleSlope, dataset.RescaleIntercept = 2, 0
        dataset.save_as(path)


def _no_uids(files: list[Path], one: Sample, rng: Rng) -> None:
    for k, path in enumerate(files):
        edit(path, SeriesInstanceUID=f"1.2.3.{k}")
    _without("SeriesNumber")(files, one, rng)


def _one_of_another_space(files: list[Path], one: Sample, rng: Rng) -> None:
    _tags(None, FrameOfReferenceUID="1.2.3")(files, one, rng)
    _tags(1, FrameOfReferenceUID="1.2.4")(files, one, rng)


def _one_of_another_echo(files: list[Path], one: Sample, rng: Rng) -> None:
    _tags(None, ScanningSequence="SE", EchoTime=100)(files, one, rng)
    _tags(1, EchoTime=50)(files, one, rng)


SERIES: dict[str, Callable[[list[Path], Sample, Rng], None]] = {
    "slice missing": _remove(3),
    "first slice missing": _remove(0),
    "duplicate slice": _duplicate,
    "slice moved along": _moved(2, along=0.9),
    "slice moved sideways": _moved(2, across=3.0),
    "uneven gap": _moved(-1, along=1.4),
    "localizer inside": _tags(0, ImageOrientationPatient=[0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
    "mixed spacing": _tags(1, PixelSpacing=[0.31, 0.31]),
    "spacing 0": _tags(None, PixelSpacing=[0.0, 0.0]),
    "pixels too few": _short_pixels,
    "slice cut short": _cut_slice,
    "text among the slices": _text_among,
    "named pipe": _fifo_slice,
    "link out of the folder": _linked,
    "several frames": _tags(None, NumberOfFrames=2),
    "mosaic": _tags(None, ImageType=["DERIVED", "PRIMARY", "M", "MOSAIC"]),
    "two time points": _several_times,
    "two studies": _two_studies,
    "one slice of another b-value": _tags(-1, DiffusionBValue=50.0),
    "no position": _tags(None, ImageOrientationPatient=[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    "no pixel spacing": _without("PixelSpacing"),
    "no pixel spacing in one slice": _without("PixelSpacing", at=1),
    "empty pixel spacing": _tags(None, PixelSpacing=None),
    "negative pixel spacing": _tags(None, PixelSpacing=[-0.5, 0.5]),
    "spacing of a detector": _imager_spacing,
    "no orientation": _without("ImageOrientationPatient"),
    "no place": _without("ImagePositionPatient"),
    "empty place": _tags(2, ImagePositionPatient=None),
    "another distance stated": _other_distance,
    "inverted": _tags(None, PhotometricInterpretation="MONOCHROME1"),
    "fewer bits stated": _tags(None, BitsStored=4, HighBit=3),
    "a table of values": _tags(None, ModalityLUTSequence=Sequence([Dataset()])),
    "two real world scales": _real_world(1.0, 2.0),
    "real world against rescale": _real_world(2.0, RescaleSlope=3, RescaleIntercept=0),
    "Philips scale against rescale": _philips,
    "series UIDs new and no number": _no_uids,
    "a scale in one slice alone": _tags(2, RescaleSlope="2", RescaleIntercept="0"),
    "a real world scale outside its sequence": _tags(None, RealWorldValueSlope=2.0, RealWorldValueIntercept=0.0),
    "aspect ratio against spacing": _tags(None, PixelAspectRatio=[1, 7]),
    "frame of reference of one slice": _one_of_another_space,
    "echo time of one slice": _one_of_another_echo,
    "rescale slope 0": _tags(None, RescaleSlope="0", RescaleIntercept="0"),
}
